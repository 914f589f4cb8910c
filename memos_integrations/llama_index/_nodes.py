"""Memories as nodes, and the user's own nodes beside them."""

from __future__ import annotations

import uuid
from typing import TypeVar

from llama_index.core.schema import BaseNode, MetadataMode, NodeWithScore, TextNode

from .._adapters.fusion import MEMORY, Placed, memory_metadata
from ..core.fence import neutralise, without_marks
from ..core.masking import mask_secrets
from ..core.wording import date_of
from ..types import Episode, Recalled

__all__ = ["HEAD", "SOURCE", "head_node", "memory_node", "node_of", "own_node", "shown", "text_of"]

SOURCE = "retriever"
"""Key in a node's metadata: the retriever that found it, or ``memory``."""
HEAD = "instruction"
"""The ``kind`` of the node that holds the standing preferences."""

_SAID = "said"  # the day: what a model is shown of a memory's metadata
_HEADS = uuid.UUID("5c0f6dc4-6f0e-5b66-9d5b-0e4a6c5f2f0b")

N = TypeVar("N", bound=BaseNode)


def memory_node(one: Recalled, *, score: float | None = None, text: str | None = None) -> NodeWithScore:
    """A memory as a node.

    Its text is harmless in a prompt, and what a model is shown of it stands in a fence that it cannot close. The same memory
    has the same hash in each recall: its score is no part of its metadata.

    Args:
        one: The memory that was found.
        score: The node's; None: the recall's.
        text: What is shown of it; None: all.
    """
    memory = one.memory
    if text is None:
        who = f"{memory.speaker or memory.role}: " if isinstance(memory, Episode) else ""
        text = neutralise(who + mask_secrets(memory.text))
    metadata = {SOURCE: MEMORY, _SAID: date_of(memory), **memory_metadata(one), "memory_id": memory.id}
    metadata |= {SOURCE: MEMORY, _SAID: date_of(memory)}  # over what the user's own metadata says
    del metadata["score"]
    node = TextNode(
        id_=memory.id,
        text=text,
        metadata=metadata,
        excluded_embed_metadata_keys=list(metadata),
        excluded_llm_metadata_keys=[key for key in metadata if key != _SAID],
        metadata_template="{value}",
        text_template="<memory>[{metadata_str}] {content}</memory>",
    )
    return NodeWithScore(node=node, score=one.score if score is None else score)


def head_node(head: str) -> NodeWithScore:
    """The standing preferences as a node, before all others."""
    metadata = {SOURCE: MEMORY, "kind": HEAD}
    keys = list(metadata)
    id = str(uuid.uuid5(_HEADS, head))
    node = TextNode(id_=id, text=head, metadata=metadata, excluded_embed_metadata_keys=keys, excluded_llm_metadata_keys=keys)
    return NodeWithScore(node=node, score=1.0)


def own_node(node: N, *, source: str, text: str) -> N:
    """A copy of a node of the user's, told where it comes from; its document and its neighbours are known as before.

    Args:
        node: Theirs; it stays as it is.
        source: Name of the retriever that found it.
        text: What is left of its text.
    """
    whole = text_of(node)
    copy = node.model_copy(
        update={
            "metadata": {**node.metadata, SOURCE: source},
            "relationships": dict(node.relationships),
            "excluded_embed_metadata_keys": [*node.excluded_embed_metadata_keys, SOURCE],
            "excluded_llm_metadata_keys": [*node.excluded_llm_metadata_keys, SOURCE],
        }
    )
    text = without_marks(text)
    if text != whole:
        copy.set_content(text)
        if isinstance(copy, TextNode) and copy.start_char_idx is not None and copy.end_char_idx is not None and whole.startswith(text):
            copy.end_char_idx = copy.start_char_idx + len(text)
    return copy


def text_of(node: BaseNode) -> str:
    """The text of a node, without its metadata."""
    return node.get_content(metadata_mode=MetadataMode.NONE)


def shown(placed: Placed[NodeWithScore]) -> str:
    """What a model is shown of a document or a memory in its place."""
    return node_of(placed).get_content(metadata_mode=MetadataMode.LLM)


def node_of(placed: Placed[NodeWithScore]) -> NodeWithScore:
    """A document or a memory in its place, as a node."""
    passage = placed.passage
    score = passage.score or 0.0
    if placed.memory is not None:
        return memory_node(placed.memory, score=score, text=passage.text)
    assert placed.own is not None
    own = placed.own
    return NodeWithScore(node=own_node(own.document.node, source=own.source, text=passage.text), score=score)
