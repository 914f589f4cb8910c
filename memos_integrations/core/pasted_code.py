"""Which lines of a turn are code or settings that were pasted without a fence: their words, comments too, are nobody's wishes."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["code_lines"]

_MARKS = re.compile(r"[=;{}()<>\[\]]|^[A-Z]{3,} |: (?:true|false|\d)", re.MULTILINE)
_CODE = re.compile(
    r"[ \t]*(?:"
    r"(?:import|from|use|using|require|package|namespace) [\w.{}*:/\"'@-]+(?: import [^.!?\n]+| as \w+|;)?[ \t]*$"
    r"|#(?:include|define|ifdef|ifndef|endif|pragma|!/)"
    r"|(?:async )?(?:def|function|func|fn|sub) ?\w*[ \t]*\("
    r"|(?:export |public |private |protected |abstract |final |static )*(?:class|interface|struct|enum|trait) \w+[^.!?\n]*[:{(][ \t]*$"
    r"|(?:public|private|protected|static|void|int|float|double|char|bool|string|unsigned|auto|final) [\w<>\[\]*&]+ ?(?:[\w*]* ?)?[=(;{]"
    r"|(?:const|let|var|val|my|local) [\w{$\[][^.!?\n]{0,60}="
    r"|(?:if|for|while|elif|with|except|case)\b(?=[^\n]*[=<>()\[\]_.\"']|[^\n]* in \w+:)[^?\n]*:[ \t]*$"
    r"|(?:else|try|finally|do|begin|loop)[ \t]*[:{][ \t]*$"
    r"|(?:if|for|while|switch|foreach|catch) ?\([^\n]*\)"
    r"|(?:return|yield|await|throw|raise|echo|print|printf|console\.\w+|assert|break|continue|pass)\b[^.?!\n]*[;)\]}\d\"'][ \t]*$"
    r"|(?:return|yield) [\w.]+[ \t]*$"
    r"|[A-Za-z_$][\w$.]*(?:\[[^\]\n]*\])?(?:, ?[\w$.]+){0,3} ?(?::=|[-+*/|&%]?=(?!=)|<-) ?[^\n]*"
    r"|@\w+(?:\([^\n]*\))?[ \t]*$"
    r"|[\w$.]+\([^\n]*\)[ \t]*[;:{]?[ \t]*(?:(?:#|//)[^\n]*)?$"
    r"|[.#]?[\w-]+(?:[:.>#][\w-]+)*[ \t]*\{[^\n]*$"
    r"|[^\n]*(?:\{|\);|=>[^\n]*)[ \t]*$"
    r"|[^\n]*[=()\[\]{}\"][^\n]*;[ \t]*(?://[^\n]*)?$"
    r"|[\w-]+:[ \t]+[^\n;]+;[ \t]*$"
    r"|(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|WORKDIR|ENV|EXPOSE|USER|ARG|LABEL|VOLUME) [^\n]+$"
    r"|(?i:select \*|select [\w.]+(?:, ?[\w.]+)* from \w+(?: (?:where|group|order|join|limit|left|inner|--)|;)|insert into \w+ ?\("
    r"|create table\b)[^\n]*$"
    r"|(?:SELECT|FROM|WHERE|(?:LEFT |INNER )?JOIN|GROUP BY|ORDER BY|HAVING|VALUES|UPDATE|DELETE FROM|LIMIT \d) ?[^\n]*$"
    r"|(?:\$|>>>|In \[\d+\]:|C:\\>|PS>) ?[^\n]*$"
    r"|</?(?!(?:p|b|i|u|em|strong|span|a)\b)[a-zA-Z][^<>\n]*>[^\n]*$"
    r"|[)\]}]+[;,]?[ \t]*$"
    r")"
)
_COMMENT = re.compile(r"[ \t]*(?://|/\*|\*/|\*(?= )|--(?= )|#(?= ?[^#])|%(?= )|;;|<!--)[^\n]*$")
_INSIDE = re.compile(r"(?:[ ]{2,}|\t)\S[^\n]*$|[ \t]*$")
_SETTING = re.compile(r"[ \t]*(?:- )?[a-z][\w.-]*[:=][ \t]*(?P<value>[^\s,]*(?:[ \t]+#[^\n]*)?)[ \t]*$")
_PLAIN = re.compile(r"(?:true|false|null|none|yes|no|on|off|\d[\w.]*)?(?:[ \t]+#[^\n]*)?$", re.IGNORECASE)
_AFTER_COLON = re.compile(
    r"[:：][ \t]*(?=(?:async )?(?:def|function) ?\w*\(|class [\w.]+[(:]|import [\w.]+[ \t]*$|from [\w.]+ import |#include|#[ \t]\w"
    r"|public (?:static|class)|(?i:select )[^\n]{0,200}(?i: from )|for [\w, ]+ in [^\n]*:[ \t]*$|[\w.]+(?:, ?[\w.]+)* = [\w.]+\()",
    re.MULTILINE,
)
_ASKS = re.compile(r"[?？][ \t]*$")
_LONG = 400  # of a line: what is longer is prose, or no reader's concern


def code_lines(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines that are code, or belong to it: comments and what is indented beside it."""
    if _MARKS.search(text) is None:
        return
    at = 0
    lines: list[tuple[int, int, str]] = []
    for line in text.splitlines(keepends=True):
        lines.append((at, at + len(line), line.rstrip("\r\n")))
        at += len(line)
    kinds = [_kind(line) for _, _, line in lines]
    for number in _settings([line for _, _, line in lines]):
        kinds[number] = "code"
    _spread(kinds, range(len(kinds)))
    _spread(kinds, range(len(kinds) - 1, -1, -1))
    for (start, end, line), kind in zip(lines, kinds, strict=True):
        if kind == "code":
            yield start, end
        elif (begins := _AFTER_COLON.search(line[:_LONG])) is not None:
            yield start + begins.end(), end


def _kind(line: str) -> str:
    if not line.strip():
        return "empty"
    if len(line) <= _LONG and _CODE.match(line) is not None and _ASKS.search(line) is None:
        return "code"
    if _COMMENT.match(line[:_LONG]) is not None:
        return "comment"
    return "inside" if _INSIDE.match(line[:_LONG]) is not None else "words"


def _spread(kinds: list[str], order: range) -> None:
    """Comments next to code are code, and so is what is indented next to it."""
    beside = False
    for number in order:
        if kinds[number] in ("comment", "inside") and beside:
            kinds[number] = "code"
        beside = kinds[number] == "code" or (beside and kinds[number] == "empty")


def _settings(lines: list[str]) -> Iterator[int]:
    """Runs of ``key: value`` one of which holds a number, a truth value or a block: a list of one's likes holds words."""
    run: list[int] = []
    plain = 0
    for number, line in enumerate([*lines, ""]):
        found = _SETTING.match(line[:_LONG]) if line.strip() else None
        if found is not None:
            run.append(number)
            plain += _PLAIN.match(found["value"]) is not None
            continue
        if len(run) >= 2 and plain:
            yield from run
        run, plain = [], 0
