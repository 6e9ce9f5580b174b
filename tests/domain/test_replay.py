"""An alarm judged again: the same answer from what was kept, and another one from what was altered."""

from __future__ import annotations

import random
from dataclasses import replace as but

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import exit_facts as x
from paybooth.domain.passage import RULE, Move, Passages, Rule, Slice, Zone, figures, own_settings, replay
from paybooth.domain.replay import judge_again
from paybooth.lab.radio import Carrier, Field, out, shelf, walk

EPC = b"a tag of ours"
WALKS = {
    "out": out(0.0),
    "slowly": out(0.0, 0.5),
    "in": walk(0.0, (4.0, 0.0), (-4.0, 8.0)),
    "there and back": walk(0.0, (-4.0, 0.0), (0.2, 4.0), (0.2, 6.0), (-4.0, 10.0)),
}


def moves(seed, legs, rate, *, eye_s=None, rule=None):
    """Every move of a walk, by the machine as it lives."""
    carriers = [Carrier((EPC,), legs), shelf((b"beside",), metres=-0.5, beside_m=1.0)]
    field = Field(random.Random(seed), read_rate=rate, carriers=carriers)
    gate = Passages(rule or Rule(), lambda _: True)
    if eye_s is not None:
        gate.eye(eye_s)
    events = []
    for at_s, zone, epc, rssi in field.reads(0.0, legs[-1].to_s):
        events += gate.take([(epc, zone is Zone.OUTER, rssi, at_s)])
    return [event for event in events if event.move in (Move.OUT, Move.IN)]


def evidence(event, rule=None):
    zones = (Zone.INNER, Zone.OUTER)
    reads = tuple(x.ReadProof(s.at_ms, 0, zones[s.outer], s.best, s.n, s.power) for s in event.slices)
    tag = x.TagProof("A", "1", event.epc.hex(), "unpaid", "")
    kept = x.Evidence((tag,), reads, 1, None, RULE, event.move, event.eye_ms, own_settings(rule or Rule()))
    return msgspec.json.decode(msgspec.json.encode(kept), type=x.Evidence)


@given(
    seed=st.integers(0, 1 << 32),
    legs=st.sampled_from(sorted(WALKS)),
    rate=st.floats(0.3, 1.0),
    eye_s=st.none() | st.floats(0.0, 10.0),
)
def test_every_decision_is_the_same_again_after_it_was_kept(seed, legs, rate, eye_s):
    for event in moves(seed, WALKS[legs], rate, eye_s=eye_s):
        (again,) = judge_again(evidence(event))
        assert (again.found, again.same) == (event.move, True)


def test_the_rules_own_settings_are_kept_with_it():
    rule = Rule(min_reads=3, fade_db=1.0)
    (event,) = moves(1, WALKS["out"], 1.0, rule=rule)
    kept = evidence(event, rule)
    assert dict(kept.settings) == {"min_reads": 3, "fade_db": 1.0}
    assert judge_again(kept)[0].same


def test_altered_reads_do_not_get_the_same_answer():
    (event,) = moves(1, WALKS["out"], 1.0)
    kept = evidence(event)
    inside = tuple(read for read in kept.reads if read.zone == Zone.INNER)
    (again,) = judge_again(but(kept, reads=inside))
    assert (again.found, again.same) == (None, False)


def test_a_moment_too_late_for_the_beam_counts_as_no_beam():
    rule = Rule()
    late = [Slice(-300 + 100 * n, True, 1, -50, 10**8) for n in range(4)]
    assert (replay(late, -100, rule), replay(late, -3001, rule), replay(late, None, rule)) == (Move.OUT, None, None)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rule": "passage-1"}, "passage-1"),
        ({"settings": [["no_such_setting", 1.0]]}, "does not know"),
        ({"reads": []}, "not kept"),
        ({"reads": [{"at_ms": 0, "tag": 0, "zone": "outer", "rssi": -50}]}, "not kept"),
    ],
)
def test_what_cannot_be_judged_again_says_so(change, why):
    (event,) = moves(1, WALKS["out"], 1.0)
    kept = msgspec.convert({**msgspec.to_builtins(evidence(event)), **change}, x.Evidence)
    (again,) = judge_again(kept)
    assert (again.same, why in again.why_not) == (None, True)


def test_rows_from_before_still_open():
    read = b'{"at_ms":-5,"tag":0,"zone":"inner","rssi":-50}'
    old = b'{"tags":[],"reads":[%b],"bookmark_ms":1,"took_ms":null,"rule":"passage-1"}' % read
    kept = msgspec.json.decode(old, type=x.Evidence)
    assert (kept.reads[0].n, kept.move, kept.eye_ms) == (0, "", None)


def test_the_figures_say_what_the_rule_compared():
    (event,) = moves(1, WALKS["out"], 1.0)
    found = figures(event.slices)
    rule = Rule()
    assert found.reads >= rule.min_reads
    assert found.lag_ms >= rule.lag_s * 1000
    assert min(found.inner_best, found.outer_best) >= rule.through_dbm
    assert found.lead_db is None or found.lead_db >= rule.lead_db
    assert found.rise_db is None or found.rise_db >= rule.rise_db


def test_the_figures_of_one_side_alone_compare_nothing():
    assert figures([Slice(0, True, 2, -50, 10)]) == (2, None, -50, None, None, None, None)
