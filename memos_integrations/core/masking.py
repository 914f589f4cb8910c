"""Secrets out of what is kept and rendered."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from itertools import islice

from pydantic import JsonValue

__all__ = ["MARK", "mask_json", "mask_secrets"]

MARK = "[secret]"

_PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END).)*+(?:-----END [A-Z ]{0,40}-----)?", re.DOTALL)
_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}+|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}+|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|"
    r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{16,}+|xox[abeoprs]-[A-Za-z0-9-]{10,}+|"
    r"AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9_-]{20,}+|hf_[A-Za-z0-9]{20,}+|npm_[A-Za-z0-9]{30,}+|pypi-[A-Za-z0-9_-]{30,}+|"
    r"LTAI[A-Za-z0-9]{12,}+|AKID[A-Za-z0-9]{20,}+|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|dop_v1_[a-f0-9]{40,}+|"
    r"whsec_[A-Za-z0-9]{20,}+|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|dckr_pat_[A-Za-z0-9_-]{20,}+|gsk_[A-Za-z0-9]{30,}+|r8_[A-Za-z0-9]{30,}+|"
    r"nvapi-[A-Za-z0-9_-]{30,}+|pplx-[A-Za-z0-9]{30,}+|tvly-[A-Za-z0-9-]{20,}+|xapp-[A-Za-z0-9-]{20,}+|lin_api_[A-Za-z0-9]{30,}+|"
    r"gl(?:sa|c)_[A-Za-z0-9_]{20,}+|sbp_[a-f0-9]{30,}+|sq0(?:atp|csp)-[A-Za-z0-9_-]{20,}+|xkeysib-[a-f0-9]{40,}[A-Za-z0-9-]*+|"
    r"tskey-[a-z]{2,8}-[A-Za-z0-9-]{16,}+|GOCSPX-[A-Za-z0-9_-]{20,}+|figd_[A-Za-z0-9_-]{20,}+|dapi[a-f0-9]{32}|PMAK-[a-f0-9-]{40,}+|"
    r"ATATT3x[A-Za-z0-9_=-]{20,}+|key-[0-9a-f]{32}|\d{8,10}:AA[A-Za-z0-9_-]{33}|"
    r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?"
    r")"
)
_HOOK = re.compile(r"(hooks\.slack\.com/services/|discord(?:app)?\.com/api/webhooks/)[A-Za-z0-9/_-]{16,}+")
_URL = re.compile(r"(://)[^\s/:@]{0,256}+:[^\s/@]{1,256}+(?=@)")
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s{1,4})([A-Za-z0-9._~+/=-]{12,}+)")

_IS = r"(?:is|are|was|['’]s|=+>?|:|：|是|为|就是|用的是|[改换设][成为]了?|叫)"
_SHUT = r"""(?:["'”’`](?=\s{0,3}[:=]))?"""  # the key itself is quoted: {"password": "…"}
_LINK = rf"""{_SHUT}(?:\s{{0,3}}{_IS}){{0,2}}\s{{0,3}}(?:now\s|now:\s)?["'`“”‘’「『<（(]{{0,2}}"""
_VALUE = r"[!-~]{4,512}+"
_KEY_WORD = re.compile(
    r"(?i)((?:(?<![a-z])(?:secrets?(?!])|tokens?|(?:api|access|private|secret|ssh|encryption|license|signing|account)?[ _-]?keys?"
    r"|credentials?|sess(?:ion)?[_-]?(?:id|key)?(?==)|sig(?:nature)?(?==))"
    r"(?:[ _-](?:id|key|value|token))?(?![a-z_])|密钥|秘钥|令牌|凭证|密匙)" + _LINK + ")(" + _VALUE + ")"
)
_PASS_WORD = re.compile(
    r"(?i)((?:(?<![a-z])(?:(?:pg|db)?password|passwd|pass\s?phrase|passcode|pass(?=[\"']?\s?[:=])|pwd|pw|pin(?:\s(?:code|number)|码)?|cvv2?|cvc"
    + r"|otp|(?:verification|one-time|2fa|security)\scode)(?![a-z])|密码|口令|验证码|动态码|安全码)"
    + r"(?:\s(?:for|to|of)\s[\w .'-]{1,40}?\s(?=is|was|:|=)|\s(?:to|as)(?=\s)|[四六八]位数?(?!的))?"
    + _LINK
    + ")("
    + _VALUE
    + ")"
)
_CHANGED = re.compile(
    r"(?i)((?<![a-z])(?:passwords?|passcode|pin|pwd)\s(?:was changed |changed )?from\s|(?:密码|口令)从\s?)"
    r"([!-~]{4,64})(\s(?:in)?to\s|\s?[改换]?[成为]\s?)([!-~]{4,64})"
)
_ONE_TIME = re.compile(
    r"(?i)(\b(?:otp|(?:verification|one-time|2fa|security|login)\scode)" + _LINK + r"|验证码[为是：:]?\s?)\d{3}[ -]\d{3}(?!\d)"
)
_QUOTED_PASS = re.compile(
    r"(?i)((?:(?<![a-z])(?:password|passwd|pass\s?phrase|pass|pwd)|密码|口令)"
    + _SHUT
    + r"(?:\s{0,3}(?:is|['’]s|=|:|：|是|为)){1,2}\s{0,3})"
    r"(?:\"[^\"\n]{4,64}\"|'[^'\n]{4,64}'|“[^”\n]{4,64}”|‘[^’\n]{4,64}’|「[^」\n]{4,64}」)"
)
_CVV = re.compile(r"(?i)((?:(?<![a-z])(?:cvv2?|cvc)|安全码)" + _LINK + r")\d{3,4}(?!\d)")
# a password may be a plain word; what is said of one is none
_SAID_OF_ONE = re.compile(
    r"(?i)(?:about|above|always|being|below|blank|changed|correct|default|different|easy|empty|encrypted|expired|field|fine|for|"
    r"forgotten|gone|good|hard|here|hidden|incorrect|invalid|just|known|long|lost|manager|missing|needed|never|new|old|only|"
    r"open|optional|please|policy|private|protected|protection|public|required|reset|right|safe|same|secret|secure|set|shared|"
    r"short|simple|still|stored|strong|thanks|that|these|this|unknown|unsafe|valid|very|weak|wrong|your)"
)
_CARD_WORD = re.compile(r"(?i)((?:card\s(?:number|no\.?)|银行卡号?|信用卡号?|储蓄卡号?|卡号)" + _LINK + r")\d(?:[ -]?\d){11,18}(?!\d)")
_ID_WORD = re.compile(
    r"(?i)((?:身份证号?码?|公民身份号码|\bssn\b|social security(?: number| no\.?)?)" + _LINK + r")[\dX](?:[ -]?[\dX]){7,17}(?![\dX])"
)
_PAPER_WORD = re.compile(
    r"(?i)((?:passport|driver['’]?s licen[cs]e|driving licen[cs]e|护照|驾照|驾驶证)(?:\s?(?:number|no\.?|id|号码?))?"
    + _LINK
    + r")[A-Z]{0,2}\d{6,9}[A-Z]?(?!\w)"
)
_SEED = re.compile(
    r"(?i)((?:(?:recovery|seed|backup|secret|mnemonic)\s(?:phrase|words?)|mnemonic|seed(?=\s?:)|助记词|恢复短语)"
    + _LINK
    + r")(?:[a-z]{3,8}[ ,]{1,3}){11,23}[a-z]{3,8}"
)
_COMMAND = re.compile(
    r"(\bcurl\b[^\n]{0,200}?\s(?:-u|--user)[ =]?[^\s:'\"]{1,64}:|\bmysql(?:dump)?\b[^\n]{0,200}?\s(?:-p|--password=)"
    r"|\b(?:docker|podman|registry|az|oc) login\b[^\n]{0,200}?\s(?:-p|--password)[ =]|\bredis-cli\b[^\n]{0,80}?\s-a "
    r"|\bsshpass -p ?['\"]?)[^\s'\"]{3,256}"
)
_ACCOUNT = re.compile(
    r"(?i)((?:\b(?:log ?-?in|sign ?-?in|credentials|creds|user(?:name)?)\b|账号|帐号|账户|登[录陆])[^\n]{0,40}?[\w.@+-]{2,60}"
    r"\s?(?:[/|:,，、;；]|\band\b|\bwith\b|\bpass\b|和|&)+\s?(?:pass\s)?|\b(?:admin|root)\s?[/:]\s?)([!-~]{6,64})"
)
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_RESIDENT = re.compile(r"(?<![\dA-Za-z])[1-8]\d{5}(?:18|19|20)\d{9}[\dXx](?![\dA-Za-z])")
_SOCIAL = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}(?![\d-])")
_CARD = re.compile(r"(?<![\d.\-])(?:\d[ -]?){12,18}\d(?![\d-])")
_NO_CARD = re.compile(r"(?i)(?:order|tracking|isbn|invoice|ticket|parcel|waybill|订单|单号|运单|快递|流水|编号|书号)[^\d\n]{0,12}\Z")
_IIN = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|62\d{14,17}|3(?:0[0-5]|[68]\d)\d{11}"
)
_CALLED = re.compile(r"(?i)(?<![a-z])(?:passwords?|passwd|pwd|credentials)(?![a-z])|密码|口令")
_WORDS = re.compile(r"(?<![^\s\"'“‘(,，：:|=])[A-Za-z0-9!@#$%^&*?~+_-]{8,64}(?![^\s\"'”’),.;，。；|])")
_MAIL = re.compile(r"[\w.+-]+@[\w.-]+")
_GAP = re.compile(r"[ -]")
_CALLS = 8  # passwords of a text that are looked for elsewhere in it
_TRAIL = "\"'`)]}>,.;:!?"


