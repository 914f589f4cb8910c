"""Which words of a turn are the user's own: nothing is learnt from pasted and cited ones. The words: ``pasted.toml``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from .finding import Finder, Sieve
from .pasted_code import code_lines
from .tables import tables
from .text import has_cjk

__all__ = ["own_words"]

_FLAGS = re.MULTILINE | re.IGNORECASE
_LABELS = 400  # labelled lines of a transcript that are looked at

_BLOCKS = re.compile(
    r"```.{0,60000}?(?:```|\Z)"
    r"|~~~.{0,60000}?(?:~~~|\Z)"
    r"|\"\"\".{0,60000}?(?:\"\"\"|\Z)"
    r"|'''.{0,60000}?(?:'''|\Z)"
    r"|<!--.{0,60000}?(?:-->|\Z)"
    r"|`[^`\n]{1,300}`"
    r"|^[ \t]*\"[^\"\n]{0,600}\n[^\"]{0,2000}\"[ \t]*[.。]?[ \t]*$"
    r"|^[ \t]*[>＞|│┃][^\n]*"
    r"|^[ \t]*[{\[<][^\n]*[}\]>,;]?[ \t]*$"
    r"|^[ \t]*#{1,6} [^\n]*(?:\n[^\n]+)*"
    r"|^(?:from|to|subject|dear|hi|hello) [^\n]{0,60},[ \t]*\n[^\n]+",
    _FLAGS | re.DOTALL,
)
# a tag that begins a line holds a document; those that only dress up words do not
_TAG = re.compile(r"^[ \t]*<(?!(?:p|b|i|u|em|strong|span|div|br|a|li|ul|ol)\b)([\w:.-]{1,40})(?:\s[^<>\n]{0,200})?>", _FLAGS)
_TRACE = re.compile(
    r"^[ \t]*(?:Traceback \(most recent call last\)|Exception in thread|(?:Caused by: )?[\w.]+(?:Error|Exception)\b)[^\n]*"
    r"(?:\n(?:[ \t]+|at |File |Caused by|[\w.]+(?:Error|Exception|Warning)\b)[^\n]*)*",
    re.MULTILINE,
)
_STAMP = r"^[ \t]*[\[(]?\d{4}[-/.]\d\d?[-/.]\d\d?[T ]\d\d?:\d\d(?::\d\d)?"
_LOG = re.compile(
    rf"{_STAMP}[^\n]*\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|FATAL|CRITICAL)\b[^\n]*|{_STAMP}[^\n]*\n{_STAMP}[^\n]*(?:\n{_STAMP}[^\n]*)*",
    re.MULTILINE,
)
_TABLE = re.compile(r"^(?:[^\n,]+(?:,(?! )[^\n,]*){2,}|[^\n\t]+(?:\t[^\n\t]*){2,}|[^\n;]+(?:;(?! )[^\n;]*){2,})$", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*([-=*_#~])\1{2,}[ \t]*$", re.MULTILINE)
_FORWARDED = re.compile(
    r"^[ \t]*(?:[-_=*—]{3,}[ \t]*)?"
    r"(?:begin )?(?:forwarded message|original message|转发的?(?:邮件|消息|信息)?|原始邮件|原邮件|聊天记录)"
    r"[ \t]*(?:[-_=*—]{3,}|[:：])?[ \t]*$"
    r"|^[ \t]*(?:fwd?|转发)[ \t]*[:：]"
    r"|^on [^\n]{6,80} wrote:[ \t]*$"
    r"|^(?:from|发件人)[:：][^\n]+\n(?:(?:sent|date|to|cc|subject|收件人|发送时间|日期|主题|抄送)[:：][^\n]*\n?)+",
    _FLAGS,
)
_END = re.compile(
    r"^[ \t]*(?:[-_=*—]{3,}[ \t]*(?:end[^\n]{0,30}|完|结束|以上)?[ \t]*[-_=*—]*|[\[【(（](?:end|完|结束|以上)[\]】)）])[ \t]*$", _FLAGS
)
_HANDED = 100  # characters of a text that is handed over: less is said about it
_SHOWN = 60  # characters of one that stands below the line that names it
_SPOKEN_TO = re.compile(r"\byou(?:r|rs)?\b|[你您]", re.IGNORECASE)
_HEAD = 400  # characters before a letter's words in which its header stands
_HEADER = re.compile(r"^(?:from|发件人)[:：]", _FLAGS)
_GREETING = re.compile(
    r"\s*(?:(?:dear|hi|hello|hey|good (?:morning|afternoon|evening))\b[^\n.!?]{0,40}[,:!]?[ \t]*$"
    r"|[^\n，。,.]{0,12}(?:您好|你好|大家好)[，,！!：:。]?)",
    _FLAGS,
)
_SIGNED = re.compile(
    r"^[ \t]*(?:(?:(?:best|kind|kindest|warm|many|with)\b[ \t]*)?"
    r"(?:regards|wishes|thanks|thank you|cheers|yours|sincerely|love|best)\b[^\n]{0,30}"
    r"|此致.{0,4}|敬礼.{0,2}|祝好.{0,2}|祝[^\n]{1,8}|[^\n]{1,8}敬上|[-—]{1,3}[ \t]*[^\W\d_][^\n.!?。！？,:，：]{0,24}"
    r"|[^\W\d_][^\n.!?。！？,:，：]{0,24})\s*\Z",
    _FLAGS,
)
_QUESTION = re.compile(r"^[ \t]*(?:question|query|task|my question|user question|问题|提问|任务|请问)[ \t]*[:：]", _FLAGS)
_ASKED = re.compile(
    rf"{_QUESTION.pattern}|^[ \t]*(?:(?:the )?original query is as follows|follow[ -]up (?:input|question))[ \t]*[:：]", _FLAGS
)
_ANSWER = re.compile(r"^[^\n:：]{0,20}(?:answer|答案|回答)[ \t]*[:：]", _FLAGS)
_NUMBERED = re.compile(
    r"^[ \t]*[\[【(]?(?:document|doc|source|passage|chunk|snippet|excerpt|文档|资料|来源|片段|参考)[ \t]?#?\d+[\]】)]?"
    r"[ \t]*[:：.]?[^\n]*(?:\n[^\n]+)*",
    _FLAGS,
)
_WHEN = r"[\[(（【]?\d{1,4}[-/.:年]\d[^\n\])）】]{0,22}[\])）】]?[ \t,-]*"
_NAME = r"[^\W\d_][\w.'’ -]{0,24}"
_SPOKEN = re.compile(
    rf"^[ \t]*(?:{_WHEN})?"
    rf"(?:(?P<timed>{_NAME}?)[ \t]+(?:\d[\d/.年月日-]{{3,10}}[ \t]+)?\d{{1,2}}:\d\d(?::\d\d)?(?: ?[ap]m)?(?=[ \t]*$)"
    rf"|[【\[*]{{0,2}}(?P<who>{_NAME})(?:[ \t]*[(（][^\n()（）]{{1,20}}[)）])?[】\]*]{{0,2}}[ \t]*[:：][*]{{0,2}}"
    r"|【(?P<boxed>[^\W\d_][^】\n]{0,12})】)[ \t]*(?P<words>[^\n]*)$",
    _FLAGS,
)
_SELF = re.compile(r"(?:me|myself|i|我|本人)", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:i|i'm|i've|i'd|my|me|we|our)\b|我|咱", re.IGNORECASE)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tables("pasted.toml")


def _any(*tables: str) -> str:
    latin = "|".join(word for table in tables for word in _data()[table]["latin"])
    chinese = "|".join(word for table in tables for word in _data()[table]["chinese"])
    return rf"(?:(?<![\w-])(?:{latin})(?![\w-])|{chinese})"


@cache
def _pattern(name: str) -> re.Pattern[str]:
    said = rf"{_any('says')}(?=[:：])"
    patterns = {
        "intro": rf"^[^\n]*(?:{_any('things', 'work')}|{said})[^\n]{{0,60}}[:：][ \t]*$"
        rf"|^[^\n]*{_any('things')}[^\n]{{0,60}}[.。]?[ \t]*$(?=\s{{1,3}}([-=*_#~])\1{{4,}}[ \t]*$)",
        "cites": rf"{said}[:：][ \t]*$",
        "own": _any("own"),
        "back": rf"\s*{_any('back')}",
        "cited": r"^(?=[^\n]*[:：?？])[^\n:：?？]{0,60}"
        rf"(?:{_any('tells')}[ \t]*[:：]|{_any('quoted')}[^\n:：?？]{{0,30}}[:：]|{_any('asked')}[^\n:：?？]{{0,30}}[:：?？])(?=[ \t]*\S)"
        rf"|^[^\n:：?？]{{0,40}}{_any('reworks')}(?![^\n:：?？]*(?:like this|as follows|rules|way))[^\n:：?？]{{0,60}}[:：](?=[ \t]*\S)"
        rf"|(?<=[.!?。！？])[ \t]*{_any('labels')}[ \t]*[:：](?=[ \t]*\S)"
        rf"|^[ \t]*{_any('machine')}[ \t]*[:：](?=[ \t]*\S)",
        "handed": rf"\A(?=[^\n]{{0,160}}?{_any('given')})[^\n.!?。！？:：]{{0,40}}{_any('reworks')}[^\n.!?。！？:：]{{0,120}}"
        r"(?:\n|[.!?。！？](?=\s|[\u4e00-\u9fff])[ \t]*)"
        rf"|\A(?P<shown>(?=[^\n]{{0,80}}?(?:{_any('given')}|这[个张])[^\n]{{0,12}}?{_any('things')})[^\n:：]{{4,100}}\n)",
        "ordered": rf"\s*{_any('ordered')}",
        "self": _any("self"),
        "again": rf"(?<=[.!?。！？;；\"”»」])[ \t]*{_any('again')}",
        "supplied": _any("supplied"),
        "role": rf"{_any('roles')}(?: \d+)?",
        "inline": rf"(?<![\w\u4e00-\u9fff]){_any('roles')}[ \t]*[:：]",
    }
    return re.compile(patterns[name], _FLAGS)


class _Head(Finder):
    """A pattern for the words behind which something is pasted."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__(_pattern(name).pattern, _FLAGS)
        self.name = name


