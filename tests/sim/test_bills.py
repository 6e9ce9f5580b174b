"""The simulator's wallets hand out their bank's books as true files, and read them as the drivers do."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from paybooth.domain.bill import BillKind, BillStatus
from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.lab.models import BookOrder
from paybooth.ports import BillFile, NoBill

from .judges import Judges
from .loop import SimLoop
from .outside import SimChannel
from .world import START_MS, Plan, World

BEIJING = timezone(timedelta(hours=8))
DAY = datetime.fromtimestamp(START_MS / 1000, BEIJING).date()


def asked(world: World, channel: Channel, day: date, at_s: float) -> tuple[BillFile | NoBill, SimChannel]:
    """What the wallet answers then."""
    wallet = SimChannel(channel, world, Judges(world))
    answers: list[BillFile | NoBill] = []

    async def ask() -> None:
        answers.append(await wallet.bill(day))

    SimLoop(at_s, world.tick).run(ask())
    return answers[0], wallet


def sold(channel: Channel) -> World:
    world = World(Plan(1, faults=frozenset()))
    bank = world.banks[channel]
    order = BookOrder("A1", Fen(1250), "x", START_MS, device="b1")
    assert bank.charge(order, bank.fresh_code(bank.wallet("ann"), START_MS), START_MS) == "paid"
    assert bank.refund("A1", "R1", Fen(250), START_MS + 1000)
    return world


@pytest.mark.parametrize("channel", list(Channel))
def test_a_bill_says_what_the_bank_knows(channel: Channel) -> None:
    world = sold(channel)
    file, wallet = asked(world, channel, DAY, 2 * 24 * 3600)
    assert isinstance(file, BillFile)
    bill = wallet.read_bill(file.content, DAY)
    assert (bill.channel, [(r.kind, r.number, r.refund, r.amount, r.status, r.device) for r in bill.rows]) == (
        channel,
        [
            (BillKind.PAYMENT, "A1", "", 1250, BillStatus.PAID, "b1"),
            (BillKind.REFUND, "A1", "R1", 250, BillStatus.REFUNDED, "b1"),
        ],
    )


@pytest.mark.parametrize("channel", list(Channel))
def test_there_is_no_bill_of_a_running_day_or_an_empty_one(channel: Channel) -> None:
    world = sold(channel)
    assert asked(world, channel, DAY, 60)[0] is NoBill.NOT_YET
    assert asked(world, channel, DAY + timedelta(days=1), 3 * 24 * 3600)[0] is NoBill.NONE
