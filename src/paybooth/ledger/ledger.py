"""The ledger: commit facts in one transaction on one writer, read on the caller's own connection.

Invariants (docs/design/ledger.md): (1) a commit's facts and their rows are on disk, synced, before it is acknowledged;
(2) the journal has no gap and each row's hash covers the one before; (3) one connection writes and checkpoints;
(4) a commit that fails leaves nothing behind and does not fail its neighbours in the same group.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import apsw

from paybooth.domain.facts import Fact
from paybooth.domain.goods import Difference, Product
from paybooth.domain.report import Report
from paybooth.domain.totals import Totals
from paybooth.ports import Entry, LedgerFault

from . import catalogue, report, rows, rows_exit, totals
from .books import Books
from .codec import GENESIS, chain, encode
from .migrate import NewerSchemaError, migrate, refuse_newer

OLDEST_SQLITE = (3, 51, 3)
"""Releases 3.7.0 to 3.51.2 can corrupt a WAL database when two connections reset it at once."""

assert rows_exit, "its changes are registered"

GROUP_MOST = 256
"""Commits that share one fsync, at most."""

WAITING_MOST = 4096
"""Commits waiting for the writer, at most; one more is refused at once."""

_STOP = object()


class TooOldSqliteError(Exception):
    """The SQLite library found can lose data; the shop does not start."""


Listener = Callable[[Sequence[Entry]], None]


def sqlite_version() -> str:
    """The library's version; raises TooOldSqliteError below 3.51.3."""
    text = apsw.sqlite_lib_version()
    if tuple(int(part) for part in text.split(".")) < OLDEST_SQLITE:
        wanted = ".".join(map(str, OLDEST_SQLITE))
        raise TooOldSqliteError(f"SQLite {text} can corrupt a database under load; Paybooth needs {wanted} or newer")
    return text