@cache
def _heads() -> Sieve[_Head]:
    return Sieve([_Head(name) for name in ("intro", "inline", "cited", "handed")])


@lru_cache(maxsize=2)  # most of the time nothing was cut out since it was asked last
def _heads_in(text: str) -> frozenset[str]:
    """Names of the patterns that may find something in a text."""
    return frozenset(head.name for head in _heads().likely(text.lower()))


@lru_cache(maxsize=64)
def own_words(text: str) -> str:
    """The text, equally long, with what is pasted or cited as spaces.

    Code, cited lines, forwarded mail, documents between tags or rules, chat transcripts, and what an introduction
    ("translate this mail:") announces. Line breaks stay, so that offsets and sentences do; a passage cut out ends in one.
    """
    given = text
    if "\n" in text:
        text = _NUMBERED.sub(lambda m: _blank(m.group()), text)
    marked = any(mark in text for mark in "`~>{[<#,\"'|│┃＞")
    if marked:
        text = _cut(text, _tagged(text))
    text = _cut(text, code_lines(text))  # before headings are looked for: "# …" begins a comment as well
    if marked:
        text = _BLOCKS.sub(lambda m: _blank(m.group()), text)
    if "\n" in text:
        for pattern in (_TRACE, _LOG):
            text = pattern.sub(lambda m: _blank(m.group()), text)
        text = _cut(text, _rows(text))
        text = _cut(text, _templated(text))
    if "\n" in text or ":" in text or "：" in text or "?" in text or "？" in text:
        text = _cut(text, _forwarded(text))
        if "\n" in text or "inline" in _heads_in(text):
            text = _cut(text, _transcript(text))
        if "\n" in text and "intro" in _heads_in(text):
            text = _cut(text, _announced(text, given))
        if "cited" in _heads_in(text):
            text = _cut(text, _cited(text))
    return _cut(text, _handed(text)) if len(text) > _SHOWN // 3 and "handed" in _heads_in(text) else text


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        if end > at:
            start = max(start, at)
            parts += [text[at:start], _blank(text[start : end - 1]), "\n"]  # what comes after is a sentence of its own
            at = end
    return "".join([*parts, text[at:]]) if parts else text


