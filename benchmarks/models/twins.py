"""Find English and Chinese rows that tell the same scenario, so that they never stand on both sides of a split.

``python -m benchmarks.models.twins`` writes ``corpus/twins.json``: each id with the least id of its group.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from .corpus import TWINS, groups, rows
from .vectors import vectors_of

SAME = 0.95  # cosine from which two rows of one language are taken for one


def _text(row: dict[str, Any]) -> str:
    return f"{row['old']} {row['new']}" if "old" in row else f"{row['before'] or ''} {row['text']}".strip()


def main() -> None:
    """Join mutual nearest neighbours across the languages, and rows of one language that are all but the same."""
    pairs: list[tuple[str, str]] = []
    for kind in ("turns", "updates"):
        found = rows(kind)
        space = vectors_of([_text(row) for row in found])
        ids = [row["id"] for row in found]
        english = np.array([place for place, row in enumerate(found) if row["lang"] == "en"])
        other = np.array([place for place, row in enumerate(found) if row["lang"] != "en"])
        cosines = space[english] @ space[other].T
        ahead, back = cosines.argmax(axis=1), cosines.argmax(axis=0)
        near = [(ids[english[a]], ids[other[b]]) for a, b in enumerate(ahead) if back[b] == a]
        same = space @ space.T
        np.fill_diagonal(same, 0)
        near += [(ids[a], ids[b]) for a, b in zip(*np.where(same >= SAME), strict=True) if a < b]
        print(f"{kind}: {len(near)} pairs of {len(ids)} rows")
        pairs += near
    TWINS.write_text(json.dumps(dict(sorted(groups(pairs).items())), indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
