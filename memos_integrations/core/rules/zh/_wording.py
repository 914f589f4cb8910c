"""How a Chinese candidate is worded: its sentence, its directive."""

from __future__ import annotations

import re

from ....types import Polarity

__all__ = ["directive", "third_person", "trimmed", "without_front", "wording"]


_TAIL = re.compile(
    r"(?:[\s，。、：]|了|啊|(?<![酒网贴])吧|哈|呀|哦|嘛|啦|呗|哟|喔|噢|谢谢|謝謝|好吗|好嗎|行吗|行不行|可以吗|就行|就好|即可|都行|都可以|都成|均可|的说|这种|這種|这类|那种|的东西|的事儿?|的事情|的活儿?|的)+$"
)
_HEAD = re.compile(
    r"^(?:[\s，、]|(?:以后|今后|往后)都|的|了|凡是|但凡|但是?|不过|而且|另外|还有|我(?![爸妈哥姐弟妹爷奶们家用做写的])|给我|給我|跟我|帮我|幫我|把|将|带有|含有?(?![糖奶酒咖])|带(?![鱼子状孩])|那种|這種|这种|什么|一些|点儿|[点點](?![心赞评評菜单單名歌])|些)+"
)
_POLITE = re.compile(
    r"^(?:能不能|可不可以|能否|可否|是否可以|是否能|是不是可以|希望|请(?![客假教])你?|請你?|麻烦你?|麻煩|拜托|烦请|还请|你|您"
    r"|以后|以後|今后|然后|另外|但是?|不过|所以|每次|嗯)+"
)
_PARTICLES = re.compile(r"(?:啊|(?<![酒网贴])吧|呗|哈|呀|哦|嘛|啦|哟|喔|噢|嗯|谢谢)+$")
_NEGATIVE = re.compile(r"^(?:不|别|別|勿|甭|莫|少|没|沒|无|無|避免|禁止|拒绝)")
_SIGNED = re.compile(r"不要|避免|别|勿")
_LIMIT = re.compile(r"(?:不要?|别|不能|不得|不可|勿)(?:超过|超出|超|多于|少于|低于|高于|小于|大于|短于|长于|早于|晚于)")
_OF_OTHERS = re.compile(r"[他她它署签]|落款")  # how somebody else is to be named, or a letter signed
_TIME = re.compile(r"(?:之?[前后]|以[前后]|的时候|时)$")
_AS_SOON_AS = re.compile(r"(?<=[^，])一(?=[多吵热冷乱亮响闷挤黑晒辣油甜咸]$)")  # 人一多: what is meant is 人多
_ME = (
    (re.compile(r"(?<=[答复覆])我(?![的们們])"), ""),
    (re.compile(r"(?:给|給|帮|幫|替|跟)我(?!们|們|的|[爸妈媽哥姐弟妹])"), ""),
    (re.compile(r"(?:我们|我們|咱们|咱們)(?=家|公司|单位|团队|部门|小组|学校|班|店|小区|村)"), "用户"),
    (re.compile(r"我们|我們|咱们|咱們"), "用户这边"),
    (re.compile(r"[我俺咱]|本人"), "用户"),
)
_FRONT = re.compile(
    r"^(?:其实|但是?|不过|所以|因为|另外|还有|反正|说实话|那个|就是|嗯|哎|哦|噢|诶|对了|话说|而且|可是|毕竟|跟你说|记住|请记住)+(?=.)"
)


def third_person(text: str) -> str:
    """The words without the first person."""
    for pattern, new in _ME:
        text = pattern.sub(new, text)
    return text


def without_front(clause: str) -> str:
    """The clause without the words that only lead to it."""
    return _FRONT.sub("", clause)


def trimmed(text: str) -> tuple[int, int]:
    """Span of the words that carry an object: no particles at its ends."""
    head = _HEAD.match(text)
    start = head.end() if head else 0
    tail = _TAIL.search(text, start)
    end = tail.start() if tail else len(text)
    if end <= start:
        return 0, len(text.rstrip())
    return start, end


def wording(clause: str, obj: str, polarity: Polarity, *, order: bool, chosen: bool, of: str = "") -> str:
    """The sentence that is stored and searched; ``of``: the thing that it leaves out after 的."""
    if chosen:
        return f"用户{'选择了' if polarity == 'wants' else '不满意'}{third_person(obj)}。"
    said = third_person(without_front(clause)).strip()
    if obj and third_person(obj) not in said:
        said = f"{said}（{third_person(obj)}）"
    if of and of not in said:
        said = f"{said}（{of}）"
    if order:
        return f"用户要求：{_POLITE.sub('', said) or said}。"
    return f"{said}。" if said.startswith("用户") else f"{'' if '用户' in said else '用户'}{said}。"


def directive(clause: str, obj: str, polarity: Polarity, *, order: bool, slot: str, topic: str = "") -> str:
    """An imperative that carries the sign; ``topic``: of which thing the object is a kind, a part or a manner."""
    told = _directive(clause, obj, polarity, order=order, slot=slot)
    topic = _POLITE.sub("", third_person(topic))
    if not topic or topic in told:
        return told
    kind = "的" if clause[clause.find(obj) + len(obj) :].startswith("的") and told.endswith(f"{third_person(obj)}。") else ""
    return f"{topic}{told[:-1]}{kind}。"


def _directive(clause: str, obj: str, polarity: Polarity, *, order: bool, slot: str) -> str:
    thing = _AS_SOON_AS.sub("", third_person(obj))
    if slot == "health.allergy" and polarity == "avoids":
        return f"避免{thing}：用户过敏。"
    if slot == "answers.address" and order and not _OF_OTHERS.search(clause):
        return f"{'不要' if polarity == 'avoids' else ''}称呼用户为{thing}。"
    said = _PARTICLES.sub("", _POLITE.sub("", third_person(clause)).strip()).strip()
    if polarity == "wants" and _LIMIT.match(thing):
        return f"{said if len(said) <= 24 and thing in said else thing}。"
    if polarity == "avoids":
        if order and _NEGATIVE.match(said) and len(said) <= 24 and thing in said:
            return f"{said}。" if _SIGNED.search(said) else f"避免{thing}。"
        if order and _TIME.search(thing) and len(said) <= 20 and thing in said and (sign := _SIGNED.search(said)):
            return f"避免{said[: sign.start()]}{said[sign.end() :]}。"  # "avoid before ten" says nothing without its verb
        return f"避免{thing}。"
    if order and len(said) <= 24 and thing in said and not _NEGATIVE.match(said) and not _SIGNED.search(said):
        return f"{said}。"
    return f"优先：{thing}。" if _NEGATIVE.match(thing) else f"优先{thing}。"