def mask_secrets(text: str) -> str:
    """Put ``[secret]`` in the place of keys, passwords, tokens, card and identity numbers. Linear in the length of the text."""
    if "-----BEGIN" in text:
        text = _PEM.sub(MARK, text)
    text = _KNOWN.sub(MARK, text)
    if "://" in text:
        text = _HOOK.sub(rf"\1{MARK}", _URL.sub(rf"\1{MARK}", text))
    text = _BEARER.sub(lambda m: m.group(1) + MARK if _is_key(m.group(2)) else m.group(), text)
    text = _KEY_WORD.sub(lambda m: _after_word(m, _is_key), text)
    text = _CVV.sub(rf"\1{MARK}", _QUOTED_PASS.sub(rf"\1{MARK}", text))
    text = _ONE_TIME.sub(rf"\1{MARK}", _CHANGED.sub(_changed, text))
    called = {m.group(2).rstrip(_TRAIL) for m in islice(_PASS_WORD.finditer(text), _CALLS)}
    text = _PASS_WORD.sub(lambda m: _after_word(m, _is_password), text)
    for value in called:
        if _tells_itself(value):  # wherever else it stands: "connect(…, 'tulip77') fails, the password is tulip77"
            text = text.replace(value, MARK)
    text = _ACCOUNT.sub(lambda m: _after_word(m, _is_strong), text)
    for pattern in (_CARD_WORD, _ID_WORD, _PAPER_WORD, _SEED, _COMMAND):
        text = pattern.sub(rf"\1{MARK}", text)
    text = _IBAN.sub(lambda m: MARK if _is_iban(m.group()) else m.group(), text)
    text = _SOCIAL.sub(MARK, _RESIDENT.sub(lambda m: MARK if _is_resident(m.group()) else m.group(), text))
    if _CALLED.search(text):
        text = _WORDS.sub(lambda m: MARK if _is_mixed(m.group()) else m.group(), text)
    return _CARD.sub(_card, text)


