"""What is said anew of one definite thing, in plain words of now, ends what was said of it before; of anything else it ends nothing."""

from __future__ import annotations

from typing import Any

import pytest

from memos_integrations import MemOS

from .turns import user

WHO: dict[str, Any] = {"user_id": "ann"}

ENDED = [
    # where it is kept
    ("The passports are in the bureau.", "The passports are in the metal box."),
    ("I keep the drill under the stairs.", "I put the drill in the shed."),
    ("护照在书桌里。", "护照放进保险箱了。"),
    # who sees to it
    ("Ines does the invoices.", "Karl does the invoices."),
    ("Jo walks the dog on Sundays.", "On Sundays it's Lena who walks the dog."),
    ("I look after the website.", "Rosa looks after the website."),
    ("招聘是老吴在管。", "招聘交给小何了。"),
    ("小钱负责采购。", "小孙负责采购。"),
    # which value it has
    ("The ceremony is on 3 May.", "The ceremony is on 10 May."),
    ("The meeting with Olga is at 2.", "The meeting with Olga is at 5."),
    ("The roof budget is 9,000.", "We had to trim the roof to 7,200."),
    ("The harvest fair is on 4 September.", "They postponed the fair until mid-October."),
    ("超市九点开门。", "超市八点开门了。"),
    ("培训是周一上午十点。", "培训挪到周五两点。"),
    # where one is reached, and with what it is done
    ("My number is 0160 5550123.", "Text me on 0160 5550456."),
    ("We use Trello for the backlog.", "The backlog lives in Asana."),
    # what one has one of at a time
    ("We live in Ghent.", "We're in Lyon these days."),
    ("I report to Oskar.", "I've got a new boss, Tamsin, she came from sales."),
    ("I'm single.", "I'm dating someone from the choir."),
    # a complaint by its name, and what was taken out of something
    ("我有鼻炎。", "鼻炎治好了。"),
    ("I take honey in my tea.", "I cut honey from my tea."),
]
BOTH_STAND = [
    ("The passports are in the bureau.", "The suitcases are in the loft."),
    ("Meeting 1 is about the fees of team 1.", "Meeting 2 is about the fees of team 2."),
    ("Chapter 2 covers frogs.", "Chapter 3 covers frogs."),
    ("会议室3在二楼", "会议室4在二楼"),
    ("The house is by the canal.", "The house is near the station."),
    ("Ines plays the cello.", "Karl plays the cello."),
    ("Jo walks the dog on Sundays.", "Lena walks the dog on Mondays."),
    ("Ines does the invoices.", "Ines was ill, so Karl did the invoices today."),
    ("The ceremony is on 3 May.", "The rehearsal is on 10 May."),
    ("The meeting with Olga is at 2.", "The meeting with Piet is at 5."),
    ("My work number is 0160 5550123.", "My private number is 0160 5550456."),
    ("My sister is 30.", "My brother is 27."),
    ("I take honey in my tea.", "I cut honey from my porridge."),
    ("I ride the bus to work.", "The bus is late this Thursday."),
    ("We live in Ghent.", "We nearly moved to Lyon last year."),
    ("I use Firefox.", "I used to use Chrome, years ago."),
    ("I have hay fever.", "Someone at work said their hay fever is gone."),
    ("We live in Ghent.", "I work for a firm based in Lyon now."),
    ("I work nine to five.", "We got two nights at the lake."),
    ("我住在成都。", "公司搬到虹桥了。"),
    ("我住在成都。", "我把书桌搬到客厅了。"),
    ("蛋糕是妈妈做的。", "蛋糕是我做的。"),
    ("护照在书桌里。", "行李箱在阁楼。"),
    ("招聘是老吴在管。", "采购交给小何了。"),
    ("房租每月两千。", "隔壁的房租涨到三千了。"),
    ("我用安卓手机。", "我以前用过苹果手机。"),
    ("我对猫毛过敏。", "听说有人猫毛过敏好了。"),
    ("超市九点开门。", "药店八点开门了。"),
    ("我的公司邮箱是lin@corp.example。", "我的个人邮箱是lin@mail.example。"),  # Chinese stands right before an address
    ("我手机号是13812345678。", "家里座机是02088886666。"),
]


@pytest.fixture
def memory() -> Any:
    with MemOS(":memory:", embedder=None) as opened:
        yield opened


def tell(memory: MemOS, old: str, new: str) -> bool:
    """Whether the first of two turns is over once the second has been said."""
    for name, text, at in (("old", old, "2026-01-10T10:00:00Z"), ("new", new, "2026-05-04T10:00:00Z")):
        memory.add_message(user(text, name, at), conversation_id=name, **WHO)
        memory.wait(timeout=120)
    told = memory.list_memories(kinds=["fact", "preference"], status="any", **WHO)
    (turn,) = (one for one in memory.list_memories(kinds=["episode"], status="any", **WHO) if one.sources == ("old",))
    return turn.valid_to is not None or any(m.status == "superseded" and m.sources == ("old",) for m in told)


@pytest.mark.parametrize(("old", "new"), ENDED, ids=[new for _, new in ENDED])
def test_the_later_one_holds(memory: MemOS, old: str, new: str) -> None:
    tell(memory, old, new)
    then = memory.search_memory(old, as_of="2026-03-01T12:00:00Z", **WHO)
    now = memory.search_memory(old, **WHO)
    assert any(citation.sources == ("old",) for citation in then.instruction.citations)
    assert not any(citation.sources == ("old",) for citation in now.instruction.citations)


@pytest.mark.parametrize(("old", "new"), BOTH_STAND, ids=[new for _, new in BOTH_STAND])
def test_of_another_thing_it_ends_nothing(memory: MemOS, old: str, new: str) -> None:
    assert not tell(memory, old, new)
