"""Secrets out of what is kept and rendered."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["MARK", "mask_secrets"]

MARK = "[secret]"

_PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----END).)*+(?:-----END [A-Z ]{0,40}-----)?", re.DOTALL)
_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}+|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}+|(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|"
    r"gh[pousr]_[A-Za-z0-9]{20,}+|github_pat_[A-Za-z0-9_]{20,}+|glpat-[A-Za-z0-9_-]{16,}+|xox[abeoprs]-[A-Za-z0-9-]{10,}+|"
    r"AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9_-]{20,}+|hf_[A-Za-z0-9]{20,}+|npm_[A-Za-z0-9]{30,}+|pypi-[A-Za-z0-9_-]{30,}+|"
    r"LTAI[A-Za-z0-9]{12,}+|AKID[A-Za-z0-9]{20,}+|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|dop_v1_[a-f0-9]{40,}+|"
    r"eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?"
    r")"
)
_URL = re.compile(r"(://)[^\s/:@]{1,256}+:[^\s/@]{1,256}+(?=@)")
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s{1,4})([A-Za-z0-9._~+/=-]{12,}+)")

_LINK = r"""(?:\s{0,3}(?:is|are|was|=+>?|:|：|是|为|就是|改成|改为|设为|叫)){0,2}\s{0,3}(?:now\s|now:\s)?["'`“”‘’「『<（(]{0,2}"""
_VALUE = r"[!-~]{4,512}+"
_KEY_WORD = re.compile(
    r"(?i)((?:(?<![a-z])(?:secrets?|tokens?|(?:api|access|private|secret|ssh|encryption|license|signing|account)?[ _-]?keys?|credentials?)"
    r"(?:[ _-](?:id|key|value|token))?(?![a-z])|密钥|秘钥|令牌|凭证|密匙)" + _LINK + ")(" + _VALUE + ")"
)
_PASS_WORD = re.compile(
    r"(?i)((?:(?<![a-z])(?:password|passwd|passphrase|passcode|pwd|pin(?:\s(?:code|number))?)(?![a-z])|密码|口令)"
    + r"(?:\s(?:for|to|of)\s[\w .'-]{1,40}?\s(?=is|was|:|=))?"
    + _LINK
    + ")("
    + _VALUE
    + ")"
)
_CARD = re.compile(r"(?<![\d.\-])(?:\d[ -]?){12,18}\d(?![\d-])")
_NO_CARD = re.compile(r"(?i)(?:order|tracking|isbn|invoice|ticket|parcel|waybill|订单|单号|运单|快递|流水|编号|书号)[^\d\n]{0,12}\Z")
_IIN = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|62\d{14,17}|3(?:0[0-5]|[68]\d)\d{11}"
)
_TRAIL = "\"'`)]}>,.;:!?"


def mask_secrets(text: str) -> str:
    """Put ``[secret]`` in the place of keys, passwords, tokens and card numbers. Linear in the length of the text."""
    if "-----BEGIN" in text:
        text = _PEM.sub(MARK, text)
    text = _KNOWN.sub(MARK, text)
    if "://" in text:
        text = _URL.sub(rf"\1{MARK}", text)
    text = _BEARER.sub(lambda m: m.group(1) + MARK if _is_key(m.group(2)) else m.group(), text)
    text = _KEY_WORD.sub(lambda m: _after_word(m, _is_key), text)
    text = _PASS_WORD.sub(lambda m: _after_word(m, _is_password), text)
    return _CARD.sub(_card, text)


def _after_word(match: re.Match[str], secret: Callable[[str], bool]) -> str:
    word, value = match.group(1), match.group(2)
    core = value.rstrip(_TRAIL)
    return match.group() if value.startswith(MARK) or not secret(core) else word + MARK + value[len(core) :]


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


def _card(match: re.Match[str]) -> str:
    digits = match.group().replace(" ", "").replace("-", "")
    before = match.string[max(0, match.start() - 24) : match.start()]
    if not _IIN.fullmatch(digits) or _NO_CARD.search(before) or len(set(digits)) < 2:
        return match.group()
    total = 0
    for place, c in enumerate(reversed(digits)):
        value = int(c) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return MARK if total % 10 == 0 else match.group()
