"""A disk that forgets: what is not synced survives a power cut in any mixture of sectors, or not at all.

`Tape` is the record of one run, `Disk` plays it up to any point and `Disk.crash` says what a machine would find after
the plug was pulled there. Names are as mortal as contents: a file made, or deleted, is safe only when its folder was
synced, which SQLite's unix VFS does with the first sync of a new journal or WAL and with deletes that ask for it.
"""

# ruff: noqa: N802 SQLite names the methods of a VFS
from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import apsw

SECTOR = 512
GARBAGE = 0.02
"""Share of the sectors in flight at the cut that hold noise afterwards."""

OF_A_FOLDER = apsw.SQLITE_OPEN_WAL | apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_SUPER_JOURNAL


@dataclass(frozen=True, slots=True)
class Write:
    inode: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Truncate:
    inode: int
    size: int


@dataclass(frozen=True, slots=True)
class Sync:
    inode: int


@dataclass(frozen=True, slots=True)
class Lost:
    """A sync failed, and the kernel then took the pages for clean: they will never reach the disk."""

    inode: int


@dataclass(frozen=True, slots=True)
class Name:
    """The folder's entry of `name` points to this inode from now on; None: deleted."""

    name: str
    inode: int | None


@dataclass(frozen=True, slots=True)
class SyncFolder:
    pass


@dataclass(frozen=True, slots=True)
class Ack:
    """The product said: on disk up to this journal row."""

    seq: int


Op = Write | Truncate | Sync | Lost | Name | SyncFolder | Ack


@dataclass(slots=True)
class Tape:
    """Everything one run did to its files, in order, from the files it found."""

    start: dict[str, bytes] = field(default_factory=dict)
    ops: list[Op] = field(default_factory=list)
    heads: dict[int, bytes] = field(default_factory=dict)
    """Journal number → hash at every end of a commit: the only places where the file may stand after a cut."""

    _inodes: dict[str, int] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        for name in self.start:
            self._inodes[name] = self._fresh()

    def _fresh(self) -> int:
        self._count += 1
        return self._count - 1

    def inode(self, name: str) -> int:
        """The inode a name points to; made when it points nowhere."""
        if name not in self._inodes:
            self._inodes[name] = self._fresh()
            self.ops.append(Name(name, self._inodes[name]))
        return self._inodes[name]

    def delete(self, name: str, *, synced: bool) -> None:
        del self._inodes[name]
        self.ops.append(Name(name, None))
        if synced:
            self.ops.append(SyncFolder())

    def ack(self, seq: int, digest: bytes) -> None:
        """The product acknowledged a commit that ends here."""
        self.heads[seq] = digest
        self.ops.append(Ack(seq))


class Disk:
    """The state of the disk while a tape is played. `lies`: it answers syncs at once and does nothing."""

    def __init__(self, tape: Tape, *, lies: bool = False) -> None:
        self.lies = lies
        self.acked = 0
        self._safe: dict[int, bytearray] = {n: bytearray(data) for n, data in enumerate(tape.start.values())}
        self._names: dict[str, int | None] = {name: n for n, name in enumerate(tape.start)}
        self._flying: dict[int, list[Write | Truncate]] = {}
        self._flying_names: dict[str, list[int | None]] = {}

    def play(self, op: Op) -> None:
        match op:
            case Write() | Truncate():
                self._flying.setdefault(op.inode, []).append(op)
            case Name():
                self._flying_names.setdefault(op.name, []).append(op.inode)
            case Ack():
                self.acked = op.seq
            case Sync() if not self.lies:
                content = self._safe.setdefault(op.inode, bytearray())
                for each in self._flying.pop(op.inode, []):
                    _change(content, each)
            case Lost():
                self._flying.pop(op.inode, None)
            case SyncFolder() if not self.lies:
                for name, states in self._flying_names.items():
                    self._names[name] = states[-1]
                self._flying_names.clear()
            case _:
                pass

    def crash(self, rng: random.Random) -> dict[str, bytes]:
        """The files after a cut here: all that is synced, and of the rest whatever chance lets through."""
        keep = rng.choice((0.0, 1.0, rng.random(), rng.random()))
        names = dict(self._names)
        for name, states in self._flying_names.items():
            reached = rng.randint(0, len(states))
            if reached:
                names[name] = states[reached - 1]
        files = {}
        for name, inode in names.items():
            if inode is None:
                continue
            content = bytearray(self._safe.get(inode, b""))
            for each in self._flying.get(inode, []):
                for piece in _pieces(each, rng):
                    if rng.random() < keep:
                        _change(content, piece)
            files[name] = bytes(content)
        return files


