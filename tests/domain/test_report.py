"""What reports make of incidents and of people's time."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.report import BUSY_MOST_MS, AlarmScore, Goods, Loss, Matter, Span, busy_ms, handled, loss, scores

YOGURT = Goods("P104", "酸奶", "Yogurt", 550)
SOAP = Goods("P501", "香皂", "Soap", 300)
MINUTE = 60_000
ALARM = Matter("unpaid", "exit", 1000, ((3000, "An"),), "An", 63_000, "theft", (YOGURT,))


def spans(of: list[tuple[str, int, int]]) -> list[Span]:
    return [Span(who, begins, begins + lasts) for who, begins, lasts in of]


SPANS = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 500), st.integers(-5, 200)), max_size=12).map(spans)


@given(SPANS)
def test_each_instant_of_a_person_counts_once(found):
    instants = {(span.who, at) for span in found for at in range(span.from_ms, span.to_ms)}
    assert busy_ms(found) == len(instants)


def test_what_stands_open_for_long_was_not_being_done():
    assert busy_ms([Span("An", 0, 10 * BUSY_MOST_MS)]) == BUSY_MOST_MS


def test_whoever_takes_over_is_busy_from_then_on():
    matter = replace(ALARM, claims=((3000, "An"), (10_000, "Bo")), resolved_ms=None)
    assert matter.spans(now_ms=50_000) == [Span("An", 3000, 10_000), Span("Bo", 10_000, 50_000)]
    assert replace(matter, claims=()).spans(50_000) == []


def test_kinds_are_told_with_the_time_they_took():
    later = replace(ALARM, opened_ms=100 * MINUTE, claims=((100 * MINUTE + 6000, "Bo"),), resolved_ms=101 * MINUTE)
    healed = Matter("device", "printer:1", 0, (), "the box", 5000, "repaired", ())
    found = handled([ALARM, later, healed], now_ms=10**9)
    assert [(row.kind, row.count, row.healed, row.taken_ms, row.busy_ms) for row in found] == [
        ("unpaid", 2, 0, 2000, 60_000 + 54_000),
        ("device", 1, 1, None, 0),
    ]


def test_loss_is_what_left_unpaid_by_what_it_turned_out_to_be():
    matters = [
        ALARM,
        replace(ALARM, verdict="paid", goods=(YOGURT, SOAP)),
        replace(ALARM, verdict="put_back", goods=(SOAP,)),
        replace(ALARM, verdict="", goods=(SOAP,)),
        replace(ALARM, verdict="other", goods=(SOAP,)),
        replace(ALARM, verdict="false_alarm"),
        replace(ALARM, verdict="test"),
        replace(ALARM, kind="help"),
    ]
    assert loss(matters) == Loss(known_fen=550, known=1, open_fen=600, open=2, saved_fen=1150, saved=2)


def test_alarms_are_scored_by_gate_and_by_product_the_least_believable_first():
    matters = [
        replace(ALARM, goods=(YOGURT, YOGURT)),
        replace(ALARM, verdict="false_alarm", goods=(SOAP, YOGURT)),
        replace(ALARM, verdict="mistake", goods=(SOAP,), place="back"),
        replace(ALARM, verdict="", goods=(SOAP,)),
        replace(ALARM, verdict="test", goods=(SOAP,)),
    ]
    gates, products = scores(matters)
    assert gates == (AlarmScore("back", "", "", 1, 0, 1), AlarmScore("exit", "", "", 3, 1, 1))
    assert products == (AlarmScore("P501", "香皂", "Soap", 3, 0, 2), AlarmScore("P104", "酸奶", "Yogurt", 2, 1, 1))
