"""PrefEval: preferences stated or shown once, and a question long after that has to heed them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from memos_integrations.types import Preference, Recall

from ...models.corpus import rows as corpus_rows
from ..baselines import Baselines
from ..bench import Bench, Subject, recall_answers
from ..data import MissingData, Source
from ..measures import OURS, Aim, Answer
from ..wording import agrees, covers, line_sign, said_sign, telling

__all__ = ["AIMS", "run"]

AIMS = {
    "20 preferences: recall@1": Aim(0.92),
    "20 preferences: recall@5": Aim(0.99),
    "one topic: recall@5": Aim(0.60),
    "stated: found": Aim(0.97),
    "stated: signed rightly": Aim(0.97),
    "chosen: found, sign right": Aim(0.85),
    "persona: sign right where found": Aim(0.85),
    "persona: sign right of what it names": Aim(0.85),
    "false alarms: chats, a turn": Aim(0.01, most=True),
    "false alarms: lone questions": Aim(0.01, most=True),
    "200 tokens: needed one is held": Aim(0.97),
    "200 tokens: unneeded ones let in": Aim(0.20, most=True),
}
_USER = 20
_TOKENS = 200
_OTHER_SLOTS = (
    "entertainment.music",
    "entertainment.sports",
    "fashion.style",
    "work.schedule",
    "work.writing",
    "social.communication",
    "finance.investing",
    "arts.hobby",
    "learning.style",
    "beliefs.faith",
)
_ITEM = re.compile(r"(?ms)(?:(?:^|(?<=\s))\d[.)]\s+|^\s*[-*•]\s+)(.+?)(?=\s\d[.)]\s|\n|\Z)")
_BEHIND = re.compile(r"\s*\(\d\)[,.;]?\s*(?:or\s)?")  # "a walk (1), a swim (2)"
_MEMBER = re.compile(r",?\s+or\s+|[,;.]\s+(?:alternatively|or)?,?\s*")

Row = Mapping[str, Any]


def run(source: Source, bench: Bench) -> Iterator[Answer]:
    """All measures of the set."""
    rows = source.units(source.read("prefeval"))
    try:
        noise = source.units(source.read("prefeval_noise"))
    except MissingData:
        noise = []
    mixed = _mixed(rows)[: source.limit]
    users = _users(mixed)
    yield from _recalls(bench, users, "20 preferences: recall", (1, 5))
    crowded = [mixed[i : i + _USER] for i in range(0, len(mixed), _USER)]
    yield from _recalls(bench, crowded, "20 preferences, two a topic: recall", (1, 5))
    topics: dict[str, list[Row]] = defaultdict(list)
    for row in mixed:
        topics[row["topic"]].append(row)
    yield from _recalls(bench, list(topics.values()), "one topic: recall", (5,))
    yield from _stated(bench, mixed)
    yield from _chosen(bench, mixed)
    yield from _persona(bench, mixed)
    yield from _alarms(bench, mixed, noise[: source.limit])
    yield from _budget(bench, users, noise)


def _mixed(rows: Sequence[Row]) -> list[Row]:
    """One of each topic after the other, so that a user's preferences are spread."""
    topics: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        topics[row["topic"]].append(row)
    return [row for layer in zip_longest(*topics.values()) for row in layer if row is not None]


def _users(mixed: Sequence[Row]) -> list[list[Row]]:
    """Users with twenty preferences: one of each topic of the set, and others of the project's own on other topics."""
    left: dict[str, list[Row]] = defaultdict(list)
    for row in mixed:
        left[row["topic"]].append(row)
    others = _others()
    users: list[list[Row]] = []
    for number in range(max(map(len, left.values()), default=0)):
        own = [rows[number] for rows in left.values() if number < len(rows)]
        more = [texts[number % len(texts)] for texts in others.values()][: _USER - len(own)]
        users.append([*own, *({"id": f"own {i}", "preference": text} for i, text in enumerate(more))])
    return users


def _others() -> dict[str, list[str]]:
    """Turns of the project's corpus that state one lasting preference, by slot."""
    found: dict[str, list[str]] = {slot: [] for slot in _OTHER_SLOTS}
    for row in corpus_rows("turns"):
        labels = [label for label in row["labels"] if label["kind"] == "preference"]
        if row["lang"] != "en" or len(labels) != 1 or labels[0]["slot"] not in found:
            continue
        if labels[0]["origin"] == "explicit" and labels[0]["lasting"] and not labels[0]["standing"]:
            found[labels[0]["slot"]].append(row["text"])
    return {slot: texts for slot, texts in found.items() if texts}


