"""`paybooth replay`: an alarm of last night, judged again in front of whoever doubts it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from paybooth import cli
from paybooth.domain import exit_facts as x
from paybooth.domain.incident import Kind, Severity
from paybooth.ledger.ledger import Ledger

from ..domain.test_replay import WALKS, evidence, moves
from .test_books import CONFIG

AT_MS = 1_790_000_000_000
KEPT = replace(evidence(moves(1, WALKS["out"], 1.0)[0]), bookmark_ms=AT_MS)
ALTERED = replace(KEPT, reads=tuple(read for read in KEPT.reads if read.zone == "inner"))
OLD = replace(KEPT, rule="passage-1")


@pytest.fixture
def call(tmp_path, capsys):
    (tmp_path / "shop.toml").write_text(CONFIG.format(port=1), "utf-8")
    (tmp_path / "data").mkdir()
    item = x.ItemSeen("A", "海盐薯片", "Crisps", "", None, 1)
    with Ledger(tmp_path / "data" / "ledger.db", threaded=False) as ledger:
        for number, kept in enumerate((KEPT, ALTERED, OLD), 1):
            opened = (number, Kind.UNPAID, Severity.CRITICAL, "exit", "", (item,), kept)
            ledger.commit_now(x.IncidentOpened(*opened), at_ms=AT_MS)
        ledger.commit_now(x.IncidentOpened(4, Kind.FIRE, Severity.CRITICAL, "exit", "", (), None), at_ms=AT_MS)
        ledger.commit_now(x.IncidentRepeated(1, "", (item,), KEPT), at_ms=AT_MS + 1)
        ledger.commit_now(x.IncidentOpened(5, Kind.UNPAID, Severity.CRITICAL, "exit", "", (item,), KEPT), at_ms=AT_MS)
        ledger.commit_now(x.IncidentRepeated(5, "", (item,), OLD), at_ms=AT_MS + 1)

    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.app(["replay", *map(str, words), "--config", str(tmp_path / "shop.toml")])
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return run


def test_the_same_reads_get_the_same_answer_and_a_picture(call):
    code, out, _ = call(1)
    assert code == 0
    assert out.count("judged again by passage-3: out, as then") == 2
    inner, outer = (next(line for line in out.splitlines() if name in line) for name in ("  inner |", "  outer |"))
    assert len(inner) == len(outer)
    assert "█" in inner + outer
    assert inner.rstrip("| ").count(" ") != outer.rstrip("| ").count(" ")
    assert "Crisps · serial 1 · unpaid · 2026-09-2" in out


def test_altered_reads_are_told_and_end_with_1(call):
    code, out, _ = call(2)
    assert (code, "judged again by passage-3: nothing, NOT as then (out)" in out) == (1, True)


def test_what_cannot_be_judged_says_why(call):
    code, out, _ = call(3)
    assert (code, "it was judged by passage-1; this version has passage-3" in out) == (2, True)


def test_half_an_answer_is_none(call):
    code, out, _ = call(5)
    assert (code, "as then" in out, "cannot be judged again" in out) == (2, True, True)


@pytest.mark.parametrize(("number", "why"), [(4, "has no reads of tags"), (99, "there is no incident 99")])
def test_nothing_to_judge_is_a_clear_word(call, number, why):
    code, out, err = call(number)
    assert (code, out, why in err) == (2, "", True)


def test_as_json_it_is_one_object(call):
    code, out, _ = call(1, "--json")
    found = json.loads(out)
    assert (code, found["incident"], [tag["same"] for tag in found["tags"]]) == (0, 1, [True, True])
    assert found["tags"][0]["figures"]["reads"] == sum(each["n"] for each in found["tags"][0]["slices"])
