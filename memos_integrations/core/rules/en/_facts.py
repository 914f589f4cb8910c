"""Facts about the user and about other people that an English sentence states."""

from __future__ import annotations

import re
from pathlib import Path

from ...candidates import Candidate
from .._common import QUOTED, Rule, Sentence, load_toml
from ._lexicon import Clause, clauses, flat, load, sieve
from ._patterns import NOT_A_NAME, SPEAKS
from ._wording import depersonalise, sentence, tidy

__all__ = ["facts"]

_FILE = "facts.toml"
_ASKS = re.compile(
    r"^(?:and |but |so |ok |then |now )?(?:what|which|how|who|whose|where|when|why|is|are|am|do|does|did|can|could|would|will"
    r"|should|shall|any|"
    r"was|were|may|anything|worth|whats|what's|who's|where's|how's|remind|or)\b"
)
_GUARD = re.compile(
    r"\b(?:whether (?:i|we)|suppose|supposing|hypothetical\w*|imagine|what if|let's (?:say|assume|pretend)|assuming|if (?:i|we|my|he|she)"
    r" (?:were"
    r"|was|had|liked|won|"
    r"wanted|could|got|went|moved|lived)|were i|had i|pretend|dummy|lorem|for example|example sentence|wondering|never said"
    r"|not that|used to be|"
    r"write (?:a|an|the|two|three)|translate|compose|invent|in character|\*as )\b"
)
_GOES_ON = re.compile(  # "… but live in Vienna": with the subject of the clause before it
    r"^(?:and |but |so )?(?:(?:also|now|currently|just|recently|both|still|then) )*(?:live|lived|work|worked|study|studied|teach|own|drive"
    r"|moved|run (?:an?|my|the)|speak|commute|volunteer|come from|grew up|was born|got (?:married|engaged|divorced|an?)"
    r"|have (?:got )?(?:an?|one|two|three|four|five|\d+|my)) (?!(?:for|with|best|well|fine) (?:me|us)\b)"
)
_I_DO = re.compile(r"^(?:(?:and|but|so|because|since|hi|well) )*(?:i|i'm|i've|im|we|we're|we've)\b")
_OPENS = re.compile(  # "Just moved to Leeds": who speaks is left out
    r"^(?:(?:just|recently|currently|now|originally|still|also) )*(?:(?P<did>moved|started|joined|adopted|got (?:married|engaged))"
    r"|born|raised|based|living|working (?:as|at|for)|studying|moving|getting married|expecting|training) "
)
_BRIEFLY = 60  # characters of a clause that leaves its subject out
_PRONOUN = re.compile(r"(?:and |but |because |so |oh )?(?:he|she|they)\b")
_LIMITS = re.compile(r"(?:except|unless|only if|whenever|as long as|provided)\b")  # says when something else holds
_CUT = re.compile(r"\s(?:and|when|while|where|who|which|that|if|with my|by the way|at the moment|so|to)\s.*$")
_CORRECT = re.compile(
    r"^(?:no\b|actually|sorry|wait|scratch that|correction|i meant|not \w+,|oops|nope)|\b(?:i meant|not anymore|no longer"
    r"|after all|instead|got pushed|"
    r"moved to|by mistake|wrong|used to|changed|new number|now|rather than|it's spelled|isn't .{2,30} it's|not \w+[.!]?$|switched)\b"
)
_SURE = re.compile(r"\b(?:i meant|scratch that|correction:|by mistake|i misspoke|typo)\b|^actually\b|^(?:no|sorry),")
_NOT_NAMES = frozenset(
    [
        "I",
        "I'm",
        "I've",
        "I'd",
        "I'll",
        "The",
        "A",
        "An",
        "It",
        "It's",
        "This",
        "That",
        "These",
        "Those",
        "We",
        "We're",
        "We've",
        "You",
        "Your",
        "Our",
        "My",
        "He",
        "She",
        "They",
        "His",
        "Her",
        "Their",
        "And",
        "But",
        "So",
        "If",
        "When",
        "What",
        "Which",
        "How",
        "Why",
        "Where",
        "Who",
        "Is",
        "Are",
        "Do",
        "Does",
        "Can",
        "Could",
        "Would",
        "Will",
        "Should",
        "Please",
        "No",
        "Not",
        "Yes",
        "Ok",
        "Okay",
        "Hi",
        "Hello",
        "Hey",
        "Just",
        "There",
        "There's",
        "In",
        "On",
        "At",
        "For",
        "With",
        "From",
        "To",
        "Any",
        "Some",
        "All",
        "One",
        "Two",
        "Three",
        "Also",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
        "English",
        "French",
        "German",
        "Spanish",
        "Italian",
        "Chinese",
        "Never",
        "Always",
        "Nothing",
        "Let's",
        "Don't",
        "Thanks",
        "Sure",
        "Well",
        "Oh",
        "Something",
        "Anything",
        "Everything",
        "Everyone",
        "Someone",
        "Nobody",
        "People",
        "Players",
        "Voters",
        "Commuters",
        "As",
        "Being",
        "Both",
        "Most",
        "Each",
        "Every",
        "Only",
    ]
)
_SWAP = re.compile(
    r"^(?:no|sorry|wait|oops|actually)[, ]+(?:it's |that's )?not (?:on |at |in |the )?[^,;.!?]{1,40}[,;] (?:it's "
    r"|but )?(?P<value>[^,;.!?]{2,40})[.!]?$"
)