def _change(content: bytearray, op: Write | Truncate) -> None:
    if isinstance(op, Write):
        if len(content) < op.offset:
            content.extend(bytes(op.offset - len(content)))
        content[op.offset : op.offset + len(op.data)] = op.data
    else:
        del content[op.size :]
        content.extend(bytes(op.size - len(content)))


def _pieces(op: Write | Truncate, rng: random.Random) -> Iterator[Write | Truncate]:
    """A write as the disk sees it: sector by sector, now and then one with noise in the bytes that were written."""
    if isinstance(op, Truncate):
        yield op
        return
    at, end = op.offset, op.offset + len(op.data)
    while at < end:
        stop = min(end, (at // SECTOR + 1) * SECTOR)
        data = op.data[at - op.offset : stop - op.offset]
        yield Write(op.inode, at, rng.randbytes(len(data)) if rng.random() < GARBAGE else data)
        at = stop


Hook = Callable[[str, str], None]
"""Called before each change with its kind (write, truncate, sync, open) and file name; raises an apsw error to fail it."""


class _File(apsw.VFSFile):
    def __init__(self, vfs: Recorder, name: str, flags: list[int]) -> None:
        self._vfs, self._name = vfs, Path(name).name
        asked = flags[0]
        vfs.hook("open", self._name)
        super().__init__(vfs.under, name, flags)
        # every open of a journal or WAL that may create it owes its folder one sync, as in SQLite's unix VFS
        self._owes_folder = bool(asked & OF_A_FOLDER and asked & apsw.SQLITE_OPEN_CREATE)
        self._inode = vfs.tape.inode(self._name)

    def xWrite(self, data: bytes, offset: int) -> None:
        self._vfs.hook("write", self._name)
        self._vfs.tape.ops.append(Write(self._inode, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:
        self._vfs.hook("truncate", self._name)
        self._vfs.tape.ops.append(Truncate(self._inode, size))
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        try:
            self._vfs.hook("sync", self._name)
        except apsw.Error:
            self._vfs.tape.ops.append(Lost(self._inode))
            raise
        super().xSync(flags)
        self._vfs.tape.ops.append(Sync(self._inode))
        if self._owes_folder:
            self._owes_folder = False
            self._vfs.tape.ops.append(SyncFolder())


class Recorder(apsw.VFS):
    """The disk under every connection while it is in use: the product opens its files as always and does not know."""

    def __init__(self, tape: Tape, hook: Hook | None = None) -> None:
        self.under = apsw.vfs_names()[0]
        self.tape = tape
        self.hook: Hook = hook or (lambda kind, name: None)
        super().__init__("recorder", self.under, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        assert name is not None, "the ledger makes no nameless files"
        return _File(self, name.filename() if isinstance(name, apsw.URIFilename) else name, flags)

    def xDelete(self, name: str, syncdir: bool) -> None:
        self.hook("delete", Path(name).name)
        super().xDelete(name, syncdir)
        self.tape.delete(Path(name).name, synced=bool(syncdir))


@contextmanager
def recorded(tape: Tape, hook: Hook | None = None) -> Iterator[Recorder]:
    """Every SQLite file opened meanwhile goes through the tape."""
    vfs = Recorder(tape, hook)
    try:
        yield vfs
    finally:
        vfs.unregister()
