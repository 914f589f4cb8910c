"""What a later Chinese turn asks of the work in hand is no wish beyond it; what is said of all times, or asked for again, is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from memos_integrations.core.candidates import Candidate, Turn
from memos_integrations.core.learnt.extractor import VotingExtractor

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
DONE = "好的，已经改好了。"


def found(said: Sequence[str]) -> list[Candidate]:
    """The preferences of the user's turns, each answered, by words alone."""
    turns: list[Turn] = []
    for place, text in enumerate(said):
        turns.append(Turn(episode=f"u{place}", role="user", text=text, said_at=WHEN))
        turns.append(Turn(episode=f"a{place}", role="assistant", text=DONE, said_at=WHEN, learnable=False))
    return [c for c in VotingExtractor().extract(turns) if c.kind == "preference"]


@pytest.mark.parametrize(
    "said",
    [
        ["帮我给教务处写封邮件，申请缓考", "再短一点，别那么啰嗦，老师很忙", "落款写赵磊"],
        ["这个接口返回的是一个数组", "加个缓存，最多五分钟", "日志用loguru，不要print"],
        ["改一下我的简历，应聘会计", "突出证书", "不能超过两页"],
        ["帮我写个停水通知", "再短点，客套话别写那么多，时间放最前面"],
        ["给我出八道应用题", "别全是分橘子的，换点新的，数字小一点"],
        ["帮我做个年会流程表", "抽奖提前，诗朗诵那段不要"],
        ["帮我排个一周的训练计划", "周三换成休息，跳绳去掉"],
        ["写个开业的朋友圈文案", "不要太正式，要有互动", "标题要抓人，不超过十五个字"],
        ["来玩个推理游戏，你当管家", "我从不相信巧合", "给我来一杯浓茶"],
        ["模拟面试，你当考官，我来回答", "我热爱出差，不怕加班"],
    ],
)
def test_what_is_asked_of_it_is_no_wish(said: list[str]) -> None:
    assert [f"{c.polarity} {c.object}" for c in found(said)] == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["帮我给教务处写封邮件，申请缓考", "以后给我写邮件都别用感叹号"], "感叹号"),
        (["这个接口返回的是一个数组", "我对芒果过敏"], "芒果"),
        (["写个开业的朋友圈文案", "对了，回答我的时候别用表格"], "表格"),
        (["来玩个推理游戏，你当管家", "不玩了", "我不喜欢吃香菜"], "香菜"),
        (["写个倒计时组件", "又没写类型，以后都用TypeScript"], "TypeScript"),
    ],
)
def test_what_is_said_of_all_times_or_of_oneself_is(said: list[str], words: str) -> None:
    assert any(words in c.object for c in found(said))


def test_what_is_asked_for_again_has_the_turn_that_asked_first_as_a_witness() -> None:
    said = ["写个下载文件的函数", "别用回调，改成async/await", "再写个上传的", "怎么又是回调，说了要async/await"]
    made = next(c for c in found(said) if c.object == "async/await")
    assert (made.polarity, made.episode, [w.episode for w in made.beside]) == ("wants", "u3", ["u1"])


@pytest.mark.parametrize(
    "question", ["能不能用生抽代替", "五花肉和排骨炖的时间一样吗", "alpine会不会有坑", "HR问我能不能接受出差，怎么回比较好"]
)
def test_a_question_without_its_mark_is_no_wish(question: str) -> None:
    assert found([question]) == []