def _end_of(text: str, mark: str, at: int, stop: int) -> int:
    end = text.find(mark, at, stop)
    return end if end >= 0 else stop


def _tagged(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    missing: set[str] = set()
    while (tag := _TAG.search(text, at)) is not None:
        name = tag.group(1)
        close = text.find(f"</{name}", tag.end()) if name not in missing else -1
        if close < 0:
            missing.add(name)
        at = text.find(">", close) + 1 if close >= 0 else 0
        if at:
            yield tag.start(), at
        at = at or tag.end()


def _rows(text: str) -> Iterator[tuple[int, int]]:
    """Two or more lines in a row that have as many columns: a table."""
    run: list[re.Match[str]] = []
    for row in _TABLE.finditer(text):
        if run and (row.start() != run[-1].end() + 1 or not _alike(row.group(), run[-1].group())):
            run = []
        run.append(row)
        if len(run) > 1:
            yield run[0].start(), row.end()


def _alike(one: str, two: str) -> bool:
    return any(one.count(mark) == two.count(mark) >= 2 for mark in ",;\t")


def _forwarded(text: str) -> Iterator[tuple[int, int]]:
    """From the head of a forwarded message to its end mark, or to where the user speaks again."""
    head = _FORWARDED.search(text)
    while head is not None:
        end = _END.search(text, head.end())
        stop = end.end() if end is not None else _return(text, head.end())
        yield head.start(), stop
        head = _FORWARDED.search(text, stop)


def _return(text: str, at: int) -> int:
    """Where the user speaks again: a last paragraph that begins as people begin when they come back to themselves.

    Whoever writes a letter says "by the way" as well: one that was not signed before goes on, and so does one signed after.
    """
    last = text.rstrip().rfind("\n\n", at)
    if last < 0 or not _pattern("back").match(text, last):
        return len(text)
    letter = _HEADER.search(text, max(0, at - _HEAD), at) or _GREETING.match(text, at)
    if letter is None:
        return last
    line = text.find("\n", last + 2)
    goes_on = _SIGNED.search(text, at, last) is None or (line >= 0 and _SIGNED.search(text, line) is not None)
    return len(text) if goes_on else last


def _transcript(text: str) -> Iterator[tuple[int, int]]:
    lines = list(islice(_SPOKEN.finditer(text), _LABELS))
    names = [(m.group("who") or m.group("boxed") or m.group("timed") or "").strip().casefold() for m in lines]
    stops = [*(m.start() for m in lines[1:]), len(text)][: len(lines)]
    # a label that stands by itself has its words on the next lines
    ends = [m.end() if m.group("words").strip() else _end_of(text, "\n\n", m.end(), stop) for m, stop in zip(lines, stops, strict=True)]
    roles = {name for name in names if _pattern("role").fullmatch(name)}
    first = {
        name for name, m, end in zip(names, lines, ends, strict=True) if _FIRST.search(text, m.start("words"), min(end, m.end() + 200))
    }
    repeated = any(count > 1 for count in Counter(names).values())
    if len(lines) >= 2 and (repeated or len(roles) >= 2 or len(first) >= 2):
        yield from ((m.start(), end) for name, m, end in zip(names, lines, ends, strict=True) if not _SELF.fullmatch(name))
    elif len(lines) >= 2 and roles:
        yield from ((m.start(), m.end()) for name, m in zip(names, lines, strict=True) if name in roles)
    elif len({m.group().casefold() for m in _pattern("inline").finditer(text)}) >= 2:
        yield from ((m.start(), _end_of(text, "\n", m.end(), len(text))) for m in _pattern("inline").finditer(text))


def _templated(text: str) -> Iterator[tuple[int, int]]:
    """A prompt of retrieval: material and the words around it, but for the question, which is the user's."""
    asked = _ASKED.search(text)
    supplied = _pattern("supplied").search(text) if asked is not None else None
    if asked is None or supplied is None:
        return
    if supplied.start() < asked.start():
        yield text.rfind("\n", 0, supplied.start()) + 1, asked.start()
    line = _end_of(text, "\n", asked.end(), len(text))
    after = _pattern("supplied").search(text, line)
    answer = _ANSWER.search(text, line if after is None else after.end())
    if after is not None:
        begin = text.rfind("\n", 0, after.start()) + 1
        yield max(begin, line), _return(text, begin) if answer is None else answer.end()
    elif answer is not None:
        yield answer.span()


def _announced(text: str, given: str) -> Iterator[tuple[int, int]]:
    """What an introduction that ends in a colon announces: between rules, or up to where the user speaks again."""
    at = 0
    while (intro := _pattern("intro").search(text, at)) is not None:
        at = intro.end()
        begin = next((i for i in range(at, len(given)) if not given[i].isspace()), len(given))
        if _pattern("own").search(intro.group()) or begin == len(given) or (text[begin].isspace() and given[begin] != "#"):
            continue  # the user's own wishes, nothing, or what is cut already and ends by itself, as a heading does not
        rule = _RULE.match(text, text.rfind("\n", 0, begin) + 1)
        closing = _RULE.search(text, rule.end()) if rule is not None else None
        question = _QUESTION.search(text, at)
        if closing is not None:
            asked = _QUESTION.search(text, closing.end())
            # a template of retrieval: what stands between the context and the question is of whoever wrote it
            end = closing.end() if asked is None else asked.start()
        elif question is not None:
            end = question.start()
        else:
            end = _return(text, begin)
        yield (intro.start() if _pattern("cites").search(intro.group()) else at), end
        at = max(at, end)


def _handed(text: str) -> Iterator[tuple[int, int]]:
    """What is handed over to be worked on without a colon: "Make this shorter", and then a text."""
    order = _pattern("handed").match(text)
    if order is None or _pattern("own").search(order.group()):
        return
    rest = text[order.end() :].strip()
    least = _SHOWN if order["shown"] else _HANDED
    if len(rest) < least and not (has_cjk(rest) and 3 * len(rest) >= least):
        return
    if _pattern("ordered").match(rest) or ("\n" not in order.group() and _SPOKEN_TO.search(rest)):
        return
    yield order.end(), _return(text, order.end())


def _cited(text: str) -> Iterator[tuple[int, int]]:
    """What somebody else says on the line that names them ("my boss wrote: …"), up to where the user speaks again."""
    at = 0
    while (intro := _pattern("cited").search(text, at)) is not None:
        at = intro.end()
        stop = _end_of(text, "\n", at, len(text))
        if _pattern("self").search(intro.group()) or _pattern("own").search(intro.group()):
            continue
        again = _pattern("again").search(text, at, stop)
        yield at, again.start() if again is not None else stop