def connect(path: Path, *, read_only: bool = False) -> apsw.Connection:
    """A connection with the house settings. Raises LedgerFault where it cannot be opened, NewerSchemaError."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection: apsw.Connection | None = None
    try:
        connection = apsw.Connection(str(path), flags=flags)
        connection.set_busy_timeout(5000)
        refuse_newer(connection)  # before any setting could change a file we do not understand
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA wal_autocheckpoint = 2000")
        connection.execute("PRAGMA cache_size = -16000")
    except (apsw.Error, NewerSchemaError) as error:
        if connection is not None:
            connection.close(force=True)
        if isinstance(error, NewerSchemaError):
            raise
        raise LedgerFault(_reason(error), f"{path}: {error}") from error
    return connection


def _reason(error: Exception) -> str:
    match error:
        case apsw.FullError():
            return "full"
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return "readonly"
        case apsw.CantOpenError():
            return "readonly"
        case apsw.BusyError() | apsw.LockedError():
            return "busy"
        case apsw.ConstraintError() | AssertionError():
            return "refused"
        case _:
            return "broken"


def hold(path: Path) -> int:
    """Be the one writer of this file: a lock that ends with the process, however it ends. Raises LedgerFault busy."""
    try:
        handle = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        reason = "full" if error.errno == errno.ENOSPC else "readonly"
        raise LedgerFault(reason, f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise LedgerFault("busy", f"another Paybooth writes {path.name}") from error
    return handle


Change = Callable[[apsw.Cursor], Sequence[Fact]]
"""Writes rows of its own, and tells by which facts."""


@dataclass(slots=True)
class _Job:
    facts: Sequence[Fact] | Change
    at_ms: int
    done: Callable[[list[Entry] | LedgerFault], None]


class Ledger(Books):
    """The shop's journal and tables in one SQLite file.

    `threaded` runs the writer on its own thread (the shop); otherwise commits run inline (tests, simulation, tools).
    """

    def __init__(self, path: Path, *, threaded: bool = True) -> None:
        sqlite_version()
        self.path = path
        self._lock = hold(path)
        with contextlib.ExitStack() as undo:
            undo.callback(os.close, self._lock)
            self._writer = connect(path)
            undo.callback(self._writer.close, force=True)
            try:
                migrate(self._writer)
                self._seq, self._hash = self._written()
            except apsw.Error as error:
                raise LedgerFault(_reason(error), f"{path}: {error}") from error
            # inline there is one thread, and one connection keeps what it read; two would drop it at each commit
            super().__init__(connect(path, read_only=True) if threaded else self._writer)
            undo.pop_all()
        self._listeners: list[Listener] = []
        self.on_commit: Callable[[float], None] = lambda _: None
        """Seconds that a commit took; of the shop's, not of tools."""
        self._jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._waiting = 0
        self._closed = False
        self._thread: threading.Thread | None = None
        if threaded:
            self._thread = threading.Thread(target=self._run_writer, name="ledger-writer", daemon=True)
            self._thread.start()

    # ------------------------------------------------------------ writing

    async def commit(self, *facts: Fact, at_ms: int) -> list[Entry]:
        """Put facts and their rows on disk, all or none. Returns only when synced; raises LedgerFault otherwise."""
        assert facts
        if self._closed:
            raise LedgerFault("closed", "the ledger is closed")
        if self._thread is None:
            return self.commit_now(*facts, at_ms=at_ms)
        if self._waiting >= WAITING_MOST:
            raise LedgerFault("busy", f"{WAITING_MOST} commits are waiting")
        began_s = time.perf_counter()
        result = await self._hand_over(facts, at_ms)
        self.on_commit(time.perf_counter() - began_s)
        if isinstance(result, LedgerFault):
            raise result
        return result

    async def replace_catalogue(
        self, products: Sequence[Product], done: Difference, *, by: str, reason: str, at_ms: int
    ) -> None:
        """The whole catalogue anew, all or nothing. Commits wait meanwhile: a second for 50,000 products."""
        assert not self._closed

        def change(cursor: apsw.Cursor) -> Sequence[Fact]:
            return catalogue.replace_all(cursor, products, done, by=by, reason=reason)

        if self._thread is None:
            self.run_now(change, at_ms)
            return
        result = await self._hand_over(change, at_ms)
        if isinstance(result, LedgerFault):
            raise result

    async def _hand_over(self, facts: Sequence[Fact] | Change, at_ms: int) -> list[Entry] | LedgerFault:
        """To the writer's thread and back."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[list[Entry] | LedgerFault] = loop.create_future()

        def done(result: list[Entry] | LedgerFault) -> None:
            loop.call_soon_threadsafe(self._finish, future, result)

        self._waiting += 1
        self._jobs.put(_Job(facts, at_ms, done))
        return await future  # cancelled while it waits, the commit still happens; only the answer is lost

    async def answers(self) -> None:
        """Return when the writer is through with all that waited now: the watchdog's question. Writes nothing.

        A fault of the disk is an answer too: a new start would not mend it, and would take the gate down meanwhile.
        """
        if self._thread is not None and not self._closed:
            await self._hand_over((), 0)

    def commit_now(self, *facts: Fact, at_ms: int) -> list[Entry]:
        """`commit` without a loop, for tools and simulation."""
        assert self._thread is None, "one writer: use commit"
        results: list[list[Entry] | LedgerFault] = []
        self._write_group([_Job(facts, at_ms, results.append)])
        if isinstance(results[0], LedgerFault):
            raise results[0]
        self._publish(results[0])
        return results[0]

    def run_now(self, change: Change, at_ms: int) -> list[Entry]:
        """A bulk change (catalogue import) and its facts in one transaction; only for tools and start-up."""
        assert self._thread is None, "one writer: bulk changes run before the writer starts"
        try:
            with self._writer:
                entries = self._append(self._writer.cursor(), change(self._writer.cursor()), at_ms)
        except apsw.Error as error:
            raise LedgerFault(_reason(error), str(error)) from error
        self._seq, self._hash = entries[-1].seq, entries[-1].hash
        self._publish(entries)
        return entries

    def _finish(self, future: asyncio.Future[list[Entry] | LedgerFault], result: list[Entry] | LedgerFault) -> None:
        self._waiting -= 1
        if not isinstance(result, LedgerFault):
            self._publish(result)
        if not future.done():
            future.set_result(result)

    def _publish(self, entries: Sequence[Entry]) -> None:
        for listener in self._listeners if entries else ():
            listener(entries)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with the entries of every commit, after it is on disk; the result ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _run_writer(self) -> None:
        while True:
            job = self._jobs.get()
            group: list[_Job] = []
            while True:
                if job is _STOP:
                    self._write_group(group)
                    return
                group.append(job)
                if len(group) == GROUP_MOST:
                    break
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
            self._write_group(group)

    def _write_group(self, group: list[_Job]) -> None:
        """Commit a group with one fsync; where that fails, each by itself, so that only the culprit is refused."""
        if not group:
            return
        before = self._seq, self._hash
        results: list[list[Entry]] = []
        try:
            cursor = self._writer.cursor()
            cursor.execute("BEGIN IMMEDIATE")
            for job in group:
                facts = job.facts(cursor) if callable(job.facts) else job.facts
                results.append(self._append(cursor, facts, job.at_ms))
            cursor.execute("COMMIT")
        except Exception as error:
            after = self._seq, self._hash
            self._seq, self._hash = before
            self._roll_back()
            if after != before and self._stands(*after):
                # synced, then something behind the commit failed (a checkpoint): the file is right, the error is not
                for job, entries in zip(group, results, strict=True):
                    job.done(entries)
            elif len(group) > 1:
                for job in group:
                    self._write_group([job])
            else:
                fault = LedgerFault(_reason(error), str(error))
                fault.__cause__ = error
                group[0].done(fault)
            return
        for job, entries in zip(group, results, strict=True):
            job.done(entries)

    def _written(self) -> tuple[int, bytes]:
        """The journal's head as the file has it."""
        row = self._writer.execute("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
        return (int(row[0]), bytes(row[1])) if row else (0, GENESIS)

    def _stands(self, seq: int, digest: bytes) -> bool:
        """After a COMMIT that raised: whether the file holds it all the same. If so, the head moves there."""
        try:
            if self._written() != (seq, digest):
                return False
        except apsw.Error:
            return False
        self._seq, self._hash = seq, digest
        return True

    def _roll_back(self) -> None:
        if self._writer.in_transaction:
            try:
                self._writer.execute("ROLLBACK")
            except apsw.Error:
                # SQLite rolls back by itself on I/O errors; what counts is that no transaction is left open
                assert not self._writer.in_transaction

    def _append(self, cursor: apsw.Cursor, facts: Sequence[Fact], at_ms: int) -> list[Entry]:
        """Write facts and rows inside the open transaction, moving the chain's head along."""
        entries = []
        for happened in facts:
            kind = happened.kind
            body = encode(happened)
            rows.write(cursor, happened, at_ms)
            seq = self._seq + 1
            digest = chain(self._hash, seq, at_ms, kind, body)
            cursor.execute(
                "INSERT INTO journal (seq, at_ms, kind, sale, body, hash) VALUES (?, ?, ?, ?, ?, ?)",
                (seq, at_ms, kind, getattr(happened, "sale", "") or None, body, digest),
            )
            self._seq, self._hash = seq, digest
            entries.append(Entry(seq, at_ms, kind, happened, digest))
        return entries

    # ------------------------------------------------------------ reading

    @property
    def head(self) -> tuple[int, bytes]:
        """Number and hash of the newest journal row that this process wrote or found."""
        return self._seq, self._hash

    async def totals(self) -> Totals:
        """A walk over all tables; of the shop's ledger on a thread and a connection of its own."""
        if self._thread is None:
            return totals.read(self.reader)
        return await asyncio.to_thread(totals.read_beside, self.path)

    async def report(self, first: date, last: date, zone: timezone, now_ms: int) -> Report:
        """Of the days [first, last]; walked like the totals."""
        if self._thread is None:
            return report.read(self.reader, first, last, zone, now_ms)
        return await asyncio.to_thread(report.read_beside, self.path, first, last, zone, now_ms)

    # ------------------------------------------------------------ life

    def close(self) -> None:
        """Write what waits, checkpoint, close. Further commits are refused."""
        if self._closed:
            return
        self._closed = True
        if self._thread is not None:
            self._jobs.put(_STOP)
            self._thread.join()
        if self.reader is not self._writer:
            self.reader.close()
        with contextlib.suppress(apsw.Error):
            # a last checkpoint that fails loses nothing: the WAL stays, the next start plays it
            self._writer.close()
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()
