"""The floor plan: what a room can be, what it cannot, and that no drawing is lost between page, journal and fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import apsw
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paybooth.domain.plan import (
    Area,
    BoothSpot,
    DeviceSpot,
    DoorSpot,
    Plan,
    Shelf,
    Wall,
    crosses_itself,
    inside,
    plain_plan,
    plan_changes,
    plan_fault,
)
from paybooth.domain.staff_facts import PlanChanged
from paybooth.lab import corner
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger

ROOM = Plan(
    outline=((0, 0), (1000, 0), (1000, 600), (0, 600)),
    walls=(Wall((700, 0), (700, 300)),),
    shelves=(Shelf((300, 300), 200, 40, 90, name="Drinks"),),
    doors=(DoorSpot((1000, 450), 120, 90, "exit"), DoorSpot((700, 150), 90, 90)),
    booths=(BoothSpot("1", (200, 60)),),
    devices=(DeviceSpot("camera:1", "camera", (20, 20), 315, 280, 80),),
    zones=(Area("Shop", ((0, 0), (700, 0), (700, 600), (0, 600))),),
)


def why(plan: Plan) -> str | None:
    fault = plan_fault(plan, ["1", "2"], ["exit"])
    return None if fault is None else fault.why


def test_a_room_that_can_be():
    assert why(ROOM) is None


@pytest.mark.parametrize(
    ("wrong", "change"),
    [
        ("plan_shape", {"outline": ((0, 0), (10, 0))}),
        ("plan_crossing", {"outline": ((0, 0), (10, 0), (20, 0))}),
        ("plan_crossing", {"outline": ((0, 0), (1000, 600), (1000, 0), (0, 600))}),
        ("plan_crossing", {"zones": (Area("X", ((0, 0), (10, 10), (10, 0), (0, 10))),)}),
        ("plan_far", {"walls": (Wall((0, 0), (20_001, 0)),)}),
        ("plan_measure", {"walls": (Wall((5, 5), (5, 5)),)}),
        ("plan_measure", {"shelves": (Shelf((300, 300), 5, 40),)}),
        ("plan_measure", {"booths": (BoothSpot("1", (200, 60), 360),)}),
        ("plan_measure", {"devices": (DeviceSpot("camera:1", "camera", (1, 1), view=0),)}),
        ("plan_measure", {"height": 20}),
        ("plan_unknown", {"booths": (BoothSpot("9", (200, 60)),)}),
        ("plan_unknown", {"doors": (DoorSpot((1000, 450), gate="side"),)}),
        ("plan_twice", {"booths": (BoothSpot("1", (200, 60)), BoothSpot("1", (300, 60)))}),
        ("plan_twice", {"doors": (DoorSpot((1000, 450), gate="exit"), DoorSpot((1000, 150), gate="exit"))}),
        ("plan_name", {"zones": (Area("", ((0, 0), (10, 0), (10, 10))),)}),
        ("plan_name", {"shelves": (Shelf((300, 300), 100, 40, name="x" * 41),)}),
        ("plan_outside", {"booths": (BoothSpot("1", (1200, 60)),)}),
        ("plan_outside", {"shelves": (Shelf((-50, 300), 100, 40),)}),
        ("plan_door", {"doors": (DoorSpot((400, 300)),)}),
        ("plan_too_many", {"zones": ROOM.zones * 25}),
    ],
)
def test_a_room_that_cannot_be(wrong, change):
    assert why(replace(ROOM, **change)) == wrong


@given(st.integers(1, 32), st.integers(0, 8))
def test_what_is_configured_always_has_a_floor(booths, gates):
    names, exits = [str(n) for n in range(booths)], [f"g{n}" for n in range(gates)]
    plan = plain_plan(names, exits)
    assert plan_fault(plan, names, exits) is None
    assert [each.booth for each in plan.booths] == names
    assert [each.gate for each in plan.doors] == exits


def test_the_demo_has_a_floor_that_can_be():
    assert plan_fault(corner.PLAN, ["1"], ["exit"]) is None


def test_inside_and_crossing():
    bay = ((0, 0), (100, 0), (100, 100), (60, 100), (60, 40), (40, 40), (40, 100), (0, 100))
    assert not crosses_itself(bay)
    assert [inside(bay, at) for at in ((50, 20), (50, 80), (20, 80), (40, 60), (101, 50))] == [
        True, False, True, True, False,
    ]  # fmt: skip
    assert crosses_itself(((0, 0), (100, 0), (50, 0), (50, 50)))  # back over itself


def test_changes_are_told_by_sorts():
    after = replace(
        ROOM,
        shelves=(replace(ROOM.shelves[0], turn=0), Shelf((500, 300), 100, 40)),
        devices=(),
        height=320,
    )
    told = [(each.what, each.change, each.count) for each in plan_changes(ROOM, after)]
    assert told == [
        ("outline", "altered", 1),
        ("shelf", "altered", 1),
        ("shelf", "added", 1),
        ("device", "removed", 1),
    ]
    assert plan_changes(ROOM, ROOM) == ()


COORDINATE = st.integers(10, 990)
POINT = st.tuples(COORDINATE, st.integers(10, 590))
TURN = st.integers(0, 359)
NAME = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=40)
PLANS = st.builds(
    replace,
    st.just(ROOM),
    walls=st.lists(st.builds(Wall, POINT, POINT, st.integers(2, 200)).filter(lambda w: w.a != w.b), max_size=6).map(
        tuple
    ),
    shelves=st.lists(
        st.builds(Shelf, POINT, st.integers(10, 500), st.integers(10, 500), TURN, st.integers(10, 1000), NAME),
        max_size=6,
    ).map(tuple),
    doors=st.builds(DoorSpot, st.just((1000, 450)), st.integers(40, 200), TURN, st.sampled_from(["", "exit"])).map(
        lambda door: (door,)
    ),
    booths=st.builds(BoothSpot, st.sampled_from(["1", "2"]), POINT, TURN).map(lambda booth: (booth,)),
    devices=st.lists(
        st.builds(DeviceSpot, NAME, st.sampled_from(["camera", "reader", "speaker"]), POINT, TURN),
        max_size=5,
        unique_by=lambda device: device.device,
    ).map(tuple),
)


@settings(max_examples=25, deadline=None)
@given(PLANS)
def test_any_plan_survives_its_journey(plan):
    assert why(plan) is None
    told = PlanChanged(1, plan, "Bo", "drawn")
    assert msgspec.json.decode(msgspec.json.encode(told), type=PlanChanged) == told
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with Ledger(path, threaded=False) as ledger:
            ledger.commit_now(told, at_ms=1)
            ledger.commit_now(PlanChanged(2, ROOM, "Bo", "again"), at_ms=2)
            assert ledger.plan(1).plan == plan
        assert fsck(path).faults == []


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("UPDATE plans SET body = replace(body, 'Drinks', 'Sweets')", "plan 1: table and journal differ"),
        ("DELETE FROM plans", "plan 1: table and journal differ"),
        ("INSERT INTO plans SELECT 2, at_ms, body FROM plans", "plan 2: table and journal differ"),
    ],
)
def test_fsck_finds_a_plan_altered_behind_the_journal(tmp_path, sql, fault):
    path = tmp_path / "ledger.db"
    with Ledger(path, threaded=False) as ledger:
        ledger.commit_now(PlanChanged(1, ROOM, "Bo", "drawn"), at_ms=1)
    db = apsw.Connection(str(path))
    db.execute(sql.replace("replace(body, 'Drinks', 'Sweets')", "CAST(replace(body, 'Drinks', 'Sweets') AS BLOB)"))
    db.close()
    assert fsck(path).faults == [fault]
