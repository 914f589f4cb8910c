"""Extractors: the contract for the rules and for the LLM, and that the contract finds out those who break it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from memos_integrations.core.candidates import Candidate, Extractor, Turn
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.core.text import language
from memos_integrations.llms import LlmExtractor, Prompt, ScriptedLlm
from memos_integrations.testing import ExtractorContract, run_contract


class TestRules(ExtractorContract):
    __test__ = True

    def make_extractor(self) -> Extractor:
        return RuleExtractor()


def shown(prompt: Prompt) -> list[tuple[int, str, str]]:
    """Number, role and words of the turns that a prompt shows."""
    found: list[tuple[int, str, str]] = []
    for line in prompt.user.splitlines():
        number, _, rest = line.partition(" ")
        if number.isdigit():
            role, _, words = rest.removeprefix("[context] ").partition(": ")
            found.append((int(number), role, json.loads(words)))
    return found


def careless(prompt: Prompt) -> Any:
    """What the worst of models says: all that it was shown, in the first person, as orders of the wrong sign, to anybody's credit."""
    items: list[dict[str, Any]] = []
    turns = shown(prompt)
    for number, _, words in turns:
        for claimed in (number, 1, len(turns), 99, None):
            for polarity, directive in (("avoids", f"Always, I say: {words}"), ("wants", f"Never {words}")):
                said = {
                    "turn": claimed,
                    "quote": words[:500],
                    "text": f"I said: {words}"[:250],
                    "object": words[:150],
                    "value": words[:150],
                }
                items.append({**said, "kind": "preference", "polarity": polarity, "directive": directive[:180], "slot": "other"})
                items.append({**said, "kind": "fact", "attribute": "state"})
    return {"memories": items[:200]}


class TestCarelessModel(ExtractorContract):
    """The validator keeps the contract for a model that breaks every line of it."""

    __test__ = True

    def make_extractor(self) -> Extractor:
        return LlmExtractor(ScriptedLlm(careless))


def diligent(prompt: Prompt) -> Any:
    """A model that copies well: what the rules find, worded by itself."""
    memories: list[dict[str, Any]] = []
    for number, role, words in shown(prompt):
        turn = Turn(episode=str(number), role="user", text=words, said_at="2026-03-02T09:00:00Z")  # type: ignore[arg-type]
        if role == "user":
            for found in RuleExtractor().extract([turn]):
                fields = found.model_dump(mode="json", exclude={"episode", "language", "by", "beside", "ends"})
                memories.append({**fields, "turn": number})
    return {"memories": memories}


class TestDiligentModel(ExtractorContract):
    __test__ = True

    def make_extractor(self) -> Extractor:
        return LlmExtractor(ScriptedLlm(diligent))


def test_a_model_is_not_asked_about_turns_in_which_the_user_tells_nothing() -> None:
    llm = ScriptedLlm(careless)
    at: Any = "2026-03-02T09:00:00Z"
    turns = [
        Turn(episode="1", role="assistant", text="You love jazz.", said_at=at, learnable=False),
        Turn(episode="2", role="event", name="liked", text="a song", said_at=at),
    ]
    reading = LlmExtractor(llm).read(turns)
    assert (reading.kept, reading.usage.calls, llm.prompts) == ((), 0, [])


Break = Callable[[Sequence[Turn], list[Candidate]], list[Candidate]]
_seen = threading.local()


def _fickle(turns: Sequence[Turn], found: list[Candidate]) -> list[Candidate]:
    _seen.count = getattr(_seen, "count", 0) + 1
    return [c.model_copy(update={"text": f"{c.text} {_seen.count}"}) for c in found]


def _all(turns: Sequence[Turn], found: list[Candidate]) -> list[Candidate]:
    return [
        Candidate(kind="fact", episode=t.episode, quote=t.text, text=t.text, language=language(t.text)) for t in turns if t.text.strip()
    ]


def _slow(turns: Sequence[Turn], found: list[Candidate]) -> list[Candidate]:
    for turn in turns:
        if len(turn.text) > 10_000:
            sum(i * i for i in range(len(turn.text) ** 2 // 1000))
    return found


def _flipped(turns: Sequence[Turn], found: list[Candidate]) -> list[Candidate]:
    return [c.model_copy(update={"polarity": "wants" if c.polarity == "avoids" else "avoids"}) for c in found]


def _paraphrased(turns: Sequence[Turn], found: list[Candidate]) -> list[Candidate]:
    return [c.model_copy(update={"quote": f"{c.quote}!!"}) for c in found]


BREAKS: dict[str, tuple[Break, str]] = {
    "everything of everybody": (_all, "nothing_comes_from_anybody_but_the_user"),
    "quotes in other words": (_paraphrased, "plain_statements|quotes|nothing_comes|first_person"),
    "the other sign": (_flipped, "polarity_and_directive"),
    "another answer each time": (_fickle, "the_same_turns|threads"),
    "time": (_slow, "long_hostile"),
    "nothing": (lambda turns, found: [], "plain_statements"),
    "the first person": (lambda turns, found: [c.model_copy(update={"text": c.quote}) for c in found], "first_person"),
}


@pytest.mark.parametrize("how", BREAKS)
def test_the_contract_finds_out_who_breaks_it(how: str) -> None:
    change, where = BREAKS[how]

    class Broken(ExtractorContract):
        def make_extractor(self) -> Extractor:
            class Changed:
                def extract(self, turns: Sequence[Turn]) -> list[Candidate]:
                    return change(turns, RuleExtractor().extract(turns))

            return Changed()

    with pytest.raises(AssertionError, match=rf"^test_\w*(?:{where})"):
        run_contract(Broken)
