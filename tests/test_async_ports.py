"""Models under the asynchronous face: awaited natively, from any loop and from several, and closed without a trace."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from memos_integrations import AsyncMemOS, MemOS, Settings
from memos_integrations.embeddings import CallableEmbedder, HashingEmbedder, OpenAIEmbedder
from memos_integrations.errors import EmbedderError, ModelError
from memos_integrations.llms import CallableLlm, OpenAILlm, Prompt

from .loopback import Loopback, Reply, loopback
from .turns import user

PROMPT = Prompt(system="You name colours.", user="Name one.", schema_name="colour", schema={"type": "object"})
Awaited = Callable[[], Any]


def answer(body: dict[str, Any]) -> Reply:
    """What an endpoint for both kinds of model answers."""
    if "input" in body:
        vectors = HashingEmbedder(16).embed_documents(body["input"])
        rows = [{"object": "embedding", "index": i, "embedding": list(v)} for i, v in enumerate(vectors)]
        return 200, {"object": "list", "data": rows, "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": '{"colour": "teal"}'}}
    return 200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}


@pytest.fixture(params=["embedder", "llm"])
def port(request: pytest.FixtureRequest) -> Callable[[Loopback], tuple[Awaited, Callable[[], None]]]:
    """Of a server: one call of a model behind it, to be awaited, and the model's close."""

    def make(server: Loopback) -> tuple[Awaited, Callable[[], None]]:
        if request.param == "llm":
            llm = OpenAILlm("m", base_url=server.url, api_key="none", timeout=30)
            return lambda: llm.aask(PROMPT), llm.close
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key="none", timeout=30)
        return lambda: embedder.aembed_query("tea"), embedder.close

    return make


Port = Callable[[Loopback], tuple[Awaited, Callable[[], None]]]


def test_a_model_serves_one_loop_after_the_other(port: Port) -> None:
    with loopback(answer) as server:
        call, close = port(server)
        results = [asyncio.run(call()) for _ in range(4)]
        close()
    assert all(result == results[0] for result in results)


def test_a_model_serves_two_loops_at_once(port: Port) -> None:
    met = threading.Barrier(2)

    def reply(body: dict[str, Any]) -> Reply:
        met.wait(30)
        return answer(body)

    with loopback(reply) as server, ThreadPoolExecutor(2) as pool:
        call, close = port(server)
        both = list(pool.map(lambda _: [asyncio.run(call()) for _ in range(3)], range(2)))
        close()
    assert both[0] == both[1]


def test_many_calls_wait_side_by_side_without_a_thread_each(port: Port) -> None:
    many = 2 * min(32, (os.cpu_count() or 1) + 4) + 1  # more than the default pool has threads
    met = threading.Barrier(many)

    def reply(body: dict[str, Any]) -> Reply:
        met.wait(30)
        return answer(body)

    async def go(call: Awaited) -> int:
        before = threading.active_count()
        calls = [asyncio.ensure_future(call()) for _ in range(many)]
        await asyncio.wait(calls)
        assert not [t.exception() for t in calls if t.exception()]
        return before

    with loopback(reply) as server:
        call, close = port(server)
        asyncio.run(go(call))
        close()


def test_a_caller_that_gives_up_leaves_the_model_usable(port: Port) -> None:
    slow = threading.Event()

    def reply(body: dict[str, Any]) -> Reply | float:
        return answer(body) if slow.is_set() else 30.0

    async def impatient(call: Awaited) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await call()
        slow.set()
        assert await call()

    with loopback(reply) as server:
        call, close = port(server)
        asyncio.run(impatient(call))
        close()


def test_a_model_that_was_closed_opens_again(port: Port) -> None:
    with loopback(answer) as server:
        call, close = port(server)
        first = asyncio.run(call())
        close()
        close()
        assert asyncio.run(call()) == first
        close()


async def _close_inside(call: Awaited, close: Callable[[], None]) -> None:
    await call()
    close()


def test_a_model_is_closed_inside_a_running_loop_too(port: Port) -> None:
    with loopback(answer) as server:
        asyncio.run(_close_inside(*port(server)))