_NAMES = re.compile(
    r",? ?(?:called |named )?[A-Z][\w'-]+(?:(?:, | and |, and | & )[A-Z][\w'-]+)*(?=[.!?;]|,? (?:and|who|both)\b|$)"
)  # ", Ana and Leo"
_NAMED = re.compile(
    r"(?:and |but )?(?P<name>(?:(?:Mr|Mrs|Ms|Dr|Aunt|Uncle|Grandma|Grandad|Granddad|Mum|Dad"
    r"|Mom)\.? ?)?(?:[A-Z][\w-]+)?(?: [A-Z][\w-]+)?)(?= |'s |$)"
)
_THEY = re.compile(r"(?:and |but |because |so )?(?:she|he|they|who)(?= |')", re.IGNORECASE)
_GO_ON = re.compile(  # without a subject
    r"(?:and |but )?(?=(?:lives|works|has|likes|loves|hates|is|never|always|plays|speaks|drives|wants|owns|moved|prefers"
    r"|can't|cannot|doesn't|comes|breaks|reacts|gets|needs|uses|takes|'s)\b)"
)


def facts(said: Sentence, about: str | None = None) -> list[Candidate]:
    """Facts in a sentence; ``about``: of whom the sentence before it spoke."""
    low = flat(said.masked)
    if _GUARD.search(low):
        return []
    found: list[Candidate] = []
    parts = clauses(low)
    swapped = _SWAP.match(low)
    if swapped and said.first and parts:
        value = said.text[swapped.start("value") : swapped.end("value")].strip()
        whole = Clause(low, 0, len(low))
        text = sentence(f"Corrected by the user: {depersonalise(said.text)}")
        return [_fact(said, whole, "user", "state", value, text, True)]
    who = about
    correction = bool(_SURE.search(low) or (said.before and _CORRECT.search(low)))
    for index, part in enumerate(parts):
        if said.question and (_ASKS.match(part.text) or (len(parts) == 1 and not re.match(r"(?:i|i'm|i've|my|we)\b", part.text))):
            break
        if _LIMITS.match(part.text) or part.text.count(QUOTED) > len(part.text) // 2:
            continue
        part = _with_subject(part, next((p for p in reversed(parts[:index]) if not p.text[0].isdigit()), None), opens=index == 0)
        other = _other(said, part, who if index or _PRONOUN.match(low) else None)
        if other:
            who, pred = other
            made = _person(said, part, who, pred, correction)
            if not made and re.search(r"\b(?:i|i'm|i've|my|we|our)\b", part.text):
                made = _user(said, part, correction)
        else:
            made = _user(said, part, correction)
        found.extend(made)
    return found


def _with_subject(part: Clause, before: Clause | None, *, opens: bool) -> Clause:
    """A clause with the "I" that it leaves out: that of the clause before it, or of who speaks."""
    if before is not None and _I_DO.match(before.text) and _GOES_ON.match(part.text):
        words = re.sub(r"^(?:and|but|so) ", "", part.text)
        return Clause(words, part.end - len(words), part.end, "i ")
    left_out = _OPENS.match(part.text) if opens and len(part.text) <= _BRIEFLY else None
    return part if left_out is None else Clause(part.text, part.said, part.end, "i " if left_out["did"] else "i'm ")


def _other(said: Sentence, part: Clause, who: str | None) -> tuple[str, int] | None:
    """Whom the clause is about, if another person, and where its predicate begins."""
    if part.implied:
        return None
    words = said.text[part.start : part.end].replace("’", "'")
    kin = load_kin()
    match = kin.match(words)
    if match:
        named = match["name"]
        return (named or match["kin"]), match.end()
    match = _NAMED.match(words)
    if match and match["name"] and match["name"].split()[0] not in _NOT_NAMES:
        return match["name"].strip(), match.end("name")
    if who:
        match = _THEY.match(words) or _GO_ON.match(words)
        return None if match is None else (who, match.end())
    return None


def load_kin() -> re.Pattern[str]:
    """Relatives and acquaintances at the head of a clause, with a name if there is one."""
    global _kin
    if _kin is None:
        macros = _macros()
        _kin = re.compile(
            r"(?i:(?:and |but |so |because |hey |um |for |basically )*(?:my|our|the) )(?P<kin>(?:[\w'-]+ ){0,2}?(?i:"
            + macros["kin"]
            + "|"
            + macros["tie"]
            + r")s?)(?![\w-])(?: (?P<name>(?:(?:Mr|Mrs|Ms|Dr) )?[A-Z][\w-]+))?(?: and (?:my|our|his|her|their) (?i:[\w-]+ )?(?i:"
            + macros["kin"]
            + r"))?(?: (?:he|she|they)(?= |'))?(?= |'s |'|$)"
        )
    return _kin


_kin: re.Pattern[str] | None = None


