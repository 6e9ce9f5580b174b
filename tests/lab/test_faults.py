"""The fault menu: where a fault strikes, how often, and what the lab's address refuses."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from paybooth.domain.payment import Channel
from paybooth.lab import front
from paybooth.lab.faults import AT, MENU, REPLY, Faults
from paybooth.lab.models import Bank, BookOrder

WECHAT, ALIPAY = Channel.WECHAT, Channel.ALIPAY


def test_a_fault_of_the_reply_strikes_the_charge_unless_told_otherwise():
    faults = Faults()
    faults.arm(WECHAT, "reply_lost")
    assert faults.take(WECHAT, "reply_lost", "query") is None
    assert faults.take(ALIPAY, "reply_lost", "charge") is None
    assert faults.take(WECHAT, "reply_lost", "charge")
    assert faults.take(WECHAT, "reply_lost", "charge") is None
    assert faults.hits == {"reply_lost": 1}


def test_each_place_counts_for_itself():
    faults = Faults()
    faults.arm(WECHAT, "garbage", 2, at=("query", "undo"))
    assert [bool(faults.take(WECHAT, "garbage", at)) for at in ("query", "query", "query", "undo")] == [
        True,
        True,
        False,
        True,
    ]


def test_a_fault_with_a_place_of_its_own_ignores_where_it_is_armed():
    faults = Faults()
    faults.arm(WECHAT, "query_5xx", at=("refund",))
    assert faults.take(WECHAT, "query_5xx", "query")


@pytest.mark.parametrize(("name", "at"), [("no_such_fault", "charge"), ("garbage", "nowhere")])
def test_what_does_not_exist_cannot_be_armed(name, at):
    faults = Faults()
    with pytest.raises(KeyError):
        faults.arm(WECHAT, name, at=(at,))
    assert not faults.armed


def test_every_fault_has_words():
    assert MENU.keys() > REPLY
    assert all(MENU.values())


@pytest.fixture
def world():
    return SimpleNamespace(faults=Faults(), changed=lambda: None)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("at", "places"), [({}, ["charge"]), ({"at": "undo"}, ["undo"]), ({"at": ["query", "refund"]}, ["query", "refund"])]
)
async def test_the_address_takes_one_place_or_several(world, at, places):
    await front.ACTS["fault"](world, {"channel": "alipay", "name": "rate_limit", **at})
    assert list(world.faults.armed) == [(ALIPAY, "rate_limit", place) for place in places]


@pytest.mark.anyio
@pytest.mark.parametrize("at", ["", [], "elsewhere", ["query", "elsewhere"]])
async def test_the_address_refuses_places_that_do_not_exist(world, at):
    with pytest.raises(front.BadRequest, match=AT[0]):
        await front.ACTS["fault"](world, {"channel": "alipay", "name": "rate_limit", "at": at})


def test_a_failed_order_moves_no_money_and_can_be_reversed():
    bank = Bank(WECHAT, random.Random(1))
    wallet = bank.wallet("ann")
    bank.charge(BookOrder("N1", 500, "x", 0), bank.fresh_code(wallet, 0), 0, ask=True)
    bank.fail("N1")
    assert wallet.prompt is None
    assert bank.undo("N1", 1) == "reversed"
    assert not bank.movements
