"""What sounds like a wish and is none: pleasantries, and errands of the moment."""

from __future__ import annotations

import re

from ..inflection import is_verb

__all__ = ["said_politely"]

_LEAD = r"\W*(?:(?:and|but|oh|well|yes|yeah|no|sure|ok|okay|great|thanks|thank you|thx|cheers|ta|hi|hello|sorry|hey)\b[,.! ]*)*"
_REALLY = r"(?:(?:really|just|do|also|quite|absolutely|so|actually)\s)*"
_PLEASANT = re.compile(
    rf"{_LEAD}i\s{_REALLY}(?:like|love|enjoy(?:ed)?|liked|loved)\s(?:how\b|(?:your|that|this|the)\s(?:\w+\s)?"
    r"(?:answers?|idea|suggestions?|repl(?:y|ies)|responses?|plan|joke|advice|explanation|way you|thought"
    r"|proposal|draft|version|thinking|style"
    r"|attitude|spirit|optimism|enthusiasm|confidence|honesty|sense of humou?r|taste|sound of)\b)"
    rf"|{_LEAD}(?:(?:(?:there['’]?s\s|there\sis\s)?no\sneed\s(?:for\syou\s)?to|(?:you\s)?(?:needn['’]?t"
    rf"|need\snot|don['’]?t\s(?:need|have)\sto))"
    r"\s(?:reply|respond|answer|get\sback|write\sback|call\sback|apologi[sz]e|say\ssorry|be\ssorry|thank|worry"
    r"|rush|hurry|panic|shout|wait|explain\syourself|tell\sme"
    r"|(?:do|go|bother|trouble)\b)|(?:please\s)?(?:don['’]?t|do\snot)\s(?:trouble\syourself|put\syourself\sout"
    r"|go\sto\s(?:any|all|so\smuch|that)"
    r"|go\sout\sof\syour\sway|lose\ssleep|beat\syourself\sup|wait\s(?:up\s)?for\sme|stay\sup|get\sup|hold\sback|be\sa\sstranger)"
    r"|(?:please\s)?feel\sfree\sto\s(?:ask|reach|contact|call|write|message|let\sme|get\sin\stouch|pass|come|drop|join|shout|say)"
    r"|you\s(?:really\s)?(?:needn['’]?t|shouldn['’]?t|didn['’]?t\s(?:need"
    r"|have)\sto)\shave)\b[^,;.!?]*(?:,\s(?:i|it|that|we|thanks)\b[^,;!?]*)?\W*$"
    rf"|{_LEAD}i\s{_REALLY}hate\s(?:to\s(?:bother|ask|say|interrupt|admit|trouble|disturb)|(?:it\s)?when\s(?:that|this)\shappens)"
    rf"|{_LEAD}i\s(?:don['’]?t|do\snot|didn['’]t)\s(?:want|mean|wish|like)\sto\s(?:sound|seem|appear"
    rf"|come\sacross|bother|interrupt|intrude|pry|nag|keep\syou|hold\syou|bore\syou|rush\syou|trouble|offend|upset|alarm|take\sup"
    r"|be\s(?:rude|difficult|annoying|a\s(?:pain|bother|nuisance)|picky|pushy|that\sperson))\b"
    rf"|{_LEAD}i(?:['’]d|\swould)\s(?:rather|prefer|like)\s(?:not\sto\s|to\snot\s|not\s)(?:say|answer|tell|talk|discuss|go into)\b"
    r"|\W*(?:(?:可以|没问题|行|好|对|嗯|哦|成|妥|是)[的呀啊哈嘞呢吧了]?\W*){1,4}$"
    r"|\W*(?:谢谢|好的|哈哈|不错|嗯|是的|抱歉|不好意思|麻烦你了)?(?:(?<=[了谢的哈错嗯是歉思])[，,！!。 ]*)?(?:"
    r"我(?:很|挺|真|还挺|特别|超|蛮)?(?:喜欢|爱)(?:你|您|这|那|这个|那个|你的|您的|你这个)?(?:的)?(?:回答|主意|建议|想法|点子|说法|解释|笑话|答案|方案|安排|思路|提议)"
    r"|(?:这|那|你|您)(?:个|的|条|个的)?(?:回答|主意|建议|想法|点子|说法|解释|笑话|答案|提议)我(?:很|挺|真|还挺|特别|超|蛮)?喜欢"
    r"|我(?:很|最|真)?(?:讨厌|不喜欢|不想)(?:打扰|麻烦)(?:你|您|别人|人))",
    re.IGNORECASE,
)
_THING = (
    r"(?:refund|receipt|invoice|tickets?|appointment|reservation|quote|call ?back|copy|table|pizza|taxi|cab|ride|meeting|word|moment"
    r"|minute|favou?r)"
)
_ERRAND = re.compile(
    rf"{_LEAD}(?:i|we)(?:['’]d|\swould)\s{_REALLY}(?:like|love)\s(?:to\s(?:order|book|buy|return|cancel|know|ask"
    rf"|speak|talk|report|schedule|reserve|check|see"
    rf"|hear|learn|find out|make|place|file|pay|track|change|confirm)\b|(?:a|an|my|the|one|two|three)\s(?:\w+\s)?{_THING}\b)"
    r"|\W*(?:你好|您好)?[，,]?我(?:们)?(?:想|要)(?:要|先)?(?:退款|退货|订|预订|预约|查|问|咨询|投诉|取消|知道|了解|看看|买一|点一|开一张|开张)",
    re.IGNORECASE,
)
_COUNT = r"(?:an?|the|one|two|three|four|five|six|another|some|half an?|\d{1,2})"
_ASKED = (
    rf"(?:(?:can|could|may|might)\s(?:i|we)\s(?:please\s|just\s|also\s)*(?:get|have|grab|order|take|book)\s{_COUNT}\b"
    rf"|(?:can|could|would|will)\syou\s(?:please\s|just\s|also\s)*(?:get|bring|fetch|pass|order|book|pour|make)\s(?:me|us)\s{_COUNT}\b"
    rf"|(?:i|we)(?:['’]ll|\swill|\s?['’]?m\sgoing\sto)\s(?:just\s|also\s)*(?:have|take|get|try|grab|go\s(?:for|with))\s{_COUNT}\b)"
)
# "Two flat whites to go, please": so many of something, and no word of answers or of texts, which may well be wanted each time
_ORDER = re.compile(
    rf"{_LEAD}(?:{_ASKED}|(?:(?:just|only)\s|(?:i|we)(?:['’]d|\swould)\s(?:like|love)\s)*{_COUNT}\s"
    r"(?=[^.!?;:\n]{2,80}\s?(?:please|pls|thanks|thank you|cheers|to go)\W*$))"
    r"(?![^\n]*\b(?:answers?|repl(?:y|ies)|responses?|version|summar\w+|lists?|lines?|sentences?|words?|paragraphs?|bullets?"
    r"|points?|examples?"
    r"|steps?|tables?|tone|format|style|language|english|sources?|units?|explanations?)\b)",
    re.IGNORECASE,
)
_ALWAYS = re.compile(
    r"\b(?:always|as (?:usual|ever)|the usual|every|each|whenever|usually|in future|in the future|from now on"
    r"|all the time|constantly|so (?:much|often)|when(?:ever)?\s(?:i|you|we)|your (?:answers|replies))\b"
    r"|以后|每次|总是|一直|都|平时|一般|从来|今后",
    re.IGNORECASE,
)


