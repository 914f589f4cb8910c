"""LangChain on Weaviate: agents, tools, retrievers, histories and classic chains do there what they do on a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memos_integrations import MemOS, Settings

from . import test_langchain_classic as classic
from . import test_langchain_history as history
from . import test_langchain_retrievers as retrievers
from . import test_langchain_runs as runs
from . import test_langchain_tools as tools


@pytest.fixture
def memory(weaviate_url: str) -> Iterator[MemOS]:
    with MemOS(weaviate_url, embedder=None) as memory:
        yield memory


class TestAgents:
    """The middleware in real agents."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        runs.fill(memory)
        return memory

    test_both_faces_do_the_same = runs.TestWaysToRun.test_both_faces_do_the_same
    test_an_interrupt_and_its_resume = runs.TestWaysToRun.test_an_interrupt_and_its_resume
    test_a_failing_model_loses_nothing = runs.TestFailures.test_a_failing_model_loses_nothing
    test_a_failing_memory_is_said_and_the_agent_goes_on = runs.TestFailures.test_a_failing_memory_is_said_and_the_agent_goes_on

    def test_whatever_happens_in_a_thread_memory_holds_what_its_state_holds(self, memory: MemOS) -> None:
        runs.test_whatever_happens_in_a_thread_memory_holds_what_its_state_holds(memory, 1)


def test_a_hundred_interleaved_runs_of_two_users(weaviate_url: str) -> None:
    with MemOS(weaviate_url, embedder=None, settings=Settings(worker="off")) as memory:
        runs.interleave(memory, 50)


class TestTools:
    """Tools that the model calls."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        memory.remember("Alice plays the cello.", kind="fact", user_id="alice")
        memory.remember("Bob plays the oboe.", kind="fact", user_id="bob")
        return memory

    @pytest.mark.parametrize("awaited", [False, True])
    def test_they_search_remember_update_and_forget(self, memory: MemOS, awaited: bool) -> None:
        tools.test_called_directly(memory, awaited)

    def test_in_an_agent_the_run_says_whose_memory_it_is(self, memory: MemOS) -> None:
        tools.test_in_an_agent_the_run_says_whose_memory_it_is(memory, True)


@pytest.mark.parametrize("awaited", [False, True])
class TestRetrievers:
    """Memories as documents, alone and fused with others."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        retrievers.fill(memory)
        return memory

    test_are_documents = retrievers.TestMemories.test_are_documents
    test_by_filter_and_kind = retrievers.TestMemories.test_by_filter_and_kind
    test_in_chinese = retrievers.TestMemories.test_in_chinese
    test_joins_documents_and_memories_once_each = retrievers.TestFusion.test_joins_documents_and_memories_once_each
    DOCS = retrievers.TestFusion.DOCS


test_a_history_comes_back_as_it_was_added = history.test_what_is_added_comes_back
test_of_a_history_the_same_words_again_are_said_again = history.test_the_same_words_again_are_said_again
test_clearing_a_history_forgets_the_session_and_what_it_taught = history.test_clearing_forgets_the_session_and_what_it_taught
test_a_history_under_a_runnable = history.test_under_a_runnable_with_message_history


@pytest.mark.filterwarnings("ignore::langchain_core._api.LangChainDeprecationWarning")
@pytest.mark.parametrize("awaited", [False, True])
class TestClassicMemory:
    """Classic chains."""

    @pytest.fixture
    def memory(self, memory: MemOS) -> MemOS:
        classic.fill(memory)
        return memory

    test_holds_what_is_recalled_and_the_last_turns = classic.TestTheVariable.test_holds_what_is_recalled_and_the_last_turns
    test_is_empty_once_cleared = classic.TestTheVariable.test_is_empty_once_cleared
    test_conversation_chain = classic.TestInChains.test_conversation_chain
