"""Which preferences concern a query."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..types import Preference
from .bounds import within
from .cases import is_exception
from .fields import DIARY, apart, asked_for, fields
from .kinds import kinds
from .learnt.applies import Said, Wishes, models
from .learnt.queries import asks_about_user, asks_for_help
from .ranking import Ranked
from .rules.zh import in_simplified
from .situation import facets
from .slots import is_safety
from .text import content_terms, has_cjk, normalise

__all__ = [
    "LEAST",
    "LIKELY",
    "Concern",
    "always",
    "concerned",
    "is_exception",
    "needed",
    "read_preference",
    "reads",
    "wishes_of",
]

LIKELY = 0.22
"""From which probability a preference is taken to concern a query: most needed ones are told, and pairs kept apart do best near it."""
LEAST = 0.22
"""And from which order: what stands lower has nothing to do with the query, whatever the query is."""
_READ = 1000  # characters of a query
_HANDFUL = 5
_NAMED = 0.5
_NEARLY = 0.2  # from which probability half of a name says the rest
_ASKED, _UNASKED = 0.6, LIKELY - 0.05  # orders; and what is not the very wish that is asked for is not likely
_SHORTEST_NAME = 2
_KIND = 0.03  # the same, where both name something of one kind, or the query repeats the case
_FITTING = 0.12  # an order from which a wish may have to do with a request that meets its case
_OPEN = 0.08  # and one that arranges something, where the case is a time
_REPEATED = 0.6  # of the words of a case: a request that has so many of them is one
_SHORTEST_CASE = 3  # characters in common, in Chinese
_WIDE = {"table"}  # a field in which most wishes have nothing to do with each other: kinds tell there
_GROCERIES = re.compile(r"(?i)\b(?:groceries|grocery|food shop|shopping)\b|买菜|食材")
_ANYWHERE = ("answers.", "health.", "access.", "beliefs.")  # what stands here belongs to no field
_TOPIC_WORDS = 2
_BESIDE, _BESIDE_MANY = 0.7, 0.4  # of the best one's order: what stands further back is not said, unless it is
_SURE = 0.8  # so likely
_MANY = 8  # preferences: the best of a few is mostly what is meant, of more it is often another


_TIMES = frozenset({"daytime", "day", "season", "weather", "holiday", "mood"})
_CASES = frozenset({"company", "place", "trip", "purpose", "document"})
_LETTERS = frozenset({"mail", "letter"})  # one as good as the other
_CHARTS = frozenset({"chart", "review", "recipe"})  # what stands in documents, or is asked for
_NONE: frozenset[str] = frozenset()
_CLOCK = re.compile(
    r"(?i)\b\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\b|o['’]clock)|\b\d{1,2}:\d\d\b|\bnoon\b|[\d一二三四五六七八九十]点(?![击赞评餐菜])"
)
_ONCE = re.compile(
    r"(?i)\b(?:last|this|next|since|one|tonight|yesterday|today)\b|[去今明昨][天年晚]|前[天年]|[上这那下]个?[周月次回]|最近|从"
    r"|^(?:以后|今后|往后|之后|此后|然后|每次|平时|任何时候)"
)
_FIRST = re.compile(
    r"^\s*([^\s,，。.!?！？][^,，。.!?！？]{0,30}?)(?:,?\s+(?:I|we)\b|，?(?:(?:我们?|咱们?)(?!的)|(?=[不别只]|一律|一定|必须)))"
)
_BESIDES = re.compile(
    r"(?i)(?:in|on|at|with|for|during|when|while|after|before|abroad|to)\b(?!.*\b(?:and|that|which)$)|(?:我们?)?(?:[给跟和陪带在对请出去开上做写考]|招待)"
)
_ENDS_CASE = re.compile(r"(?:时|时候|之?前|之?后|期间|天|那几天|那天|节|季|期)$")


_BOOKED = re.compile(r"(?i)\bbook(?:ed|ing)?(?= (?:me|us|a|the|two|my|in|onto)\b)")
_ENDS_ZH = re.compile(r"(?:的?时候|的话|的?时|之?[前后]|以[前后]|期间)$")
_FOR_ME = re.compile(r"^(?:你|您|请|[给替帮]我){1,3}")
_MEASURED = re.compile(r"(?<=[写发做画订买拍回改开炒煮炖煲蒸])(?:了?一?[下个张份封篇条本家间幅首段道台部件]|一下)|(?<=[订买做煮炒])点")
_COOKS = "炒煮炖烤煲蒸熬煎拌泡"
_ACTS, _BRIEF = f"写发做画拍回改开剪录订{_COOKS}", 6  # with these begins what is made or done; characters of a case that says but that
_CASE_OF = re.compile(
    r"(?i)\b(?:before|after|when|while|during|at|on|with|for|if|in)\b (.+)$|^(.+?)(?:之?前|之?后|以前|以后|的?时候|的?时|的话)"
)
_DENIED = re.compile(
    r"(?i)\b(?:no|not|without|isn['’]t|aren['’]t|don['’]t have|haven['’]t)\s+(?:(?:a|an|any|the|in|on|at|with|got)\s+){0,2}(\w+)"
    r"|(?:没有?|不是?|无)(\w{1,4})"
)


class Concern(NamedTuple):
    """A preference beside a query.

    Attributes:
        preference: The preference.
        probability: How likely it concerns the query, 0 to 1.
        order: How it stands among others that do, 0 to 1.
        named: The query holds half of the words of its object, or more.
    """

    preference: Preference
    probability: float
    order: float = 0.5
    named: bool = False

    @property
    def likely(self) -> bool:
        """Whether it is taken to concern the query."""
        return self.probability >= LIKELY and self.order >= LEAST

    @property
    def guards(self) -> bool:
        """Whether it stands in every head and guards the user."""
        return always(self.preference) and is_safety(self.preference.slot, self.preference.text)


def always(preference: Preference) -> bool:
    """Whether it concerns whatever is asked: a standing one, unless it was said for a case ("when I write to my mum").

    What guards the user stays, and so does what has exceptions only.
    """
    if not preference.standing:
        return False
    case = preference.condition or _said_first(preference)
    return not case or is_exception(case) or is_safety(preference.slot, preference.text)


def reads(space: str | None) -> bool:
    """Whether the vectors of a space help to decide; else words alone do."""
    return models().reads(space)


def read_preference(preference: Preference, vector: Sequence[float] | None) -> Said:
    """What a preference speaks of, to be kept until it changes.

    Args:
        preference: The preference.
        vector: Its vector, of a space that ``reads`` accepts; None: by words alone.
    """
    return models().read(_words(preference), preference.slot, in_simplified(preference.condition or _said_first(preference)), vector)


def wishes_of(said: Sequence[Said]) -> Wishes:
    """Preferences of a view, ready to be laid beside any query."""
    return Wishes(said, models().slots)


def concerned(preferences: Sequence[Preference], wishes: Wishes, query: str, vector: Sequence[float] | None) -> list[Concern]:
    """How likely each preference concerns a query, the likeliest first.

    Args:
        preferences: The preferences.
        wishes: The same, ready.
        query: What is asked.
        vector: Its vector, of a space that ``reads`` accepts; None: by words alone.
    """
    if not preferences:
        return []
    query = asked_for(in_simplified(query))
    known = models()
    found = known.concerns(wishes, known.ask(query, vector if wishes.embedded else None))
    named = normalise(query) if asks_for_help(query) else ""
    asked = content_terms(query)
    unmet = wishes.unmet(query)
    found = [(min(likely, _NEARLY - 0.01), order) if off else (likely, order) for (likely, order), off in zip(found, unmet, strict=True)]
    concerns = _with_their_case(
        [_concern(p, likely, order, query, named, asked) for p, (likely, order) in zip(preferences, found, strict=True)]
    )
    if asks_about_user(query):  # a rule: a fact answers, unless it is the very wish that is asked for
        concerns = [c if c.order >= _ASKED else c._replace(probability=min(c.probability, _UNASKED)) for c in concerns]
    return sorted(concerns, key=lambda c: (-c.probability, c.preference.id))


def _with_their_case(concerns: list[Concern]) -> list[Concern]:
    """What was said in one breath for the same case holds with what is likely: "reels are to be lively, the title has a figure in it"."""
    met: dict[tuple[str, str] | None, float] = {
        said: c.order for c in sorted(concerns, key=lambda c: c.order) if c.likely and (said := _case_said(c.preference))
    }
    if not met:
        return concerns
    told = ((c, met.get(_case_said(c.preference))) for c in concerns)
    return [c if order is None else c._replace(probability=max(c.probability, LIKELY), order=max(c.order, order)) for c, order in told]


def _case_said(preference: Preference) -> tuple[str, str] | None:
    """The case that a wish was said for, and the message; None: it has none, or exceptions only."""
    case = preference.condition
    return (case, preference.sources[0]) if case and preference.sources and not is_exception(case) else None


def _concern(preference: Preference, likely: float, order: float, query: str, named: str, asked: set[str]) -> Concern:
    obj, case = in_simplified(preference.object), in_simplified(preference.condition or "")
    thing, terms = normalise(obj), content_terms(obj)
    topic = asked if len(asked) <= _TOPIC_WORDS else set[str]()
    if len(thing) >= _SHORTEST_NAME and thing in named and not case:
        likely, order = max(likely, _NAMED), max(order, _NAMED)  # a rule: who asks for help and names it means it
    if topic and not case and topic <= content_terms(in_simplified(preference.text)):
        likely, order = max(likely, _NAMED), max(order, _NAMED)  # a rule: a bare topic means what is wished about it
    if _denied(preference, query):
        likely, order = min(likely, _NEARLY - 0.01), min(order, LEAST)  # a rule: "no concert today" is no case of "before concerts"
    if likely >= LIKELY and not preference.slot.startswith(_ANYWHERE) and apart(query, _words(preference), preference.slot):
        likely = _NEARLY - 0.01  # a rule: spices are nothing to a film
    if case and likely >= LIKELY and _of_another_document(case, query):
        likely = _NEARLY - 0.01  # a rule: what is said of greeting cards is nothing to a report
    bounded = within(case, query) if case and not is_exception(case) else None
    if bounded is not None:  # a rule: an amount decides whether it is the case
        likely, order = (max(likely, LIKELY), max(order, LEAST)) if bounded and order >= _FITTING else (min(likely, _NEARLY - 0.01), order)
    if named and bounded is not False and _same_matter(preference, case, query, likely, order):
        likely, order = max(likely, LIKELY), max(order, LEAST)
    half = bool(terms) and 2 * len(terms & asked) >= len(terms)
    if half and named and likely >= _NEARLY and not case:
        likely, order = max(likely, LIKELY), max(order, LEAST)  # a rule: "quartets" of "string quartets", and help is asked for
    return Concern(preference, round(likely, 4), round(order, 4), half)


def _same_matter(preference: Preference, case: str, query: str, likely: float, order: float) -> bool:
    """Whether a request for help names a thing of the kind that a wish names, or the case that it was said for."""
    if likely >= LIKELY and order >= LEAST:
        return False
    asked = query[:_READ]
    if case:
        return _meets(preference, case, asked, likely, order)
    if likely < _KIND:
        return False
    asked, words = _BOOKED.sub(" ", asked), _words(preference)
    shared = fields(asked) & fields(words, preference.slot)
    if preference.slot.startswith("shopping.budget") and bool(_GROCERIES.search(asked)) == bool(_GROCERIES.search(words)):
        return bool(shared)  # so much for a meal out
    return not kinds(asked).isdisjoint(kinds(words)) or bool(shared - _WIDE)


def _meets(preference: Preference, case: str, asked: str, likely: float, order: float) -> bool:
    """Whether a request arranges something where a case is a time, is for who cooks, or repeats the case."""
    if not is_exception(case) and order >= _OPEN and _has_no_time(preference, asked, case):
        return True
    if preference.slot == "food.diet":
        return "table" in fields(asked)  # "vegetarian at home": who cooks or orders is to know
    return not is_exception(case) and (_says_all(asked, case) or (likely >= _KIND and order >= LEAST and _repeats(asked, case)))


def _has_no_time(preference: Preference, query: str, case: str) -> bool:
    """Whether a query arranges something at no time yet, and the wish says when there is none: "no calls on Fridays"."""
    timed = {name for name, shown in (("case", case), ("query", query)) if _CLOCK.search(shown) or not _TIMES.isdisjoint(facets(shown))}
    return timed == {"case"} and DIARY in fields(query) & fields(_words(preference), preference.slot)


def _says_all(query: str, case: str) -> bool:
    """Whether a Chinese request says all of a case: "帮我写张贺卡" that of "写贺卡的时候"."""
    core = _FOR_ME.sub("", _ENDS_ZH.sub("", case))
    if not has_cjk(core) or (len(core) < _SHORTEST_CASE and core[0] not in _COOKS):
        return False
    if core in _MEASURED.sub("", query):
        return True
    return core[0] in _ACTS and len(core) <= _BRIEF and re.search(f"{core[0]}[^，。！？；]{{0,6}}?{re.escape(core[1:])}", query) is not None


def _repeats(query: str, case: str) -> bool:
    """Whether a query has most of the words of a case: "给孩子做点什么" those of "给孩子做饭的时候"."""
    if has_cjk(case):
        core = _ENDS_ZH.sub("", case)
        longest = max(_common(core, query), default=0)
        return longest >= max(_SHORTEST_CASE, _REPEATED * len(core))
    terms = content_terms(case)
    return bool(terms) and len(terms & content_terms(query)) >= _REPEATED * len(terms)


def _common(words: str, text: str) -> Iterator[int]:
    """Lengths of the runs of characters that some words share with a text."""
    for start in range(len(words)):
        stop = start
        while stop < len(words) and words[start : stop + 1] in text:
            stop += 1
        yield stop - start


def _of_another_document(case: str, query: str) -> bool:
    """Whether a case and a request name documents of different kinds, and nothing else in common."""
    said, asked = facets(case), facets(query[:_READ])
    kinds_said, kinds_asked = said.get("document", _NONE) - _CHARTS, asked.get("document", _NONE) - _CHARTS
    if not kinds_said or not kinds_asked or not kinds_said.isdisjoint(kinds_asked) or kinds_said | kinds_asked == _LETTERS:
        return False
    return all(said[name].isdisjoint(asked.get(name, _NONE)) for name in said if name not in ("purpose", "manner"))


def _denied(preference: Preference, query: str) -> bool:
    """Whether a query says that what the case of a preference is about is not so."""
    denied = {term for match in _DENIED.finditer(query[:_READ]) for term in content_terms(match[1] or match[2])}
    if not denied:
        return False
    found = None if preference.condition else _CASE_OF.search(_words(preference))
    case = in_simplified(preference.condition or "") or (found and (found[1] or found[2])) or ""
    return bool(case) and not is_exception(case) and bool(content_terms(case) & denied)


def needed(concerns: Sequence[Concern], ranked: Sequence[Ranked] = (), cases: Sequence[tuple[Preference, float]] = ()) -> list[Concern]:
    """Those that a query needs: orders whose case it is, then a handful of the likely ones, in the order of a ranking, else by
    their own. Those that hold whatever is asked are not among them: they stand in the head.
    """
    ordered = {preference.id for preference, _ in cases}
    concerns = [concern for concern in concerns if concern.preference.id not in ordered]
    places = {one.record.id: place for place, one in enumerate(ranked)}
    likely = [concern for concern in concerns if concern.likely]
    best = max((concern.order for concern in likely), default=0.0)
    beside = best * (_BESIDE if len(concerns) <= _MANY else _BESIDE_MANY)
    likely = [
        concern
        for concern in likely
        if (concern.named or concern.order >= beside or concern.probability >= _SURE) and not always(concern.preference)
    ]
    likely.sort(key=lambda c: (places.get(c.preference.id, len(places)), -c.order, c.preference.id))
    return [*(Concern(preference, 1.0, 1.0) for preference, _ in cases), *likely[:_HANDFUL]]


def _said_first(preference: Preference) -> str:
    """The case that a wish without a condition begins with: "In winter I only take the tram", 下雪天我不接单, "For my gran I …"."""
    found = _FIRST.match(in_simplified(preference.evidence[0].quote) if preference.evidence else "")
    if found is None or _ONCE.search(found[1]):
        return ""
    named = facets(found[1]).keys()
    case = not _TIMES.isdisjoint(named) or _ENDS_CASE.search(found[1]) or (not _CASES.isdisjoint(named) and _BESIDES.match(found[1]))
    return found[1] if case else ""


def _words(preference: Preference) -> str:
    """The words it was said in, simplified; with its own where they do not name its object (a choice, an action)."""
    quote = preference.evidence[0].quote if preference.evidence else ""
    told = quote if quote and normalise(preference.object) in normalise(quote) else f"{preference.text} {quote}".strip()
    return in_simplified(told)
