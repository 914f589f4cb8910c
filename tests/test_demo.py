"""``memosctl demo``: what must hold in both languages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from memos_integrations.cli import main
from memos_integrations.demo import Language, load_demo


def played(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "memos_integrations.cli", "demo", *map(str, args)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def text() -> str:
    ran = played("--embedder", "none")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""
    return ran.stdout


@pytest.fixture(scope="module")
def demos() -> dict[str, Any]:
    ran = played("--embedder", "none", "--json")
    assert ran.returncode == 0, ran.stderr
    return {demo["language"]: demo for demo in json.loads(ran.stdout)["demos"]}


def test_reads_well_in_a_pipe(text: str) -> None:
    assert "\x1b" not in text and "\ufffd" not in text
    for heading in ("What it learnt: facts", "What it learnt: preferences", "What changed", "学到的事实", "学到的偏好", "后来的变化"):
        assert f"\n{heading}\n" in text
    for number in (1, 2, 3):
        assert f"Question {number}: " in text and f"问题 {number}：" in text
    assert "  | " in text
    assert text.count("tokens instead of") == 3 and text.count("完整历史需要") == 3


def test_shows_what_it_rests_on(text: str) -> None:
    assert "nora-1" in text and "linfeng-1" in text


def test_the_changed_diet_is_no_order_any_more(demos: dict[str, Any]) -> None:
    for question in demos["en"]["questions"]:
        assert "vegetarian" not in question["instruction"]["head"]


def test_what_others_need_is_no_order(demos: dict[str, Any]) -> None:
    assert "steep" not in demos["en"]["questions"][0]["instruction"]["head"]
    assert "海鲜" not in demos["zh"]["questions"][0]["instruction"]["head"]


@pytest.mark.parametrize(("language", "allergen"), [("en", "sesame"), ("zh", "花生")])
def test_the_allergy_is_in_every_prompt(demos: dict[str, Any], language: Language, allergen: str) -> None:
    for question in demos[language]["questions"]:
        assert allergen in question["instruction"]["head"]


@pytest.mark.parametrize(("language", "order"), [("en", "emoji"), ("zh", "表情")])
def test_standing_orders_are_in_every_prompt(demos: dict[str, Any], language: Language, order: str) -> None:
    heads = {question["instruction"]["head"] for question in demos[language]["questions"]}
    assert len(heads) == 1
    assert order in heads.pop()


@pytest.mark.parametrize(("language", "new", "old"), [("en", "Rotterdam", "Lisbon"), ("zh", "厦门", "成都")])
def test_the_new_city_wins(demos: dict[str, Any], language: Language, new: str, old: str) -> None:
    homes = [f["text"] for f in demos[language]["facts"] if f["attribute"] == "home" and f["subject"] == "user"]
    assert any(new in home for home in homes)
    assert not any(old in home for home in homes)
    assert any(old in c["from"]["text"] and new in c["to"]["text"] for c in demos[language]["changes"])
    assert new in demos[language]["questions"][2]["instruction"]["text"]


@pytest.mark.parametrize(("language", "chosen"), [("en", "Casa Olmo"), ("zh", "月泉小院")])
def test_the_choice_is_learnt(demos: dict[str, Any], language: Language, chosen: str) -> None:
    assert any(chosen in p["object"] and p["origin"] == "implicit" for p in demos[language]["preferences"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_conditions_are_kept(demos: dict[str, Any], language: Language) -> None:
    assert any(p["condition"] for p in demos[language]["preferences"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_injects_less_than_the_history(demos: dict[str, Any], language: Language) -> None:
    for question in demos[language]["questions"]:
        assert 0 < question["tokens_injected"] < question["tokens_history"] / 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_line_is_cited(demos: dict[str, Any], language: Language) -> None:
    for question in demos[language]["questions"]:
        lines = question["instruction"]["text"].split("\n")
        assert question["instruction"]["citations"]
        assert all(0 <= c["line"] < len(lines) for c in question["instruction"]["citations"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_conversations_are_sound(language: Language) -> None:
    demo = load_demo(language)
    assert len(demo.questions) == 3
    assert len({c.id for c in demo.conversations}) == len(demo.conversations) >= 3
    for conversation in demo.conversations:
        roles = [m.role for m in conversation.messages]
        assert roles == ["user", "assistant"] * (len(roles) // 2)


def test_own_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.jsonl"
    said = ["My name is Ruth and I live in Bergen.", "I'm allergic to walnuts.", "I prefer aisle seats when I fly."]
    path.write_text("\n".join(json.dumps({"role": "user", "content": s}) for s in said), encoding="utf-8")
    assert main(["demo", str(path), "--embedder", "none"]) == 0
    out = capsys.readouterr().out
    assert "Bergen" in out and "walnuts" in out
    assert out.count("Question ") == 3


def test_own_file_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([{"role": "user", "content": "我住在武汉，对虾过敏。"}], ensure_ascii=False), encoding="utf-8")
    assert main(["demo", str(path), "--embedder", "none"]) == 0
    out = capsys.readouterr().out
    assert "虾" in out
    assert out.count("问题 ") == 3


def test_bad_file_and_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text('[\n{"role": "king", "content": "x"}]', encoding="utf-8")
    assert main(["demo", str(path)]) == 1
    assert "bad.json: line 2: role" in capsys.readouterr().err
    assert main(["demo", "--store", str(tmp_path / "a.db")]) == 2
