"""Choices among what the assistant offered: the words are the user's, the object is of the offer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ....types import Polarity, Strength
from ...candidates import Candidate
from ...in_hand import at_hand, of_what_is_made
from ...text import content_terms
from ...wording import seeming
from .._common import Sentence
from .._offers import Option, beside, extreme, place_of_mark
from ._clauses import Clause, compiled, simplify
from ._offered import CHOICES, options_of, put_side_by_side, put_up_by_user, puts_up, words
from ._slots import slot_of
from ._wording import trimmed

__all__ = ["chosen", "habitual"]

Spoken = tuple[Sentence, Clause]

_LONGEST = 160  # of an answer that chooses
_SHORT = 8
_MARKS = re.compile(
    r"(?:第|方案|选项|计划)([一二三四五六七八九十\d])(?![天次回年月周名题章课段页句行道季集节步遍])|([一二三四五六七八九])号|(?:方案|选项|option|款式)?(?<![a-z0-9])([a-h])(?![a-z])|([①-⑨])|([甲乙丙丁戊])(?:方案|款)?"
)
_FIRST = re.compile(r"前者|头一|前面|左边|上面那")
_LAST = re.compile(r"后者|后面|右边|最后|末尾|下面那")
_ONE_OF_TWO = re.compile(r"[前后後]者")
_MIDDLE = re.compile(r"中间")
_NUMBER = re.compile(r"^(\d)(?:号|吧|$)")
_ASKS_WHICH = re.compile(r"哪|选|推荐|什么|啥|几种|怎么搭|取个?名")
_AND = re.compile(r"(?:和|跟|加上?|、|还有|以及|与)(?=.)")
_ASKED = re.compile(r"[？?]\s*$|呢[。？?]?$")
_OF_THEIR_TASTE = re.compile(r"(?<!可)爱(?!人)|喜欢|(?<!不)想|说要|要吃|要喝|点名")
_ASKED_OF = re.compile(  # 发票 of 您的发票是要纸质的还是电子的？
    r"(?:请问|那|这边|您|你|您的|你的|以后|今后|这个|平时|的){0,4}(?P<what>(?![您你我这那他她]|要|是|想|平时|喜欢)[a-zA-Z\u4e00-\u9fff]{2,6}?)"
    r"(?:是|要|想要?|需要|希望|给您|帮您|为您|打算|都|用|放|寄|发|订|选|靠|开|做|喝|吃|坐|住|走|送|写|存|付|按){0,4}$"
)
_YOU = re.compile(r"您|你(?!们)")


def _matches(table: str, text: str) -> bool:
    return any(rule.pattern.search(text) for rule in compiled(CHOICES, table))


def chosen(said: Sequence[Spoken]) -> list[tuple[Clause, Candidate]]:
    """What the clauses of an answer to an offer pick and turn down, each with its clause."""
    if not said:
        return []
    first = said[0][0]
    before = first.before
    if not before or not first.first or len(first.turn.text) > _LONGEST or first.turn.text.count("\n") > 3:
        return []
    if _matches("not_own_matter", simplify(first.topic)) and not _matches("habit", simplify(first.turn.text)):
        return []
    options = put_up_by_user(first.topic, before) or options_of(before)
    if len(options) < 2 and _ONE_OF_TWO.search(first.turn.text):
        options = put_side_by_side(before)
    if len(options) < 2 or not puts_up(before, options):
        return []
    answer = _Answer(said, before, options)
    made = list(answer.found())
    if not at_hand(first.hand, first.turn.text) or _matches("habit", simplify(first.turn.text)):
        return made
    judged = answer.judges
    return [(clause, c) for clause, c in made if not of_what_is_made(first.topic, slot_of(c.object, order=False), judged=judged)]


def _unquoted(clause: Clause) -> str:
    """The clause with the words that were quoted: a choice may cite its option."""
    return re.sub(r"[“”\"「」『』]", "", simplify(clause.raw)) if "¤" in clause.plain else clause.plain


def _dismissal(clause: Clause) -> re.Match[str] | None:
    return next((m for rule in compiled(CHOICES, "dismissal") if (m := rule.pattern.match(clause.plain))), None)


class _Answer:
    """An answer to an offer, clause by clause."""

    def __init__(self, said: Sequence[Spoken], before: str, options: tuple[Option, ...]) -> None:
        self.said = said
        self.before = before
        self.options = options
        self.whole = simplify(said[0][0].turn.text)
        asked = re.search(r"[？?：:；]|[两三四五几](?:个|种|款|家|版|条)|还是|或|可选|待选", before)
        own = words("particles").sub("", self.whole.rstrip("。.！!"))
        echoes = len(own) > 1 and sum(own in words("particles").sub("", simplify(option.whole)) for option in options) == 1
        self.asked = asked is not None or echoes or _ASKS_WHICH.search(said[0][0].topic) is not None
        plains = [simplify(option.whole) for option in options]
        bigrams = [content_terms(plain) for plain in plains]
        self.bigrams = [own - set[str]().union(*(o for o in bigrams if o is not own)) for own in bigrams]
        chars = [set(plain) for plain in plains]
        self.chars = [own - set[str]().union(*(o for o in chars if o is not own)) for own in chars]

    def found(self) -> Iterator[tuple[Clause, Candidate]]:
        """Each choice and refusal, with its clause."""
        picked: list[Option] = []
        if any(clause.own and clause.about != "user" and _OF_THEIR_TASTE.search(clause.plain) for _, clause in self.said):
            return
        for place, (sentence, clause) in enumerate(self.said[:10]):
            if clause.about != "user" and clause.own:
                continue
            if clause.asks or _matches("no_sentence", simplify(sentence.masked)):
                continue
            refused = self._refuses(clause)
            if refused is not None:
                yield clause, self._made(sentence, clause, refused, "avoids")
            elif not picked and not self._faults(clause.plain):
                picked = self._picks(_unquoted(clause), place)
                for option in picked:
                    made = self._made(sentence, clause, self._of_what(option.text), "wants")
                    yield clause, made.model_copy(update=beside(option, picked, self.options))
        if picked:
            yield from self._turned_down(picked)

    def _picks(self, plain: str, place: int) -> list[Option]:
        if _matches("no_choice", plain):
            return []
        pick = words("lead").sub("", plain)
        verb = words("verb").match(pick)
        own = words("tail").sub("", pick[verb.end() :] if verb else pick) or pick
        one = words("that_one").search(pick) is not None
        marks = self._marks(own)
        takes = bool(verb) or one or bool(marks) or pick != plain or words("tail").search(pick) is not None
        opens = all(not words("lead").sub("", clause.plain) for _, clause in self.said[:place])
        if not takes and not (opens and self.asked and len(own) <= _SHORT):
            return []
        if len(own) > 22:
            return []
        if marks:
            return marks
        several = [self._named(part) for part in _AND.split(own)]
        if len(several) > 1 and None not in several and len(set(several)) == len(several):
            return [option for option in several if option is not None]
        option = self._named(own)
        if option is not None and self._is_about(own, option):
            return [option]
        option = extreme(own, self.options)
        return [option] if option is not None else []

    @staticmethod
    def _is_about(own: str, option: Option) -> bool:
        """Whether most of what is said beside the words of choosing stands in the option."""
        letters = [c for c in words("particles").sub("", own) if "\u4e00" <= c <= "\u9fff" or c.isalnum()]
        return 2 * sum(c in simplify(option.whole) for c in letters) >= len(letters)

    def _marks(self, own: str) -> list[Option]:
        places = [place_of_mark(next(g for g in found if g)) for found in _MARKS.findall(own)]
        if not places and (number := _NUMBER.match(own)):
            places = [int(number[1]) - 1]
        if not places:
            count = len(self.options)
            places = [0] if _FIRST.search(own) else [count - 1] if _LAST.search(own) else []
            places = places or ([count // 2] if _MIDDLE.search(own) and count % 2 else [])
        by_mark = {option.mark: option for option in self.options if option.mark is not None}
        if by_mark:
            return [by_mark[place] for place in dict.fromkeys(places) if place in by_mark]
        return [self.options[place] for place in dict.fromkeys(places) if 0 <= place < len(self.options)]

    def _named(self, own: str) -> Option | None:
        """The option whose own words are said; words that several of them have tell nothing."""
        terms = content_terms(own)
        letters = set(words("particles").sub("", own))
        scores = [2.0 * len(terms & b) + len(letters & c) / max(1, len(letters)) for b, c in zip(self.bigrams, self.chars, strict=True)]
        top = max(scores)
        return self.options[scores.index(top)] if top >= 0.5 and scores.count(top) == 1 else None

    def _faults(self, plain: str) -> bool:
        """Whether a clause finds fault with an option instead of taking it."""
        pointed = words("that_one").search(plain)  # "the dear one" is no complaint, "the dear one is too dear" is
        said = plain[pointed.end() :] if pointed else plain
        return _matches("named_fault", said) and not words("verb").match(words("lead").sub("", plain))

    def _refuses(self, clause: Clause) -> str | None:
        """What a clause turns down: the user's own words where they stand in the option, else the option."""
        for rule in compiled(CHOICES, "rejects"):
            match = rule.pattern.match(clause.plain)
            if match:
                marks = self._marks(match["obj"])
                option = marks[0] if len(marks) == 1 else self._named(match["obj"]) if not marks else None
                if option is None:
                    return None
                own = clause.raw[match.start("obj") : match.end("obj")]
                return own if own in option.whole else option.text
        return None

    def _of_what(self, thing: str) -> str:
        """An option that is taken for good, with what it is one of: "paper" of "are the bills to be on paper or by e-mail?"."""
        if len(thing) > _SHORT or not _matches("habit", self.whole):
            return thing
        place = self.before.find(thing)
        first = min(self.before.find(option.text) for option in self.options)
        asked = _ASKED_OF.match(re.split(r"[，,。！!；;：:\n]", self.before[:first])[-1]) if place >= first >= 0 else None
        return thing if asked is None or asked["what"] in thing else f"{asked['what']}{thing}"

    @property
    def judges(self) -> bool:
        """Whether the user says what is wrong with the others: a matter of taste, not of tonight."""
        return any(_dismissal(clause) is not None for _, clause in self.said[:10])

    def _turned_down(self, picked: Sequence[Option]) -> Iterator[tuple[Clause, Candidate]]:
        """What the user says against the others, once one is chosen."""
        for sentence, clause in self.said[:10]:
            if clause.asks:
                continue
            match = _dismissal(clause)
            if match is not None:
                group = "obj" if match["obj"] else "fault"
                if group in match.re.groupindex and match[group]:
                    thing = clause.raw[match.start(group) : match.end(group)]
                    yield clause, self._made(sentence, clause, thing, "avoids", said_as=f"太{thing}的" if group == "fault" else "")
            elif _matches("named_fault", clause.plain):
                marks = self._marks(clause.plain[:8])
                option = marks[0] if len(marks) == 1 else self._named(clause.plain[:12])
                if option is not None and option not in picked:
                    yield clause, self._made(sentence, clause, option.text, "avoids")

    def _made(self, sentence: Sentence, clause: Clause, thing: str, polarity: Polarity, said_as: str = "") -> Candidate:
        slot = slot_of(thing, clause.raw, sentence.text, order=True) or slot_of("", self.before, sentence.topic, order=False) or "other"
        about_answers = slot.startswith("answers.")
        if about_answers and not words("of_answers").search(simplify(self.before)):
            slot, about_answers = slot_of("", self.before, sentence.topic, order=False) or "other", False
        once = _matches("one_off", simplify(sentence.masked)) or _matches("occasion", simplify(self.before[-200:]))
        once = once or (not _matches("firm", self.whole) and _matches("for_now", simplify(sentence.topic)) and not self.judges)
        lasting = _matches("habit", self.whole) or not (once or about_answers)
        strength: Strength = "weak" if _matches("hesitant", self.whole) else "strong" if _matches("firm", self.whole) else "normal"
        made = _candidate(sentence, clause, thing, polarity, slot, lasting=lasting, strength=strength)
        if not said_as:
            return made
        said = seeming(said_as, polarity, "zh")
        return made.model_copy(update={"text": said.text, "directive": said.directive})


