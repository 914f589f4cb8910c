"""A rule that is not tried would not have matched: what its pattern needs stands in every text that it finds something in."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memos_integrations.core import rules
from memos_integrations.core.finding import Finder, Sieve, required

_RULES = Path(str(files(rules)))


def _patterns() -> Iterator[str]:
    """Each pattern of the rule files, macros put in."""
    for path in sorted([*_RULES.rglob("*.toml"), *_RULES.parent.glob("*.toml")]):
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        macros: dict[str, str] = {"Im": r"\b(?:i'm|im|i am)", **tables.get("macros", {})}
        arrays: list[list[dict[str, str]]] = [rows for rows in tables.values() if isinstance(rows, list)]
        for row in (row for rows in arrays for row in rows if "pattern" in row):
            pattern = row["pattern"]
            for _ in range(3):
                for name, value in macros.items():
                    pattern = pattern.replace(f"~{name}~", value)
            yield pattern


_ALL = sorted(set(_patterns()))


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("i (?:love|hate) (?P<obj>.+)", ("i hate", "i love")),
        ("(?:please )?no more (?:of )?that", ("no more of that", "no more that")),
        ("a{0,3}b*", ()),
        ("cheese|", ()),
        ("(?i:CHEESE)", ("cheese",)),
        ("(?=.*cheese)x", ("cheese",)),  # what is only looked for ahead stands there as well
        (r"(?<!don't )\blike\b", ("like",)),
        ("我(?:不|别)吃", ("吃",)),
        ("[不别没]吃辣", ("吃辣",)),
        ("[a-z]+", ()),
        (r"(\w)\1", ()),
    ],
)
def test_what_a_pattern_needs(pattern: str, needs: tuple[str, ...]) -> None:
    found = required(pattern)
    assert found == needs


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # some patterns are long to make texts of
@given(st.data())
def test_no_rule_is_passed_over_that_would_match(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(_ALL))
    said = data.draw(st.from_regex(re.compile(pattern, re.DOTALL)))
    text = said.lower()
    for flags in (0, re.IGNORECASE, re.MULTILINE):
        finder = Finder(pattern, flags)
        expected = finder.pattern.search(text)
        found = finder.search(text)
        assert (found and found.span()) == (expected and expected.span())
        for chinese in (False, True):
            assert (finder in Sieve([finder], chinese=chinese).likely(text)) or expected is None


def test_a_sieve_keeps_the_order_of_its_rules() -> None:
    first, second, third = Finder("不吃辣"), Finder("[a-z]+"), Finder("吃")
    for chinese in (False, True):
        sieve = Sieve([first, second, third], chinese=chinese)
        assert list(sieve.likely("我不吃辣")) == [first, second, third]
        assert list(sieve.likely("面")) == [second]


def test_a_sieve_finds_words_of_either_language_and_in_long_texts() -> None:
    hates, likes, short = Finder("i hate (?P<obj>.+)"), Finder("我喜欢ppt"), Finder("no")
    mixed = Sieve([hates, likes, short])
    for text in ("i hate rain", "i hate rain " * 500):
        assert [rule for rule, _ in mixed.matching(text)] == [hates]
    assert [rule for rule, _ in Sieve([hates, short]).matching("no, i hate rain")] == [hates, short]
    assert mixed.finds("我喜欢ppt")
    assert not mixed.finds("我喜欢")


def test_what_is_asked_for_by_hand_is_asked_for() -> None:
    rain = Finder("i'll (?P<obj>.+)", needs=("always", "ever"))
    assert rain.search("i'll watch cricket") is None
    assert rain.search("i'll always watch cricket") is not None
    assert [rule for rule, _ in Sieve([rain]).matching("i'll always watch cricket")] == [rain]