def mask_json(value: JsonValue) -> JsonValue:
    """A copy with the secrets masked in all of its texts; data URLs are left as they are."""
    if isinstance(value, str):
        return value if value.startswith("data:") else mask_secrets(value)
    if isinstance(value, list):
        return [mask_json(one) for one in value]
    if isinstance(value, dict):
        return {key: mask_json(one) for key, one in value.items()}
    return value


def _is_resident(number: str) -> bool:
    """Whether it is a Chinese identity number (GB 11643): a date of birth, and the check digit by ISO 7064 MOD 11-2."""
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(c) * pow(2, 17 - i, 11) for i, c in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[-1].upper()


def _is_iban(number: str) -> bool:
    """Whether it is an account number of ISO 13616: 97 divides it, with the first four characters last, but for 1."""
    digits = number.replace(" ", "")
    return len(digits) >= 15 and int("".join(str(int(c, 36)) for c in digits[4:] + digits[:4])) % 97 == 1


def _after_word(match: re.Match[str], secret: Callable[[str], bool]) -> str:
    word, value = match.group(1), match.group(2)
    core = value.rstrip(_TRAIL)
    if value.startswith((MARK, '{"', '["')) or not (secret(core) or (secret is _is_password and _stands_alone(match, core))):
        return match.group()
    return word + MARK + value[len(core) :]


