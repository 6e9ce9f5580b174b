"""Which rows the facts of the exit change: pieces, passes, gates, incidents. The same rules as rows.py."""

from __future__ import annotations

import apsw
import msgspec

from paybooth.domain import exit_facts as x
from paybooth.domain import incident as i
from paybooth.domain.facts import Fact
from paybooth.domain.leave import CLEAR, Standing

from .codec import encode
from .rows import changes, one

_PIECE = (
    "INSERT INTO pieces (sku, serial, state, sale, at_ms, until_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    " ON CONFLICT (sku, serial) DO UPDATE SET state = ?3, sale = ?4, at_ms = ?5, until_ms = ?6"
)


def piece_state(direction: str, tag: x.TagSeen) -> str | None:
    """What a passage makes of a piece; None where it changes nothing."""
    if direction == "in":
        return "in" if tag.standing not in (Standing.PAID, Standing.SOLD_BEFORE) else None
    if tag.standing in (Standing.PAID, Standing.STALE, Standing.HELD):
        return "left"
    return None if tag.standing in CLEAR else "taken"


@changes(x.PassageSeen)
def _passage_seen(cursor: apsw.Cursor, e: x.PassageSeen, at_ms: int) -> None:
    for tag in e.tags:
        state = piece_state(e.direction, tag)
        if state is not None:
            cursor.execute(_PIECE, (tag.sku, tag.serial, state, tag.sale, at_ms, 0))


@changes(x.GoodsMoved)
def _goods_moved(cursor: apsw.Cursor, e: x.GoodsMoved, at_ms: int) -> None:
    for sku, serial in e.tags:
        cursor.execute(_PIECE, (sku, serial, "moved", "", at_ms, e.until_ms))


@changes(x.GoodsReturned)
def _goods_returned(cursor: apsw.Cursor, e: x.GoodsReturned, at_ms: int) -> None:
    for sku, serial in e.tags:
        cursor.execute(_PIECE, (sku, serial, "back", "", at_ms, 0))


@changes(x.PassUsed)
def _pass_used(cursor: apsw.Cursor, e: x.PassUsed, at_ms: int) -> None:
    # a second use breaks the key: the commit is refused, whatever memory thought
    cursor.execute("INSERT INTO passes (sale, gate, at_ms) VALUES (?, ?, ?)", (e.sale, e.gate, at_ms))


@changes(x.DoorOpened)
def _door_opened(cursor: apsw.Cursor, e: x.DoorOpened, at_ms: int) -> None:
    del at_ms
    if e.cause == "fire":
        _gate(cursor, e.gate, "fire", 1)


@changes(x.DoorCommanded)
def _door_commanded(cursor: apsw.Cursor, e: x.DoorCommanded, at_ms: int) -> None:
    del at_ms
    if e.act == "fire_reset":
        _gate(cursor, e.gate, "fire", 0)
    elif e.act.startswith("mode "):
        _gate(cursor, e.gate, "mode", e.act.removeprefix("mode "))


def _gate(cursor: apsw.Cursor, gate: str, column: str, value: object) -> None:
    cursor.execute(
        f"INSERT INTO gates (gate, {column}) VALUES (?1, ?2) ON CONFLICT (gate) DO UPDATE SET {column} = ?2",  # noqa: S608 constants
        (gate, value),
    )


# ---------------------------------------------------------------- incidents

_ITEMS = msgspec.json.Decoder(tuple[x.ItemSeen, ...])


@changes(x.IncidentOpened)
def _incident_opened(cursor: apsw.Cursor, e: x.IncidentOpened, at_ms: int) -> None:
    cursor.execute(
        "INSERT INTO incidents (id, kind, severity, state, place, detail, opened_ms, last_ms, items, evidence)"
        " VALUES (?1, ?2, ?3, 'open', ?4, ?5, ?6, ?6, ?7, ?8)",
        (
            e.incident, e.what, e.severity, e.place, e.detail, at_ms, encode(e.items),
            encode(e.evidence) if e.evidence else None,
        ),
    )  # fmt: skip
    _step(cursor, e.incident, e, at_ms)


@changes(x.IncidentRepeated)
def _incident_repeated(cursor: apsw.Cursor, e: x.IncidentRepeated, at_ms: int) -> None:
    row = cursor.execute("SELECT items FROM incidents WHERE id = ?", (e.incident,)).fetchone()
    assert row is not None, f"no such incident {e.incident}"
    items = i.together((*_ITEMS.decode(row[0]), *e.items))
    one(
        cursor,
        "UPDATE incidents SET times = times + 1, last_ms = ?, detail = coalesce(nullif(?, ''), detail), items = ?,"
        " evidence = coalesce(evidence, ?) WHERE state <> 'resolved' AND id = ?",
        (at_ms, e.detail, encode(items), encode(e.evidence) if e.evidence else None, e.incident),
    )
    _step(cursor, e.incident, e, at_ms)


@changes(x.IncidentClaimed)
def _incident_claimed(cursor: apsw.Cursor, e: x.IncidentClaimed, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE incidents SET state = 'claimed', claimed_by = ?, claimed_ms = ? WHERE state <> 'resolved' AND id = ?",
        (e.by, at_ms, e.incident),
    )
    _step(cursor, e.incident, e, at_ms)


@changes(x.IncidentNoted)
def _incident_noted(cursor: apsw.Cursor, e: x.IncidentNoted, at_ms: int) -> None:
    _step(cursor, e.incident, e, at_ms)


@changes(x.IncidentTold)
def _incident_told(cursor: apsw.Cursor, e: x.IncidentTold, at_ms: int) -> None:
    cursor.execute(
        "UPDATE incidents SET escalated = max(escalated, ?) WHERE state <> 'resolved' AND id = ?", (e.step, e.incident)
    )
    _step(cursor, e.incident, e, at_ms)


@changes(x.GateAlarmed)
def _gate_alarmed(cursor: apsw.Cursor, e: x.GateAlarmed, at_ms: int) -> None:
    _step(cursor, e.incident, e, at_ms)


@changes(x.IncidentResolved)
def _incident_resolved(cursor: apsw.Cursor, e: x.IncidentResolved, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE incidents SET state = 'resolved', resolved_by = ?, resolved_ms = ?, verdict = ?, note = ?"
        " WHERE state <> 'resolved' AND id = ?",
        (e.by, at_ms, e.verdict, e.note, e.incident),
    )
    _step(cursor, e.incident, e, at_ms)


def _step(cursor: apsw.Cursor, incident: int, e: Fact, at_ms: int) -> None:
    cursor.execute(
        "INSERT INTO incident_steps (incident, n, at_ms, kind, body) VALUES"
        " (?1, (SELECT count(*) FROM incident_steps WHERE incident = ?1), ?2, ?3, ?4)",
        (incident, at_ms, e.kind, encode(e)),
    )
