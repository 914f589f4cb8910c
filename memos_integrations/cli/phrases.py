"""What ``demo`` says in each language, and the questions that it asks about a file of the user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..core.text import Language
from ..types import Fact, Preference

__all__ = ["Phrases", "phrases", "questions_about"]


@dataclass(frozen=True)
class Phrases:
    """The words around what is shown."""

    title: str
    span: str
    facts: str
    fact_columns: tuple[str, ...]
    preferences: str
    preference_columns: tuple[str, ...]
    wants: str
    avoids: str
    always: str
    changed: str
    nothing: str
    question: str
    instruction: str
    empty: str
    citations: str
    line: str
    tokens: str
    of_user: str


_EN = Phrases(
    title="{user}: conversations: {sessions}, messages: {messages}",
    span=", {start} to {end}",
    facts="What it learnt: facts",
    fact_columns=("about", "fact", "since", "said"),
    preferences="What it learnt: preferences",
    preference_columns=("slot", "polarity", "object", "condition", "evidence"),
    wants="wants",
    avoids="avoids",
    always="always",
    changed="What changed",
    nothing="nothing",
    question="Question {number}: {query}",
    instruction="goes into the prompt:",
    empty="(nothing that fits)",
    citations="rests on:",
    line="line {line}",
    tokens="{injected} tokens instead of {history} for the full history ({share:.0%})",
    of_user="the user",
)
_ZH = Phrases(
    title="{user}：{sessions} 次对话，{messages} 条消息",
    span="，{start} 至 {end}",
    facts="学到的事实",
    fact_columns=("关于", "事实", "起始", "原话"),
    preferences="学到的偏好",
    preference_columns=("类别", "倾向", "对象", "条件", "依据"),
    wants="想要",
    avoids="避免",
    always="始终",
    changed="后来的变化",
    nothing="无",
    question="问题 {number}：{query}",
    instruction="放进提示词的内容：",
    empty="（没有相关内容）",
    citations="依据：",
    line="第 {line} 行",
    tokens="{injected} 个 token，完整历史需要 {history} 个（{share:.0%}）",
    of_user="用户",
)

_PREFERENCE_EN = {
    "food": "What should I eat tonight?",
    "travel": "Help me plan my next trip.",
    "work": "How should I plan my working day?",
    "tools": "Which tool should I use for this?",
    "leisure": "What could I do at the weekend?",
    "media": "What should I watch or read next?",
    "health": "What should I mind for my health?",
    "shopping": "What should I look for when I buy something?",
}
_PREFERENCE_ZH = {
    "food": "今天晚上吃什么好？",
    "travel": "帮我安排下一次出行。",
    "work": "我的工作日该怎么安排？",
    "tools": "这件事我用什么工具好？",
    "leisure": "周末做点什么好？",
    "media": "接下来看什么好？",
    "health": "健康方面我要注意什么？",
    "shopping": "买东西的时候我该注意什么？",
}
_FACT_EN = {
    "home": "Where do I live now?",
    "work": "What do I do for a living?",
    "pet": "What do you know about my pet?",
    "family": "Who belongs to my family?",
    "plan": "What am I planning?",
    "name": "What is my name?",
}
_FACT_ZH = {
    "home": "我现在住在哪里？",
    "work": "我是做什么工作的？",
    "pet": "你知道我的宠物吗？",
    "family": "我家里有谁？",
    "plan": "我有什么计划？",
    "name": "我叫什么名字？",
}


def phrases(language: Language) -> Phrases:
    """The words in a language."""
    return _ZH if language == "zh" else _EN


def questions_about(preferences: Sequence[Preference], facts: Sequence[Fact], language: Language, most: int = 3) -> list[str]:
    """Questions that what was learnt can answer."""
    asked = list(dict.fromkeys(_candidates(preferences, facts, language)))
    about_facts = [q for q in asked if q in (_FACT_ZH if language == "zh" else _FACT_EN).values()]
    first = [q for q in asked if q not in about_facts]
    # one place stays for a fact: an answer about taste alone shows half of it
    chosen = first[: most - 1] + about_facts if about_facts else first
    return chosen[:most]


def _candidates(preferences: Iterable[Preference], facts: Iterable[Fact], language: Language) -> Iterator[str]:
    chinese = language == "zh"
    by_slot = _PREFERENCE_ZH if chinese else _PREFERENCE_EN
    for preference in preferences:
        if preference.slot.startswith("answers."):
            continue
        known = by_slot.get(preference.slot.split(".")[0])
        if known is not None:
            yield known
        elif preference.object:
            yield f"说到{preference.object}，要注意什么？" if chinese else f"What should I keep in mind about {preference.object}?"
    for fact in facts:
        known = (_FACT_ZH if chinese else _FACT_EN).get(fact.attribute)
        if known is not None:
            yield known
    yield "你了解我些什么？" if chinese else "What do you know about me?"
    yield "我后来改变了什么？" if chinese else "What has changed for me lately?"
    yield "接下来我该做什么？" if chinese else "What should I do next?"
