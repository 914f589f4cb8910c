"""``python -m benchmarks.quality [SET …] --data FOLDER``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from memos_integrations.embeddings.local import LocalEmbedder
from memos_integrations.llms.openai import OpenAILlm

from .bench import Bench
from .data import MissingData, Source
from .embedding import CachedEmbedder, default_cache
from .measures import Answer
from .report import table, write_json
from .sets import SETS


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"some of {', '.join(SETS)}; all without")
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets; what is not there is left out")
    parser.add_argument("--half", choices=("all", "dev", "test"), default="all", help="dev: to fit on; test: to report")
    parser.add_argument("--limit", type=int, help="most questions of a measure, for a quick look")
    parser.add_argument("--by-group", action="store_true", help="also a line for each kind of question")
    parser.add_argument("--json", type=Path, help="write one line a question and measure here")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of embeddings kept between runs")
    parser.add_argument("--lexical", action="store_true", help="without an embedder")
    parser.add_argument("--store", metavar="URL", help="a Weaviate to keep the memories in; embedded without")
    parser.add_argument("--llm", metavar="URL", help="an OpenAI-compatible endpoint for the LLM tier")
    parser.add_argument("--llm-model", default="default", help="the model's name there")
    given = parser.parse_args()
    unknown = [name for name in given.sets if name not in SETS]
    if unknown:
        parser.error(f"unknown set {unknown[0]!r}: some of {', '.join(SETS)}")
    return given


def main() -> int:
    """Run the sets asked for and print their tables."""
    given = _arguments()
    embedder = None if given.lexical else CachedEmbedder(LocalEmbedder(), given.cache)
    llm = None if given.llm is None else OpenAILlm(given.llm_model, base_url=given.llm)
    source = Source(given.data, given.half, given.limit)
    missing = 0
    with open(given.json or os.devnull, "w", encoding="utf-8") as file:
        for name in given.sets or SETS:
            bench = Bench(embedder, llm, given.store)
            answers: list[Answer] = []
            try:
                answers.extend(SETS[name].run(source, bench))
            except MissingData as error:
                print(f"## {name}\n\nleft out: {error} is not there\n")
                missing += 1
                continue
            write_json(file, name, answers)
            title = f"{name} ({given.half}{', LLM' if llm else ''})"
            print(table(title, answers, SETS[name].aims, bench.counts, by_group=given.by_group), "\n", flush=True)
    return 0 if missing < len(given.sets or SETS) else 1


if __name__ == "__main__":
    sys.exit(main())
