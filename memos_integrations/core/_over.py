"""What a statement says is over: "sold the Golf", 把车卖了."""

from __future__ import annotations

import re

from .change import says
from .learnt.relations import others, telling_terms
from .text import has_cjk

__all__ = ["names_what_ended", "says_over"]

_LIMIT = 120
_OVER = re.compile(
    r"(?i)(?:\b(?:I|we)(?:['’](?:ve|m|re)| have| had| am| are)?\s+(?:\w+ )?|^"
    r"|[.,;:!]\s+(?:so |and |then |finally |just )?)(?:sold|replaced|ditched|cancell?ed|quit|gave up|given up"
    r"|giving up|switched from"
    r"|got rid of|no longer|broke up with|swapped|traded|handed (?:back|in)|gave back|given back|gave away|given away|parted with"
    r"|deleted|uninstalled"
    r"|unsubscribed from|dropped out of|resigned from|retired from|moved (?:away from|out of)|finished with|done with|stopped|changed"
    r"|passed"
    r"|don['’]t (?:\w+ )?(?=[^.;]*any ?more)|haven['’]t (?=[^.;]*since))\s*((?:\w+ing )?(?:the |my |our |an |a |at |to "
    r"|in )?[\w'’.-]+(?: [\w'’-]+)?)"
    r"|(?:^|[.,;:!]\s*|\b(?:please|just|now|you can|let['’]s)\s+)(?:forget|drop|scrap|ditch|never mind|no more|enough of|enough with"
    r"|lose)\s+(?:about )?(?:the |my |our |those |that |all )?([\w'’-]+(?: [\w'’-]+){0,2})"
    r"|\b(?:the|my|our)\s+(\w+(?: \w+)?)\s+(?:is|are|was|were|has been|have been|got|['’]s)\s+(?:\w+ )?(?:gone|over|sold|cancelled"
    r"|canceled|closed|scrapped"
    r"|called off|dead|history)\b"
    r"|(\w+) and (?:I|me) (?:have )?(?:broke|broken|split|separated)\b"
    r"|把([\u4e00-\u9fff]{1,6}?)(?:卖|换|戒|停|退|辞|取消|注销|还|扔|送人)"
    r"|(?:戒了?|停了|退了|辞了|辞掉|取消了?|注销了?|不再|再也不|不想再|换掉|卖了|卖掉|告别了?|放弃了?)([\u4e00-\u9fff]{1,6})"
)
_OVER_LAST = re.compile(
    r"(?:^|[，,。；！\s])(?:我们?的?|那|这|公司的?|家里的?)?([\u4e00-\u9fff]{2,6}?|[A-Za-z][\w .-]{1,20}?)\s*(?:我们?|上周|上个?月"
    r"|上次|昨天|前天|今天|刚|现在|已经|都|也|就|早就|从[^，。]{1,4}起"
    r"|终于|年初|年底){0,3}(?:卖|换|戒|停|退|取消|注销|交回|还回|送人|扔|考过|毕业|结束|改|挪|移|推迟|提前|涨|降|不[^，。]{1,3}"
    r"|别再?[^，。]{1,3})(?:掉|了|去|给|成|到|出)"
)
_UNTIL = re.compile(
    r"(?i)(?:^|\s)(?:last|this|next|on|at|in|from|after|since|for|and|as|because|with|yesterday|today|recently|ago|now|it|them)\b"
)


def says_over(text: str) -> bool:
    """Whether a statement says of something that it is over."""
    return says(_OVER, text) or says(_OVER_LAST, text)


def names_what_ended(old: str, new: str) -> bool:
    """Whether the user says of something in an earlier statement that it is over: "sold the Golf", 把车卖了."""
    if not others(new) <= others(old):
        return False  # somebody else's
    for pattern, head in ((_OVER, slice(None, 2)), (_OVER_LAST, slice(-2, None))):
        for match in pattern.finditer(new[:_LIMIT]):
            thing = _UNTIL.split(next(filter(None, match.groups()), ""))[0].strip()
            first, _, rest = thing.partition(" ")
            thing = rest if rest and first.endswith("ing") else thing  # "stopped eating meat" ends meat
            if thing[head] in old if has_cjk(thing) else telling_terms(thing) & telling_terms(old):
                return True
    return False
