"""What ``MemOSStore`` offers beyond the contract of LangGraph's stores, and how it fits into graphs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from langchain.agents import create_agent
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.tools import tool
from langgraph.graph import START, StateGraph
from langgraph.prebuilt import InjectedStore
from langgraph.runtime import Runtime
from langgraph.store.base import BaseStore, GetOp, InvalidNamespaceError, PutOp, SearchOp
from typing_extensions import TypedDict

from memos_integrations import AsyncMemOS, InvalidInput, MemOS, Scope, Settings
from memos_integrations.embeddings import CallableEmbedder
from memos_integrations.langchain import LangChainEmbedder
from memos_integrations.langgraph import MemOSStore

from .langchain_agents import ScriptedChat, asked, call
from .loops import Watch

START_TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[MemOS]:
    with MemOS(tmp_path / "memory.db", embedder=None) as memory:
        yield memory


def keys(found: list[Any]) -> list[str]:
    return [one.key for one in found]


def lengths(texts: list[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


def test_words_are_found_in_chinese_and_english_without_any_embedder(memory: MemOS) -> None:
    store = MemOSStore(memory, index={"fields": ["text"]})
    store.put(("notes",), "tea", {"text": "Green tea from Hangzhou"})
    store.put(("notes",), "茶", {"text": "我每天早上喝绿茶"})
    store.put(("notes",), "bike", {"text": "The bicycle is blue", "tea": "of no account"})
    found = store.search(("notes",), query="teas")
    assert keys(found) == ["tea", "bike", "茶"]
    assert found[0].score is not None and found[1].score is None
    assert keys(store.search(("notes",), query="绿茶", limit=1)) == ["茶"]


def test_meaning_counts_where_the_memory_has_an_embedder(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=CallableEmbedder(lengths, name="lengths")) as memory:
        store = MemOSStore(memory, index={"fields": ["text"]})
        store.put(("n",), "long", {"text": "x" * 60})
        store.put(("n",), "short", {"text": "yy"})
        store.put(("n",), "bare", {"text": "z" * 60}, index=False)
        assert keys(store.search(("n",), query="w" * 50)) == ["long", "short", "bare"]


def test_the_items_are_there_after_the_process_and_seen_by_another(tmp_path: Path) -> None:
    with MemOS(tmp_path / "m.db", embedder=None) as one, MemOS(tmp_path / "m.db", embedder=None) as other:
        MemOSStore(one).put(("a",), "k", {"n": 1})
        assert MemOSStore(other).get(("a",), "k").value == {"n": 1}  # type: ignore[union-attr]
        MemOSStore(other).delete(("a",), "k")
        assert MemOSStore(one).get(("a",), "k") is None


class TestEmbedders:
    """``index={"embed": …}`` must name the memory's own."""

    def test_the_memory_s_own_is_taken_in_each_of_its_forms(self) -> None:
        fake = DeterministicFakeEmbedding(size=4)
        with MemOS(":memory:", embedder=CallableEmbedder(fake.embed_documents, name="fake")) as memory:
            for own in (fake, fake.embed_documents, memory.embedder, CallableEmbedder(lengths, name="fake")):
                MemOSStore(memory, index={"embed": own, "dims": 4, "fields": ["text"]})  # type: ignore[typeddict-item]

    def test_langchain_s_embeddings_are_taken_where_they_are_the_memory_s(self) -> None:
        fake = DeterministicFakeEmbedding(size=4)
        with MemOS(":memory:", embedder=LangChainEmbedder(fake, name="fake")) as memory:
            store = MemOSStore(memory, index={"embed": fake, "dims": 4, "fields": ["text"]})
            store.put(("n",), "k", {"text": "words"})
            assert store.search(("n",), query="words")[0].score == pytest.approx(1.0, abs=1e-4)

    @pytest.mark.parametrize("embedder", [None, CallableEmbedder(lengths, name="lengths")], ids=["none", "another"])
    def test_another_is_refused_and_the_way_out_is_told(self, embedder: Any) -> None:
        with MemOS(":memory:", embedder=embedder) as memory:
            for other in (DeterministicFakeEmbedding(size=4), lambda texts: lengths(texts)):
                with pytest.raises(InvalidInput, match=r"index\.embed: the memory .* MemOS\(…, embedder=LangChainEmbedder"):
                    MemOSStore(memory, index={"embed": other, "dims": 4})

    def test_false_embeds_nothing_and_leaves_queries_out(self) -> None:
        def fail(texts: list[str]) -> list[list[float]]:
            raise AssertionError(texts)

        with MemOS(":memory:", embedder=CallableEmbedder(fail)) as memory:
            store = MemOSStore(memory, index=False)
            store.put(("n",), "k", {"text": "words"}, index=["text"])
            assert [one.score for one in store.search(("n",), query="words")] == [None]