_LINKED = re.compile(r"(?i)(?:\bis|['’]s|[=:：是为成叫了])\s{0,3}[\"'`“”‘’「『<（(]{0,2}\Z")
_GOES_ON = re.compile(r"\s{0,2}\w")


def _stands_alone(match: re.Match[str], core: str) -> bool:
    """Whether a plain word is put where a password would be: after "is" or a colon, and no other word follows."""
    if len(core) < 4 or not core.replace("-", "").isalnum() or _SAID_OF_ONE.fullmatch(core) or not _LINKED.search(match.group(1)):
        return False
    return _GOES_ON.match(match.string, match.start(2) + len(core)) is None


def _is_key(value: str) -> bool:
    if len(value) < 8 or "://" in value:
        return False
    digits = sum(c.isdigit() for c in value)
    letters = sum(c.isalpha() for c in value)
    if not letters:
        return False
    if digits:
        return len(set(value)) >= 6
    mixed = any(c.islower() for c in value) and any(c.isupper() for c in value)
    return len(value) >= 20 and mixed and len(set(value)) >= 10


def _is_password(value: str) -> bool:
    if len(value) < 4 or "://" in value:
        return False
    digit = any(c.isdigit() for c in value)
    letter = any(c.isalpha() for c in value)
    odd = any(not c.isalnum() and c not in "-'’.,/()" for c in value)
    if digit:
        return True
    inner_upper = letter and any(c.isupper() for c in value[1:]) and any(c.islower() for c in value)
    return (odd and letter) or (inner_upper and len(value) >= 6)


def _changed(match: re.Match[str]) -> str:
    """A password's old and new form: either tells that both are meant."""
    if not (_is_password(match[2].rstrip(_TRAIL)) or _is_password(match[4].rstrip(_TRAIL))):
        return match.group()
    return f"{match[1]}{MARK}{match[3]}{MARK}"


def _tells_itself(value: str) -> bool:
    return len(value) >= 6 and MARK not in value and any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and _is_password(value)


def _is_strong(value: str) -> bool:
    """Whether a word is a password although nothing calls it so: letters, digits and marks in one."""
    marks = any(c in "!@#$%^&*?+=~" for c in value)
    return marks and "://" not in value and not _MAIL.fullmatch(value) and any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _is_mixed(value: str) -> bool:
    """Whether a word that stands somewhere beside the word "password" is one."""
    return _is_strong(value) and value[0] not in "[{" and any(map(str.isupper, value)) and any(map(str.islower, value))


def _card(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 24) : match.start()]
    if _NO_CARD.search(before):
        return match.group()
    whole = match.group()
    for end in (len(whole), *(found.start() for found in _GAP.finditer(whole))):  # its date may follow: "4111 … 1111 12/29"
        if _is_card(whole[:end]):
            return MARK + whole[end:]
    return whole


def _is_card(text: str) -> bool:
    """Whether it is a card's number (ISO/IEC 7812): a known issuer, and a check digit by Luhn."""
    digits = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "")
    if not _IIN.fullmatch(digits) or len(set(digits)) < 2:
        return False
    total = 0
    for place, c in enumerate(reversed(digits)):
        value = int(c) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
