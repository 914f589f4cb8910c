"""What the models learn from: turns that are joined keep their labels, and nothing that is kept apart is learnt."""

from __future__ import annotations

from benchmarks.models import joined, marked
from benchmarks.models.corpus import family, kept, rows

TOLD = [*rows("turns"), *marked.turns("en"), *marked.turns("zh")]


def test_what_is_labelled_stands_in_the_joined_turn() -> None:
    made = joined.turns(TOLD, count=200, seed=0)
    assert len(made) == 400
    for row in made:
        for label in row["labels"]:
            assert label["evidence"] in row["text"]
    assert any(len(row["labels"]) > 1 for row in made)


def test_the_same_seed_joins_the_same_turns() -> None:
    first, again, other = (joined.turns(TOLD, count=50, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_two_wishes_that_are_joined_are_both_learnt_or_both_kept_apart() -> None:
    apart = {row["text"].lower().rstrip(".!。！；;，,…"): kept(family(row["id"])) for row in TOLD if row["labels"]}
    for row in joined.turns(TOLD, count=200, seed=0):
        held = [told for told in apart if len(told) > 8 and told in row["text"].lower()]
        assert len({apart[told] for told in held}) <= 1, row["text"]
