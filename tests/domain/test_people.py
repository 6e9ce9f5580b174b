"""Who comes in, and how many are inside: tables and beams."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.door import Mode
from paybooth.domain.entry import Guest, Hours, Refusal, admit, parse_hours
from paybooth.domain.people import People

STRANGER, MEMBER, STAFF = Guest.STRANGER, Guest.MEMBER, Guest.STAFF


@pytest.mark.parametrize(
    ("mode", "stranger", "member"),
    [
        (Mode.OPEN, None, None),
        (Mode.DELIVERY, None, None),
        (Mode.MEMBERS, Refusal.MEMBERS_ONLY, None),
        (Mode.STAFF, Refusal.STAFF_ONLY, Refusal.STAFF_ONLY),
        (Mode.CLEANING, Refusal.STAFF_ONLY, Refusal.STAFF_ONLY),
        (Mode.CLOSING, Refusal.CLOSED, Refusal.CLOSED),
        (Mode.CLOSED, Refusal.CLOSED, Refusal.CLOSED),
    ],
)
def test_every_mode_for_every_guest(mode, stranger, member):
    assert (admit(mode, STRANGER, 0, 0), admit(mode, MEMBER, 0, 0)) == (stranger, member)
    assert admit(mode, STAFF, 99, 10) is None


def test_a_full_shop_waits_for_one_to_leave():
    assert admit(Mode.MEMBERS, MEMBER, 10, 10) is Refusal.FULL
    assert admit(Mode.MEMBERS, MEMBER, 9, 10) is None
    assert admit(Mode.OPEN, STRANGER, 10**6, 0) is None


def test_one_beam_believes_who_was_let_in():
    people = People()
    people.admit(0.0)
    assert (people.beam(3.0, street=False), people.inside) == ("in", 1)
    assert (people.beam(4.0, street=False), people.inside) == ("out", 0)
    people.admit(5.0)
    assert people.beam(60.0, street=False) == "out"  # let in, and never walked in
    assert people.inside == 0


def test_two_beams_tell_the_direction():
    people = People()
    crossings = [
        people.beam(at_s, street=street) for at_s, street in [(0, True), (0.6, False), (5, False), (5.5, True)]
    ]
    assert (crossings, people.inside) == ([None, "in", None, "out"], 0)


def test_somebody_who_turns_round_between_the_beams_did_not_cross():
    people = People(inside=1)
    people.beam(0.0, street=True)
    people.beam(0.5, street=False)
    assert people.inside == 2
    people.beam(10.0, street=False)
    assert people.beam(11.0, street=False) is None
    assert people.beam(20.0, street=True) is None  # too late to belong to it
    assert people.inside == 2


@given(st.lists(st.tuples(st.floats(0.01, 20), st.booleans())))
def test_the_count_is_never_below_zero(steps):
    people, now_s = People(), 0.0
    for wait_s, street in steps:
        now_s += wait_s
        people.beam(now_s, street=street)
        assert people.inside >= 0


@pytest.mark.parametrize(
    ("text", "at", "is_open"),
    [
        ("07:00-23:00", "07:00", True),
        ("07:00-23:00", "06:59", False),
        ("07:00-23:00", "23:00", False),
        ("20:00-04:00", "03:59", True),
        ("20:00-04:00", "12:00", False),
    ],
)
def test_opening_hours(text, at, is_open):
    hours = parse_hours(text)
    assert hours is not None
    assert hours.open_at(time.fromisoformat(at)) is is_open


@pytest.mark.parametrize("text", ["7-23", "always", "07:00", "25:00-26:00", "07:00-07:00"])
def test_hours_that_make_no_sense_are_refused(text):
    with pytest.raises(ValueError, match=r"."):
        parse_hours(text)


def test_no_hours_are_always():
    assert parse_hours("") is None
    assert Hours(time(7), time(23)).open_at(time(12))