class TestScopes:
    """Whose the items are."""

    def test_by_default_they_are_the_store_s_own(self, memory: MemOS) -> None:
        MemOSStore(memory).put(("users", "alice"), "k", {"n": 1})
        assert [info.scope for info in memory.namespaces()] == [Scope(agent_id="langgraph-store")]
        assert memory.search_memory("n", user_id="alice", kinds=["item"]).memories == ()

    def test_two_scopes_never_meet(self, memory: MemOS) -> None:
        alice = MemOSStore(memory, scope=Scope(user_id="alice"))
        bob = MemOSStore(memory.scoped(user_id="bob"))
        alice.put(("n",), "k", {"whose": "hers"})
        assert bob.get(("n",), "k") is None
        assert bob.search(()) == []
        assert bob.list_namespaces() == []
        bob.delete(("n",), "k")
        assert alice.get(("n",), "k") is not None

    @pytest.mark.parametrize("label", ["alice", " ", "%20", "a/b", "a%2Fb", "用户", "'; --", "*"])
    def test_each_partition_is_a_namespace_that_can_be_deleted(self, memory: MemOS, label: str) -> None:
        store = MemOSStore(memory, partition=1)
        others = ["alice", " ", "%20", "a/b", "a%2Fb", "用户", "'; --", "*"]
        for other in others:
            store.put((other, "notes"), "k", {"of": other})
            store.put((other,), "k", {"of": other})
        assert len(memory.namespaces()) == len(others)
        assert {one.value["of"] for one in store.search((label,))} == {label}
        assert {one.value["of"] for one in store.search((), limit=100)} == set(others)
        [info] = [info for info in memory.namespaces() if store.get((label,), "k") and info.scope == store.scope_of((label,))]
        memory.delete_namespace(scope=info.scope)
        assert {one.value["of"] for one in store.search((), limit=100)} == set(others) - {label}
        assert {namespace[0] for namespace in store.list_namespaces()} == set(others) - {label}

    def test_partitions_are_merged_by_score_and_page_by_page(self, memory: MemOS) -> None:
        store = MemOSStore(memory, partition=1, index={"fields": ["text"]})
        for i in range(12):
            store.put((f"user{i % 4}", "notes"), f"k{i}", {"text": "tea " * (i % 3) + f"word{i}"})
        whole = store.search((), query="tea", limit=50)
        assert len(whole) == 12
        scores = [one.score or 0 for one in whole]
        assert scores == sorted(scores, reverse=True)
        assert [keys(store.search((), query="tea", limit=5, offset=at)) for at in (0, 5, 10)] == [
            keys(whole[:5]),
            keys(whole[5:10]),
            keys(whole[10:]),
        ]

    def test_a_store_that_was_filled_with_other_partitions_is_not_taken_for_empty(self, memory: MemOS) -> None:
        MemOSStore(memory, scope=Scope(agent_id="one")).put(("a", "b"), "k", {})
        MemOSStore(memory, scope=Scope(agent_id="two"), partition=2).put(("a", "b"), "k", {})
        with pytest.raises(InvalidInput, match="filled with partition=0"):
            MemOSStore(memory, scope=Scope(agent_id="one"), partition=1).get(("a",), "k")
        with pytest.raises(InvalidInput, match="filled with partition=2"):
            MemOSStore(memory, scope=Scope(agent_id="two")).get(("a",), "k")

    @pytest.mark.parametrize(
        ("options", "field"),
        [
            ({"partition": -1}, "partition"),
            ({"partition": True}, "partition"),
            ({"partition": 1, "scope": Scope(user_id="alice")}, "scope"),
            ({"index": {"fields": "text"}}, "index.fields"),
            ({"index": "text"}, "index"),
            ({"ttl": {"default_ttl": 0}}, "ttl.default_ttl"),
        ],
    )
    def test_wrong_options_are_named(self, memory: MemOS, options: Any, field: str) -> None:
        with pytest.raises(InvalidInput) as caught:
            MemOSStore(memory, **options)
        assert caught.value.field == field
        with pytest.raises(InvalidInput, match="memory: must be a MemOS"):
            MemOSStore("memory.db")  # type: ignore[arg-type]
        with pytest.raises(InvalidInput, match="scope bound"):
            MemOSStore(memory.scoped(user_id="a"), partition=1)


