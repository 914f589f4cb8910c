"""What limits a wish in Chinese: its case, in its clause or just before it, and an exception right after it."""

from __future__ import annotations

import re

from ...candidates import Candidate
from .._common import Sentence
from ._clauses import RULES, Clause, sieve

__all__ = ["THEN", "condition_of", "exception_after", "with_exception"]

_AT_THAT_TIME = re.compile(r"[在往到]?(?:那[个段]?(?:时间段?|时候|时段|点儿?(?=[别不要]|$)|会儿)|那[几两]?天|那[天时](?!候)|这个?时间段?)")
THEN = re.compile(f"^{_AT_THAT_TIME.pattern}")
"""Begins with a time that was named before: 那个时间."""
_EXCEPTION = re.compile(
    r"^(?:但|不过|只有)?(?:(?:除非|除了|除)[^，]{2,16}|(?!没|无|绝|不|别|毫)[^，]{1,12}(?:除外|例外|不算|另说)"
    r"|(?:只有|唯独|就是|唯一)[^，我你他她]{1,8}(?:不行|不方便|没空|不可以|不能|不成))$"
)
_ELSEWHERE = re.compile(  # begins anew, or is for the assistant: no part of the case before
    r"^(?:我|你|您|咱|平[时常]|以后|今后|回答|回复|答复|说话|跟我|对我|(?:别|不要|甭)再?(?:给我)?(?:推荐|剧透|催))"
)
_ELSE = re.compile(r"^(?:别的|其他|其它|剩下的|其余)时(?:候|间)$")  # the exception stands before it


def condition_of(sentence: Sentence, clause: Clause, before: list[Clause], obj: str) -> str | None:
    """The words that limit it, other than its object: in the clause itself, else in the clauses just before."""
    then = _AT_THAT_TIME.search(clause.plain) is not None
    for part in [clause, *(one for one in reversed(before[-2:]) if not one.asks)]:
        for rule in sieve(RULES, "condition").likely(part.plain):
            found = rule.search(part.plain)
            if found:
                start, end = found.span("cond")
                words = part.raw[start:end].strip()
                if words in obj or obj in words or _ELSE.match(words):
                    continue
                if part is not clause and rule.data.get("spreads") and _ELSEWHERE.match(clause.plain):
                    continue
                if part is not clause and end < len(part.plain) - 3 and (start > 2 or end > 3) and not rule.data.get("spreads"):
                    if then and rule.data.get("time"):
                        return words  # of "I teach on Wednesdays, plan nothing then" Wednesdays are the case
                    continue  # a clause that says more of its own limits nothing
                return words
    return None


def exception_after(parts: list[Clause], place: int) -> str | None:
    """The clause right after an order, where it is nothing but an exception: "…, but on Wednesdays"."""
    after = parts[place + 1] if place + 1 < len(parts) else None
    return after.raw if after is not None and _EXCEPTION.match(after.plain) else None


def with_exception(candidate: Candidate, exception: str) -> Candidate:
    """The candidate with one more limit."""
    condition = f"{candidate.condition}，{exception}" if candidate.condition else exception
    return candidate.model_copy(update={"condition": condition})