def _macros() -> dict[str, str]:
    macros: dict[str, str] = load_toml(Path(__file__).parent / _FILE)["macros"]
    return macros


def _person(said: Sentence, part: Clause, who: str, start: int, correction: bool) -> list[Candidate]:
    rest = part.text[start:]
    shift = len(rest) - len(rest.lstrip())
    rest = rest.strip()
    known = load_kin().fullmatch(f"my {who}") is not None
    for rule in load("person", _FILE):
        match = rule.pattern.match(rest)
        if match is None or ("kin" in rule.data and not known):
            continue
        begin = start + shift + match.start("pred")
        value = said.text[part.start + begin : part.start + start + shift + match.end("pred")].strip(" .,;!?")
        if rule.data["attribute"] in ("work", "employer", "home", "origin", "age"):
            value = _CUT.sub("", value) or value
        if not value:
            continue
        own = said.text[part.start : part.end].strip()
        whose = f"my {who}" if known else who
        told = said.text[part.start + start : part.end].strip()
        told = told if told.startswith("'") else f" {told}"
        text = sentence(depersonalise(own if who.lower() in own.lower() else f"{whose}{told}"))
        return [_fact(said, part, who, str(rule.data["attribute"]), value, text, correction)]
    return []


def _user(said: Sentence, part: Clause, correction: bool) -> list[Candidate]:
    found: list[Candidate] = []
    taken: set[str] = set()
    for rule, match in sieve("user", file=_FILE, own=SPEAKS.search(part.text) is not None).matching(part.text):
        if str(rule.data["attribute"]) in taken:
            continue
        value = said.text[part.start + match.start("value") : part.start + match.end("value")].strip(" .,;:!?")
        if not _fits(rule, said, part, match, value):
            continue
        if rule.data["attribute"] in ("name", "home", "origin", "employer", "birthday"):
            value = tidy(_CUT.sub("", value)) or value
            value = _time().sub("", value).strip(" ,") or value
        if any(value == candidate.value for candidate in found):
            continue
        taken.add(str(rule.data["attribute"]))
        names = _NAMES.match(said.text, part.end) if rule.data["attribute"] in ("family", "pet") else None
        own = said.text[part.said : part.end if names is None else names.end()].strip()
        value = value if names is None or not part.text.endswith(flat(value)) else f"{value}{names.group()}"
        own = f"{part.implied}{own[:1].lower()}{own[1:]}" if part.implied else own
        text = sentence(_completed(said, part, own) if rule.data.get("after") else depersonalise(own))
        if "the user" not in text.lower():
            text = sentence(f"The user: {depersonalise(own)}")
        found.append(_fact(said, part, "user", str(rule.data["attribute"]), value, text, correction))
        if len(found) >= 2:
            break
    return found


def _fits(rule: Rule, said: Sentence, part: Clause, match: re.Match[str], value: str) -> bool:
    if not value or len(value) > 110:
        return False
    if rule.data.get("proper"):
        group = "who" if "who" in match.groupdict() else "value"
        name = said.text[part.start + match.start(group) : part.start + match.end(group)]
        if group == "value" and (NOT_A_NAME.search(name) or said.before):
            return False
        return name[:1].isupper() and name.split()[0] not in _NOT_NAMES
    after = rule.data.get("after")
    if after and not re.search(str(after), flat(said.masked[: part.start]).rstrip(" ,:;(–—-")):
        return False
    if rule.data.get("digits"):
        return any(c.isdigit() for c in value)
    if rule.data.get("origin"):
        return value[:1].isupper() or " " in value
    if rule.data.get("timed"):
        return _time().search(part.text) is not None or re.search(r"\d", part.text) is not None
    if rule.data.get("habit"):
        return (
            re.search(
                r"\b(?:every|usually|most (?:days|nights|mornings|evenings)|on (?:weekends|\w+days)|each|twice a|once a|a day|a week)\b",
                part.text,
            )
            is not None
        )
    return True


def _completed(said: Sentence, part: Clause, own: str) -> str:
    """An apposition with what it belongs to: the speaker, or the thing named just before it."""
    before = said.text[: part.start].rstrip(" ,:;(–—-")
    if re.search(r"\b(?:number|phone|mobile|cell|e-?mail|address|extension|fax|line)$", before, re.IGNORECASE):
        return f"{depersonalise(before[-60:])}: {own}"
    return f"The user is {own}"


def _time() -> re.Pattern[str]:
    global _when
    if _when is None:
        _when = re.compile(r"\b" + _macros()["time"] + r"\b", re.IGNORECASE)
    return _when


_when: re.Pattern[str] | None = None


def _fact(said: Sentence, part: Clause, subject: str, attribute: str, value: str, text: str, correction: bool) -> Candidate:
    when = _time().search(said.text, part.start, part.end) or _time().search(said.text)
    whole = said.text.strip()
    return Candidate(
        kind="fact",
        episode=said.turn.episode,
        quote=whole if len(whole) <= 240 and subject == "user" else said.text[part.start : part.end],
        text=text,
        subject=subject,
        attribute=attribute,
        value=value,
        when=when.group() if when else None,
        correction=correction,
    )