SCRIPT = textwrap.dedent(
    """
    import asyncio, gc, os, sys
    from memos_integrations import AsyncMemOS, Settings
    from memos_integrations.embeddings import OpenAIEmbedder
    from memos_integrations.llms import OpenAILlm, Prompt
    from tests.loopback import loopback
    from tests.test_async_ports import PROMPT, answer

    with loopback(answer) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key="none")
        llm = OpenAILlm("m", base_url=server.url, api_key="none")

        async def go():
            await embedder.aembed_documents(["one", "two"])
            await llm.aask(PROMPT)
            embedder.embed_query("blocking, in a running loop")

        asyncio.run(go())
        {body}
    """
)
ENDINGS = {
    "closed": "embedder.close(); llm.close()",
    "dropped": "del embedder, llm; gc.collect()",
    "left open": "pass",
    "forked": """pid = os.fork()
    asyncio.run(go())
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
    asyncio.run(go())""",
    "loops that end without their hooks": """for _ in range(2):
        loop = asyncio.new_event_loop()
        loop.run_until_complete(go())
        loop.close()""",
    "memory": """async def remember():
        async with AsyncMemOS(":memory:", embedder=embedder, llm=llm) as memory:
            await memory.add_message({"role": "user", "content": "I like tea."}, user_id="a")
            await memory.wait(timeout=30)
            assert (await memory.search_memory("tea", user_id="a")).ledger.dense

    asyncio.run(remember())
    asyncio.run(remember())""",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_connection_is_left_behind(ending: str) -> None:
    code = SCRIPT.replace("{body}", ENDINGS[ending])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parent.parent,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_errors_are_those_of_the_blocking_calls() -> None:
    with loopback(lambda body: (401, {"error": {"message": "no"}})) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key="none")
        llm = OpenAILlm("m", base_url=server.url, api_key="none")
        with pytest.raises(EmbedderError, match="401"):
            asyncio.run(embedder.aembed_documents(["a"]))
        with pytest.raises(ModelError, match="401") as refused:
            asyncio.run(llm.aask(PROMPT))
        embedder.close()
        llm.close()
    assert not refused.value.retryable
    with pytest.raises(EmbedderError, match="Connection"):
        asyncio.run(embedder.aembed_query("a"))
    embedder.close()


def test_what_one_face_learns_of_a_server_the_other_knows() -> None:
    def reply(body: dict[str, Any]) -> Reply:
        return (400, {}) if body.get("response_format", {}).get("type") == "json_schema" else answer(body)

    with loopback(reply) as server:
        llm = OpenAILlm("m", base_url=server.url, api_key="none")
        assert asyncio.run(llm.aask(PROMPT)).usage.calls == 2
        assert llm.ask(PROMPT).usage.calls == 1
        llm.close()


def test_the_asynchronous_face_awaits_the_endpoint(tmp_path: Path) -> None:
    many = 2 * min(32, (os.cpu_count() or 1) + 4) + 1
    met = threading.Barrier(many)

    def reply(body: dict[str, Any]) -> Reply:
        if body["input"] != ["warm up"]:
            met.wait(30)
        return answer(body)

    async def go(url: str) -> None:
        embedder = OpenAIEmbedder("m", base_url=url, api_key="none", timeout=60)
        async with AsyncMemOS(tmp_path / "m.db", embedder=embedder, settings=Settings(worker="off")) as memory:
            await memory.search_memory("warm up", user_id="a")
            await asyncio.gather(*(memory.search_memory("tea", user_id="a") for _ in range(many)))

    with loopback(reply) as server:
        asyncio.run(go(server.url))


@pytest.fixture
def loops() -> Iterator[set[int]]:
    """The loops that a function of the user's ran on."""
    yield set()


def test_an_asynchronous_function_runs_on_one_loop_whoever_calls(loops: set[int]) -> None:
    async def embed(texts: list[str]) -> list[Any]:
        loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return list(HashingEmbedder(16).embed_documents(texts))

    async def ask(words: str) -> str:
        loops.add(id(asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return '{"memories": []}'

    with MemOS(":memory:", embedder=embed, llm=ask) as memory:  # type: ignore[arg-type]

        async def awaited(n: int) -> None:
            await memory.aio.add_message(user(f"I like tea number {n}."), user_id="a")
            await memory.aio.wait(timeout=30)
            assert (await memory.aio.search_memory("tea", user_id="a")).ledger.dense

        for n in range(3):
            asyncio.run(awaited(n))
            assert memory.search_memory("tea", user_id="a").ledger.dense
    assert len(loops) == 1


def test_a_blocking_function_does_not_block_the_loop() -> None:
    main = threading.get_ident()
    seen: set[int] = set()

    def embed(texts: list[str]) -> list[Any]:
        seen.add(threading.get_ident())
        return list(HashingEmbedder(16).embed_documents(texts))

    async def go() -> None:
        embedder, llm = CallableEmbedder(embed), CallableLlm(lambda words: seen.add(threading.get_ident()) or "{}")  # type: ignore[func-returns-value]
        assert await embedder.aembed_documents(["a"]) and await embedder.aembed_query("a")
        assert (await llm.aask(PROMPT)).value == {}

    asyncio.run(go())
    assert seen and main not in seen


def test_a_function_that_returns_a_promise_is_awaited() -> None:
    async def late(texts: list[str]) -> list[Any]:
        return [[1.0, 2.0] for _ in texts]

    class Model:
        def __call__(self, texts: list[str]) -> Any:
            return late(texts)

    embedder = CallableEmbedder(Model(), name="promise")
    assert asyncio.run(embedder.aembed_query("a")) == embedder.embed_query("a") == [1.0, 2.0]


def test_a_function_that_waits_for_itself_is_told_so() -> None:
    async def inner(texts: list[str]) -> list[Any]:
        return [[1.0] for _ in texts]

    async def outer(texts: list[str]) -> Any:
        return CallableEmbedder(inner).embed_documents(texts)

    with pytest.raises(EmbedderError, match="RuntimeError") as caught:
        CallableEmbedder(outer).embed_documents(["a"])
    assert "await" in str(caught.value.__cause__)