class TestBatches:
    """A batch is checked as a whole."""

    @pytest.mark.parametrize(
        "bad",
        [
            PutOp(("a.b",), "k", {}),
            PutOp((), "k", {}),
            PutOp("docs", "k", {}),  # type: ignore[arg-type]
            PutOp((1,), "k", {}),  # type: ignore[arg-type]
            GetOp(("",), "k"),
            SearchOp(("a\0",)),
        ],
    )
    def test_a_wrong_label_is_refused_and_nothing_written(self, memory: MemOS, bad: Any) -> None:
        store = MemOSStore(memory)
        with pytest.raises(InvalidNamespaceError):
            store.batch([PutOp(("fine",), "k", {}), bad])
        assert store.search(()) == []

    @pytest.mark.parametrize("value", [{"at": START_TIME}, {"n": float("nan")}, {1: 2}, [1], "text", {"a": "\0"}])
    def test_what_is_no_json_object_is_refused_and_nothing_written(self, memory: MemOS, value: Any) -> None:
        store = MemOSStore(memory, partition=1)
        with pytest.raises(InvalidInput, match="value of 'bad'"):
            store.batch([PutOp(("fine",), "k", {}), PutOp(("other",), "bad", value)])
        assert store.search(()) == []

    @pytest.mark.parametrize("filter", [{"a": {"$in": [1]}}, {"$and": [{}]}, {"a": {"b": {"$near": 1}}}, {"a": {"$gt": 1, "b": 2}}])
    def test_operators_that_no_other_store_has_are_refused(self, memory: MemOS, filter: Any) -> None:
        with pytest.raises(ValueError, match="filter"):
            MemOSStore(memory).search((), filter=filter)

    def test_a_text_longer_than_the_memory_takes_is_found_by_its_beginning(self) -> None:
        with MemOS(":memory:", embedder=None, settings=Settings(max_content_chars=50)) as memory:
            store = MemOSStore(memory, index={"fields": ["text"]})
            store.put(("n",), "k", {"text": "violin " * 20 + "trumpet"})
            assert store.get(("n",), "k").value["text"].endswith("trumpet")  # type: ignore[union-attr]
            assert store.search(("n",), query="violin")[0].score is not None
            assert store.search(("n",), query="trumpet")[0].score is None


def test_what_expired_is_swept_in_the_background_until_the_memory_closes(tmp_path: Path) -> None:
    swept = threading.Event()
    times = [START_TIME]

    class Watched(MemOSStore):
        def sweep_ttl(self) -> int:
            count = super().sweep_ttl()
            if count:
                swept.set()
            return count

    with MemOS(tmp_path / "m.db", embedder=None) as memory:
        store = Watched(memory, ttl={"default_ttl": 10}, partition=1, clock=lambda: times[0])
        store.put(("a",), "k", {})
        store.put(("b",), "kept", {}, ttl=None)
        times[0] += timedelta(minutes=11)
        done = store.start_ttl_sweeper(sweep_interval_minutes=0.0005)
        assert store.start_ttl_sweeper() is done
        assert swept.wait(20)
        assert sum(info.memories.get("item", 0) for info in memory.namespaces()) == 1
    done.result(20)
    assert store.stop_ttl_sweeper(20)


class Counter(TypedDict):
    n: int


def test_nodes_and_tasks_of_a_graph_share_it_in_both_faces(memory: MemOS) -> None:
    def blocking(state: Counter, runtime: Runtime) -> Counter:
        assert runtime.store is not None
        runtime.store.put(("g",), "k", {"n": state["n"]})
        return {"n": state["n"] + 1}

    async def awaited(state: Counter, runtime: Runtime) -> Counter:
        assert runtime.store is not None
        item = await runtime.store.aget(("g",), "k")
        assert item is not None
        return {"n": state["n"] + 10 * item.value["n"]}

    builder = StateGraph(Counter)
    builder.add_node("blocking", blocking)
    builder.add_node("awaited", awaited)
    builder.add_edge(START, "blocking")
    builder.add_edge("blocking", "awaited")
    graph = builder.compile(store=MemOSStore(memory))
    assert asyncio.run(graph.ainvoke({"n": 3})) == {"n": 34}


