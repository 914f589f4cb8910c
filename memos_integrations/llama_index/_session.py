"""A session's history: the turns that memory journals, read back in the framework's form."""

from __future__ import annotations

import difflib
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, cast

from llama_index.core.base.llms.types import ChatMessage, MessageRole
from pydantic import JsonValue

from .._adapters.calls import AnyFace, Port, ScopeArgs, both_ports
from .._adapters.items import ItemPort, both_item_ports
from ..core.masking import mask_json
from ..core.scopes import namespace_of
from ..errors import NotFound
from ..types import AnyMemory, Episode, ItemInput, MessageInput, Receipt, Scope
from ._events import observed
from ._messages import copied, from_episode, stored_form, to_message, without_injected
from ._window import Turn, is_system, is_tool

__all__ = ["Face", "Incoming", "Session", "View", "both_faces"]

_PATH = ("memos", "llama_index", "sessions")
_VIEW = "memos_view"
_ALL = 1000
_NAME = 400  # characters of a session's name that the conversation after a reset begins with

Stored: TypeAlias = tuple[Turn, Episode]


class Face(NamedTuple):
    """The calls of one face."""

    port: Port
    items: ItemPort


def both_faces(memory: AnyFace) -> tuple[Face, Face]:
    """The blocking and the awaited calls of one memory.

    Raises:
        InvalidInput: It is no memory.
    """
    blocking, awaited = both_ports(memory)
    blocking_items, awaited_items = both_item_ports(memory)
    return Face(observed(blocking), blocking_items), Face(observed(awaited), awaited_items)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on its way into a session.

    Attributes:
        turn: The message, with the id that it is stored under.
        form: As ``add_message`` takes it.
    """

    turn: Turn
    form: dict[str, object]


@dataclass(frozen=True, slots=True)
class View:
    """Which of a session's stored turns are its history: all of them, until somebody sets or resets it.

    Attributes:
        since: The conversation that began when it was last reset; None: it never was.
        sets: How often another history was set.
        base: Episodes that the last ``set`` named; later turns follow them.
    """

    since: str | None = None
    sets: int = 0
    base: tuple[str, ...] = ()


class Session:
    """The stored history of one session of one scope."""

    def __init__(self, scope: Scope, session_id: str, *, bound: bool, tool_chars: int, learn: bool) -> None:
        """Name the session.

        Args:
            scope: Whose it is.
            session_id: Its name.
            bound: Whether the memory's handle has the scope bound.
            tool_chars: So many characters of a tool's result are remembered.
            learn: Whether memory learns from what is said.
        """
        self.scope = scope
        self.session_id = session_id
        self._bound = bound
        self._tool_chars = tool_chars
        self._learn = learn
        self._namespace = namespace_of(scope)

    @property
    def key(self) -> tuple[str, str]:
        """Tells it from every other session of a store."""
        return self._namespace, self.session_id

    def who(self, view: View) -> ScopeArgs:
        """The scope of a call."""
        if self._bound:
            return {"conversation_id": self._conversation(view)}
        return {"scope": self.scope.model_copy(update={"conversation_id": self._conversation(view)})}

    def incoming(self, messages: Sequence[ChatMessage], *, max_chars: int) -> list[Incoming]:
        """Messages as they are stored: without what memory put into them, and without those that hold nothing else."""
        found: list[Incoming] = []
        for message in messages:
            own = without_injected(message)
            if own is None:
                continue
            id = uuid.uuid4().hex
            form = to_message(own, keep_raw=True, max_chars=min(self._tool_chars, max_chars) if is_tool(own) else max_chars)
            copy = copied(own)
            found.append(Incoming(Turn(id, copy), {**form, "id": id}))
        return found

    async def view(self, face: Face) -> View:
        """What of the stored turns is the history now."""
        items = face.items.items(self.scope)
        item = (await items.get([(_PATH, self.session_id)], refresh_ttl=False, now=None))[0]
        value = item.value if item is not None else None
        if not isinstance(value, dict):
            return View()
        return View(
            since=since if isinstance(since := value.get("since"), str) else None,
            sets=int(cast("int", value.get("sets", 0))),
            base=_ids(value.get("base")),
        )

    async def add(self, face: Face, view: View, incoming: Sequence[Incoming]) -> Receipt:
        """Store messages at the end."""
        mark: dict[str, object] = {"metadata": {_VIEW: view.sets}} if view.sets else {}
        batch = [cast("MessageInput", {**one.form, **mark}) for one in incoming]
        receipt = await face.port.add_message(batch, learn=self._learn, **self.who(view))
        systems = [id for one, id in zip(incoming, receipt.episode_ids, strict=True) if is_system(one.turn.message)]
        if systems and not view.sets:
            # an item each: two that are put at once must not overwrite each other
            marks = [ItemInput(path=self._systems_path(view), key=id, value=None) for id in systems]
            await face.items.items(self.scope).put(marks, delete=(), now=None)
        return receipt

    async def newest(self, face: Face, view: View, enough: Callable[[Sequence[Turn]], bool], *, page: int) -> tuple[list[Turn], bool]:
        """The newest turns, oldest first, and the session's system messages before them; and whether that is all there is.

        Args:
            face: The calls.
            view: What the history is.
            enough: Told the turns read so far, whether to stop.
            page: So many are read at a time.
        """
        if view.sets:
            return await self.all(face, view), True
        found: list[Turn] = []
        cursor: str | None = None
        while True:
            read = await face.port.list_memories(
                kinds=["episode"], filter=self._where(view), newest_first=True, cursor=cursor, limit=page, **self.who(view)
            )
            found = [*(turn for turn, _ in self._own(read))][::-1] + found
            cursor = read.cursor
            if cursor is None:
                return found, True
            if enough(found):
                break
        held = {turn.id for turn in found}
        return [*(turn for turn in await self._systems(face, view) if turn.id not in held), *found], False

    async def all(self, face: Face, view: View) -> list[Turn]:
        """The whole history."""
        return [turn for turn, _ in _shown(view, await self._read(face, view, self._where(view)))]

    async def replace(self, face: Face, view: View, incoming: Sequence[Incoming]) -> tuple[View, Receipt | None]:
        """Make these messages the history. Those that are stored already stay the turns that they are; nothing is deleted."""
        stored = await self._read(face, view, self._where(view))
        history = _shown(view, stored)
        wanted = [_print(one.turn.message) for one in incoming]
        have = [_print(turn.message) for turn, _ in history]
        if wanted[: len(have)] == have:
            rest = incoming[len(have) :]
            return view, (await self.add(face, view, rest) if rest else None)
        matched = _matched([_print(turn.message) for turn, _ in stored], wanted)
        new = [one for place, one in enumerate(incoming) if place not in matched]
        receipt = await self.add(face, view, new) if new else None
        added = iter(receipt.episode_ids if receipt is not None else ())
        base = [stored[matched[place]][1].id if place in matched else next(added) for place in range(len(incoming))]
        changed = View(view.since, view.sets + 1, tuple(base))
        await self._keep(face, changed)
        return changed, receipt

    async def reset(self, face: Face, view: View) -> View:
        """Begin anew. What was said is remembered as an earlier session."""
        # no session of the user's can have this name
        changed = View(since=f"{self.session_id[:_NAME]}#{uuid.uuid4().hex}")
        await self._keep(face, changed)
        return changed

    async def _systems(self, face: Face, view: View) -> list[Turn]:
        """The system messages of a conversation, oldest first: they stand in every prompt, however long ago they were put."""
        marks = await face.items.search(
            self._systems_path(view), scopes=[self.scope], query=None, filter=None, limit=_ALL, offset=0, refresh_ttl=False, now=None
        )
        found: list[Stored] = []
        for mark in marks:
            with suppress(NotFound):  # forgotten since
                found += self._own([await face.port.get(mark.item.key, **self.who(view))])
        found.sort(key=lambda one: (one[1].said_at, one[1].id))
        return [turn for turn, _ in found]

    def _systems_path(self, view: View) -> tuple[str, ...]:
        return (*_PATH, hashlib.sha256(self._conversation(view).encode()).hexdigest()[:32], "systems")

    async def _keep(self, face: Face, view: View) -> None:
        value: dict[str, JsonValue] = {
            "since": view.since,
            "sets": view.sets,
            "base": list(view.base),
        }
        await face.items.items(self.scope).put([ItemInput(path=_PATH, key=self.session_id, value=value)], delete=(), now=None)

    def _conversation(self, view: View) -> str:
        return view.since or self.session_id

    def _where(self, view: View) -> dict[str, JsonValue]:
        return {"conversation_id": self._conversation(view)}

    async def _read(self, face: Face, view: View, where: Mapping[str, JsonValue]) -> list[Stored]:
        found: list[Stored] = []
        cursor: str | None = None
        while True:
            page = await face.port.list_memories(kinds=["episode"], filter=where, cursor=cursor, limit=_ALL, **self.who(view))
            found += self._own(page)
            cursor = page.cursor
            if cursor is None:
                return found

    def _own(self, page: Iterable[AnyMemory]) -> Iterator[Stored]:
        """Those of the session's own namespace: a grant or a team shows others', which may have a session of the same name."""
        for one in page:
            if isinstance(one, Episode) and one.namespace == self._namespace:
                yield Turn(one.sources[0] if one.sources else one.id, from_episode(one)), one


def _ids(value: JsonValue) -> tuple[str, ...]:
    return tuple(str(id) for id in value) if isinstance(value, list) else ()


def _shown(view: View, stored: Sequence[Stored]) -> list[Stored]:
    """Those that are the history: what the last ``set`` named, if it is not forgotten, and what came after it."""
    if not view.sets:
        return list(stored)
    by_id = {episode.id: (turn, episode) for turn, episode in stored}
    base = [by_id[id] for id in view.base if id in by_id]
    return [*base, *((turn, episode) for turn, episode in stored if episode.metadata.get(_VIEW) == view.sets)]


def _print(message: ChatMessage) -> str:
    """What two messages that are the same have in common."""
    role = MessageRole.ASSISTANT if message.role in (MessageRole.CHATBOT, MessageRole.MODEL) else message.role
    form = {**stored_form(message), "role": role.value}
    return json.dumps(mask_json(form), sort_keys=True)


def _matched(stored: Sequence[str], wanted: Sequence[str]) -> dict[int, int]:
    """Places in ``wanted`` with places in ``stored``: in order where that is possible, else wherever the same was said.

    What stands behind all of them is new: a second "yes" is a second message.
    """
    matcher = difflib.SequenceMatcher(None, stored, wanted, autojunk=False)
    matched = {block.b + i: block.a + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    left: dict[str, list[int]] = {}
    for place in set(range(len(stored))).difference(matched.values()):
        left.setdefault(stored[place], []).append(place)
    end = max(matched, default=0)
    for place, print_ in enumerate(wanted[:end]):
        if place not in matched and left.get(print_):
            matched[place] = left[print_].pop()
    return matched
