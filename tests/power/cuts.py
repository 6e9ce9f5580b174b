"""Pull the plug anywhere in a recorded day, let the product open what is left, and judge.

Promised: the file opens; every acknowledged journal row is there with its hash; the journal ends where a commit ended;
the next commit works; `fsck` finds nothing. Some of the openings are themselves recorded and cut: a second power cut
while the box recovers. A judge who never says "lost" proves nothing: two controls must be seen to lose (`controls`).
"""

from __future__ import annotations

import hashlib
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

from paybooth.domain import facts as f
from paybooth.ledger.codec import GENESIS
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ports import LedgerFault

from .day import live
from .disk import Ack, Disk, Name, Op, Tape, Write, recorded

SECOND_CUT = 0.1
"""Share of the cuts after which the recovery is cut as well."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge found wrong: `lost`, `corrupt` or `fsck`, and how to see it again."""

    what: str
    seed: int
    index: int
    position: int
    detail: str

    def __str__(self) -> str:
        return f"{self.what}: seed {self.seed}, cut {self.index} before operation {self.position}: {self.detail}"


@dataclass(slots=True)
class Tally:
    cuts: int = 0
    second_cuts: int = 0
    results: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    digest: str = ""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory where the machine has one: the cuts are on paper, a slow disk would add nothing."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="paybooth-power-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def record(folder: Path, *, synchronous: str = "") -> Tape:
    """The day, on tape."""
    tape = Tape(heads={0: GENESIS})
    home = folder / f"day-{synchronous.lower() or 'product'}"
    home.mkdir()
    with recorded(tape):
        live(home / "ledger.db", tape, synchronous=synchronous)
    return tape


class Bench:
    """One folder where images are laid out, opened and judged."""

    def __init__(self, folder: Path) -> None:
        self._home = folder / "box"

    def lay_out(self, files: dict[str, bytes]) -> Path:
        """Put the files of a cut down; what was there before is gone."""
        shutil.rmtree(self._home, ignore_errors=True)
        self._home.mkdir()
        for name, content in files.items():
            (self._home / name).write_bytes(content)
        return self._home / "ledger.db"

    def judge(self, files: dict[str, bytes], acked: int, heads: dict[int, bytes]) -> tuple[str, str]:
        """(verdict, detail) of one image. `good` only with everything promised."""
        path = self.lay_out(files)
        try:
            with Ledger(path, threaded=False) as ledger:
                seq, digest = ledger.head
                if seq < acked:
                    return "lost", f"acknowledged up to {acked}, the journal ends at {seq}"
                if heads.get(seq) != digest:
                    return "corrupt", f"the journal ends at {seq}, where no commit ended"
                ledger.commit_now(f.ShopStarted("after the cut", len(ledger.open_attempts())), at_ms=1)
            report = fsck(path)
        except (LedgerFault, apsw.Error, UnicodeDecodeError) as error:
            return "corrupt", f"{type(error).__name__}: {error}"
        return ("good", f"{seq}") if report.ok else ("fsck", "; ".join(report.faults[:3]))

    def second_tape(self, files: dict[str, bytes], heads: dict[int, bytes]) -> Tape:
        """The recovery and first commit after a cut, on a tape of their own."""
        path = self.lay_out(files)
        tape = Tape(start=files, heads=dict(heads))
        with recorded(tape):
            with Ledger(path, threaded=False) as ledger:
                ledger.commit_now(f.ShopStarted("after the cut", 0), at_ms=1)
                tape.ack(*ledger.head)
        return tape


def cut(
    bench: Bench, tape: Tape, *, seed: int, cuts: int, lies: bool = False, again: bool = True, tick: Progress = int
) -> Tally:
    """Play `cuts` power cuts at places and with survivors drawn from `seed`."""
    # in the order of their places, so that the tape is played once
    places = sorted((_rng(seed, index).randint(0, len(tape.ops)), index) for index in range(cuts))
    disk, at = Disk(tape, lies=lies), 0
    tally, digest = Tally(), hashlib.sha256()
    for position, index in places:
        for op in tape.ops[at:position]:
            disk.play(op)
        at = position
        rng = _rng(seed, index, "survivors")
        files = disk.crash(rng)
        verdict, detail = bench.judge(files, disk.acked, tape.heads)
        if again and verdict == "good" and rng.random() < SECOND_CUT:
            tally.second_cuts += 1
            verdict, detail = _again(bench, files, tape.heads, rng, disk.acked)
        tally.cuts += 1
        tally.results[verdict] += 1
        digest.update(f"{index} {position} {verdict} {detail}\n".encode())
        if verdict != "good":
            tally.findings.append(Finding(verdict, seed, index, position, detail))
        tick(tally.cuts)
    tally.digest = digest.hexdigest()[:16]
    return tally


def _again(
    bench: Bench, files: dict[str, bytes], heads: dict[int, bytes], rng: random.Random, acked: int
) -> tuple[str, str]:
    tape = bench.second_tape(files, heads)
    disk = Disk(tape)
    for op in tape.ops[: rng.randint(0, len(tape.ops))]:
        disk.play(op)
    verdict, detail = bench.judge(disk.crash(rng), max(acked, disk.acked), tape.heads)
    return verdict, f"second cut: {detail}"


def _rng(seed: int, index: int, what: str = "place") -> random.Random:
    return random.Random(f"{seed} {index} {what}")


@dataclass(frozen=True, slots=True)
class Run:
    """The product's tally beside its controls."""

    product: Tally
    normal: Tally
    """`synchronous = NORMAL`: must lose acknowledged facts."""
    lying: Tally
    """A disk that ignores syncs: must lose or spoil."""
    ops: Counter[str]

    @property
    def controls_fail(self) -> bool:
        """The judges can see a loss; otherwise the run says nothing."""
        return self.normal.results["lost"] > 0 and self.lying.results["lost"] + self.lying.results["corrupt"] > 0

    @property
    def good(self) -> bool:
        return self.controls_fail and self.product.results["good"] == self.product.cuts > 0


def run(seed: int, cuts: int, tick: Progress = int) -> Run:
    """The whole proof: record, cut, controls."""
    with scratch() as folder:
        tape, loose, bench = record(folder), record(folder, synchronous="NORMAL"), Bench(folder)
        few = max(40, min(cuts // 20, 1000))
        return Run(
            product=cut(bench, tape, seed=seed, cuts=cuts, tick=tick),
            normal=cut(bench, loose, seed=seed, cuts=few, again=False),
            lying=cut(bench, tape, seed=seed, cuts=few, lies=True, again=False),
            ops=counted(tape.ops),
        )


def counted(ops: list[Op]) -> Counter[str]:
    """How much of everything a tape holds, to see that the day reaches what it shall."""
    counts = Counter(type(op).__name__.lower() for op in ops)
    counts["commits"] = sum(isinstance(op, Ack) for op in ops)
    counts["deleted"] = sum(isinstance(op, Name) and op.inode is None for op in ops)
    # inode of the database is the first that was named; its writes after the first WAL are checkpoints
    base = next((op.inode for op in ops if isinstance(op, Name) and op.name == "ledger.db"), None)
    inside, rounds = False, 0
    for op in ops:
        if isinstance(op, Write):
            rounds += op.inode == base and not inside
            inside = op.inode == base
    counts["checkpoints"] = rounds
    return counts
