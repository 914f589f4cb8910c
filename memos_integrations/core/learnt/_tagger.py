"""Where in a turn the object of a preference stands, and its condition: a chain of tags, decoded by Viterbi."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ._linear import Linear, arrays_of, load

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]

__all__ = ["TAGS", "Span", "Tagger", "load_tagger"]

TAGS = ("O", "B", "I", "BC", "IC")
"""Outside; first and next token of an object; first and next token of a condition."""
_NEVER = -1e4
_STEP, _MOST = 0.5, 10.0  # how the bias against ``O`` grows until an object is found


class Span(NamedTuple):
    """Tokens from ``start`` up to ``end``. ``margin``: by how much the tags beat ``O`` a token, on average."""

    kind: Literal["object", "condition"]
    start: int
    end: int
    margin: float


class Tagger:
    """A linear chain: scores of tags by token, and of neighbours."""

    def __init__(self, model: Linear, transitions: Floats) -> None:
        """Take scores by token (columns in the order of ``TAGS``) and by pair of tags (from, to)."""
        import numpy as np

        self._model = model
        self._transitions = np.array(transitions, dtype=np.float32)
        for place, tag in enumerate(TAGS):
            if tag.startswith("I"):
                for other, before in enumerate(TAGS):
                    if before[1:] != tag[1:] or before == "O":
                        self._transitions[other, place] = _NEVER

    def spans(self, features: Sequence[Sequence[str]], *, bias: float, force: bool = True) -> list[Span]:
        """Objects and conditions in order.

        Args:
            features: Of each token.
            bias: Taken from the score of ``O``: the higher, the more is found.
            force: Find an object, if only a doubtful one.
        """
        if not features:
            return []
        scores = self._model.emissions(features)
        while True:
            found = self._decode(scores, bias)
            if not force or bias > _MOST or any(span.kind == "object" for span in found):
                return found
            bias += _STEP

    def _decode(self, scores: Floats, bias: float) -> list[Span]:
        import numpy as np

        scores = scores.copy()
        scores[:, 0] -= bias
        best = scores[0].copy()
        best[[place for place, tag in enumerate(TAGS) if tag.startswith("I")]] = _NEVER
        back = np.zeros(scores.shape, dtype=np.int8)
        for place in range(1, len(scores)):
            ways = best[:, None] + self._transitions
            back[place] = ways.argmax(axis=0)
            best = ways.max(axis=0) + scores[place]
        path = [int(best.argmax())]
        for place in range(len(scores) - 1, 0, -1):
            path.append(int(back[place, path[-1]]))
        path.reverse()
        found: list[Span] = []
        start = 0
        while start < len(path):
            tag = TAGS[path[start]]
            end = start + 1
            if tag != "O":
                while end < len(path) and TAGS[path[end]] == f"I{tag[1:]}":
                    end += 1
                over = float(np.mean([scores[i, path[i]] - scores[i, 0] for i in range(start, end)]))
                found.append(Span("condition" if tag.endswith("C") else "object", start, end, over))
            start = end
        return found


@lru_cache(maxsize=4)
def load_tagger(family: str) -> Tagger:
    """The tagger of a family: the model ``tagger`` and the array ``tagger/transitions``."""
    import numpy as np

    return Tagger(load(family)["tagger"], arrays_of(family)["tagger/transitions"].astype(np.float32))
