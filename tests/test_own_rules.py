"""Rules that a user adds find what the package's cannot, say what it is, and are refused with the place of the fault."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from memos_integrations import InvalidInput, MemOS, Settings
from memos_integrations.core.learnt.extractor import VotingExtractor
from memos_integrations.core.own_rules import OwnRules, WithOwnRules
from memos_integrations.testing import ExtractorContract
from memos_integrations.types import Preference

RULES = r"""
[[preference]]
pattern = '\bcut (?:it|this) on the (?P<obj>bias|grain)\b'
polarity = "wants"
slot = "work.cutting"
standing = true
reason = "tailors"

[[preference]]
pattern = '裁(?P<obj>斜纹|直纹)'
polarity = "wants"
slot = "work.cutting"

[[preference]]
pattern = '\bno (?P<obj>top ?stitching)\b'
polarity = "avoids"
slot = "work.seams"
strength = "strong"
"""


def opened(tmp_path: Path, text: str = RULES) -> MemOS:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return MemOS(str(tmp_path / "memory.db"), embedder=None, settings=Settings(rules=(file,)))


def wishes(memory: MemOS, *said: str) -> dict[str, Preference]:
    for content in said:
        memory.add_message({"role": "user", "content": content}, user_id="u", conversation_id="c")
    memory.wait(timeout=30)
    return {m.object: m for m in memory.list_memories(user_id="u", kinds=["preference"]) if isinstance(m, Preference)}


def test_they_find_what_the_package_does_not_know(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        found = wishes(memory, "Cut it on the bias.", "这件裁直纹。", "And no topstitching, ever.", "I'm allergic to wool.")
        assert (found["bias"].slot, found["bias"].standing) == ("work.cutting", True)
        assert found["直纹"].slot == "work.cutting"
        assert (found["topstitching"].polarity, found["topstitching"].slot) == ("avoids", "work.seams")
        assert found["topstitching"].strength == "strong"
        assert found["wool"].slot == "health.allergy"
        assert [m for m in found if "topstitching" in m] == ["topstitching"]  # theirs, and not once more by the package's
        assert "bias" in memory.search_memory("Next coat?", user_id="u").instruction.head


@pytest.mark.parametrize("said", ['He wrote "cut it on the bias".', "Do you cut it on the grain?", "My sister says cut it on the grain"])
def test_what_is_quoted_or_asked_or_of_somebody_else_is_none(said: str, tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        assert not {"bias", "grain"} & wishes(memory, said).keys()


def test_a_memory_travels_with_its_rules(tmp_path: Path) -> None:
    with opened(tmp_path) as memory:
        copy = pickle.loads(pickle.dumps(memory))
    with copy:
        assert "grain" in wishes(copy, "Please cut this on the grain.")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[[preference]]\npattern = '(?P<obj>x'\npolarity = 'wants'", "rule 1, pattern: is no regular expression"),
        ("[[preference]]\npattern = 'x'\npolarity = 'wants'", "rule 1, pattern: has no group"),
        ("[[preference]]\npattern = '(?P<obj>x)'\npolarity = 'likes'", "rule 1, polarity"),
        ("[[preference]]\npattern = '(?P<obj>x)'\npolarity = 'wants'\nslot = 'Food!'", "rule 1, slot"),
        ("[[preference]]\npattern = '(?P<obj>x)'\npolarity = 'wants'\ncolour = 1", "rule 1, colour"),
        ("[[fact]]\npattern = 'x'", r"holds \[\[preference\]\] tables only, not fact"),
        ("preference = 3", r"holds \[\[preference\]\] tables only"),
        ("[[preference", "is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_before_anything_is_opened(text: str, place: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=place):
        opened(tmp_path, text)
    assert not (tmp_path / "memory.db").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        MemOS(":memory:", embedder=None, settings=Settings(rules=(tmp_path / "none.toml",)))


class TestWithOwnRules(ExtractorContract):
    """The contract of every extractor holds beside a user's rules."""

    __test__ = True

    def make_extractor(self) -> WithOwnRules:
        """The default, with the rules above."""
        return WithOwnRules(VotingExtractor(), [OwnRules.parse(RULES, name="rules.toml")])
