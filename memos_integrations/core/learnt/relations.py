"""How a later statement relates to an earlier one: the models of family ``relations``.

Read are the words of both, what each says by models fitted on labelled turns (a wish or a fact, for or against, under a condition,
of somebody else, a correction), their likeness, and the signs of change, exception and repetition; and, where the embedder is the
one that the models were fitted with, the vectors of both.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .._likeness import exclusive, frame_of_one_value, jaccard, negated_twin, same_marks, same_thing, share
from ..situation import facets
from ..slots import attributes, topics
from ..text import content_terms
from ._dense import Dense, same_model
from ._features import scaled, tokens, word_features
from ._linear import Features, Linear, arrays_of, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = [
    "RELATIONS",
    "SENSES",
    "Models",
    "Signs",
    "Statement",
    "features_of_pair",
    "models",
    "nearness_of_pair",
    "numbers",
    "others",
    "senses_of_pair",
    "signs",
    "statement_words",
    "telling_terms",
    "vector_nearness",
    "vector_of_pair",
    "words_of_pair",
]

RELATIONS = ("duplicates", "refines", "narrows", "contradicts", "replaces", "independent")
"""The relations, in the order of the models' columns."""
SENSES = (
    "preference",
    "avoids",
    "condition",
    "of another",
    "correction",
    "nothing",
    "question",
    "lasting",
    "standing",
    "third person",
    "fact",
)
"""What is read of each statement for itself."""

_NEGATION = re.compile(
    r"\b(?:not|no|never|nothing|none|without|can't|cannot|don't|won't|isn't|wasn't|hate|stop\w*|quit|gone off|avoid|skip|drop|rid)\b"
    r"|n't\b|不|没|别|无|讨厌|戒|免|烦|拒|停|少"
)
_CHANGE = re.compile(
    r"\b(?:now|no longer|any ?more|moved|switch\w*|chang\w*|swap\w*|instead|new|these days|upgrad\w*|migrat\w*|replac\w*|actually"
    r"|from (?:now|today|here) on|going forward|gave up|given up|stopped|quit|became|turned|joined|started|again|back|used to|finally"
    r"|just|yesterday|last week|today)\b"
    r"|现在|如今|不再|搬|换|改|早就|已经|戒|新|往后|今后|以后|从今|刚|变|调|挪|升|跳槽|入职|转|重新|上周|昨天|终于|了"
)
_EXCEPTION = re.compile(
    r"\b(?:except|unless|apart from|other than|besides|but not|only (?:if|when|on|in|after|before)|as long as|if|when|while|until|bar"
    r"|save for|though|however|before|after|past|once|during|on (?:mon|tues|wednes|thurs|fri|satur|sun)day\w*|at work|for work)\b"
    r"|除了|除非|除外|例外|另说|另算|不算|的话|只有|才|为止|以内|归|时候|时|只要|但|要是|如果|前|后|谈到|发|期间|那"
)
_OTHERS = re.compile(
    r"\b(?:my|our|the) (?:\w+ )?(?:son|daughter|husband|wife|mum|mom|dad|mother|father|brother|sister|friend|flatmate|lodger|neighbou?r"
    r"|boss|colleague|cousin|aunt|uncle|nan|gran\w*|kids?|landlord|partner|in-laws|mate)\b|\b(?:he|she|his|her|their|they)\b"
    r"|爸|妈|哥|姐|弟|妹|婶|叔|姨|邻居|同事|朋友|老公|老婆|儿子|女儿|他|她|室友|大爷"
)
_PEOPLE = re.compile(
    _OTHERS.pattern + r"|\b(?:my|our|the) (?:\w+ )?(?:niece|nephew|grand\w+|manager|teacher|client|roommate|parents|family)\b"
    r"|\bnext door\b|隔壁|对门|舅|姑|爷|奶奶|外公|外婆|外甥|侄|公公|婆婆|岳|爱人|孩子|同学|客户"
)
_ENDED = re.compile(
    r"\b(?:no longer|any ?more|used to|stopped|quit|gave up|given up|gone off|went off|fed up with|sick of|instead of|rather than)\b"
    r"|不再|早就不|已经不|戒|腻|再也不|以前|过去|原来"
)
_ALSO = re.compile(r"\b(?:also|too|as well|another|second|both|besides)\b|也|还有|另外|另一|又|再|第二")
_ONCE = re.compile(r"\b(?:today|tonight|this (?:time|once|morning|evening|week|weekend)|for once)\b|今天|今晚|今早|这次|这回|昨天|昨晚")
_NUMBER = re.compile(r"\d+|[一二三四五六七八九十百千万两]+")
_QUESTION = re.compile(r"[?？]\s*$")
_LIMIT = 600
# words around a thing: sharing one of them says nothing of what is spoken of
_WEAK = content_terms(
    "want wants like likes love loves hate prefer enjoy stand use using always never no please give keep make take now any more anymore "
    "again these days really quite just also still new old after all from on come back go going get got have has had start started stop "
    "stopped mind fine don't doesn't can't won't time times day days today tomorrow week thing things people one two good great best"
) | content_terms(
    "喜欢 讨厌 不想 想要 现在 不再 再也 不了 受不 不了 以后 之后 一点 开始 还是 已经 我们 每天 很爱 爱吃 不要 别再 别用 都用 可以 不喜 "
    "欢了 我现 我不 我爱 今天 明天 时候 这个 那个 什么 一下 有点 觉得 知道"
)


