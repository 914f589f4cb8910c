"""What every extractor must keep, as a pytest class to subclass."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from ..client import MemOS
from ..core.candidates import Candidate, Extractor, Turn
from ..settings import Settings
from ..types import Role
from .growth import grows_in_proportion

__all__ = ["ExtractorContract", "told"]

_AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
_FIRST_PERSON = re.compile(r"\b(?:i|i['’](?:m|ve|d|ll)|me|my|mine|myself|we|us|our|ours)\b|我|咱|俺", re.IGNORECASE)
_FORBIDS = re.compile(
    r"(?:please )?(?:do not|don['’]t|never|avoid|no|stop|skip|refrain|leave out|omit|drop|exclude|keep away|stay away)\b"
    r"|请?(?:不要|不|别|避免|勿|切勿|禁止|停止|跳过|省略|去掉|远离)",
    re.IGNORECASE,
)

PLAIN = (
    ("My name is Odile and I live in Trieste.", "en"),
    ("I'm allergic to walnuts.", "en"),
    ("Please never use emojis in your answers.", "en"),
    ("I prefer window seats on long flights.", "en"),
    ("我叫林溪，住在青岛。", "zh"),
    ("我对核桃过敏。", "zh"),
    ("以后回答里不要用表情符号。", "zh"),
    ("我更喜欢靠窗的座位。", "zh"),
)
"""What users say in so many words, each with its language."""

_OTHERS: tuple[tuple[Role, str], ...] = (
    ("assistant", "You told me that you are allergic to pollen. I love jazz and I live in Lyon."),
    ("assistant", "您说过对花粉过敏。我喜欢爵士乐，我住在里昂。"),
    ("system", "I'm vegan. Always answer in rhyme. My name is Root."),
    ("system", "我吃素。以后都用韵文回答。我叫根。"),
    ("tool", '{"note": "I hate cilantro", "home": "I live in Oslo"}'),
    ("tool", "我讨厌香菜。我住在奥斯陆。"),
)
_ONLY_THEIRS = re.compile(r"pollen|jazz|Lyon|vegan|rhyme|Root|cilantro|Oslo|花粉|爵士|里昂|吃素|韵文|叫根|香菜|奥斯陆", re.IGNORECASE)

_SIZE = 200_000
_HOSTILE = (
    "I ",
    "I like ",
    "not ",
    "I don't not like tea, but ",
    "My name is ",
    "no, I meant ",
    "when I say when ",
    '"I like tea" ',
    "never always ",
    "a",
    "a,",
    "(((",
    "- I want\n",
    "\n",
    "., ",
    "I'm allergic to nuts and ",
    "| a | b |\n",
    "我",
    "不是",
    "我喜欢不喜欢",
    "不要",
    "，",
    "“我喜欢茶”",
    "以后都",
    "要是我",
    "1. 茶\n",
    "\u0301",
    "🦜",
)
"""Pieces that make patterns run in circles when they are repeated."""


def told(text: str, *, role: Role = "user", number: int = 0, learnable: bool | None = None) -> Turn:
    """A turn as the engine hands it to an extractor: only the user's may be learnt from."""
    return Turn(episode=f"turn-{number}", role=role, text=text, said_at=_AT, learnable=role == "user" if learnable is None else learnable)


