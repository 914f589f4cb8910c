"""What a statement says is over: "sold the Golf", 把车卖了."""

from __future__ import annotations

import re

from ._values import attributes_of
from .change import ALSO, CHANGE, CLAUSES, ONCE, SELF, only_now, says
from .learnt.relations import others, signs, telling_terms
from .recovery import keeps_diet
from .slots import is_safety
from .text import has_cjk

__all__ = [
    "corrects",
    "likes_what_was_disliked",
    "names_what_ended",
    "says_anew",
    "says_other_job",
    "says_over",
    "says_who_left",
    "widens",
]

_LIMIT = 120
_OVER = re.compile(
    r"(?i)(?:\b(?:I|we)(?:['’](?:ve|m|re)| have| had| am| are)?\s+(?:\w+ )?|^"
    r"|[.,;:!]\s+(?:so |and |then |finally |just )?)(?:sold|replaced|ditched|cancell?ed|quit|gave up|given up"
    r"|giving up|switched from"
    r"|got rid of|no longer|broke up with|swapped|traded|left|handed (?:back|in)|gave back|given back|gave away|given away|parted with"
    r"|deleted|uninstalled|(?:cut|dropped|took|taken|left)(?: out)?(?= (?:\w+ ){1,3}(?:from|out of) (?:my|our|the)\b)|cut out"
    r"|unsubscribed from|dropped out of|resigned from|retired from|moved (?:away from|out of)|finished with|done with|stopped|changed"
    r"|passed"
    r"|don['’]t (?:\w+ )?(?=[^.;]*any ?more)|haven['’]t (?=[^.;]*since))\s*(?:(?:up )?on |with )?"
    r"((?:\w+ing )?(?:the |my |our |an |a |at |to "
    r"|in )?[\w'’.-]+(?: [\w'’-]+)?)"
    r"|(?:^|[.,;:!]\s*|\b(?:please|just|now|you can|let['’]s)\s+)(?:forget|drop|scrap|ditch|never mind|no more|enough of|enough with"
    r"|lose)\s+(?!about [^,.;!?]{1,40}[,.;!?—-]+ ?(?:let['’]s|let me|can we|tell me|how about|what about)\b)(?:about )?"
    r"(?:the |my |our |those |that |all )?([\w'’-]+(?: [\w'’-]+){0,2})"
    r"|\b(?:moved|transferred|switched|thrown|kicked) (?:me|us) (?:out of|from|off) (?:the |my |our )?([\w'’-]+(?: [\w'’-]+)?)"
    r"|\b(?:the|my|our)\s+(\w+(?: \w+)?)\s+(?:is|are|was|were|has been|have been|got|['’]s)\s+(?:\w+ )?(?:gone|over|sold|cancelled"
    r"|canceled|closed|scrapped"
    r"|called off|dead|history)\b"
    r"|[,;] not (?:the |in |on |at )?([\w'’-]+)(?=[.!,;]|$)"
    r"|\bno more (?!than\b)([\w'’-]+)"
    r"|(\w+) and (?:I|me) (?:have )?(?:broke|broken|split|separated)\b"
    r"|从([\u4e00-\u9fff]{1,8}?)(?:出来|离职|辞职|走|毕业|搬走|搬出|退出|退休|跳槽)"
    r"|(?:别|不用|不必|不要)(?:再|那么|这么|太)(?:用|带|给我|写|说|搞)?([\u4e00-\u9fff]{2,6})"
    r"|把([\u4e00-\u9fff]{1,6}?)(?:卖|换|戒|停|退|辞|取消|注销|还|扔|送[人给走掉])"
    r"|(?:戒了?|停了|退了|辞了|辞掉|取消了?|注销了?|不再|再也不|不想再|换掉|卖了|卖掉|告别了?|放弃了?)([\u4e00-\u9fff]{1,6})"
)
# what became of somebody or something by itself: whoever likes it may like it still
_GONE = re.compile(
    r"(?i)(?:^|[.,;:!]\s+)(?:(?:sadly|unfortunately|so|well),? )?(?:the |my |our )?([\w'’-]+(?: [\w'’-]+)?) "
    r"(?:has |have |had |just |finally )*"
    r"(?:died|retired|passed away|broke(?: down)?|packed (?:it )?up|went bust|shut down|closed down|was stolen|got stolen)\b"
    r"|(?:^|[，,。；！\s])(?:我们?|我家)?(?:的)?([\u4e00-\u9fff]{2,6}?|[A-Za-z][\w .-]{1,20}?)(?:上周|昨天|已经|突然|都|也|去年)*"
    r"(?:退休|去世|过世|离世|坏|报废|倒闭)了"
)
# who is there no more, and has left a place to somebody else
_LEFT = re.compile(
    r"(?i)(?:^|[.,;:!]\s+)(?:the |my |our )?((?:(?:dr|mr|mrs|ms|miss|professor)\.? )?[\w'’-]+)(?: [\w'’-]+)? (?:(?:has|have|had"
    r"|just|finally|is|are"
    r"|was|went) )*(?:(?:gone |going |off )?on (?:\w+ )?(?:leave|sabbatical)|left|leaving|moved (?:away|on|abroad|to)|(?:been )?transferred"
    r"|promoted|quit|resigned|emigrated|gone freelance)\b"
    r"|(?:^|[，,。；！\s])(?:我们?|我家)?(?:的)?([\u4e00-\u9fff]{2,4}?)(?:上周|上个?月|昨天|已经|突然|也|去年|刚|最近|要)*"
    r"(?:出国|调走|调去|调到|辞职|离职|跳槽|升职|高升|休(?:产|长|病)假|请(?:产|长|病)假|进修|生孩子|回老家|走|不干|不做|不教|不带)"
)
_ONCE_OR_CASE = re.compile(rf"(?i){ONCE.pattern}|\b(?:if|when|unless|once|except)\b|的话|时候|如果|要是")
_NAME = re.compile(r"[A-Z][\w'’-]+")
_ONLY = re.compile(r"(?i)\b(?:only|exclusively|nothing but|solely)\b|只|仅")
_MORE = re.compile(  # and what else is fine now
    r"(?i)\b(?:no longer|not|don['’]t) (?:[a-z]+ )?(?:only|just|exclusively) (?:the |my )?([\w'’-]+(?: [\w'’-]+)?)"
    r"|(?:不再|不|没)(?:只|光|仅)(?:是|喝|吃|看|听|用|坐|买|住|穿)?([\u4e00-\u9fff]{2,6})"
)
_FINE_TOO = re.compile(
    r"(?i)(?:^|[.,;:!]\s*|\b(?:so|but|and|that) )(?:the |my )?([\w'’-]+(?: [\w'’-]+)?) (?:is|are|['’]s)"
    r" (?:perfectly |now |also |absolutely )*"
    r"(?:fine|ok|okay|good|great|alright|all right)(?: (?:with|by|for) me)?(?: now)? ?(?=too\b|as well\b|again\b|now\b|[.!,;]|$)"
    r"|\b(?:feel free to|you (?:can|may)|(?:i['’]m |it['’]s )?(?:fine|ok|okay|happy)(?: with me)? (?:to|for you to|if you)) "
    r"(?:\w+ly |now )?(?:use|using|add|include|suggest|recommend|send|book|mention|write|show) (?:the |some |me )?([\w'’-]+(?: [\w'’-]+)?)"
    r"|(?:^|[，,。；！])(?:现在|以后|你)*(?:可以|能)(?:再|又|重新)?(?:用|加|放|写|推荐|发|订|提)([\u4e00-\u9fffA-Za-z]{2,6}?)了"
    r"|(?:^|[，,。；！])(?:我|现在|如今|以后)*([\u4e00-\u9fffA-Za-z]{2,6}?)(?:现在)?也(?:能|可以|行|好|没问题|接受|无所谓|不介意)"
)
_LIKES = re.compile(
    r"(?i)\b(?:likes?|lov(?:e|es|ing)|fans?|favou?rite|enjoys?|admires?"
    r"|adores?|into|read(?:s|ing)?|watch|listen|taught|told|gave|was|were|used to)\b|喜欢|爱|迷|粉|欣赏|看|听|读"
)
_OVER_LAST = re.compile(
    r"(?:^|[，,。；！\s])(?:我们?的?|那|这|公司的?|家里的?)?([\u4e00-\u9fff]{2,6}?|[酒烟糖肉茶辣药](?=[^，。]{0,4}[戒停断])|车(?=[^，。]{0,4}[卖送报])"
    r"|[A-Za-z][\w .-]{1,20}?)\s*(?:[那这](?:个|条|种)[\u4e00-\u9fff]{0,2})?(?:我们?|上周|上个?月"
    r"|上次|昨天|前天|今天|去年|前年|今年|[春夏秋冬]天|[\d一二三四五六七八九十]月份?|刚|现在|已经|都|也|就|早就|从[^，。]{1,4}起"
    r"|终于|年初|年底|再也|被人?|昨晚){0,3}(?:卖|换|戒|偷|丢|报废|关门|关|倒闭|停业|拆|散|停|退|取消|注销|交回|还回|送人|扔|考过|毕业|期满|到期|做完|干完|结束|改|挪|移|推迟|提前|涨|降|不[^，。]{1,3}"
    r"|别再?[^，。]{1,3})(?:掉|了|去|给|成|到|出|吧)"
)
_DULL = re.compile(
    r"(?i)\b(?:boring|bores|dull|awful|terrible|dreadful|overrated|annoying|silly|tedious)\b|无聊|难[听吃喝看闻]|没意思|没劲|受不了"
)
_TAKEN_FROM = re.compile(r"(?i)\b(?:cut|dropped|took|taken|left)\b[^.;,]{1,30} (?:from|out of) ((?:my|our|the) [\w'’-]+)")
_OWN_CAR = re.compile(r"(?<![火电班公校货单列动骑自行路])车(?![站厢票次间友])")
_UNTIL = re.compile(
    r"(?i)(?:^|\s)(?:last|this|next|on|at|in|from|after|since|for|and|as|because|with|yesterday|today|recently|ago|now|it|them)\b"
)
_LIKED = re.compile(
    r"(?i)\b(?:com(?:e|ing) (?:a?round to|to (?:like|love|enjoy))|warm(?:ed|ing) to|(?:grown|learnt|learned) to (?:like|love|enjoy)"
    r"|grown fond of|(?:got(?:ten)?|getting) into|fallen for|started (?:liking|loving|enjoying)"
    r"|(?:love|like|enjoy)(?=[^.;]*\b(?:now|these days)\b))\s+(?:the |my |a )?([\w'’-]+(?: [\w'’-]+)?)"
    r"|(?:^|[.,;:!]\s+)(?:the |my )?([\w'’-]+(?: [\w'’-]+)?) (?:has|have|is|are)"
    r" (?:really |finally |slowly |rather |kind of )*grow(?:n|ing) on me\b"
    r"|\b(?:hooked on|addicted to|sold on|a convert to|converted to|can['’]t get enough of"
    r"|obsessed with) (?:the |my )?([\w'’-]+(?: [\w'’-]+)?)"
    r"|(?:我|居然|竟然|反而|倒是?|现在|最近|也){0,3}([\u4e00-\u9fff]{2,4}?)(?:倒是?|反而|居然|竟然|现在|又|也|都){0,3}[听看吃喝玩用坐穿跑打爬练做学游骑]?(?:得)?(?:上瘾|入迷|着迷|习惯|顺眼|出(?:了)?感情)了"
    r"|(?:爱上|喜欢上|迷上|开始喜欢|开始爱)了?(?:吃|喝|看|听|玩)?([\u4e00-\u9fff]{2,6})"
    r"|(?:^|[，,。；！])([\u4e00-\u9fff]{2,4}?)(?:现在|又|也)?(?:可以|能)(?:再|又)?[放加吃喝用给推说发带][^，。]{0,3}了"
    r"|([\u4e00-\u9fff]{2,4}?)(?:真香|也能接受了|也吃得惯了)"
)
_ALL_ONE = re.compile(  # what one cares about no more
    r"(?i)(?:^|[.,;:!]\s+)(?:the |my )?([\w'’-]+(?: [\w'’-]+)?) or not,? (?:I|it)\b[^.;]{0,30}\b(?:care|mind|matter|bothered|fussed)\b"
    r"|\b(?:care|mind|bothered|fussed|fussy|picky)(?: about)? (?:the |my |whether it['’]s )?([\w'’-]+(?: [\w'’-]+)?) any ?more\b"
    r"|(?:^|[，,。；！])(?:我|现在|如今){0,2}([\u4e00-\u9fff]{2,6}?)(?:不[\u4e00-\u9fff]{1,4}?)?(?:现在|如今|我|都|也|已经){0,3}(?:无所谓|随便|不重要)了"
    r"|(?:不在乎|不讲究|不挑|不在意)([\u4e00-\u9fff]{2,6}?)了"
)
_NAMED = 0.5  # of the content words of the shorter statement
_CORRECTS = re.compile(
    r"(?i)^(?:oops|correction|my mistake|(?:sorry|wait),? (?:no|I meant|that['’]s wrong))\b"
    r"|\b(?:I meant|I misspoke|scratch that|got that wrong)\b"
    r"|[说记搞弄打写]错了?|口误|更正|纠正一下"
)
_OTHER_JOB = re.compile(
    r"(?i)\b(?:I|we|I['’]ve|I have)\b[^.;]{0,12}\b(?:(?:changed|switched|swapped) (?:careers?|jobs?|professions?|trades?)\b"
    r"|left (?!(?:\w*thing|\w+ning|smoking|drinking)\b)\w+ing(?=\W*$|[,;]| and\b| for\b)"
    r"|retrained(?= as\b|\W*$))|(?<![没不别想])(?:转行|(?<!修)改行(?![程李距高为])"
    r"|换了(?:一?份)?工作|跳槽)"
)
_NOT_YET = re.compile(r"(?i)\b(?:might|maybe|perhaps|would|should|could|want to|wish|hope)\b|[?？]|想|可能|也许|打算|希望")


