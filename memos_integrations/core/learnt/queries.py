"""How a query asks: for help or for knowledge, for the user or for somebody else, or what is known of the user."""

from __future__ import annotations

import re

from ..text import has_cjk

__all__ = ["asks_about_user", "asks_for_help", "kind_of_question"]

# the user asks what is known of them: a fact answers, seldom a wish
_SELF = re.compile(
    r"(?i)\b(?:where|when|what|which|who|whom|how (?:old|many|much|long|tall))\b[^?.]{0,24}"
    r"\b(?:do|did|does|am|was|is|are|were|have|had|did) (?:i|my|we|our)\b"
    r"|\b(?:what|who|when|where)(?:'s| is| are| was| were) (?:my|our)\b"
    r"|\b(?:did|have) (?:i|we) (?:already |ever )?(?:say|said|tell|told|mention\w*|pay|paid|book\w*)\b"
    r"|我(?:现在|之前|上次|以前)?[^，。？?]{0,10}(?:哪儿|哪里|哪家|哪年|哪天|哪个|几岁|多少|叫什么|是什么|什么时候|谁|来着|了没|了吗)"
)
# "what do I pack": the user wonders what to do, and a wish answers
_WONDERS = re.compile(
    r"(?i)\b(?:can|could|shall) (?:i|we)\b"
    r"|\bdo (?:i|we) (?:need|take|pack|bring|wear|cook|order|book|choose|pick|say|write|give|put|serve|reply|get|buy)\b(?!.*\bsize\b)"
    r"|\b(?:what|which|where|how|whom?) do (?:i|we) (?!(?:like|love|prefer|hate|dislike|enjoy|have|own|live|work|use|keep|know|think|want"
    r"|feel|drive|mean|owe|weigh|earn|look|sound|belong|believe|remember|stud|teach|speak|usual|normal|always|most|often|stand|come|pay|do\b)\w*)"
    r"\w+(?!.*\b(?:usually|normally|always|mostly|every|again|most)\b)"
    r"|(?:该|应该|今[天晚早]|明[天晚早]|后天|周末|[这下]个?(?:周|月|星期)|待会|等[会下]|一会|暑假|寒假|国庆|五一)(?!.*来着)"
)
_CHOICE = re.compile(r"(?i)\bor\b[^?]{1,80}\?|还是|二选一")
_LONG = 1.5  # in lengths of a usual query
# what is asked for somebody else is seldom a matter of the user's own wishes
_OTHERS = re.compile(
    r"(?i)\b(?:my|our|a|the|his|her) (?:\w+ )?(?:neighbou?r|friend|boss|colleague|lodger|tenant|client|customer|patient|guest|reader|aunt"
    r"|uncle|cousin|brother|sister|mother|father|mum|mom|dad|son|daughter|nan|gran\w*|flatmate|roommate|husband|wife|teacher|niece"
    r"|nephew|pupil|student)s?\b|\bfor (?:him|her|them)\b"
    r"|替|[帮給给](?:他|她|同事|朋友|老板|客户|我[爸妈弟妹哥姐叔姨舅姑])|(?:同事|老板|邻居|朋友|室友|客户|租客|病人|读者|学生|客人)(?:问|要|想|说)"
)
# a question for knowledge wants an answer, not a choice that suits the user
_KNOWLEDGE = re.compile(
    r"(?i)^\s*(?:who|when(?! (?:can|could|should|shall|would)\b)|why"
    r"|how (?:many|much|long|old|far|tall|high|fast|do(?:es)?|is|are|did)|what(?:'s| is| are| does| did| was)"
    r"|which (?:country|company|year)|is it true|define|translate|convert|prove|solve|derive|calculate|compute|simplify)\b"
    r"|\b(?:history|invent\w*|origin|etymolog\w*|meaning|mean|average|percent\w*|founded|spell)\b"
    r"|什么意思|历史|发明|由来|起源|为什么|原理|怎么说|是谁|谁|哪年|什么时候(?!.{0,2}(?:约|去|方便|合适|有空|安排|见面|聚))|多少|几个|几点|几块|英文|翻译|译成|区别|含义|平均|成分|是什么"
    r"|怎么修|怎么读|市占|份额|证明|求解|推导|计算"
)
_REQUEST = re.compile(
    r"(?i)\b(?:recommend|suggest|plan|book|pick|choose|order|find|reserve|draft|write|make me|ideas?|help me|any good|give me|sort|arrange"
    r"|(?:re)?schedule|set up|put in"
    r"|i need|i want|i'd like|(?:should|shall|can|do|could) (?:i|we)|which (?:one|of)|what should|where (?:should|can|do|shall)|somewhere"
    r"|something|anything|any tips)\b"
    r"|推荐|帮我|选|挑|安排|订|规划|哪家|哪个|哪种|哪款|哪儿|去哪|什么好|怎么弄|来点|来个|给我|建议|排一下|写|定一|做点|买|吃什么|吃点|喝点"
    r"|看点|听点|合适|要不要|行吗|好吗|预约|约(?:个|一下|时间|[牙医]|谁|在)"
)
_WHAT_ZH = re.compile(r"[玩穿喝做炖煮端弄带点]点?(?:什么|啥)|[玩穿喝炖煮]点[^，。]{0,6}好|什么样的|换[一把个双件台款部]")


def asks_for_help(text: str) -> bool:
    """Whether a query wants something done or chosen for the user, rather than knowledge or help for somebody else."""
    read = text[:1000]
    wanted = _REQUEST.search(read) or _CHOICE.search(read) or _WHAT_ZH.search(read)
    return wanted is not None and not any(kind.search(read) for kind in (_KNOWLEDGE, _OTHERS)) and not asks_about_user(text)


def asks_about_user(text: str) -> bool:
    """Whether a query asks what is known of the user, and not what to do."""
    return _SELF.search(text[:1000]) is not None and _WONDERS.search(text[:1000]) is None


def kind_of_question(text: str) -> tuple[float, ...]:
    """Whether a query asks for knowledge, for help, with a mark, for somebody else, about the user, each 0 or 1; and how long it is."""
    read = text[:1000]
    length = len(text) / (15 if has_cjk(read) else 40)
    marked = text.rstrip()[-1:] in ("?", "？", "吗", "呢")
    found = (_KNOWLEDGE.search(read), _REQUEST.search(read), marked, _OTHERS.search(read), _SELF.search(read))
    return (*(float(bool(one)) for one in found), min(_LONG, length))
