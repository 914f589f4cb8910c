"""What every embedder must do, as a pytest class to subclass."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from ..embeddings.base import Embedder

__all__ = ["EmbedderContract"]

TEXTS = (
    "The ferry to the island leaves at noon.",
    "我在学吹长笛。",
    "Quarterly figures are due on Monday.",
    "猫喜欢睡在窗台上。",
)


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))


class EmbedderContract:
    """Subclass it, return your embedder from ``make_embedder``, and let pytest collect the subclass.

    Attributes:
        tolerance: Least cosine at which two vectors count as the same: servers that batch differ in the last digits.
    """

    __test__ = False
    tolerance: float = 0.9999

    def make_embedder(self) -> Embedder:
        """A new embedder of the kind under test, the same model each time."""
        raise NotImplementedError

    def test_one_vector_a_text_of_one_dimension_and_finite(self) -> None:
        """Count, dimension and finiteness, query included."""
        embedder = self.make_embedder()
        vectors = embedder.embed_documents(TEXTS)
        assert len(vectors) == len(TEXTS)
        assert len({len(v) for v in [*vectors, embedder.embed_query("Which boat?")]}) == 1
        assert all(math.isfinite(x) for v in vectors for x in v)
        assert all(any(v) for v in vectors)
        embedder.close()

    def test_vectors_come_in_the_order_of_the_texts(self) -> None:
        """A text has the same vector alone, in a batch and in the batch turned round."""
        embedder = self.make_embedder()
        forth = embedder.embed_documents(TEXTS)
        back = embedder.embed_documents(TEXTS[::-1])[::-1]
        alone = [embedder.embed_documents([text])[0] for text in TEXTS]
        for one, other, third in zip(forth, back, alone, strict=True):
            assert _cosine(one, other) >= self.tolerance
            assert _cosine(one, third) >= self.tolerance
        embedder.close()

    def test_no_texts_give_no_vectors(self) -> None:
        """An empty batch is no error and no call."""
        embedder = self.make_embedder()
        assert list(embedder.embed_documents([])) == []
        embedder.close()

    def test_odd_texts_have_vectors_too(self) -> None:
        """Empty, blank, NUL, a lone surrogate, emoji, long."""
        embedder = self.make_embedder()
        odd = ["", "  \n", "a\0b", "\ud83d", "🦜🪁", "word " * 600]
        assert len(embedder.embed_documents(odd)) == len(odd)
        for text in odd[:5]:
            assert embedder.embed_query(text)
        embedder.close()

    def test_the_nearest_text_is_the_one_that_shares_words(self) -> None:
        """In English and in Chinese."""
        embedder = self.make_embedder()
        documents = embedder.embed_documents(TEXTS)
        for query, nearest in (("When does the ferry to the island leave?", 0), ("谁在学长笛？", 1)):
            asked = embedder.embed_query(query)
            scores = [_cosine(asked, document) for document in documents]
            assert scores.index(max(scores)) == nearest
        embedder.close()

    def test_the_fingerprint_is_stable(self) -> None:
        """The same for two instances, before and after use, printable, and of some length."""
        one, other = self.make_embedder(), self.make_embedder()
        before = one.fingerprint
        one.embed_query("hello")
        assert before == one.fingerprint == other.fingerprint
        assert before.strip() == before and before.isprintable() and before
        one.close()
        other.close()

    def test_threads_may_share_it(self) -> None:
        """Four threads get what one gets."""
        embedder = self.make_embedder()
        alone = embedder.embed_documents(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(lambda _: embedder.embed_documents(TEXTS), range(8)):  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]  # checked at run time
                for one, other in zip(alone, vectors, strict=True):
                    assert _cosine(one, other) >= self.tolerance
        embedder.close()

    def test_awaited_twins_give_what_the_blocking_calls_give(self) -> None:
        """Those it offers: from one event loop after the other, and beside blocking calls."""
        embedder = self.make_embedder()
        documents, query = getattr(embedder, "aembed_documents", None), getattr(embedder, "aembed_query", None)
        for _ in range(2):
            if documents is not None:
                for one, other in zip(embedder.embed_documents(TEXTS), asyncio.run(documents(TEXTS)), strict=True):
                    assert _cosine(one, other) >= self.tolerance
                assert list(asyncio.run(documents([]))) == []
            if query is not None:
                assert _cosine(embedder.embed_query(TEXTS[0]), asyncio.run(query(TEXTS[0]))) >= self.tolerance
        embedder.close()

    def test_weights_are_between_none_and_all(self) -> None:
        """``dense_weight`` for the languages that occur."""
        embedder = self.make_embedder()
        assert all(0.0 <= embedder.dense_weight(language) <= 1.0 for language in ("en", "zh"))
        embedder.close()