def _state(subject: Subject, user: str, rows: Sequence[Row]) -> None:
    for row in rows:
        subject.tell(user, [{"id": row["id"], "role": "user", "content": row["preference"]}], conversation=row["id"])


def _recalls(bench: Bench, users: Sequence[Sequence[Row]], name: str, cuts: tuple[int, ...]) -> Iterator[Answer]:
    with bench.open() as subject:
        for number, rows in enumerate(users):
            _state(subject, f"user {number}", rows)
        subject.learn()
        for number, rows in enumerate(users):
            baselines = Baselines([r["id"] for r in rows], [r["preference"] for r in rows], bench.embedder)
            for row in _asking(rows):
                recall, seconds = subject.ask(f"user {number}", row["question"], limit=15)
                naive = baselines.rankings(row["question"], language="en")
                yield from recall_answers(row["id"], recall, seconds, naive, [row["id"]], cuts, name=name, group=row["topic"])


def _asking(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if "question" in row]


def _stated(bench: Bench, rows: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for row in rows:
            _state(subject, row["id"], [row])
        subject.learn()
        for row in rows:
            known = _preferences(subject, row["id"])
            note = {"said": row["preference"], "modelled": [_brief(p) for p in known]}
            yield Answer("stated: found", row["id"], {OURS: float(bool(known))}, row["topic"], note=note)
            # asked in its own words, so that it stands in the instruction whatever applies to the later question
            recall, seconds = subject.ask(row["id"], row["preference"], limit=10)
            lines = _preference_lines(recall)
            right = any(line_sign(line) == said_sign(row["preference"]) and covers(line, row["preference"]) for line in lines)
            yield Answer(
                "stated: signed rightly", row["id"], {OURS: float(right)}, row["topic"], recall.instruction.tokens, seconds,
                {"said": row["preference"], "lines": lines},
            )  # fmt: skip


def _preferences(subject: Subject, user: str) -> list[Preference]:
    return [m for m in subject.known(user, "preference") if isinstance(m, Preference)]


def _brief(preference: Preference) -> str:
    return f"{preference.polarity} {preference.object} [{preference.slot}] {preference.text}"


def _preference_lines(recall: Recall) -> list[str]:
    """Lines of the instruction that rest on a preference; all lines before the data where it is not fenced off."""
    kinds = {m.memory.id: m.memory.kind for m in recall.memories}
    lines = recall.instruction.text.splitlines()
    head = len(recall.instruction.head.splitlines())
    return [lines[c.line] for c in recall.instruction.citations if c.line < head or kinds.get(c.memory_id) == "preference"]


def _messages(turns: Sequence[Row], prefix: str) -> list[dict[str, Any]]:
    return [{"id": f"{prefix}{i}", "role": t["role"], "content": t.get("text", t.get("content"))} for i, t in enumerate(turns)]


def _chosen_option(turns: Sequence[Row]) -> str:
    """The offered option that the user's answer speaks of: in a list, or in a sentence such as "a, b, or c"."""
    offers = " ".join(t["text"] for t in turns[:2] if t["role"] == "assistant")
    offered: list[str] = _ITEM.findall(offers)
    if len(offered) < 2:
        offered = _BEHIND.split(offers)[:-1] if len(_BEHIND.findall(offers)) > 1 else [o for o in _MEMBER.split(offers) if len(o) > 3]
    answers = " ".join(t["text"] for t in turns[1:] if t["role"] == "user")
    number = re.search(r"(?i)\b(?:option|number|choice|#)\s*(\d)", answers)
    if number and 1 <= int(number[1]) <= len(offered):
        return str(offered[int(number[1]) - 1])
    said = telling(answers)
    return max(offered, key=lambda o: len(telling(o) & said) / (2 + len(telling(o))), default="")


def _chosen(bench: Bench, rows: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for row in rows:
            subject.tell(row["id"], _messages(row["implicit_choice"], "t"), conversation="choice")
        subject.learn()
        for row in rows:
            option = _chosen_option(row["implicit_choice"])
            known = _preferences(subject, row["id"])
            right = any(
                (p.polarity == said_sign(row["preference"]) and covers(_words(p), row["preference"]))
                or (p.polarity == "wants" and option and covers(_words(p), option))
                for p in known
            )
            note = {"turns": [t["text"] for t in row["implicit_choice"]], "gold": row["preference"], "modelled": [_brief(p) for p in known]}
            yield Answer("chosen: found, sign right", row["id"], {OURS: float(right)}, row["topic"], note=note)


def _words(preference: Preference) -> str:
    return f"{preference.text} {preference.object} {preference.directive} {' '.join(e.quote for e in preference.evidence)}"


def _persona(bench: Bench, rows: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for row in rows:
            subject.tell(row["id"], _messages(row["implicit_persona"], "t"), conversation="persona")
        subject.learn()
        for row in rows:
            known = _preferences(subject, row["id"])
            about = [p for p in known if covers(_words(p), row["preference"])]
            right = [p for p in about if p.polarity == said_sign(row["preference"])]
            note = {"gold": row["preference"], "modelled": [_brief(p) for p in known]}
            yield Answer("persona: found, sign right", row["id"], {OURS: float(bool(right))}, row["topic"], note=note)
            for number, preference in enumerate(about):
                value = float(preference.polarity == said_sign(row["preference"]))
                yield Answer("persona: sign right where found", f"{row['id']}.{number}", {OURS: value}, row["topic"], note=note)
                told = agrees(preference.polarity, preference.object, row["preference"])
                if told is not None:
                    yield Answer(
                        "persona: sign right of what it names", f"{row['id']}.{number}", {OURS: float(told)}, row["topic"], note=note
                    )
            yield Answer("persona: preferences a dialogue", row["id"], {OURS: float(len(known))}, row["topic"])


def _alarms(bench: Bench, rows: Sequence[Row], noise: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for number, chat in enumerate(noise):
            subject.tell(f"chat {number}", _noise(chat, "t"), conversation="chat")
        for row in rows:
            subject.tell(row["id"], [{"id": "q", "role": "user", "content": row["question"]}], conversation="question")
        subject.learn()
        for number, chat in enumerate(noise):
            alarms = {s: _brief(p) for p in _preferences(subject, f"chat {number}") for s in p.sources}
            for message in _noise(chat, "t"):
                if message["role"] == "user":
                    note = {"said": message["content"][:500], "modelled": alarms.get(message["id"])}
                    yield Answer(
                        "false alarms: chats, a turn", f"{number}.{message['id']}", {OURS: float(message["id"] in alarms)}, note=note
                    )
        for row in rows:
            found = _preferences(subject, row["id"])
            note = {"said": row["question"], "modelled": [_brief(p) for p in found]}
            yield Answer("false alarms: lone questions", row["id"], {OURS: float(bool(found))}, row["topic"], note=note)


def _noise(chat: Row, prefix: str) -> list[dict[str, Any]]:
    return [m for m in _messages(chat["turns"], prefix) if str(m["content"]).strip()]


def _budget(bench: Bench, users: Sequence[Sequence[Row]], noise: Sequence[Row]) -> Iterator[Answer]:
    with bench.open() as subject:
        for number, rows in enumerate(users):
            user = f"user {number}"
            _state(subject, user, rows)
            for chat in range(2 * number, 2 * number + 2):
                if noise:
                    subject.tell(user, _noise(noise[chat % len(noise)], f"n{chat}-"), conversation=f"noise {chat}")
        subject.learn()
        for number, rows in enumerate(users):
            stated = {row["id"] for row in rows}
            for row in _asking(rows):
                recall, seconds = subject.ask(f"user {number}", row["question"], limit=10, max_tokens=_TOKENS)
                head = len(recall.instruction.head.splitlines())
                cited = [(c.line, s) for c in recall.instruction.citations for s in c.sources if s in stated]
                held = {s for _, s in cited}
                tail = {s for line, s in cited if line >= head}
                note = {"question": row["question"], "needed": row["preference"], "text": recall.instruction.text}
                tokens = recall.instruction.tokens
                yield Answer(
                    "200 tokens: needed one is held", row["id"], {OURS: float(row["id"] in held)}, row["topic"], tokens, seconds, note
                )
                others = len(stated) - 1
                if others:
                    share = len(tail - {row["id"]}) / others
                    yield Answer("200 tokens: unneeded ones let in", row["id"], {OURS: share}, row["topic"], tokens, seconds)
                if tail:
                    share = len(tail - {row["id"]}) / len(tail)
                    yield Answer("200 tokens: unneeded share of tail", row["id"], {OURS: share}, row["topic"], tokens, seconds)
