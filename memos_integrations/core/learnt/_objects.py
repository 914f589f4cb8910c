"""What of the words found is the object of a wish: no verb of liking before it, no filler after it; or that they are none."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..rules.zh._wording import trimmed as trimmed_chinese
from ..text import has_cjk
from ._attitudes import marks
from ._reading import Reading

__all__ = ["EDGES", "carrying", "is_object", "span_of"]

_EDGE_WORDS = (
    "the a an any some of to all those that these more even just really only with me us your it very also about and or for in on at is "
    "are be , . ; : ! ? … — 的 了 吧 啊 呀 哦 嘛 啦 呢 ， 。 、 ； ： ！ ？ ¤ - ( ) （ ） * · 就 都 也"
)
EDGES = frozenset(_EDGE_WORDS.split())
"""Tokens that carry nothing at the ends of an object."""

_I = r"(?:i|we)(?:['’](?:d|ll|ve|m|re)| would| will| have| do| can| am| are)?"
_HOW = (
    r"(?:(?:always|only|just|mostly|usually|generally|normally|often|really|still|also|never|ever|now|all|actually"
    r"|rather|gladly|happily) )"
)
_VERB = (
    r"(?:use|have|like|love|prefer|want|need|take|pick|choose|buy|drink|eat|read|watch|play|wear|enjoy"
    r"|go for|stick to|stick with|opt for)"
)
_LEAD = re.compile(
    rf"(?:(?:and|but|so|because|that|while|as) )*(?:{_I} {_HOW}*(?:{_VERB} (?:to )?)?|{_HOW}+"
    r"|(?:up|down|out|done|easily|it|me|us|give me) )(?=\w)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"[ ,]+(?:already|again|any ?more|any ?(?:day|time)(?: of the week)?|every time|all the way|all day(?: long)?|for good"
    r"|in everything|everywhere|with a barge ?pole|at all|either|though|too|now|lately|these days|nowadays|please|thanks"
    r"|for me|with me|to me|or so|and i|and we"
    r"|(?:any|one|two|three|a couple of|a few|some) (?:days|weeks|months|years) ago|ages ago"
    r"|last (?:year|month|week|spring|summer|autumn|winter)"
    r"|(?:because|since|but|if|when|so|which|that['’]s|than|over|instead of|rather than|and (?:that|it)['’]s) .*)$",
    re.IGNORECASE,
)
_ASKS = re.compile(r"(?:book|find|get|fetch|buy|order|help|bring|pass|lend) (?:me|us)\b", re.IGNORECASE)
_EXCEPTED = re.compile(r"\b(?:unless|without)\b.", re.IGNORECASE)
_NONE = re.compile(
    r"(?:i|we|you|he|she|they|it|this|that|these|those|them|me|us|him|her|one|ones|the|a|an|my|our|your|some|any|all|both|each"
    r"|more|most|less|much|many|lots?|back|along|up|down|out|off|on|in|away|over|here|there|now|then"
    r"|today|tonight|tomorrow|yesterday|(?:last|this|next) (?:night|week|month|year|time)"
    r"|(?:every|any|some|no)(?:thing|one|body|where)|ways?|things?|times?|days?|rest|idea|bit|kind|sort|done|gone|been"
    r"|early|late|later|soon|again|very|really|so|too|just|well|good|great|fine|ok|okay|right|sure|yes|no|not|never|always|even"
    r"|ages|years|long|far|hard|easy|better|best|worse|worst|kids|people|person|man|woman|guy|don['’]t care|every (?:minute|day|time)"
    r"|(?:my|our|the|his|her|their|long|short|bad|sore) (?:eyes?|ears?|legs?|knees?|backs?|hips?|heads?|hands?|feet|foot|stomach"
    r"|throat|skin|heart|brain|mind|life|body|sleep|nerves|head in)"
    r"|(?:under|over|about|at least|at most|less than|more than) \w+ (?:hours?|minutes?|days?|miles|km)|nag|push back"
    r"|address|interested|bothered|fussed|urgent|allowed|(?:the |round the |up the )?(?:wall|bend)|(?:[a-z]+ly,? )?(?:so|but|and|though)"
    r"|[a-z]+ (?:shuts|closes|opens|starts|ends|begins)|gett?(?:ing)? (?:\w+ )?(?:(?:sea|car|air|travel)[- ]?)?(?:sick|ill|dizzy)"
    r"|(?:the |my |our )?(?:twins|children|kids|son|daughter|toddler|baby)|makes? (?:me|us)|otherwise .*"
    r"|(?:deal|cope|live|do|put up) with (?:it|that|this|them)|(?:that|this|those|these) ones?(?: .*)?"
    r"|(?:[a-z]+ )?(?:those|these|them) (?:till|until|first|last|all|for) .*"
    r"|(?:people|everyone|everybody|friends) (?:calls?|says?|thinks?|knows?|tells?) .*|(?:my|our|his|her|their) .* (?:is|are|was|were) .*"
    r"|[a-z][\w'’-]* (?:has|have|had|is|are|was|were|can|could|will|would) .*"
    r"|(?:hear|hearing|see|know)(?: (?:from|about|of|back))*(?: (?:you|it|that|this))?"
    r"|(?:tell|ask|give|show|call|let|send|remind|help) (?:me|us)"
    r"|(?:(?:very|so|really|quite|pretty|too) )?(?:badly|terribly|seriously|severely|horribly|awfully|easily|quickly)"
    r"|write|answer|reply|respond|speak|talk|say|tell|explain|use|give|make|keep"
    r"|(?:is|are|was|were) .*"
    r"|(?:how|what|why|who|whether|where|he|she|they|it|it['’]s|that['’]s|he['’]s|she['’]s|they['’]re|there['’]s|since|because|although"
    r"|apart from|except|unless|if|when"
    r"|whenever|outside|being \w+|forget) .*"
    r"|(?:any|no|every)?thing else|else|(?:my|our|the) (?:\w+ )?(?:rules?|motto|policy)"
    r"|.* (?:i['’]m|i['’]ve|we['’]re|isn['’]t|aren['’]t|wasn['’]t|is|are|was|were|i|we|the|an?|my|our|your|me up|me down"
    r"|me up .*))",
    re.IGNORECASE,
)
_ADVERB_WORDS = "绝对 千万 完全 根本 实在 坚决 一律 一概 从来 向来 真的"
_ADVERBS_OF_TWO = frozenset(_ADVERB_WORDS.split())
_SELF = r"[^，]{0,4}?(?:我|咱)(?:们)?(?:家|俩|自己|这人)?(?:里)?"
_ADVERBS = r"(?:现在|最近|如今|以后|平时|一直|一向|向来|从来|一般|通常|基本|主要|都|就|也|还|只|总是|全)"
_LATELY = r"(?:现在|最近|如今|以后|平时|一直|一向|向来|从来|一般|通常|总是)"
_LIKES = r"(?:喜欢|偏爱|习惯|盼着|想着|换成|改成|改用|改喝|改吃|一般是|就是)(?=..)"
_DOES = r"[用吃喝看听玩住坐穿买选点走要爱挑写](?=..)"
_CHINESE_LEAD = re.compile(
    f"(?:(?:{_SELF}|们?家?){_ADVERBS}+(?:{_LIKES}|{_DOES})|{_SELF}(?:{_LIKES}|{_DOES})|{_LATELY}+(?=..)|只(?=[用吃喝看听玩住坐穿买选点走送]..)|{_LIKES}|给(?=[a-zA-Z])"
    r"|一[碗杯盘份块瓶口顿串](?:好的?|正宗的|热腾腾的|地道的)?(?=..))"
)
_CHINESE_TAIL = re.compile(
    r"(?:(?:这|那)(?:种|个|些|类)?(?:东西|玩意儿?|事儿?|口感|一口|人)|我(?:这人)?(?![们的家爸妈])[^，]{0,5}"
    r"|一(?:沾|碰|吃|喝|闻|听|看|想|坐|上|下|进|多|重|到|响|开)[^，]{0,2}|(.)着\1着|(?:看|听|吃|喝|玩|坐|读|做|闻|走|用)(?:完|多|久|过|起来)"
    r"|太(?:多|长|短|吵|大|小|重|硬|正式|啰嗦)|(?:[一两二三四五六七八九十几好\d]+)(?:多)?(?:年|个月|周|天)|嘛|呢|呀|啊|吧|行不行|好不好|可以吗)+$"
)
_CHINESE_NONE = re.compile(
    r"[^，]{0,2}?(?:很|非常|特别|十分|极其|相当|挺|比较|有些)(?:严重|厉害|明显|强烈|难受|不舒服|痛苦|夸张)(?:了|的)?|"
    r"[我你您他她它咱这那哪谁]?(?:们|个|样|么|里|边|儿|些)?|[放碰提用吃看做写说来去多少搞弄加给要有是在吧呢吗啊呀了的说讲想会能行好听喝玩坐住穿买选走点完着过一两]"
    r"|[你您]好啊?|大家好|哈[喽啰]|(?:哈|嗯|啊|哦){1,4}|另外|然后|所以说?|因此|因为|但是?|不过|而且|还有|就是说?|对[了啦]|顺[便带](?:说|提|讲)?(?:一[下句])?|其实|反正|话说|谢谢|麻烦"
    r"|什么|怎么|这样|那样|东西|时候|事情?|人|自己|大家|别人|现在|今天|明天|昨天|今晚|以后|以前|平时|一下|一点|一些|有点|起来|下去|出来|一[饿饱累困渴冷热急忙慌]"
    r"|有[点些][一-鿿]{1,2}|[早晚]?上?[一二两三四五六七八九十\d]{1,3}点半?|[^，]{0,3}[一二两三四五六七八九十几半\d]个?(?:月|年|天|周|岁)(?:了|多)?|[^，]{0,6}(?:上说|里说|上写|里写)[^，]{0,3}|让|超|口味|大夫|医生|[他她它]点|所有[^，]{1,4}里|[^，]{1,8}的时候"
)


def span_of(words: str) -> tuple[int, int] | None:
    """First and one past the last character of what is the object in words that were found; None: nothing is."""
    if _EXCEPTED.search(words) or _ASKS.match(words):
        return None  # "films unless the subtitles": the sign is not the film's
    start, end = (_chinese if has_cjk(words) else _english)(words)
    return (start, end) if is_object(words[start:end]) else None


def is_object(words: str) -> bool:
    """Whether words can be what somebody wants or avoids: no pronoun, no mere adverb or verb, no part of their body."""
    words = words.strip()
    if not any(c.isalnum() for c in words):
        return False
    return (_CHINESE_NONE if has_cjk(words) else _NONE).fullmatch(words) is None


def _only_tells(forms: Sequence[str]) -> bool:
    """Whether the tokens of an object say nothing but that something is unpleasant: "nightmares"."""
    told = [mark for mark in marks(forms) if mark.kind in ("harm", "dislike")]
    return bool(told) and sum(mark.end - mark.start for mark in told) >= len(forms)


def _english(words: str) -> tuple[int, int]:
    start, end = 0, len(words)
    while (lead := _LEAD.match(words, start)) is not None and lead.end() < end:
        start = lead.end()
    while (tail := _TAIL.search(words, start + 1, end)) is not None:
        end = tail.start()
    return start, end


def _chinese(words: str) -> tuple[int, int]:
    start, end = trimmed_chinese(words)
    lead = _CHINESE_LEAD.match(words, start, end)
    if lead is not None and end - lead.end() >= 1 and lead.end() > start:
        start = lead.end()
    tail = _CHINESE_TAIL.search(words, start + 1, end)
    if tail is not None:
        end = tail.start()
    first, last = trimmed_chinese(words[start:end])
    return start + first, start + last


def carrying(reading: Reading, start: int, end: int) -> tuple[int, int] | None:
    """First and one past the last token of what is the object among some tokens; None: nothing is."""
    tokens = reading.tokens
    first, last = start, end
    while first < last - 1 and tokens[first].form in EDGES:
        first += 1
    while last - 1 > first and tokens[last - 1].form in EDGES:
        last -= 1
    if last - 1 > first and reading.plain[tokens[last - 1].start : tokens[last - 1].end + 1] in _ADVERBS_OF_TWO:
        last -= 1  # the tags may end within the adverb behind the object
    begin = tokens[first].start
    span = span_of(reading.text[begin : tokens[last - 1].end])
    if span is None:
        return None
    kept = [at for at in range(first, last) if span[0] <= tokens[at].start - begin and tokens[at].end - begin <= span[1]]
    if not kept or _only_tells([token.form for token in tokens[kept[0] : kept[-1] + 1]]):
        return None
    return kept[0], kept[-1] + 1