@dataclass(frozen=True)
class Statement:
    """A statement, read.

    Attributes:
        text: The user's words.
        by_words: Log-odds of ``SENSES`` by words.
        direction: Its vector without what all statements share, of length 1; None without one.
        by_vector: Log-odds of ``SENSES`` by vector.
    """

    text: str
    by_words: Floats
    direction: Floats | None
    by_vector: Floats | None


def statement_words(text: str) -> Features:
    """What the models of ``SENSES`` read of a statement."""
    terms = {f"~{term}": 0.2 for term in sorted(content_terms(text[:_LIMIT]))}
    return scaled(word_features(text)) | terms


def words_of_pair(old: str, new: str) -> Features:
    """The words of a pair: those of the new statement, and, half as heavy, those of the old."""
    told = scaled(word_features(new, "n:"))
    before = scaled(word_features(old, "o:"))
    return told | {name: value / 2 for name, value in before.items()}


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[str, ...]:
    return tuple(tokens(text[:_LIMIT]))


class Signs(NamedTuple):
    """Kinds of words that a statement holds.

    Attributes:
        negated: It denies something.
        changed: It speaks of a change, or of now against then.
        excepted: It names a condition or an exception.
        others: It speaks of somebody else.
        question: It ends as a question.
        ended: It says that something is over.
        also: It adds to what is there.
        once: It speaks of today or of one time.
    """

    negated: bool
    changed: bool
    excepted: bool
    others: bool
    question: bool
    ended: bool
    also: bool
    once: bool


@lru_cache(maxsize=4096)
def signs(text: str) -> Signs:
    """The kinds of words that a statement holds."""
    low = text[:_LIMIT].lower()
    patterns = (_NEGATION, _CHANGE, _EXCEPTION, _OTHERS, _QUESTION, _ENDED, _ALSO, _ONCE)
    return Signs(*(pattern.search(low) is not None for pattern in patterns))


def numbers(text: str) -> set[str]:
    """Numbers that a statement names."""
    return set(_NUMBER.findall(text[:_LIMIT]))


def others(text: str) -> set[str]:
    """The people besides the user that a statement speaks of."""
    return {found.group().lower().removeprefix("our ").removeprefix("my ") for found in _PEOPLE.finditer(text[:_LIMIT].lower())}


def telling_terms(text: str) -> set[str]:
    """Content words of a statement but for those that say nothing of what it is about."""
    return content_terms(text[:_LIMIT]) - _WEAK


def features_of_pair(old: str, new: str) -> list[float]:
    """How alike two statements are, and what the new one shows of change."""
    one, two = content_terms(old[:_LIMIT]), content_terms(new[:_LIMIT])
    a, b = _tokens(old), _tokens(new)
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    negated, _, conditioned, other, *_ = signs(old)
    says_not, changed, excepted, others, question, ended, also, once = signs(new)
    told, before = numbers(new), numbers(old)
    there, here = facets(old), facets(new)
    likeness = same_thing(old, new)
    found: list[float | bool] = [
        len(one & two) / max(1, len(one | two)), len(one & two) / max(1, min(len(one), len(two))), min(len(one & two), 4),
        len(set(a) & set(b)) / max(1, len({*a, *b})), len(a) / 10, len(b) / 10, math.log(max(1, len(b)) / max(1, len(a))),
        negated, says_not, negated != says_not, negated and says_not, changed, excepted, conditioned, others, other, others and not other,
        question, bool(told - before), bool(before - told), bool(told & before), bool(told and before and not told & before),
        start / max(1, len(b)), end / max(1, len(b)), (start + end) / max(1, len(a)),
        sum(bool(values & here.get(facet, frozenset())) for facet, values in there.items()),
        sum(facet in here and not values & here[facet] for facet, values in there.items()),
        len(set(here) - set(there)), changed and negated != says_not,
        exclusive(old, new), frame_of_one_value(old, new), negated_twin(old, new), same_marks(old, new), likeness == "same",
        likeness == "narrower", likeness == "wider", jaccard(old, new), share(old, new), share(new, old), ended, also, once,
        changed and not excepted,
    ]  # fmt: skip
    return [float(value) for value in found]


def nearness_of_pair(old: str, new: str) -> list[float]:
    """Whether two statements are about one thing: what they share but for words that say nothing of what they are about."""
    one, two = telling_terms(old), telling_terms(new)
    there, here = facets(old), facets(new)
    about, too = topics(old), topics(new)
    known, asked = attributes(old), attributes(new)
    found: list[float | bool] = [
        len(one & two) / max(1, len(one | two)), len(one & two) / max(1, min(len(one), len(two))), min(len(one & two), 3),
        len(about & too) / max(1, len(about | too)), bool(about & too), bool(about and too and not about & too),
        bool(known & asked), bool(known and asked and not known & asked),
        sum(bool(values & here.get(facet, frozenset())) for facet, values in there.items()),
        sum(facet in here and not values & here[facet] for facet, values in there.items()),
        min(len(one), 8), min(len(two), 8), same_marks(old, new), exclusive(old, new), frame_of_one_value(old, new),
    ]  # fmt: skip
    return [float(value) for value in found]


