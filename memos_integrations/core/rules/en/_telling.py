"""What a clause only tells or asks: what only the models hear in it is no wish."""

from __future__ import annotations

import re

from .._common import Sentence
from ._lexicon import clauses, flat
from ._patterns import OWN

__all__ = ["describes"]

_NAME = 3  # words
_THING = re.compile(
    r"^(?:(?:and|but|so|because|since|also|well|now|then|ok|no|yes) )*(?:it|this|that|there|they)(?:'s|'re|'ll|'d)? "
    r"(?!(?:has|have|had|got|must|should|needs?|ought)(?: got)? to\b)(?:[a-z]+)"
)
_MINE = re.compile(r"\b(?:i|im|me|my|mine|myself|we|us|our|ours|u|you|your|please|pls|plz)\b")  # whose it is, or that it is asked for
_WILL = re.compile(
    r"^(?:(?:and|but|so|then|ok|yes|maybe|tonight|tomorrow|first) )*(?:i|we)(?:'ll| will|(?:'m|'re| am| are) "
    r"(?:going|off|coming|moving|flying|leaving|travelling|staying|meeting|visiting)) "
    r"(?!(?:always|never|only|take|have|go (?:with|for)|stick|rather|not)\b)"
)
_VERDICT = re.compile(  # which way
    r"\b(?:no|not|never|nothing|none|without|less|fewer|more|most|always|only|every|each|any|everything|rather|prefer\w*|instead|over|avoid"
    r"|skip|drop|stop|enough|keep|use|stick|give|love\w*|hate\w*|like|best|better|fine|ok|okay|yes|great|good|perfect|first|last|max"
    r"|maximum|at most|tops|per|from now|in future|by default|when(?:ever)?|if|unless|don't|doesn't|can't|won't|leave|put|make)\b"
    r"|^\W*(?:in|with|as|to|for) "
)
_TELLS = re.compile(
    r"\b(?:is|are|was|were|has|had|does|did|will)\b|'s\b"
    r"|\bat (?:\d|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|noon)\b)"
)
_SOME_ONE = re.compile(r"(?:[\w-]+ ){1,2}ones?\W*$")  # "one more question, a nasty one"
_NO_SUCH = re.compile(r"(?:so |and |but )*(?:nothing|no|not)\b|so [a-z]+\W*$|\d+(?: too)?\W*$")
_OF_IT = re.compile(
    r"^(?:(?:a (?:bit|little|touch|lot)|slightly|much|even|still|way|far|not so|no) )+(?:(?:more|less) )?[a-z]+$"
)  # of the draft
_TOLD_OF = re.compile(
    r"(?:(?:please|can you|could you|and|now|so) )*(?:tell|teach|show) (?:me|us) (?:more |something |a bit )?(?:about|how|what|why|who)\b"
)
_LACKED = re.compile(r"(?:luck|signs?|joy|news|trace|response|reply|chance|idea|way|room|place|space|business)\b")
_OF_NOW = re.compile(
    r"(?:fab|fabulous|lovely|brilliant|super|superb|ace|grand|smashing|awesome|cool|nice|great|perfect)\W*$"
    r"|(?:(?:and|but|so|because|since|also|well|now|then|ok|no|yes) )*(?:(?:i|we) (?:keep|leave|put|have|store"
    r"|left|got|bought|use|took|take)"
    r" (?:it|them|that|this|these|those) (?:in|on|at|for|with|from|to|out|back)\b"
    r"|(?:i|we)(?:'ve| have)? only (?:own|got|know|have)\b|(?:please )?(?:ask|tell|give|show|send) (?:me"
    r"|us) (?:something|anything|one|some)\b"
    r"|(?:thx|thanks|thank you|cheers|ta|bless you|you)(?: so much| a lot)?,? (?:you(?:'ve| have|'re"
    r"| are)? )?(?:just )?(?:saved|been|helped|rock"
    r"|made my|an? (?:star|legend|angel|gem|lifesaver))\b|one (?:more|last) |another |(?:thanks|thank you|thx"
    r"|cheers|ta) for |no [a-z ]{2,30} (?:open|left|available|nearby)\b|.{3,40} then$|(?:don't|do not) quote me on"
    r"|use what(?:ever)? (?:you|we|there)"
    r"|make sure (?:that )?(?:the|your|his|her|their|it)\b|i (?:can't|cannot|couldn't) (?!stand\b|bear\b|have\b"
    r"|eat\b|drink\b|do\b|use\b|abide\b|take\b|wear\b|cope\b|live\b|resist\b|get enough\b|handle\b|tolerate\b"
    r"|touch\b|sleep\b|work\b)[a-z]+\b)"
)
_DONE = re.compile(
    r"^(?:(?:and|but|so|because|since|also|well|now|then|ok|no|yes) )*(?:i|we)(?:'ve| have|'d| had)? "
    r"(?:(?:just|already|also|then|only|even) )*"
    r"(?:pasted|attached|sent|uploaded|copied|shared|added|changed|updated|fixed|ran|checked|asked|told|called|emailed|put|wrote|written"
    r"|made|booked|tried|did|done|got|found|saw|seen|said|thought|forgot|read|heard|went|been|(?!stopped|switched|changed|converted|swapped"
    r"|moved|turned|started|learned|wanted|needed|used|loved|liked|hated|preferred|enjoyed|ended|decided"
    r"|settled|signed|vowed|promised|packed"
    r"|kicked|cancelled|ditched|dropped|banned|cleared|limited|retired|weaned|warmed|sworn|[a-z]+eed\b)[a-z]{2,}ed)\b"
    r"(?! (?:to like|to love|to hate|into|rid|off|enough))"
)


def describes(sentence_: Sentence, at: int) -> bool:
    """Whether the clause at a place only asks, or tells how something is, what was done or will be: nobody wishes in it."""
    low = flat(sentence_.masked)
    part = next((part for part in clauses(low) if part.start <= at < part.end), None)
    if part is None:
        return False
    if sentence_.question and not low.rstrip().endswith("?") and not OWN.match(part.text):
        return True
    if sentence_.question and low.count(" ") < _NAME and "please" not in low:
        return True  # "Curries?" only names them
    if sentence_.question and _MINE.search(low) is None:
        return True  # "What goes with beetroot?"
    if _TELLS.search(low) is not None and _MINE.search(low) is None and _VERDICT.search(low) is None:
        return True  # "It's ugly but the fish come first.", and not "Moss, obviously"
    if _TOLD_OF.match(part.text) or (_OF_IT.match(part.text) and (sentence_.hand.work or re.search(r"\bit\b", low))):
        return True
    others = _MINE.search(part.text) is None
    if (others and _SOME_ONE.match(low, at)) or _NO_SUCH.match(low, at) or (low[:at].endswith("no ") and _LACKED.match(low, at)):
        return True
    return (others and _THING.match(part.text) is not None) or any(pattern.match(part.text) for pattern in (_DONE, _WILL, _OF_NOW))
