"""The files that ``memosctl`` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memos_integrations.cli.reading import read_conversations
from memos_integrations.errors import InvalidInput

from .cli_runs import Run, at
from .cli_runs import run as run


class TestFiles:
    ONE = '{"role": "user", "content": "a"}'
    TALK = (
        '{"id": "c1", "created_at": "2025-01-01T00:00:00Z", "messages": '
        '[{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}'
    )

    @pytest.mark.parametrize(
        ("text", "sizes"),
        [
            (f"[{ONE}, {ONE}]", [2]),
            (f"{ONE}\n{ONE}\n", [2]),
            (f"{ONE}\r\n\r\n{ONE}", [2]),
            (ONE, [1]),
            (TALK, [2]),
            (f"[{TALK}]", [2]),
            (f'{TALK}\n{{"messages": [{ONE}]}}\n', [2, 1]),
            (f"[[{ONE}], [{ONE}]]", [1, 1]),
            (f'{{"conversations": [{TALK}, {{"messages": [{ONE}]}}]}}', [2, 1]),
            (f"\ufeff[{ONE}]", [1]),
            (json.dumps(json.loads(TALK), indent=2), [2]),
        ],
    )
    def test_accepted(self, text: str, sizes: list[int], tmp_path: Path) -> None:
        path = tmp_path / "f.json"
        path.write_text(text, encoding="utf-8")
        found = read_conversations(str(path))
        assert [len(c.messages) for c in found] == sizes
        assert len({c.id for c in found}) == len(sizes)

    def test_order_is_kept_by_the_time_of_the_conversation(self, tmp_path: Path) -> None:
        path = tmp_path / "f.json"
        path.write_text(self.TALK, encoding="utf-8")
        (talk,) = read_conversations(str(path))
        assert talk.id == "c1"
        first, second = (m.created_at for m in talk.messages)
        assert first is not None and second is not None and first < second

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("", "holds no messages"),
            ("[]", "holds no messages"),
            ("{", "line 1: is no JSON"),
            (f"{ONE}\n{ONE}\noops\n", "line 3: is no JSON"),
            (f"[\n{ONE},\n{ONE},\n{{bad}}\n]", "line 4: is no JSON"),
            (f'{ONE}\n{{"role": "king", "content": "a"}}', "line 2: role: must be one of"),
            (f'[\n{ONE},\n{{"role": "user"}}\n]', "line 3: content: must not be empty"),
            (f'{ONE}\n{{"messages": [{ONE}, {{"role": "user", "content": 3}}]}}', "line 2: messages and conversations are mixed"),
            (f'\n{{"messages": [{ONE}, {{"role": "user", "content": 3}}]}}', "line 2, message 2: content"),
            (f"{ONE}\n{TALK}", "line 2: messages and conversations are mixed"),
            (f"{TALK}\n{ONE}", "line 2: messages and conversations are mixed"),
            (f"{TALK}\n{TALK}", "two conversations have the id 'c1'"),
            ('{"messages": []}', "line 1: the conversation holds no messages"),
            ('{"messages": 3}', "line 1: 'messages' must be a list"),
            ('{"id": "c", "created_at": "soon", "messages": [{"role": "user", "content": "a"}]}', "line 1: created_at"),
            ("[1]", "line 1: is neither a message nor a conversation"),
            ('"hello"', "line 1: is neither a message nor a conversation"),
            ("[" * 100_000, "line 1: is"),
        ],
    )
    def test_refused_with_the_line(self, text: str, said: str, run: Run, tmp_path: Path) -> None:
        path = tmp_path / "bad.json"
        path.write_text(text, encoding="utf-8")
        store = tmp_path / "a.db"
        ran = run("add", path, *at(store))
        assert ran.code == 1
        assert "bad.json" in ran.err and said in ran.err
        assert ran.out == ""
        assert not store.exists()

    def test_not_utf8(self, tmp_path: Path) -> None:
        path = tmp_path / "bad.json"
        path.write_bytes(b'[\n{"role": "user", "content": "\xff"}]')
        with pytest.raises(InvalidInput, match="line 2: is not UTF-8"):
            read_conversations(str(path))

    def test_missing_file(self, run: Run, tmp_path: Path) -> None:
        ran = run("add", tmp_path / "none.json", *at(tmp_path / "a.db"))
        assert ran.code == 1
        assert "none.json: No such file" in ran.err
