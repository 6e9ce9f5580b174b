"""Which rows each fact changes: the only INSERT, UPDATE and DELETE of the shop's tables.

One function per fact kind, looked up by class. fsck checks the result against the independent fold in domain/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, fields
from operator import attrgetter
from typing import Any

import apsw

from paybooth.domain import facts as f
from paybooth.domain.payment import Event, State, step
from paybooth.domain.staff_facts import (
    PlanChanged,
    PricePlanned,
    PriceSettled,
    ProductChanged,
    RulesChanged,
    SettingsChanged,
    ShiftHandedOver,
    ShiftTaken,
)

from . import catalogue
from .codec import encode

Change = Callable[[apsw.Cursor, Any, int], None]
CHANGES: dict[type[f.Fact], Change] = {}

LINE_COLUMNS = tuple(field.name for field in fields(f.Line))
_line_values = attrgetter(*LINE_COLUMNS)
_INSERT_LINE = f"INSERT INTO lines (sale, {', '.join(LINE_COLUMNS)}) VALUES (?{', ?' * len(LINE_COLUMNS)})"  # noqa: S608 constants


def changes(kind: type[f.F]) -> Callable[[Callable[[apsw.Cursor, f.F, int], None]], Change]:
    def register(change: Callable[[apsw.Cursor, f.F, int], None]) -> Change:
        CHANGES[kind] = change
        return change

    return register


def write(cursor: apsw.Cursor, happened: f.Fact, at_ms: int) -> None:
    """Carry a fact into the tables; facts without rows of their own live in the journal alone."""
    change = CHANGES.get(type(happened))
    if change is not None:
        change(cursor, happened, at_ms)


def one(cursor: apsw.Cursor, sql: str, bindings: tuple[Any, ...]) -> None:
    """Run a statement that must touch exactly one row."""
    cursor.execute(sql, bindings)
    assert cursor.connection.changes() == 1, f"no such row: {sql} {bindings[-1]}"


@changes(f.SaleOpened)
def _sale_opened(cursor: apsw.Cursor, e: f.SaleOpened, at_ms: int) -> None:
    cursor.execute(
        "INSERT INTO sales (id, number, booth, phase, language, opened_ms, changed_ms)"
        " VALUES (?, ?, ?, 'shopping', ?, ?, ?)",
        (e.sale, e.number, e.booth, e.language, at_ms, at_ms),
    )


def _insert_line(cursor: apsw.Cursor, sale: str, line: f.Line) -> None:
    cursor.execute(_INSERT_LINE, (sale, *_line_values(line)))


def _touch(cursor: apsw.Cursor, sale: str, at_ms: int, *, phase: str | None = None) -> None:
    """Renew total and time of a sale, and its phase where it moved."""
    one(
        cursor,
        "UPDATE sales SET total = coalesce((SELECT sum(amount) FROM lines WHERE sale = ?1), 0)"
        " + coalesce((SELECT sum(amount) FROM discounts WHERE sale = ?1), 0),"
        " phase = coalesce(?2, phase), changed_ms = ?3 WHERE id = ?1",
        (sale, phase, at_ms),
    )


@changes(f.LineAdded)
def _line_added(cursor: apsw.Cursor, e: f.LineAdded, at_ms: int) -> None:
    _insert_line(cursor, e.sale, e.line)
    one(
        cursor,
        "UPDATE sales SET last_line = ?, total = total + ?, changed_ms = ? WHERE id = ?",
        (e.line.id, e.line.amount, at_ms, e.sale),
    )


@changes(f.LineChanged)
def _line_changed(cursor: apsw.Cursor, e: f.LineChanged, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE lines SET quantity = ?, amount = ? WHERE sale = ? AND id = ?",
        (e.quantity, e.amount, e.sale, e.line),
    )
    _touch(cursor, e.sale, at_ms)


@changes(f.LineRemoved)
def _line_removed(cursor: apsw.Cursor, e: f.LineRemoved, at_ms: int) -> None:
    one(cursor, "DELETE FROM lines WHERE sale = ? AND id = ?", (e.sale, e.line))
    cursor.execute("DELETE FROM discounts WHERE sale = ? AND line = ?", (e.sale, e.line))
    _touch(cursor, e.sale, at_ms)


@changes(f.MemberJoined)
def _member_joined(cursor: apsw.Cursor, e: f.MemberJoined, at_ms: int) -> None:
    one(cursor, "UPDATE sales SET member = ?, member_tail = ? WHERE id = ?", (e.member, e.tail, e.sale))
    cursor.execute("DELETE FROM lines WHERE sale = ?", (e.sale,))
    for line in e.lines:
        _insert_line(cursor, e.sale, line)
    _touch(cursor, e.sale, at_ms)


@changes(f.SaleDiscounted)
def _sale_discounted(cursor: apsw.Cursor, e: f.SaleDiscounted, at_ms: int) -> None:
    cursor.execute("DELETE FROM discounts WHERE sale = ?", (e.sale,))
    cursor.executemany(
        "INSERT INTO discounts (sale, line, rule, label_zh, label_en, amount) VALUES (?, ?, ?, ?, ?, ?)",
        ((e.sale, d.line, d.rule, d.label_zh, d.label_en, d.amount) for d in e.discounts),
    )
    _touch(cursor, e.sale, at_ms)


@changes(f.SaleConfirmed)
def _sale_confirmed(cursor: apsw.Cursor, e: f.SaleConfirmed, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE sales SET phase = 'choosing', changed_ms = ? WHERE id = ? AND phase = 'shopping' AND total = ?",
        (at_ms, e.sale, e.total),
    )


def _phase(cursor: apsw.Cursor, sale: str, phase: str, at_ms: int) -> None:
    one(cursor, "UPDATE sales SET phase = ?, changed_ms = ? WHERE id = ?", (phase, at_ms, sale))


@changes(f.SaleReopened)
def _sale_reopened(cursor: apsw.Cursor, e: f.SaleReopened, at_ms: int) -> None:
    _phase(cursor, e.sale, "shopping", at_ms)


@changes(f.SaleParked)
def _sale_parked(cursor: apsw.Cursor, e: f.SaleParked, at_ms: int) -> None:
    _phase(cursor, e.sale, "parked", at_ms)


@changes(f.SaleResumed)
def _sale_resumed(cursor: apsw.Cursor, e: f.SaleResumed, at_ms: int) -> None:
    _phase(cursor, e.sale, "shopping", at_ms)
    one(cursor, "UPDATE sales SET booth = ? WHERE id = ?", (e.booth, e.sale))


@changes(f.SaleAbandoned)
def _sale_abandoned(cursor: apsw.Cursor, e: f.SaleAbandoned, at_ms: int) -> None:
    _phase(cursor, e.sale, "abandoned", at_ms)


@changes(f.SaleHeld)
def _sale_held(cursor: apsw.Cursor, e: f.SaleHeld, at_ms: int) -> None:
    _phase(cursor, e.sale, "held", at_ms)


@changes(f.SalePaid)
def _sale_paid(cursor: apsw.Cursor, e: f.SalePaid, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE sales SET phase = 'paid', receipt = ?1, changed_ms = ?2, paid_ms = ?2"
        " WHERE id = ?3 AND phase = 'paying' AND total = ?4 AND attempt = ?5",
        (e.receipt, at_ms, e.sale, e.total, e.attempt),
    )
    cursor.execute("INSERT INTO receipts (receipt, sale, state) VALUES (?, ?, 'due')", (e.receipt, e.sale))


@changes(f.AttemptOpened)
def _attempt_opened(cursor: apsw.Cursor, e: f.AttemptOpened, at_ms: int) -> None:
    cursor.execute(
        "INSERT INTO attempts (number, sale, booth, channel, mode, amount, code_hash, code_last4, state, opened_ms)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
        (e.attempt, e.sale, e.booth, e.channel, e.mode, e.amount, e.code_hash, e.code_last4, e.opened_at_ms),
    )
    one(
        cursor,
        "UPDATE sales SET phase = 'paying', attempt = ?, attempts = attempts + 1, changed_ms = ?"
        " WHERE id = ? AND phase = 'choosing' AND total = ?",
        (e.attempt, at_ms, e.sale, e.amount),
    )


def _step(cursor: apsw.Cursor, attempt: str, event: str) -> State:
    """The attempt's next state; asserts that the table allows it (the pair assertion of the domain's machine)."""
    row = cursor.execute("SELECT state FROM attempts WHERE number = ?", (attempt,)).fetchone()
    assert row is not None, attempt
    return step(State(str(row[0])), Event(event))


@changes(f.AttemptMoved)
def _attempt_moved(cursor: apsw.Cursor, e: f.AttemptMoved, at_ms: int) -> None:
    del at_ms
    state = _step(cursor, e.attempt, e.event)
    one(cursor, "UPDATE attempts SET state = ? WHERE number = ?", (state, e.attempt))


@changes(f.AttemptSettled)
def _attempt_settled(cursor: apsw.Cursor, e: f.AttemptSettled, at_ms: int) -> None:
    state = _step(cursor, e.attempt, e.event)
    one(
        cursor,
        "UPDATE attempts SET state = ?, settled_ms = ?, txn = ?, paid_at_ms = ?, payer_paid = ?, reason = ?, code = ?"
        " WHERE number = ?",
        (state, at_ms, e.transaction, e.paid_at_ms, e.payer_paid, e.reason, e.code, e.attempt),
    )
    if state is not State.PAID:
        one(
            cursor,
            "UPDATE sales SET attempt = NULL, changed_ms = ?,"
            " phase = CASE phase WHEN 'paying' THEN 'choosing' ELSE phase END WHERE id = ?",
            (at_ms, e.sale),
        )


@changes(f.SaleVoided)
def _sale_voided(cursor: apsw.Cursor, e: f.SaleVoided, at_ms: int) -> None:
    one(cursor, "UPDATE sales SET changed_ms = ? WHERE phase <> 'paid' AND id = ?", (at_ms, e.sale))


# ---------------------------------------------------------------- refunds

_REFUND = (
    "INSERT INTO refunds (number, attempt, sale, amount, reason, status, opened_ms, asked_by, note, request)"
    " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10"
    # whatever was decided above: what takes room never passes what was paid
    " WHERE (SELECT amount FROM attempts WHERE number = ?2 AND sale = ?3) >= ?4 + coalesce((SELECT sum(amount)"
    " FROM refunds WHERE sale = ?3 AND attempt = ?2 AND status IN ('asked', 'open', 'done')), 0)"
)


def _insert_refund(cursor: apsw.Cursor, values: tuple[Any, ...]) -> None:
    cursor.execute(_REFUND, values)
    assert cursor.connection.changes() == 1, f"refund {values[0]}: more than was paid"


@changes(f.RefundAsked)
def _refund_asked(cursor: apsw.Cursor, e: f.RefundAsked, at_ms: int) -> None:
    asked = (e.refund, e.attempt, e.sale, e.amount, e.reason, "asked", at_ms, e.by, e.note, e.request)
    _insert_refund(cursor, asked)
    cursor.executemany(
        "INSERT INTO refund_lines (refund, line, quantity, amount) VALUES (?, ?, ?, ?)",
        ((e.refund, line.line, line.quantity, line.amount) for line in e.lines),
    )


@changes(f.RefundApproved)
def _refund_approved(cursor: apsw.Cursor, e: f.RefundApproved, at_ms: int) -> None:
    del at_ms
    one(
        cursor,
        "UPDATE refunds SET approved_by = ? WHERE status = 'asked' AND asked_by <> ?1 AND number = ?",
        (e.by, e.refund),
    )


@changes(f.RefundWithdrawn)
def _refund_withdrawn(cursor: apsw.Cursor, e: f.RefundWithdrawn, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE refunds SET status = 'withdrawn', settled_ms = ? WHERE status = 'asked' AND number = ?",
        (at_ms, e.refund),
    )


@changes(f.RefundOpened)
def _refund_opened(cursor: apsw.Cursor, e: f.RefundOpened, at_ms: int) -> None:
    """One that staff asked for moves on; one by rule begins here."""
    cursor.execute(
        "UPDATE refunds SET status = 'open', opened_ms = ? WHERE status = 'asked' AND number = ? AND amount = ?",
        (at_ms, e.refund, e.amount),
    )
    if cursor.connection.changes() == 0:
        _insert_refund(cursor, (e.refund, e.attempt, e.sale, e.amount, e.reason, "open", at_ms, "", "", ""))


@changes(f.RefundSettled)
def _refund_settled(cursor: apsw.Cursor, e: f.RefundSettled, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE refunds SET status = ?, settled_ms = ? WHERE status = 'open' AND number = ?",
        (e.status, at_ms, e.refund),
    )


# ---------------------------------------------------------------- days and staff


@changes(f.DayMatched)
def _day_matched(cursor: apsw.Cursor, e: f.DayMatched, at_ms: int) -> None:
    cursor.execute(
        "INSERT OR REPLACE INTO matches (day, channel, at_ms, body) VALUES (?, ?, ?, ?)",
        (e.day, e.channel, at_ms, encode(e)),
    )


@changes(f.StaffAdded)
def _staff_added(cursor: apsw.Cursor, e: f.StaffAdded, at_ms: int) -> None:
    del at_ms
    cursor.execute(
        "INSERT INTO staff (name, role, token_hash) VALUES (?1, ?2, ?3)"
        " ON CONFLICT (name) DO UPDATE SET role = ?2, token_hash = ?3",
        (e.name, e.role, e.token_hash),
    )


@changes(f.StaffRemoved)
def _staff_removed(cursor: apsw.Cursor, e: f.StaffRemoved, at_ms: int) -> None:
    del at_ms
    one(cursor, "DELETE FROM staff WHERE name = ?", (e.name,))


@changes(ProductChanged)
def _product_changed(cursor: apsw.Cursor, e: ProductChanged, at_ms: int) -> None:
    del at_ms
    catalogue.change(cursor, e.before, e.after)


@changes(ShiftHandedOver)
def _shift_handed_over(cursor: apsw.Cursor, e: ShiftHandedOver, at_ms: int) -> None:
    cursor.execute(
        "INSERT INTO handovers (id, at_ms, by, text, incidents) VALUES (?, ?, ?, ?, ?)",
        (e.handover, at_ms, e.by, e.text, encode(e.incidents).decode()),
    )


@changes(ShiftTaken)
def _shift_taken(cursor: apsw.Cursor, e: ShiftTaken, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE handovers SET taken_by = ?, taken_ms = ? WHERE taken_by = '' AND id = ?",
        (e.by, at_ms, e.handover),
    )


@changes(PlanChanged)
def _plan_changed(cursor: apsw.Cursor, e: PlanChanged, at_ms: int) -> None:
    one(
        cursor,
        "INSERT INTO plans (number, at_ms, body) SELECT ?1, ?2, ?3"
        " WHERE ?1 = (SELECT coalesce(max(number), 0) + 1 FROM plans)",
        (e.number, at_ms, encode(e)),
    )


@changes(PricePlanned)
def _price_planned(cursor: apsw.Cursor, e: PricePlanned, at_ms: int) -> None:
    del at_ms
    cursor.execute(
        "INSERT INTO coming_prices (number, sku, from_ms, price, member_price, by, reason)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        astuple(e.coming),
    )


@changes(PriceSettled)
def _price_settled(cursor: apsw.Cursor, e: PriceSettled, at_ms: int) -> None:
    del at_ms
    one(cursor, "UPDATE coming_prices SET state = ? WHERE state = 'planned' AND number = ?", (e.outcome, e.number))


@changes(RulesChanged)
def _rules_changed(cursor: apsw.Cursor, e: RulesChanged, at_ms: int) -> None:
    one(
        cursor,
        "INSERT INTO price_rules (number, at_ms, body) SELECT ?1, ?2, ?3"
        " WHERE ?1 = (SELECT coalesce(max(number), 0) + 1 FROM price_rules)",
        (e.number, at_ms, encode(e)),
    )


@changes(SettingsChanged)
def _settings_changed(cursor: apsw.Cursor, e: SettingsChanged, at_ms: int) -> None:
    del at_ms
    for each in e.changes:
        row = cursor.execute("SELECT value FROM settings WHERE key = ?", (each.key,)).fetchone()
        assert (None if row is None else row[0]) == each.before, f"setting {each.key} is not what it was taken for"
        cursor.execute("DELETE FROM settings WHERE key = ?", (each.key,))
        if each.after is not None:
            cursor.execute("INSERT INTO settings (key, value) VALUES (?, ?)", (each.key, each.after))


@changes(f.ReceiptStarted)
def _receipt_started(cursor: apsw.Cursor, e: f.ReceiptStarted, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE receipts SET state = 'printing', started_ms = ? WHERE state = 'due' AND receipt = ?",
        (at_ms, e.receipt),
    )


@changes(f.ReceiptSettled)
def _receipt_settled(cursor: apsw.Cursor, e: f.ReceiptSettled, at_ms: int) -> None:
    one(
        cursor,
        "UPDATE receipts SET state = ?, reason = ?, settled_ms = ? WHERE state IN ('due', 'printing') AND receipt = ?",
        (e.state, e.reason, at_ms, e.receipt),
    )