_VERDICT_ALONE = re.compile(  # "Frankly, always."
    r"\W*(?:[a-z]+ly|well|tbh|to be (?:honest|fair)|oh|hmm+)\W+(?:yes|no|nope|never|always|sometimes|maybe|both|neither"
    r"|sure)\W*",
    re.IGNORECASE,
)


_AGAIN = re.compile(  # "bullet points again": a request like the last one, or a complaint; its sign is not said
    r"(?P<head>[a-z][a-z'-]*)(?P<rest>[a-z' -]{0,40}) (?:again|once more)", re.IGNORECASE
)
_TELLS = re.compile(r"\b(?:i|we|not|no|never|don['’]?t|please|avoid|stop|use|always|only|just)\b", re.IGNORECASE)
_LEADS_ON = re.compile(r" (?:in|to|with|for|on|at|by|as|the|an?|my|me|us|it|them|this|that|[a-z]+ing)\b", re.IGNORECASE)


def _only_again(quote: str) -> bool:
    """Whether a sentence names a thing "again" and orders nothing: "bullet points again", not "answer in German again"."""
    found = _AGAIN.fullmatch(quote.strip(" .!?…\"'“”()\n\t-"))
    if found is None or _TELLS.search(found.group()):
        return False
    head, rest = found["head"], found["rest"]
    return not (is_verb(head, "", rest) or (_LEADS_ON.match(rest) and is_verb(head, "to", rest)))


def said_politely(quote: str) -> bool:
    """Whether a sentence wishes nothing lasting: it only pleases ("I like that idea"), or asks for something now ("One soup, please")."""
    if _VERDICT_ALONE.fullmatch(quote) or _only_again(quote):
        return True
    polite = _PLEASANT.match(quote) or _ERRAND.match(quote) or _ORDER.match(quote)
    return polite is not None and _ALWAYS.search(quote) is None