def habitual(said: Sequence[Spoken]) -> Iterator[tuple[Clause, Candidate]]:
    """ "老规矩，来杯拿铁": what is taken again as ever shows a preference, offered or not."""
    for place, (sentence, clause) in enumerate(said[:6]):
        if clause.asks or clause.about != "user":
            continue
        for rule in compiled(CHOICES, "habitual"):
            match = rule.pattern.match(clause.plain)
            before = said[place - 1][1].plain if place else ""
            if match is None or ("after" in rule.data and not re.match(rule.data["after"], before)):
                continue
            asked = _ASKED.search(sentence.before) is not None
            if (rule.data.get("question") and not (place == 0 and asked)) or (rule.data.get("asked") and not asked):
                continue
            start, end = trimmed(clause.raw[match.start("obj") : match.end("obj")])
            thing = clause.raw[match.start("obj") + start : match.start("obj") + end]
            if len(thing) < 2 or _matches("no_habit", simplify(thing)) or _matches("no_choice", clause.plain):
                continue
            slot = slot_of(thing, sentence.text, order=False) or slot_of("", sentence.before[-200:], sentence.topic, order=False) or "other"
            yield clause, _candidate(sentence, clause, thing, "wants", slot, lasting=True, strength="normal")
            break


def _candidate(
    sentence: Sentence, clause: Clause, thing: str, polarity: Polarity, slot: str, *, lasting: bool, strength: Strength
) -> Candidate:
    said = seeming(_YOU.sub("用户", thing), polarity, "zh")
    return Candidate(
        kind="preference",
        episode=sentence.turn.episode,
        quote=clause.raw,
        language="zh",
        text=said.text,
        slot=slot,
        polarity=polarity,
        object=thing,
        strength=strength,
        origin="implicit",
        standing=lasting and slot.startswith("answers."),
        lasting=lasting,
        directive=said.directive,
    )
