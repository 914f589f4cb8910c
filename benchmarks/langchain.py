"""What memory adds to an agent's turn, and how much of the prompt stays a cached prefix.

Run ``python -m benchmarks.langchain [--turns 40] [--embedder none]``. The same scripted model and the same conversation for all
sides: a bare agent, ours with its two positions, and a naive middleware that puts the best memories of each question into the
system message. All figures are of one run on one machine: look at ratios.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, ModelRequest, ModelResponse
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import Field

from memos_integrations import MemOS
from memos_integrations.core.text import estimate_tokens
from memos_integrations.langchain import Injection, MemOSMiddleware

SYSTEM = "You are the assistant of a travel agency. " + " ".join(
    f"Rule {i}: before you book anything, look up what it costs, say it, and wait for a yes." for i in range(1, 31)
)
PLACES = ("Porto", "Kyoto", "Lima", "Oslo", "Hanoi", "Tunis", "Quito", "Riga", "Perth", "Malmö")
THINGS = ("a hotel near the river", "a train on Friday", "a quiet restaurant", "a guide for two hours", "a rental bike", "a museum pass")
TOLD = (
    "I'm allergic to peanuts.", "Please keep your answers short.", "I love window seats.", "My sister lives in Oslo.",
    "I never fly at night.", "My budget for a hotel is 120 euros.", "I work as a nurse.", "Our dog is called Rex.",
)  # fmt: skip


@tool
def price(what: str) -> str:
    """What something costs."""
    return f"{what} costs {40 + len(what)} euros. " + "Taxes are included. " * 8


class Scripted(BaseChatModel):
    """Looks up a price in every second turn, then answers; keeps the prompts."""

    prompts: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **options: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any) -> ChatResult:
        self.prompts.append(messages)
        turns = sum(isinstance(message, HumanMessage) for message in messages)
        if turns % 2 == 0 and not isinstance(messages[-1], ToolMessage):
            answer = AIMessage("", tool_calls=[{"name": "price", "args": {"what": f"offer {turns}"}, "id": f"call-{turns}"}])
        else:
            answer = AIMessage(f"Here is what I found for request {turns}: it is available, and I can hold it until tomorrow evening.")
        return ChatResult(generations=[ChatGeneration(message=answer)])


class Naive(AgentMiddleware[Any, Any, Any]):
    """What many a tutorial shows: the best memories of the question behind the system text, in each call anew."""

    def __init__(self, memory: MemOS) -> None:
        super().__init__()
        self._memory = memory

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]) -> ModelResponse[Any]:
        asked = next(message.text for message in reversed(request.messages) if isinstance(message, HumanMessage))
        found = self._memory.search_memory(asked, user_id="alice", limit=10, max_tokens=400)
        system = SystemMessage(f"{SYSTEM}\n\n" + "\n".join(one.memory.text for one in found.memories))
        return handler(request.override(system_message=system))

    async def awrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], Awaitable[ModelResponse[Any]]]
    ) -> ModelResponse[Any]:
        raise NotImplementedError("the benchmark is blocking")


def questions(turns: int) -> list[str]:
    """A conversation about many things; now and then the user tells something that lasts."""
    told = dict(zip(range(3, 3 * len(TOLD) + 3, 3), TOLD, strict=True))
    asked = (f"Can you find {THINGS[i % len(THINGS)]} in {PLACES[(i * 7) % len(PLACES)]} for me, number {i}?" for i in range(turns))
    return [told.get(i, words) for i, words in enumerate(asked)]


def flat(prompt: Sequence[BaseMessage]) -> str:
    """A prompt as a provider's cache sees it: one text from its beginning."""
    return "".join(f"<{message.type}>{message.text}{getattr(message, 'tool_calls', '') or ''}" for message in prompt)


def cached(prompts: Sequence[Sequence[BaseMessage]]) -> float:
    """Share of all prompt tokens that the call before began with."""
    whole = held = 0
    before = ""
    for prompt in prompts:
        text = flat(prompt)
        whole += estimate_tokens(text)
        same = next((i for i, (a, b) in enumerate(zip(before, text, strict=False)) if a != b), min(len(before), len(text)))
        held += estimate_tokens(text[:same])
        before = text
    return held / whole


def run(side: str, turns: int, embedder: str | None, folder: Path) -> dict[str, float]:
    """One conversation with one side."""
    with MemOS(folder / f"{side.replace(' ', '-')}.db", embedder=embedder) as memory:
        memory.add_message([{"role": "user", "content": words} for words in TOLD[:4]], user_id="alice", conversation_id="before")
        memory.wait(timeout=120)
        injected: list[Injection] = []
        middleware: dict[str, list[Any]] = {
            "bare": [],
            "ours": [MemOSMiddleware(memory, user_id="alice", on_inject=injected.append)],
            "ours, all in system": [MemOSMiddleware(memory, user_id="alice", position="system", on_inject=injected.append)],
            "naive": [Naive(memory)],
        }
        model = Scripted()
        agent = create_agent(model, [price], system_prompt=SYSTEM, middleware=middleware[side], checkpointer=InMemorySaver())
        took: list[float] = []
        for words in questions(turns):
            begun = time.perf_counter()
            agent.invoke({"messages": [HumanMessage(words)]}, {"configurable": {"thread_id": "t"}})
            took.append(time.perf_counter() - begun)
            memory.wait(timeout=120)  # learning is off the path: it is not timed, and all sides find the same
        recall = [one.recall.ledger.seconds for one in injected if one.recall is not None]
    return {
        "turn_ms": statistics.median(took) * 1e3,
        "p95_ms": sorted(took)[int(len(took) * 0.95)] * 1e3,
        "recall_ms": statistics.median(recall) * 1e3 if recall else 0.0,
        "cached": cached(model.prompts),
        "tokens": sum(estimate_tokens(flat(prompt)) for prompt in model.prompts) / len(model.prompts),
    }


def main() -> None:
    """Run all sides and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--embedder", default="auto")
    options = parser.parse_args()
    embedder = None if options.embedder == "none" else options.embedder
    print(f"{'side':22}{'turn, ms':>10}{'p95, ms':>10}{'recall, ms':>12}{'cached':>9}{'tokens/call':>13}")
    with tempfile.TemporaryDirectory() as folder:
        for side in ("bare", "ours", "ours, all in system", "naive"):
            made = run(side, options.turns, embedder, Path(folder))
            print(
                f"{side:22}{made['turn_ms']:10.1f}{made['p95_ms']:10.1f}{made['recall_ms']:12.1f}{made['cached']:9.1%}{made['tokens']:13.0f}"
            )


if __name__ == "__main__":
    main()
