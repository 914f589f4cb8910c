"""Secrets are masked; numbers that are none stay."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memos_integrations.core.masking import MARK, mask_secrets

from .turns import turn

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("use sk-proj-Zx81LmNq20TyVb73KdRw94Hp please", "sk-proj-Zx81LmNq20TyVb73KdRw94Hp"),
        ("AKIAQ3EXAMPLEKEY7T2A", "AKIAQ3EXAMPLEKEY7T2A"),
        ("token ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R", "ghp_0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R"),
        ("xoxb-123456789012-abcdefGHIJKL", "xoxb-123456789012-abcdefGHIJKL"),
        ("AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"),
        (f"cookie {JWT}.", JWT),
        ("Authorization: Bearer abc123.def456-ghi789", "abc123.def456-ghi789"),
        ("postgres://anna:geheim1@db.example/x", "anna:geheim1"),
        ("the password is blue42fish!", "blue42fish"),
        ("password: 884412", "884412"),
        ("router pw: Spring2031", "Spring2031"),
        ("PIN码是 4410", "4410"),
        ("curl -u otto:Sommer77 https://example.org", "Sommer77"),
        ("mysql -u root -pSommer77! shop", "Sommer77"),
        ("IBAN GB82 WEST 1234 5698 7654 32", "1234 5698"),
        ("my passport number is L8988902", "8988902"),
        ("护照号 E12345678", "12345678"),
        ("the seed phrase is " + "olive lunar " * 6 + "end", "lunar olive"),
        ("助记词：" + "olive lunar " * 6, "lunar olive"),
        ("密码是tulip2031，别告诉别人", "tulip2031"),
        ("口令：q7-Rain", "q7-Rain"),
        ("我的密钥为 9fQx27LmVt4Zr81KpWc6Tb", "9fQx27LmVt4Zr81KpWc6Tb"),
        ("the secret is q8Jv/2mXfT7+LkzRw0Yb5Nc, right", "q8Jv/2mXfT7+LkzRw0Yb5Nc"),
        ("card 4111 1111 1111 1111 exp 12/30", "4111 1111 1111 1111"),
        ("卡号5500005555555559。", "5500005555555559"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow\ncut off", "MIIEow"),
        ("my password's walnut7", "walnut7"),
        ("the wifi password is marigold.", "marigold"),
        ("password: marigold", "marigold"),
        ("the password is 'green walnut tree'", "green walnut tree"),
        ("密码是marigold，别外传", "marigold"),
        ("密码改成了 walnut7", "walnut7"),
        ("口令：“绿色 核桃”", "绿色 核桃"),
        ("AWS_SECRET_ACCESS_KEY=Qx7/Lm2vB9tR4+WzKc8Yp3Nd6Hs1Fg5JaEuTo0Ii", "Qx7/Lm2vB9tR4+WzKc8Yp3Nd6Hs1Fg5JaEuTo0Ii"),
        ("verification code 550917", "550917"),
        ("短信验证码是550917", "550917"),
        ("exp 12/30, cvv 917", "917"),
        ("卡号6222 0000 1111 2222 333", "6222 0000 1111 2222 333"),
        ("４１１１１１１１１１１１１１１１", "４１１１１１１１１１１１１１１１"),
        ("我是440524188001010014", "440524188001010014"),
        ("身份证号：440524 18800101 0019", "440524 18800101 0019"),
        ("SSN 219-09-9999", "219-09-9999"),
        ("post to https://hooks.slack.com/services/T01ABCDEF/B01ABCDEF/q1w2e3r4t5y6u7i8", "q1w2e3r4t5y6u7i8"),
        ('{"user": "otto", "password": "tulip!7#Zq", "size": 3}', "tulip!7#Zq"),
        ('{"password":"tulip walnut","size":3}', "tulip walnut"),
        ("| site | user | password |\n|---|---|---|\n| shop | otto | Tulip&77x |", "Tulip&77x"),
        ('connect("db", "root", "Tulip&77x") fails, the password is Tulip&77x', '"Tulip&77x"'),
        ("I set the password to Mellow-Pine-8812.", "Mellow-Pine-8812"),
        ("有效期12/30，安全码 917", "917"),
        ("changed my password from Pine2020 to Pine2031", "Pine2031"),
        ("把密码从 Pine2020 改成 Pine2031 了", "Pine2020"),
        ("docker login -u otto -p Zx9Pine77 registry.example", "Zx9Pine77"),
        ("your 2FA code is 447 190", "447 190"),
        ("4111-1111-1111-1111 12/29 123", "4111-1111-1111-1111"),
        ("路由器 admin/Pine#2031", "Pine#2031"),
        ('auth=("otto", "pine9031x") fails, my password is pine9031x', '"pine9031x"'),
        ("PGPASSWORD=pine9031x", "pine9031x"),
        ("密码六位 902177", "902177"),
        ("SMTP_PASS=Sommer77", "Sommer77"),
        ("sshpass -p 'Sommer77' ssh otto@host", "Sommer77"),
        ("redis://:Sommer77@cache:6379/0", "Sommer77"),
        ("Cookie: sessionid=38afes7a8d9f0a1b2c3d", "38afes7a8d9f0a1b2c3d"),
        ("my shop login is otto@post.example / Tulip&77", "Tulip&77"),
        ("账号otto，Tulip&77", "Tulip&77"),
        ("bot token 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0", "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"),
    ],
)
def test_masked(text: str, secret: str) -> None:
    masked = mask_secrets(text)
    assert secret not in masked
    assert MARK in masked
    assert mask_secrets(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "call +49 170 1234567 or 13800138000",
        "order 4111111111111111 shipped",
        "订单号4111111111111111已发货",
        "ISBN 978-3-16-148410-0",
        "id 123e4567-e89b-12d3-a456-426614174000",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "the key point is that keyboards matter",
        "my password is too long to remember",
        "密码我忘了，怎么重置？",
        "the token limit is 4096",
        "card 4111 1111 1111 1112",
        "IBAN GB82 WEST 1234 5698 7654 33",
        "my passport expires in May",
        "curl -u is how one logs in",
        "see https://example.org/a:b@c",
        "the key date is 2026-03-02",
        "the password is wrong",
        '{"password": {"type": "string", "minLength": 8}}',
        "password rules: A+B=2 and C++ is fine, e.g. v2.0-beta",
        "the password moved from the note to the safe",
        "docker run -p 8080:8080 web",
        "my boarding pass is for gate 22",
        "log in with otto@post.example or mia2@post.example",
        "password: required",
        "my password is the name of a tree",
        "the passcode is with Anna",
        "locker code Walnut-7730",
        "call 202-555-0143",
        "order 440524188001010019",
        "我的卡号忘了",
    ],
)
def test_left_alone(text: str) -> None:
    assert mask_secrets(text) == text


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text: str) -> None:
    once = mask_secrets(text)
    assert mask_secrets(once) == once


@pytest.mark.parametrize(
    "piece",
    ["key ", "password is ", "curl -u ", "seed phrase is a ", "GB82 ", "-----BEGIN PRIVATE KEY-----", "eyJaaaaaaaaa.", "://a:", "1 ", "a"],
)
def test_long_text_takes_linear_time(piece: str) -> None:
    mask_secrets(piece * (100_000 // len(piece)))


def test_secrets_in_parts_calls_and_raw_forms_are_not_kept(idle: Any) -> None:
    key = "sk-proj-Zx81LmNq20TyVb73KdRw94Hp"
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    parts = [{"type": "text", "text": f"my key is {key}"}, image]
    call = {"id": "c", "type": "function", "function": {"name": "curl", "arguments": f'{{"auth": "Bearer {key}"}}'}}
    turns = [{"role": "user", "content": parts, "raw": {"kwargs": [f"api_key={key}"]}}, turn("assistant", "", tool_calls=[call])]
    receipt = idle.add_message(turns, user_id="alice")
    found = [idle.get(id) for id in receipt.episode_ids]
    assert not any(key in m.model_dump_json() for m in found)
    assert found[0].parts[1] == image
    assert found[1].tool_calls[0]["function"]["name"] == "curl"