def says_over(text: str) -> bool:
    """Whether a statement says of something that it is over: that one disliked it, too, or cared."""
    return any(says(pattern, text[:_LIMIT]) for pattern in (_OVER, _OVER_LAST, _GONE, _LEFT, _MORE, _FINE_TOO, _LIKED, _ALL_ONE))


def names_what_ended(old: str, new: str) -> bool:
    """Whether the user says of something in an earlier statement that it is over: "sold the Golf", 把车卖了."""
    patterns = [(_OVER, slice(None, 2)), (_OVER_LAST, slice(-2, None)), (_ALL_ONE, slice(None, 2))]
    for pattern, head in patterns if says(_LIKES, old) else [*patterns, (_GONE, slice(-2, None))]:
        for match in pattern.finditer(new[:_LIMIT]):
            taken = _TAKEN_FROM.search(match.string, match.start())
            if _of_others(old, new, match) or (taken and not _holds(old, taken[1], head)):
                continue
            thing = _UNTIL.split(next(filter(None, match.groups()), ""))[0].strip()
            first, _, rest = thing.partition(" ")
            thing = rest if rest and first.endswith("ing") else thing  # "stopped eating meat" ends meat
            if _holds(old, thing, head):
                return True
    return False


def says_who_left(old: str, new: str) -> bool:
    """Whether somebody of whom an earlier statement says what he is has gone, and somebody else is there: "Dr Osei has left, I see …"."""
    if not says(CHANGE, new) or not (roles := attributes_of(old)):
        return False
    if not has_cjk(new) and not {*_NAME.findall(new[1:])} - {*_NAME.findall(old)}:
        return False
    return any(
        thing and any(_holds(who, thing, slice(-2, None)) for who in roles.values())
        for match in _LEFT.finditer(new[:_LIMIT])
        for thing in (next(filter(None, match.groups()), ""),)
    )


