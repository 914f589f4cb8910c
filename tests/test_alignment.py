"""Only what is new is new: retries, histories sent again, edits, and words said twice."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_integrations.core.alignment import Incoming, Known, align
from memos_integrations.testing import grows_in_proportion


class Conversation:
    """Takes batches the way the journal does."""

    def __init__(self) -> None:
        self.stored: list[Known] = []

    def send(self, *words: str, ids: Sequence[str | None] = (), times: Sequence[int | None] = ()) -> list[bool]:
        """Which of the messages were new."""
        batch = [Incoming(ids[i] if ids else None, word, times[i] if times else None) for i, word in enumerate(words)]
        found = align(self.stored, batch)
        for message, episode in zip(batch, found, strict=True):
            if episode is None:
                number = len(self.stored)
                self.stored.append(Known(f"e{number}", message.message_id, message.fingerprint, message.explicit_time, number))
        return [episode is None for episode in found]

    def said(self) -> list[str]:
        return [known.fingerprint for known in self.stored]


def test_a_retry_adds_nothing() -> None:
    talk = Conversation()
    talk.send("hi", "hello")
    talk.send("where?", "there")
    assert talk.send("where?", "there") == [False, False]
    assert talk.send("where?") == [True], "asked again after the answer"


def test_the_whole_history_and_a_new_turn() -> None:
    talk = Conversation()
    talk.send("hi", "hello")
    assert talk.send("hi", "hello", "住在哪", "杭州") == [False, False, True, True]
    assert talk.send("hi", "hello", "住在哪", "杭州", "谢谢") == [False] * 4 + [True]


@pytest.mark.parametrize(("word", "answer"), [("yes", "OK."), ("好", "好的。")])
def test_a_second_yes_later_is_new(word: str, answer: str) -> None:
    talk = Conversation()
    talk.send("shall I?", word, answer)
    talk.send("and this?", "sure", "fine?")
    assert talk.send(word) == [True]
    talk.send("more", "words")
    assert talk.send(word, answer) == [True, True]


def test_a_greeting_may_open_two_sessions() -> None:
    talk = Conversation()
    talk.send("hi", "hello", "a", "b", "c", "d", "e", "f")
    assert talk.send("hi", "hello") == [True, True]


def test_paris_london_paris_gives_three() -> None:
    talk = Conversation()
    for city in ("Paris", "London", "Paris"):
        assert talk.send(city) == [True]
    assert talk.said() == ["Paris", "London", "Paris"]


def test_twice_in_one_batch_stays_two() -> None:
    talk = Conversation()
    assert talk.send("ha", "ha") == [True, True]
    assert talk.send("ha", "ha") == [False, False]
    timed = Conversation()
    assert timed.send("ha", "ha", times=[5, 5]) == [True, True]
    assert timed.send("ha", "ha", "ha", times=[5, 5, 5]) == [False, False, True]


def test_ids_decide() -> None:
    talk = Conversation()
    talk.send("I live in Paris", "nice", ids=["m1", "m2"])
    assert talk.send("I live in Lyon", ids=["m1"]) == [False], "edited: the caller makes a revision"
    assert talk.send("nice", ids=["m3"]) == [True], "another id, another message"
    assert talk.send("nice", ids=["m4"], times=[7]) == [True]
    assert talk.send("nice", ids=["m5"], times=[7]) == [True]


def test_equal_words_at_an_equal_time_are_the_same_anywhere() -> None:
    talk = Conversation()
    talk.send("yes", "a", "b", times=[1, 2, 3])
    assert talk.send("yes", times=[1]) == [False]
    assert talk.send("b", times=[9]) == [True], "the same words at another time"


def test_edited_and_inserted_turns_of_a_history() -> None:
    talk = Conversation()
    talk.send("a", "b", "c", "d", "e", "f")
    assert talk.send("a", "b", "C!", "d", "e", "f", "g") == [False, False, True, False, False, False, True]
    talk = Conversation()
    talk.send("a", "b", "c", "d")
    assert talk.send("a", "b", "put in", "c", "d", "e") == [False, False, True, False, False, True]
    talk = Conversation()
    talk.send("a", "b", "c", "d")
    assert talk.send("A!", "b", "c", "d", "e") == [True, False, False, False, True]


def test_the_last_turns_and_new_ones() -> None:
    talk = Conversation()
    talk.send("a", "b", "c", "d", "e")
    assert talk.send("d", "e", "f") == [False, False, True]


WORDS = st.sampled_from(["a", "b", "c", "yes", "好"])
HISTORY = st.lists(WORDS, min_size=1, max_size=12)


def test_an_edited_history_may_come_many_times() -> None:
    talk = Conversation()
    talk.send("a", "b", "c", "d", "e", "f")
    edited = ("a", "b", "C!", "d", "put in", "e", "f")
    talk.send(*edited)
    for _ in range(3):
        assert not any(talk.send(*edited))
    assert talk.send(*edited, "g") == [False] * 7 + [True]
    assert not any(talk.send(*edited, "g"))


@given(st.integers(1, 12), st.data())
def test_a_history_sent_again_adds_nothing_however_it_came(turns: int, data: st.DataObject) -> None:
    talk = Conversation()
    history = [f"turn {i}" for i in range(turns)]
    while history:
        cut = data.draw(st.integers(1, len(history)))
        talk.send(*history[:cut])
        assert not any(talk.send(*history[:cut])), "a retry"
        history = history[cut:]
    assert not any(talk.send(*talk.said()))


@given(HISTORY)
def test_what_is_stored_may_be_sent_again(history: list[str]) -> None:
    talk = Conversation()
    for word in history:
        talk.send(word)
    assert not any(talk.send(*talk.said()))


@given(HISTORY)
def test_a_growing_history_is_stored_once(history: list[str]) -> None:
    talk = Conversation()
    for end in range(1, len(history) + 1):
        talk.send(*history[:end])
    assert not any(talk.send(*history))


@given(HISTORY, st.data())
def test_with_ids_or_times_any_part_may_come_again(history: list[str], data: st.DataObject) -> None:
    with_ids = data.draw(st.booleans())
    marks = [f"m{i}" for i in range(len(history))]
    times = [data.draw(st.integers(1, 3)) for _ in history]
    talk = Conversation()

    def send(start: int, end: int) -> list[bool]:
        part = history[start:end]
        return talk.send(*part, ids=marks[start:end]) if with_ids else talk.send(*part, times=times[start:end])

    send(0, len(history))
    assert talk.said() == history
    start = data.draw(st.integers(0, len(history) - 1))
    end = data.draw(st.integers(start + 1, len(history)))
    assert not any(send(start, end))


@given(HISTORY, HISTORY)
def test_no_episode_holds_two_messages(stored: list[str], batch: list[str]) -> None:
    talk = Conversation()
    talk.send(*stored)
    found = [e for e in align(talk.stored, [Incoming(None, word, None) for word in batch]) if e is not None]
    assert len(found) == len(set(found))


@pytest.mark.parametrize("alphabet", [10_000, 2, 1])
@pytest.mark.parametrize("timed", [False, True])
def test_long_batches_take_time_in_proportion(alphabet: int, timed: bool) -> None:
    def send_again(count: int) -> int:
        words = [f"w{i * 7919 % alphabet}" for i in range(count)]
        times = list(range(count)) if timed else []
        stored = [Known(f"e{i}", None, word, times[i] if timed else None, i) for i, word in enumerate(words)]
        edited = [w if i % 500 else f"edited {i}" for i, w in enumerate(words)]
        return align(stored, [Incoming(None, w, times[i] + 1 if timed else None) for i, w in enumerate(edited)]).count(None)

    assert send_again(10_000) >= 20
    assert grows_in_proportion(send_again, 10_000)