def vector_nearness(old: Statement, new: Statement) -> Floats:
    """The same by vectors: the cosine, and the product."""
    import numpy as np

    assert old.direction is not None and new.direction is not None
    cosine = float(old.direction @ new.direction)
    named = [cosine, cosine * cosine, max(cosine, 0.0) ** 3]
    return np.concatenate([np.array(named, dtype=np.float32), old.direction * new.direction * 10]).astype(np.float32)


def senses_of_pair(old: Statement, new: Statement, *, vectors: bool) -> list[float]:
    """What both say for themselves, how far they agree, and how far not."""
    import numpy as np

    found: list[float] = []
    for one, two in ((old.by_words, new.by_words), *(((old.by_vector, new.by_vector),) if vectors else ())):
        assert one is not None and two is not None
        a, b = np.tanh(one / 2), np.tanh(two / 2)
        found += [*a.tolist(), *b.tolist(), *(a * b).tolist(), *np.abs(a - b).tolist()]
    if vectors:
        assert old.direction is not None and new.direction is not None
        cosine = float(old.direction @ new.direction)
        found += [cosine, cosine * cosine]
    return found


def vector_of_pair(old: Statement, new: Statement) -> Floats:
    """Both vectors, and their product."""
    import numpy as np

    assert old.direction is not None and new.direction is not None
    return np.concatenate([new.direction, old.direction, new.direction * old.direction * 10]).astype(np.float32)


@dataclass(frozen=True)
class Models:
    """The models of the family.

    Attributes:
        space: Name of the embedder whose vectors they read.
        centre: What all statements share.
        senses_words: ``SENSES`` by words.
        senses_vector: The same by vector.
        words: ``RELATIONS`` by the words of a pair: without vectors, and beside them.
        named: Weights of ``features_of_pair`` and ``senses_of_pair``, the bias last; without vectors, and beside them.
        vector: Weights of ``vector_of_pair``.
        near: Weights of ``nearness_of_pair``, the bias last; and, with ``vector_nearness`` before the bias, of both.
    """

    space: str
    centre: Floats
    senses_words: Linear
    senses_vector: Dense
    words: tuple[Linear, Linear]
    named: tuple[Floats, Floats]
    vector: Floats
    near: tuple[Floats, Floats]

    def reads(self, space: str | None) -> bool:
        """Whether vectors of an embedder mean something to the models."""
        return same_model(space, self.space)

    def read(self, text: str, vector: Sequence[float] | None) -> Statement:
        """Read a statement; ``vector`` of a space that the models read."""
        by_words = self.senses_words.scores(statement_words(text))
        if vector is None:
            return Statement(text, by_words, None, None)
        import numpy as np

        own = np.asarray(vector, dtype=np.float32)
        own = own / max(1e-9, float(np.linalg.norm(own))) - self.centre
        direction: Floats = (own / max(1e-9, float(np.linalg.norm(own)))).astype(np.float32)
        return Statement(text, by_words, direction, self.senses_vector.scores(direction))

    def nearness(self, old: Statement, new: Statement) -> float:
        """Log-odds that two statements are about one thing."""
        import numpy as np

        full = old.direction is not None and new.direction is not None
        named = np.array(nearness_of_pair(old.text, new.text), dtype=np.float32)
        if full:
            named = np.concatenate([named, vector_nearness(old, new)])
        return float(named @ self.near[full][:-1] + self.near[full][-1])

    def relate(self, old: Statement, new: Statement) -> dict[str, float]:
        """Probability of each relation of the later statement to the earlier one."""
        import numpy as np

        full = old.direction is not None and new.direction is not None
        named = np.array([*features_of_pair(old.text, new.text), *senses_of_pair(old, new, vectors=full), 1.0], dtype=np.float32)
        scores = self.words[full].scores(words_of_pair(old.text, new.text)) + named @ self.named[full]
        if full:
            scores = scores + vector_of_pair(old, new) @ self.vector
        powers = np.exp(scores - scores.max())
        shares: list[float] = (powers / powers.sum()).tolist()
        return dict(zip(RELATIONS, shares, strict=True))


@lru_cache(maxsize=1)
def models() -> Models:
    """The models of the package; read once."""
    import numpy as np

    parts, own = load("relations"), arrays_of("relations")
    senses = own["senses vector"].astype(np.float32)
    return Models(
        space=json.loads(own["names"].tobytes().decode("utf-8"))["space"],
        centre=own["centre"].astype(np.float32),
        senses_words=parts["senses"],
        senses_vector=Dense(senses[:-1], senses[-1]),
        words=(parts["words"], parts["words beside"]),
        named=(own["named words"].astype(np.float32), own["named all"].astype(np.float32)),
        vector=own["vector"].astype(np.float32),
        near=(own["near words"].astype(np.float32), own["near all"].astype(np.float32)),
    )