def test_a_tool_of_an_agent_is_given_it(memory: MemOS) -> None:
    @tool
    def note(text: str, store: Annotated[BaseStore, InjectedStore()]) -> str:
        """Keeps a note."""
        store.put(("notes",), str(len(store.search(("notes",), limit=100))), {"text": text})
        return "kept"

    store = MemOSStore(memory, index={"fields": ["text"]})
    model = ScriptedChat(script=[call("note", text="The key is under the mat."), "Done."])
    agent = create_agent(model, [note], store=store)
    agent.invoke(asked("Where is the key? Under the mat."))
    assert [one.value for one in store.search((), query="key")] == [{"text": "The key is under the mat."}]


def test_no_call_blocks_the_event_loop(tmp_path: Path) -> None:
    async def run() -> None:
        memory = AsyncMemOS(tmp_path / "m.db", embedder=CallableEmbedder(lengths, name="lengths"))
        store = MemOSStore(memory, partition=1)
        with Watch() as watch:
            await asyncio.gather(*(store.aput((f"u{i % 5}",), str(i), {"text": f"word{i}"}) for i in range(40)))
            assert len(await store.asearch((), query="word7", limit=50)) == 40
            assert (await store.aget(("u2",), "7")).value == {"text": "word7"}  # type: ignore[union-attr]
            assert len(await store.alist_namespaces()) == 5
            await store.asweep_ttl()
            assert watch.seen == []
            store.list_namespaces()
            assert watch.seen != []
        await memory.close()

    asyncio.run(run())


class TestLearning:
    """Values that are also learnt from."""

    @staticmethod
    def known(memory: MemOS, user: str = "alice") -> list[str]:
        memory.wait(timeout=60)
        # an allergy is a fact and a preference
        return sorted({one.text for one in memory.list_memories(user_id=user, kinds=["fact", "preference"])})

    @pytest.mark.parametrize("face", ["sync", "async"])
    def test_what_is_put_is_learnt_replaced_and_forgotten(self, memory: MemOS, face: str) -> None:
        store = MemOSStore(memory, index={"fields": ["text"]}, learn=[("notes", "{user_id}")])

        def put(key: str, value: Any) -> None:
            if face == "sync":
                store.batch([PutOp(("notes", "alice", "food"), key, value)])
            else:
                asyncio.run(store.abatch([PutOp(("notes", "alice", "food"), key, value)]))

        put("a", {"text": "I am allergic to peanuts.", "n": 1})
        put("b", {"text": "我不喜欢香菜。"})
        assert len(self.known(memory)) == 2
        assert "peanuts" in memory.search_memory("What may I eat?", user_id="alice").instruction.text
        assert store.get(("notes", "alice", "food"), "a").value == {"text": "I am allergic to peanuts.", "n": 1}  # type: ignore[union-attr]
        put("a", {"text": "I am allergic to peanuts.", "n": 2})
        put("a", {"text": "I am allergic to shellfish."})
        assert "peanuts" not in " ".join(self.known(memory))
        assert "shellfish" in " ".join(self.known(memory))
        put("a", None)
        put("b", None)
        assert self.known(memory) == []
        assert memory.search_memory("shellfish", user_id="alice").memories == ()
        assert store.search(()) == []
        put("a", {"text": "I am allergic to shellfish."})
        assert "shellfish" in " ".join(self.known(memory))

    def test_only_what_is_named_is_learnt_and_by_whom_it_says(self, memory: MemOS) -> None:
        store = MemOSStore(memory, learn=[("users", "{user_id}", "notes")])
        store.put(("users", "alice", "notes", "2026"), "k", {"said": "I am allergic to peanuts.", "n": 3})
        store.put(("users", "alice", "cache"), "k", {"said": "I am allergic to cats."})
        store.put(("users", "bob", "notes"), "k", {"said": ["I am allergic to dogs."]})
        assert ["peanuts" in text for text in self.known(memory)] == [True]
        assert ["dogs" in text for text in self.known(memory, "bob")] == [True]

    def test_a_bound_memory_says_whose_words_they_are(self, memory: MemOS) -> None:
        store = MemOSStore(memory.scoped(user_id="alice"), learn=[("notes",)])
        store.put(("notes",), "k", {"said": "I am allergic to peanuts."})
        assert len(self.known(memory)) == 1

    @pytest.mark.parametrize("pattern", ["notes", (), ("notes",), ("notes", "{name}"), ("{user_id}", "{user_id}"), ("", "{user_id}")])
    def test_a_wrong_pattern_is_named(self, memory: MemOS, pattern: Any) -> None:
        with pytest.raises(InvalidInput, match=r"learn\[1\]"):
            MemOSStore(memory, learn=[("fine", "{user_id}"), pattern])
