"""The server that the tests and ``compose.yaml`` run: the pinned one, told what we mean, and missed when it is not there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

from memos_integrations import MemOS

from .weaviate_server import HOST, running_server, schema_call

ROOT = Path(__file__).resolve().parent.parent
COMPOSED = ["compose.yaml", "compose.cluster.yaml"]
IMAGE = re.compile(r"image: semitechnologies/weaviate:(\S+)")
VERSION = IMAGE.findall((ROOT / "compose.yaml").read_text(encoding="utf-8"))[0]


def services(name: str) -> dict[str, dict[str, object]]:
    return YAML(typ="safe").load(ROOT / name)["services"]


def test_the_pinned_server_runs(weaviate_binary: Path, tmp_path: Path) -> None:
    with running_server(tmp_path) as server, urllib.request.urlopen(f"http://{HOST}:{server.ports.http}/v1/meta", timeout=10) as answer:
        assert json.load(answer)["version"] == VERSION


def test_one_version_is_named_everywhere() -> None:
    named = [version for name in COMPOSED for version in IMAGE.findall((ROOT / name).read_text(encoding="utf-8"))]
    assert named == [VERSION] * 2


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_keeps_the_schema(name: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(ROOT / name)]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_names_settings_that_the_server_reads(name: str, weaviate_binary: Path) -> None:
    held = weaviate_binary.read_bytes()
    for service in services(name).values():
        environment = service["environment"]
        assert isinstance(environment, dict)
        unknown = [setting for setting in environment if setting != "GOMEMLIMIT" and setting.encode() not in held]
        assert unknown == []  # Go itself reads the limit of its memory


@pytest.mark.parametrize("name", COMPOSED)
def test_a_compose_file_is_closed_to_strangers(name: str) -> None:
    for service in services(name).values():
        environment, ports = service["environment"], service["ports"]
        assert isinstance(environment, dict) and isinstance(ports, list)
        assert environment["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] == "false"
        assert environment["AUTHENTICATION_APIKEY_ALLOWED_KEYS"].startswith("${WEAVIATE_API_KEY:?")
        assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_nodes_of_the_cluster_are_alike_but_for_name_volume_and_ports() -> None:
    nodes = services("compose.cluster.yaml")
    assert set(nodes) == {"weaviate-0", "weaviate-1", "weaviate-2"}
    for name, node in nodes.items():
        environment = node["environment"]
        assert isinstance(environment, dict)
        assert environment["CLUSTER_HOSTNAME"] == name
        assert environment["RAFT_JOIN"].split(",") == sorted(nodes)
        assert environment["CLUSTER_JOIN"].split(",") == [f"{other}:7100" for other in sorted(nodes) if other != name]
        assert node["volumes"] == [f"{name}:/var/lib/weaviate"]
    published = [port for node in nodes.values() for port in node["ports"]]  # type: ignore[attr-defined]
    assert len(set(published)) == 6


def test_the_settings_of_compose_ask_for_a_key(weaviate_binary: Path, tmp_path: Path) -> None:
    environment = services("compose.yaml")["weaviate"]["environment"]
    assert isinstance(environment, dict)
    here = ("PERSISTENCE_DATA_PATH", "CLUSTER_HOSTNAME", "GOMEMLIMIT")  # what the container has of its own
    told = {name: value for name, value in environment.items() if name not in here}
    told["AUTHENTICATION_APIKEY_ALLOWED_KEYS"] = "the-right-one"
    with running_server(tmp_path, environment=told) as server:
        assert schema_call(server.url, api_key="the-right-one") == {"classes": []}
        for key in (None, "another"):
            with pytest.raises(urllib.error.HTTPError, match="401"):
                schema_call(server.url, api_key=key)
        with MemOS(server.url.replace("//", "//:the-right-one@"), embedder=None) as memory:
            memory.add_message({"role": "user", "content": "I'm vegetarian."}, user_id="alice")
            memory.wait(timeout=60)
            assert memory.search_memory("vegetarian", user_id="alice").preferences


def test_a_missing_server_is_said_once_and_fails_where_it_is_required(tmp_path: Path) -> None:
    test = "from tests.conftest import weaviate_binary, weaviate_server, weaviate_url\n\n\ndef test_it(weaviate_url): pass\n"
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
    bare = {"PATH": "/nowhere", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    for required, counted in (({}, "1 skipped"), ({"MEMOS_REQUIRE_WEAVIATE": "1"}, "1 error")):
        run = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
        done = subprocess.run(run, env={**bare, **required}, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert counted in done.stdout
        assert "make weaviate-server" in done.stdout


REACHED = """
import sys
reached = set()
def heard(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        reached.add(args[1][0])
    elif event == "socket.getaddrinfo":
        reached.add(args[0].decode() if isinstance(args[0], bytes) else args[0])
sys.addaudithook(heard)
from memos_integrations import MemOS
with MemOS(sys.argv[1], embedder=None) as memory:
    memory.add_message({"role": "user", "content": "I'm vegetarian."}, user_id="alice")
    memory.wait(timeout=60)
    assert memory.search_memory("vegetarian", user_id="alice").memories
print(*sorted(reached))
"""


def test_a_memory_reaches_its_server_and_nothing_else(weaviate_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", REACHED, weaviate_url], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == {urlsplit(weaviate_url).hostname}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes as Linux shows them")
def test_a_server_ends_with_the_tests_that_started_it(weaviate_binary: Path, tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, sys; from tests.weaviate_server import WeaviateServer\n"
        "server = WeaviateServer(pathlib.Path(sys.argv[1])); server.start(); print(server.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    pid = int(done.stdout)
    for _ in range(100):
        if not _alive(pid):
            return
        time.sleep(0.1)
    raise AssertionError("it still runs")


def _alive(pid: int) -> bool:
    try:
        return "weaviate" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
