"""Recall as a run of its own in a trace, so that what memory takes stands apart from what the model takes."""

from __future__ import annotations

from typing import Protocol

from langchain_core.callbacks import AsyncCallbackManagerForChainRun, CallbackManagerForChainRun
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import get_async_callback_manager_for_config, get_callback_manager_for_config

from ..types import Recall

__all__ = ["AsyncTrace", "BlockingTrace", "Trace"]

_NAME = "memos.recall"


def _marked(config: RunnableConfig) -> RunnableConfig:
    """The callbacks of a run, with our marks on what begins now."""
    return {"callbacks": config.get("callbacks"), "tags": [*(config.get("tags") or ()), "memos", "memos:recall"]}


def _outputs(recall: Recall) -> dict[str, object]:
    """What a trace shows: no words of the user's, those stand in the model's prompt."""
    return {
        "memory_ids": [one.memory.id for one in recall.memories],
        "tokens": recall.instruction.tokens,
        "seconds": recall.ledger.seconds,
        "degraded": recall.degraded,
    }


class Trace(Protocol):
    """One recall in a trace; over the blocking one nothing suspends."""

    async def begin(self, config: RunnableConfig) -> None: ...

    async def end(self, recall: Recall) -> None: ...

    async def fail(self, error: BaseException) -> None: ...


class BlockingTrace:
    """For blocking callbacks."""

    _run: CallbackManagerForChainRun

    async def begin(self, config: RunnableConfig) -> None:
        self._run = get_callback_manager_for_config(_marked(config)).on_chain_start(None, {}, name=_NAME)

    async def end(self, recall: Recall) -> None:
        self._run.on_chain_end(_outputs(recall))

    async def fail(self, error: BaseException) -> None:
        self._run.on_chain_error(error)


class AsyncTrace:
    """For awaited ones."""

    _run: AsyncCallbackManagerForChainRun

    async def begin(self, config: RunnableConfig) -> None:
        self._run = await get_async_callback_manager_for_config(_marked(config)).on_chain_start(None, {}, name=_NAME)

    async def end(self, recall: Recall) -> None:
        await self._run.on_chain_end(_outputs(recall))

    async def fail(self, error: BaseException) -> None:
        await self._run.on_chain_error(error)
