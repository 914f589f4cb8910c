"""Two conversations over several months, written for this project: what ``memosctl demo`` plays."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from ..types import Message

__all__ = ["Demo", "DemoConversation", "Language", "load_demo"]

Language = Literal["en", "zh"]


class DemoConversation(BaseModel):
    """One session.

    Attributes:
        id: Id of the conversation.
        created_at: When it began, ISO 8601.
        messages: Its messages.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    created_at: str
    messages: tuple[Message, ...]


class Demo(BaseModel):
    """A user's sessions, and questions that their memory answers.

    Attributes:
        user_id: The user.
        language: The language they speak.
        questions: What to ask after all of it.
        conversations: The sessions, oldest first.
    """

    model_config = ConfigDict(frozen=True)

    user_id: str
    language: Language
    questions: tuple[str, ...]
    conversations: tuple[DemoConversation, ...]


def load_demo(language: Language) -> Demo:
    """The sessions in English or Chinese.

    Args:
        language: ``en`` or ``zh``.
    """
    text = files(__name__).joinpath(f"{language}.json").read_text(encoding="utf-8")
    return Demo.model_validate(json.loads(text))
