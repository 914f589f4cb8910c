"""Dates as people say them, against the time of the message."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.dates import asked_date_terms, mentions_date, resolve_dates

SAID = datetime(2026, 3, 10, 9, tzinfo=UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("the fair on April 2", "2026-04-02", "2026-04-02"),
        ("signed in July 2023", "2023-07-01", "2023-07-31"),
        ("we met last December", "2025-12-01", "2025-12-31"),
        ("moving next May", "2026-05-01", "2026-05-31"),
        ("it opened in June", "2026-06-01", "2026-06-30"),
        ("she left in 2019", "2019-01-01", "2019-12-31"),
        ("saw her last Friday", "2026-03-06", "2026-03-06"),
        ("2023年7月签的", "2023-07-01", "2023-07-31"),
        ("去年十二月搬的", "2025-12-01", "2025-12-31"),
        ("三月份再说", "2026-03-01", "2026-03-31"),
        ("2019年毕业", "2019-01-01", "2019-12-31"),
        ("四月二号去", "2026-04-02", "2026-04-02"),
        ("上周五见过", "2026-03-06", "2026-03-06"),
    ],
)
def test_a_date_in_words_is_a_span_of_days(text: str, first: str, last: str) -> None:
    found = resolve_dates(text, SAID)
    assert [(m.start.isoformat(), m.end.isoformat()) for m in found] == [(first, last)]
    assert mentions_date(text)


@pytest.mark.parametrize("text", ["may I come in", "we march on", "it took three months of work", "几月几号", "两个月的工期", "第3章"])
def test_words_that_only_look_like_a_date_are_none(text: str) -> None:
    assert resolve_dates(text, SAID) == []


def test_what_is_asked_about_a_week_finds_each_of_its_days() -> None:
    terms = asked_date_terms("What did we do last week?", SAID)
    assert {"@2026-03-02", "=2026-03-08", "@2026-03"} <= set(terms)


def test_a_year_is_too_wide_to_search_by() -> None:
    assert asked_date_terms("What happened in 2019?", SAID) == ()
