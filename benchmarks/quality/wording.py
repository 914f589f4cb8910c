"""How a statement or a line of an instruction is read: its sign, and the words that carry it."""

from __future__ import annotations

import re
from typing import Literal

from .baselines import words

__all__ = ["Sign", "agrees", "covers", "line_sign", "said_sign", "telling"]

Sign = Literal["wants", "avoids"]

_AVOIDS = re.compile(
    r"(?i)\b(?:avoid\w*|avers\w+|dislik\w+|hat(?:e|es|ed)|loathe\w*|detest\w*|despise\w*|never|not|no|without|refus\w+|reject\w*|"
    r"allerg\w+|intoleran\w+|phobi\w+|fear\w*|afraid|uncomfortable|can'?t|cannot|don'?t|won'?t|doesn'?t|isn'?t|sensitiv\w+|"
    r"against|oppos\w+|steer clear|stay away|keep away|skeptic\w+|anxi\w+|disinterest\w+|tired of|nothing|neither|minimi[sz]\w*|"
    r"limit\w*|turn-?off|unwilling|reluctan\w+|distrust\w*|averse)\b"
)
_WANTS = re.compile(
    r"(?i)\b(?:prefer\w*|lov(?:e|es|ed|ing)|like|likes|enjoy\w*|want\w*|only|exclusively|(?:strictly|must|always)(?! avoid)|need\w*"
    r"|favou?r\w*|fan|passion\w*|committed|fascinat\w+|interest(?:ed)? in|value|insist\w*|priorit\w+|believe|follow|seek\w*"
    r"|appreciate\w*|require\w*)\b"
)
_NEGATED_WANT = re.compile(
    r"(?i)\bprefer\w* (?:not|to avoid|to not|to skip|to steer|to stay away)\b|"
    r"\b(?:not|n't|never|no) (?:\w+ ){0,2}(?:like|enjoy|want|prefer|fan|interest)"
)
_LINE_AVOIDS = re.compile(r"(?i)\b(?:do not|don'?t|never|avoid|no|without|refrain|leave out|skip)\b|不要|别|勿|避免|不得|切勿|禁止")
_ATTITUDE = re.compile(
    r"(?i)\b(?:(?P<off>avoid\w*|avers\w+|dislik\w+|hat(?:e|es|ed)|loathe\w*|detest\w*|despise\w*|refus\w+|reject\w*|allerg\w+|oppos\w+|against|fear\w*"
    r"|uncomfortable|tired of"
    r"|can['’]?t (?:stand|tolerate|bear)|cannot (?:stand|tolerate|bear)|sensitiv\w+|limit\w*)"
    r"|(?P<on>prefer\w*|lov(?:e|es|ed|ing)|like|likes|enjoy\w*|want\w*|only|exclusively|insist\w*|seek\w*|follow|committed|fan|believe|adopt\w*)"
    r"|(?P<turn>not|no|never|n['’]t|don['’]?t|doesn['’]?t|isn['’]?t|aren['’]?t|won['’]?t|without"
    r"|lack\w*|rather than|instead of|over|away from|far from|nothing|excluded?))\b"
)
_SIGNS = (
    "avoid aversion dislike hate loathe prefer preference like love enjoy want never always only strongly strong really user suggest "
    "recommend use favor favour refuse don't can't cannot do not no stand please said when unless"
)
_SIGN_WORDS = frozenset(stem for word in _SIGNS.split() for stem in words(word))


def said_sign(statement: str) -> Sign:
    """The sign of a stated preference by its first cue: what comes after it is its object."""
    statement = statement.replace("’", "'")
    negated = _NEGATED_WANT.search(statement)
    avoids, wants = _AVOIDS.search(statement), _WANTS.search(statement)
    if negated is not None and (wants is None or negated.start() <= wants.start()):
        return "avoids"
    if avoids is None:
        return "wants"
    return "avoids" if wants is None or avoids.start() < wants.start() else "wants"


def line_sign(line: str) -> Sign:
    """Whether a line of an instruction says do or don't, by how it begins."""
    begin = line.removeprefix("- ")[:40]
    if begin.startswith(("Prefer ", "Respect ")):  # "Prefer pets that don't shed" is no don't
        return "wants"
    return "avoids" if _LINE_AVOIDS.search(begin) else "wants"


def _signs(statement: str) -> dict[str, Sign]:
    """The sign under which each telling word of a statement stands: set by the attitude before it, turned by negations."""
    signs: dict[str, Sign] = {}
    sign: Sign = "wants"
    turned = False
    at = 0
    for cue in [*_ATTITUDE.finditer(statement), None]:
        end = cue.start() if cue is not None else len(statement)
        between = telling(statement[at:end])
        for word in between:
            signs.setdefault(word, sign)
        if cue is None:
            break
        if cue["turn"]:
            sign = "wants" if sign == "avoids" else "avoids"
            turned = True
        else:  # "do not like" is one cue; a negation further back was about something else
            negated = turned and not between
            sign = "avoids" if bool(cue["off"]) != negated else "wants"
            turned = False
        at = cue.end()
    return signs


def agrees(polarity: Sign, words: str, statement: str) -> bool | None:
    """Whether a preference for (or against) some words has the sign that a statement gives them; None: it does not speak of them.

    Of "I dislike buses and prefer trains", a wish for trains is the one half, one against buses the other.
    """
    told = _signs(statement)
    own = _signs(f"{'I prefer' if polarity == 'wants' else 'I avoid'} {words}")
    votes = [own[word] == told[word] for word in own.keys() & told.keys()]
    if not votes or 2 * sum(votes) == len(votes):
        return None
    return 2 * sum(votes) > len(votes)


def telling(text: str) -> set[str]:
    """Words that say what a preference is about."""
    return set(words(text)) - _SIGN_WORDS


def covers(text: str, gold: str) -> bool:
    """Whether a text holds at least half of the telling words of another."""
    wanted = telling(gold)
    return 2 * len(wanted & telling(text)) >= len(wanted) > 0