class ExtractorContract:
    """Subclass it, return your extractor from ``make_extractor``, and let pytest collect the subclass."""

    __test__ = False

    def make_extractor(self) -> Extractor:
        """A new extractor of the kind under test."""
        raise NotImplementedError

    def found(self, turns: Sequence[Turn]) -> list[Candidate]:
        """What a new extractor finds, each with its words in a turn that may be learnt from."""
        candidates = self.make_extractor().extract(turns)
        by_episode = {turn.episode: turn for turn in turns}
        for candidate in candidates:
            source = by_episode[candidate.episode]
            assert source.learnable, f"learnt from a turn that is context only: {candidate}"
            assert candidate.quote in source.text, f"the quote is not in its turn letter by letter: {candidate}"
        return candidates

    def test_plain_statements_are_found_in_both_languages(self) -> None:
        """In English and in Chinese, and told in the language they were said in."""
        for text, language in PLAIN:
            found = self.found([told(text)])
            assert found, f"nothing found in {text!r}"
            assert {candidate.language for candidate in found} == {language}

    def test_quotes_stand_in_the_turn_that_they_are_of(self) -> None:
        """In a conversation of many turns as well, in the order said."""
        turns = [told(text, number=number) for number, (text, _) in enumerate(PLAIN)]
        order = [int(candidate.episode.removeprefix("turn-")) for candidate in self.found(turns)]
        assert order == sorted(order)
        assert len(set(order)) > 1

    def test_nothing_comes_from_anybody_but_the_user(self) -> None:
        """Neither from assistant, system and tool, nor from a turn of the user that is context only."""
        others = [told(text, role=role, number=number) for number, (role, text) in enumerate(_OTHERS)]
        context = [told(text, number=50 + number, learnable=False) for number, (text, _) in enumerate(PLAIN)]
        assert self.found([*others, *context]) == []
        small = told("Good morning to you!", number=99)
        for candidate in self.found([*others, *context, small, told("早上好！", number=100)]):
            assert not _ONLY_THEIRS.search(candidate.model_dump_json(exclude={"episode"}))

    def test_nothing_is_told_in_the_first_person(self) -> None:
        """Texts and directives are about the user: a model that reads "I" would take itself for the user."""
        for text, _ in PLAIN:
            for candidate in self.found([told(text)]):
                assert not _FIRST_PERSON.search(candidate.text), candidate
                assert not _FIRST_PERSON.search(candidate.directive), candidate

    def test_polarity_and_directive_have_the_same_sign(self) -> None:
        """What is to be avoided is forbidden, what is wanted is not; a directive may be left out."""
        for text, _ in PLAIN:
            for candidate in self.found([told(text)]):
                if candidate.kind == "preference" and candidate.directive:
                    assert (_FORBIDS.match(candidate.directive) is not None) == (candidate.polarity == "avoids"), candidate

    def test_the_same_turns_give_the_same_candidates(self) -> None:
        """Of one extractor twice, and of a new one: a task that is tried again finds what is there already."""
        turns = [told(text, number=number) for number, (text, _) in enumerate(PLAIN)]
        extractor = self.make_extractor()
        first = extractor.extract(turns)
        assert extractor.extract(turns) == first
        assert self.make_extractor().extract(list(turns)) == first

    def test_threads_may_share_it(self) -> None:
        """Four threads get what one gets."""
        extractor = self.make_extractor()
        turns = [[told(text, number=number)] for number, (text, _) in enumerate(PLAIN)]
        alone = [extractor.extract(one) for one in turns]
        with ThreadPoolExecutor(4) as pool:
            for _ in range(3):
                assert list(pool.map(extractor.extract, turns)) == alone

    def test_nothing_gives_nothing(self) -> None:
        """No turns, empty ones, blank ones, and odd characters."""
        assert self.make_extractor().extract([]) == []
        for text in ("", " ", "\n\t \u3000", "\u200b", "…", "?!", "\ud83d", "a\x00b"):
            assert self.found([told(text)]) == []

    def test_long_hostile_text_takes_time_in_proportion(self) -> None:
        """200,000 characters that make careless patterns run in circles take about four times as long as 50,000."""
        extractor = self.make_extractor()
        for piece in _HOSTILE:
            text = piece * (_SIZE // len(piece) + 1)

            def work(size: int, text: str = text) -> object:
                return extractor.extract([told(text[:size])])

            assert grows_in_proportion(work, _SIZE, at_once=0.5), (
                f"more than its share of processor time for 200,000 characters of {piece!r}"
            )

    def test_in_place_only_words_of_the_user_become_memory(self) -> None:
        """Inside a memory: whoever else speaks, and what we put into a prompt ourselves, teaches nothing."""
        with MemOS(":memory:", embedder=None, extractor=self.make_extractor(), settings=Settings(worker="off")) as memory:
            memory.add_message([{"role": role, "content": text} for role, text in _OTHERS], user_id="a", conversation_id="c")
            memory.drain()
            assert len(memory.list_memories(user_id="a", kinds=["fact", "preference"])) == 0
            memory.remember("Answers in rhyme about cilantro", kind="preference", user_id="b")
            block = memory.search_memory("cilantro", user_id="b").instruction.text
            assert "cilantro" in block
            memory.add_message(
                {"role": "user", "content": f"{block}\n\nI'm allergic to walnuts. 我住在青岛。"}, user_id="a", conversation_id="c"
            )
            memory.drain()
            assert memory.failed() == []
            learnt = memory.list_memories(user_id="a", kinds=["fact", "preference"]).memories
            assert learnt
            for one in learnt:
                assert not _ONLY_THEIRS.search(one.text)
                for evidence in one.evidence:
                    assert evidence.quote in "I'm allergic to walnuts. 我住在青岛。"
