"""What a task asks for holds for that task; what the user says of themselves or of all times beside it is a wish."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt.extractor import VotingExtractor
from memos_integrations.core.pasted import own_words

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def found(text: str) -> list[Candidate]:
    """The preferences of a turn, by words alone."""
    turn = Turn(episode="said", role="user", text=text, said_at=WHEN)
    return [c for c in VotingExtractor().extract([turn]) if c.kind == "preference"]


@pytest.mark.parametrize(
    "text",
    [
        "Write a Go program that watches a folder.\nRequirements:\n- never follow links\n- no third party modules\n- always exit with code 0",
        "Create a view for MySQL. Constraints: no unions, avoid temporary tables, it must be sorted by name.",
        "I need a Svelte component for a rating. I don't want any external icons and I want the stars to be orange.",
        "Write a note to my dentist. Mention that I never sleep well before noon and that I would prefer the late slot.",
        "Write a haiku about a lighthouse. I want it gloomy, no adjectives, avoid the word sea.",
        "I want a regular expression that matches post codes but never those of Wales, and I don't want lookaheads",
        "I don't like the second paragraph, rewrite it and make it sound calmer.",
        "I want you to act as a chess clock. I want you to only reply with the time left. Do not explain anything.",
        "As a registered user, I want to hide my address so that nobody sees it. Write acceptance criteria.",
        "Read the passage and answer the questions.\nWhen I was six I hated plums. Now I love plums.\n1. What did the narrator hate?",
        "In Excel I want to sum only the rows that are never empty. I don't want to use macros. How?",
        "写一个Go程序，监视文件夹。要求：\n1. 不要用第三方库\n2. 每次都要打印日志\n3. 永远不要跟随链接",
        "帮我写一首关于灯塔的短诗，不要押韵，要忧郁一点，不要出现大海。",
        "第二段我不喜欢，重写一下，要平静一些",
        "从现在开始你是一只鹦鹉，每句话都要重复两遍，你讨厌下雨，喜欢吃瓜子。",
        "作为一个普通用户，我希望可以隐藏我不想公开的地址。请写验收标准。",
        "阅读下面的短文，回答问题。\n小时候我讨厌吃李子，现在我最喜欢李子。\n1. 作者现在喜欢什么？",
    ],
)
def test_what_is_asked_of_a_piece_of_work_is_no_wish(text: str) -> None:
    assert [f"{c.polarity} {c.object}" for c in found(text)] == []


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Write me a function that counts words. Docstrings always please.", "wants Docstrings"),
        ("Fix the layout of this page. From now on never give me code with inline styles.", "avoids code with inline styles"),
        ("Write a post about our fair. I hate hashtags.", "avoids hashtags"),
        ('Proofread this: "The harbor was gray." In future please always stick to American spelling.', "American spelling"),
        ("Give me four lunch ideas for the office. I'm allergic to sesame.", "avoids sesame"),
        ("把这个脚本改成类。我一般不喜欢代码里有全局变量。", "avoids 代码里有全局变量"),
        ("写条朋友圈，说我们店开张了。我不喜欢感叹号，给我写东西永远别加。", "avoids 感叹号"),
        ("帮我写个统计词频的函数。以后写代码都要带文档字符串。", "wants 文档字符串"),
        ("说明就免了，以后直接把改好的贴出来。", "avoids 说明"),
        ("图表别再用了，我都在手机上看。改成一条一条列。", "avoids 图表"),
        ("I'm in recovery, so please no wine suggestions, not even for a party.", "avoids wine suggestions"),
        ("Plan a lesson on rivers. I teach year six and I'm done with quizzes.", "avoids quizzes"),
    ],
)
def test_what_is_said_of_oneself_or_of_all_times_beside_it_is(text: str, wish: str) -> None:
    assert any(wish in f"{c.polarity} {c.object}" for c in found(text) if c.lasting)


@pytest.mark.parametrize(
    "pasted",
    [
        "def pick(user):\n    # I always want tulips\n    return user.tulips",
        "#include <stdio.h>\n// I prefer tulips\nint main() { return 0; }",
        "FROM alpine:3.20\n# we always want tulips\nRUN apk add tulips",
        "theme: dark\nprefer_tulips: true\nretries: 3",
        ".tulips:hover { color: red; }\n/* I want tulips */\n.card { order: 2; }",
        "select * from tulips where id = 4 -- I only want tulips",
    ],
)
@pytest.mark.parametrize("own", ["Why does this fail? I can't stand mussels.", "这个为什么报错？我讨厌 mussels。"])
def test_code_without_a_fence_is_pasted(pasted: str, own: str) -> None:
    read = own_words(f"{pasted}\n{own}")
    assert "tulips" not in read
    assert own in read


@pytest.mark.parametrize(
    "text",
    [
        "Make this shorter\n\nI am writing to say that I always want tulips on the table, and that I never go without them on a Sunday morning.",
        "Improve this introduction of an essay. I believe that tulips matter. I love tulips and I prefer them to every other flower there is, roses too.",
        "Rewrite this in a warmer tone for my boss: hey, i hate tulips, never put tulips on my desk again",
        "把下面这段话改得正式一点\n\n我一直喜欢 tulips，桌上永远要放 tulips，没有 tulips 的早上我都不想起床，所以请每个星期都给我订。",
    ],
)
def test_a_text_that_is_handed_over_is_pasted(text: str) -> None:
    assert "tulips" not in own_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "Summarise this article. I prefer bullet points to paragraphs, and I never read more than ten lines of anything, as you know by now.",
        "For the dinner:\n- I prefer tulips.\n- With roses I sneeze.",
        "My budget = 500, and I hate tulips.",
        "把这篇总结一下。另外，我一直更喜欢要点，不喜欢大段文字，长的我根本看不下去，你知道的。",
    ],
)
def test_what_only_looks_like_it_is_read(text: str) -> None:
    assert own_words(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    "text",
    [
        "I want to see the odds for both horses.",
        "Can you explain it to me with an example?",
        "I'd love to get Rosa's input on the second chapter.",
        "Thanks, now I want to make sure that the form does not break.",
        "Make it firmer in the third paragraph, and lose the bit about the neighbours.",
        "Add that we expect the deposit back by June.",
        "can you put all that in a table, starting with the ferries",
        "Ask me one about shift work.",
        "Could you send me the long link again?",
        "And two nights in a cabin by the lake, with breakfast.",
        "do I need a permit",
        "is a second coat any good on a garden fence",
        "it writes to a second queue, so that nothing is lost",
        "yesss, that's it for today",
        "but I think there's no ferry on Mondays then",
    ],
)
def test_what_is_wanted_at_the_moment_is_no_wish(text: str) -> None:
    assert found(text) == []


def test_a_purpose_is_not_what_is_turned_down() -> None:
    read = found("I prefer drawing diagrams to fully grasp a proof.")
    assert [(c.polarity, c.object) for c in read] == [("wants", "drawing diagrams")]
    assert "over" not in read[0].directive


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("I usually prefer reading or listening to the radio.", ["wants reading or listening to the radio"]),
        ("I usually prefer manuals that are easy to follow.", ["wants manuals that are easy to follow"]),
        ("I prefer crosswords to sudokus.", ["wants crosswords", "avoids sudokus"]),
        ("I especially like the lantern walk idea!", []),
        ("Do you have any tips for staying focused? I find it hard to stay focused after lunch.", []),
    ],
)
def test_only_what_is_compared_is_turned_down(text: str, wishes: list[str]) -> None:
    assert [f"{c.polarity} {c.object}" for c in found(text)] == wishes
