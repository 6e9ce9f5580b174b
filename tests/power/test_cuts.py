"""2,000 power cuts on every run; the controls make sure that a loss would be seen."""

from __future__ import annotations

import random

import pytest

from . import cuts
from .disk import SECTOR, Ack, Disk, Name, Sync, SyncFolder, Tape, Write


@pytest.fixture(scope="module")
def run():
    return cuts.run(seed=1, cuts=2000)


@pytest.mark.timeout(120)
def test_no_cut_loses_or_spoils_anything(run):
    assert run.product.cuts == 2000
    assert run.product.second_cuts > 100
    assert not run.product.findings, "\n".join(map(str, run.product.findings[:10]))


def test_the_controls_lose(run):
    assert run.normal.results["lost"] > 0, "synchronous=NORMAL must lose acknowledged facts, or the run is void"
    assert run.lying.results["lost"] > 0, "a disk that ignores syncs must lose, or the run is void"
    assert run.lying.results["corrupt"] > 0, "a disk that ignores syncs must spoil files, or the run is void"
    assert run.good


def test_the_day_reaches_what_it_shall(run):
    assert run.ops["commits"] > 100
    assert run.ops["checkpoints"] > 10
    assert run.ops["deleted"] >= 3, "the rollback journal of the first start and the WAL of two clean stops"


def test_a_seed_repeats_itself(tmp_path):
    tape = cuts.record(tmp_path)
    digests = {cuts.cut(cuts.Bench(tmp_path), tape, seed=7, cuts=20).digest for _ in range(2)}
    assert len(digests) == 1


def tape_of(*ops):
    return Tape(ops=list(ops))


def played(tape, **how):
    disk = Disk(tape, **how)
    for op in tape.ops:
        disk.play(op)
    return disk


def crashes(disk):
    return [disk.crash(random.Random(seed)) for seed in range(200)]


def test_what_was_synced_survives_every_cut():
    tape = tape_of(Name("a", 0), Write(0, 0, b"x" * 3 * SECTOR), Sync(0), SyncFolder(), Ack(1))
    assert {crash["a"] for crash in crashes(played(tape))} == {b"x" * 3 * SECTOR}


def test_what_was_not_synced_is_torn_and_reordered():
    tape = tape_of(Name("a", 0), Write(0, 0, bytes(3 * SECTOR)), Sync(0), SyncFolder(), Write(0, 0, b"y" * 3 * SECTOR))
    seen = {tuple(crash["a"][n * SECTOR : n * SECTOR + 1] for n in range(3)) for crash in crashes(played(tape))}
    assert {(b"\0", b"\0", b"\0"), (b"y", b"y", b"y"), (b"\0", b"\0", b"y"), (b"y", b"\0", b"\0")} <= seen


def test_a_name_is_mortal_until_its_folder_is_synced():
    made = tape_of(Name("a", 0), Write(0, 0, b"z"), Sync(0))
    assert {frozenset(crash) for crash in crashes(played(made))} == {frozenset(), frozenset("a")}
    gone = tape_of(Name("a", 0), Write(0, 0, b"z"), Sync(0), SyncFolder(), Name("a", None))
    assert {frozenset(crash) for crash in crashes(played(gone))} == {frozenset(), frozenset("a")}


def test_a_lying_disk_keeps_no_promise():
    tape = tape_of(Name("a", 0), Write(0, 0, b"x" * SECTOR), Sync(0), SyncFolder())
    assert {} in crashes(played(tape, lies=True))
