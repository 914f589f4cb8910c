"""Quality of the rules against the labelled turns: ``python benchmarks/quality_rules.py en --half odd [--errors]``."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.rules import RuleExtractor
from memos_integrations.core.text import content_terms

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def rows(corpus: Path, language: str, half: str) -> list[dict[str, Any]]:
    """Labelled turns of one half of a language."""
    found: list[dict[str, Any]] = []
    for path in sorted(corpus.glob(f"turns-{language}-*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            number = int("".join(c for c in row["id"] if c.isdigit()))
            if half == "all" or (number % 2 == 0) == (half == "even"):
                found.append(row)
    return found


def run(row: dict[str, Any], extractor: RuleExtractor) -> list[Candidate]:
    """What the rules find in a row."""
    turns = []
    if row["before"]:
        turns.append(Turn(episode="b", role="assistant", text=row["before"], said_at=WHEN, learnable=False))
    turns.append(Turn(episode="t", role="user", text=row["text"], said_at=WHEN))
    return extractor.extract(turns)


def overlap(a: str, b: str) -> float:
    """Jaccard of content words."""
    left, right = content_terms(a), content_terms(b)
    return len(left & right) / max(1, min(len(left), len(right)))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("language", choices=("en", "zh"))
    parser.add_argument("--half", choices=("even", "odd", "all"), default="odd")
    parser.add_argument("--corpus", type=Path, default=Path(__file__).parent / "models" / "corpus")
    parser.add_argument("--errors", action="store_true")
    args = parser.parse_args()
    extractor = RuleExtractor()
    count: Counter[str] = Counter()
    data = rows(args.corpus, args.language, args.half)
    start = time.process_time()
    results = [run(row, extractor) for row in data]
    took = time.process_time() - start
    for row, found in zip(data, results, strict=True):
        gold = [x for x in row["labels"] if x["kind"] == "preference"]
        mine = [c for c in found if c.kind == "preference"]
        neg = "-neg-" in row["id"]
        count["gold"] += bool(gold)
        count["mine"] += bool(mine)
        count["hit"] += bool(gold and mine)
        count["neg"] += neg
        count["alarm"] += neg and bool(mine) and not gold
        if args.errors and bool(gold) != bool(mine):
            print("MISS " if gold else "FALSE", row["none"], "|", (row["before"] or "")[:80], "|", row["text"][:300])
            for c in mine:
                print("      ", c.polarity, c.slot, "|", c.object)
        for label in gold:
            count["labels"] += 1
            near = [(overlap(label["object"], c.object), c) for c in mine]
            near = [pair for pair in near if pair[0] >= 0.5]
            if near:
                best = max(near, key=lambda pair: (pair[0], pair[1].polarity == label["polarity"]))[1]
                count["matched"] += 1
                count["polarity"] += best.polarity == label["polarity"]
                count["slot"] += best.slot == label["slot"]
                count["standing"] += best.standing == label["standing"]
                count["lasting"] += best.lasting == label["lasting"]
                count["condition"] += bool(best.condition) == bool(label["condition"])
                if args.errors and best.polarity != label["polarity"]:
                    print("SIGN ", label["polarity"], label["object"], "| got", best.object, "|", row["text"][:200])
        count["proposed"] += len(mine)
        facts = [x for x in row["labels"] if x["kind"] == "fact"]
        own = [c for c in found if c.kind == "fact"]
        count["facts"] += len(facts)
        count["own_facts"] += len(own)
        for label in facts:
            near_fact = [c for c in own if overlap(label["value"], c.value) >= 0.5]
            count["fact_hit"] += bool(near_fact)
            count["fact_attribute"] += any(c.attribute == label["attribute"] for c in near_fact)
    precision = count["hit"] / max(1, count["mine"])
    recall = count["hit"] / max(1, count["gold"])
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(f"{args.language} {args.half}: {len(data)} turns, {len(data) / took:.0f} turns/s")
    print(f"turn has a preference: P {precision:.3f} R {recall:.3f} F1 {f1:.3f}; false alarms on neg {count['alarm']}/{count['neg']}")
    print(f"labels matched by object {count['matched']}/{count['labels']} (proposed {count['proposed']}); of these", end=" ")
    for name in ("polarity", "slot", "standing", "lasting", "condition"):
        print(f"{name} {count[name] / max(1, count['matched']):.3f}", end=" ")
    print(f"\nfacts: recall {count['fact_hit']}/{count['facts']} (own {count['own_facts']}), with attribute {count['fact_attribute']}")


if __name__ == "__main__":
    main()