def widens(old: str, new: str) -> bool:
    """Whether the user takes more than an earlier statement left room for: "not only decaf any more", 飞机现在也可以坐."""
    if says(_ONLY, old) and any(_holds(old, next(filter(None, match.groups())), slice(-2, None)) for match in _MORE.finditer(new[:_LIMIT])):
        return True
    if not signs(old).negated or says(_ONCE_OR_CASE, new):
        return False
    return any(_holds(old, next(filter(None, match.groups())), slice(None, 2)) for match in _FINE_TOO.finditer(new[:_LIMIT]))


def likes_what_was_disliked(old: str, new: str) -> bool:
    """Whether the user has come to like what an earlier statement dislikes: "I've come round to techno", 爱上苦瓜了."""
    if not (signs(old).negated or says(_DULL, old)):
        return False
    return any(
        not _of_others(old, new, match) and _holds(old, next(filter(None, match.groups())), slice(None, 2))
        for match in _LIKED.finditer(new[:_LIMIT])
    )


def _of_others(old: str, new: str, match: re.Match[str]) -> bool:
    """Whether the clause of a match tells of people whom the earlier statement does not name, and not of the user."""
    clause = _clause(new, match)
    return not others(clause) <= others(old) and not says(SELF, clause)


def _clause(text: str, match: re.Match[str]) -> str:
    """The clause that a match begins in, or reaches into."""
    begin = max((found.end() for found in CLAUSES.finditer(text, 0, match.start() + 1)), default=0)
    end = CLAUSES.search(text, match.end())
    return text[begin : len(text) if end is None else end.start()]


def _holds(old: str, thing: str, head: slice) -> bool:
    if thing == "车":
        return says(_OWN_CAR, old)
    return bool(thing) and (thing[head] in old if has_cjk(thing) else bool(telling_terms(thing) & telling_terms(old)))


def corrects(text: str) -> bool:
    """Whether a statement says of itself that it puts another one right."""
    return says(_CORRECTS, text)


def says_anew(old: str, new: str) -> bool:
    """Whether the later one puts the earlier one right, or says that the same holds for a case only from now on."""
    if not (only_now(new) or corrects(new)) or says(_NOT_YET, new) or says(ALSO, new):
        return False
    if is_safety("", old) or is_safety("", new) or keeps_diet(old) or others(old) != others(new):
        return False
    one, two = telling_terms(old), telling_terms(_CORRECTS.sub("", new))
    return len(one & two) >= max(1, _NAMED * min(len(one), len(two)))


def says_other_job(text: str) -> bool:
    """Whether the user says that the work is another one now, whatever it was."""
    return says(_OTHER_JOB, text) and not (others(text) or says(_NOT_YET, text) or signs(text).negated)
