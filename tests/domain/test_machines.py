"""Every pair of every state machine: legal ones lead where the table says, all others stop loudly."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import door, facts, incident, payment, sale
from paybooth.domain.money import Fen


@pytest.mark.parametrize(("state", "event"), list(itertools.product(payment.State, payment.Event)))
def test_attempt_machine_is_exhaustive(state, event):
    if (state, event) in payment.TRANSITIONS:
        assert payment.step(state, event) is payment.TRANSITIONS[state, event]
    else:
        with pytest.raises(AssertionError):
            payment.step(state, event)


@pytest.mark.parametrize(("phase", "step"), list(itertools.product(sale.Phase, sale.Step)))
def test_sale_machine_is_exhaustive(phase, step):
    if (phase, step) in sale.TRANSITIONS:
        assert sale.move(phase, step) is sale.TRANSITIONS[phase, step]
    else:
        with pytest.raises(AssertionError):
            sale.move(phase, step)


@pytest.mark.parametrize(("state", "event"), list(itertools.product(door.State, door.Event)))
def test_door_machine_is_exhaustive(state, event):
    if (state, event) in door.TRANSITIONS:
        assert door.step(state, event) is door.TRANSITIONS[state, event]
    else:
        with pytest.raises(AssertionError):
            door.step(state, event)


@pytest.mark.parametrize("state", list(door.State))
def test_a_door_can_be_released_from_every_state_and_fire_wins(state):
    assert door.step(state, door.Event.RELEASE) is not door.State.LOCKED
    assert door.step(state, door.Event.FIRE) is door.State.RELEASED_FIRE


@pytest.mark.parametrize(("state", "event"), list(itertools.product(incident.State, incident.Event)))
def test_incident_machine_is_exhaustive(state, event):
    if (state, event) in incident.TRANSITIONS:
        assert incident.step(state, event) is incident.TRANSITIONS[state, event]
    else:
        with pytest.raises(AssertionError):
            incident.step(state, event)


@given(st.floats(0, 1e6), st.booleans(), st.floats(-10, 1e6), st.booleans())
def test_an_opening_is_never_withheld_longer_than_the_law_allows(wanted, unpaid, waiting, hindrance):
    held = door.withheld_s(wanted, unpaid=unpaid, waiting_s=waiting, hindrance=hindrance)
    assert 0 <= held <= 15
    assert held == 0 or (unpaid and not hindrance and waiting < 15)


def test_final_states_have_no_way_out():
    assert not [s for s, _ in payment.TRANSITIONS if s in payment.FINAL]
    assert not [p for p, _ in sale.TRANSITIONS if p in sale.ENDED]


@given(st.lists(st.sampled_from(list(payment.Event)), max_size=12))
def test_once_reversing_no_mere_doubt_settles_an_attempt(events):
    state = payment.step(payment.State.OPEN, payment.Event.REVERSE)
    for event in events:
        if (state, event) not in payment.TRANSITIONS:
            continue
        state = payment.step(state, event)
        if event in (payment.Event.UNKNOWN, payment.Event.NEEDS_USER):
            pytest.fail("a doubt moved a reversing attempt")


ORDER = payment.Order("LANE01X", payment.Channel.WECHAT, payment.Mode.CODE, Fen(1250), "d", "1", "S", 0)
GOOD = {"amount": 1250, "currency": "CNY", "merchant": "m", "ours": "m", "number": "LANE01X"}


def test_an_equal_reply_has_no_difference():
    assert payment.integrity(ORDER, **GOOD) is None


@pytest.mark.parametrize(
    "wrong", [{"amount": 1251}, {"amount": None}, {"currency": "USD"}, {"merchant": "x"}, {"number": "Y"}]
)
def test_every_difference_is_named(wrong):
    assert payment.integrity(ORDER, **{**GOOD, **wrong})


def test_queries_are_due_on_schedule():
    timing = payment.Timing((2, 4, 6), 3, 45, 15, (5, 10), 300, 86400, 120)
    assert [timing.next_query_s(n) for n in range(6)] == [2, 4, 6, 9, 12, 15]
    assert [timing.next_reverse_wait_s(n) for n in range(4)] == [5, 10, 300, 300]


def test_every_fact_states_its_privacy_and_keeps_its_name():
    assert len(facts.KINDS) >= 24
    for kind, cls in facts.KINDS.items():
        assert cls.kind == kind
        assert isinstance(cls.privacy, facts.Privacy)
