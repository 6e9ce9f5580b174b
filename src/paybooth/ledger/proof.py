"""The proof of one sale: its facts as they were hashed, what the channel said, and the path through the chain.

Who gets such a file needs nothing of ours: SHA-256 over each row shows that it is unaltered; with the whole chain from
the sale to the journal's head (`whole`), and an anchor kept since, also that it always stood there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import apsw
import msgspec

from paybooth.domain import facts as f
from paybooth.domain.anchor import Anchor
from paybooth.domain.sale import Sale, apply, begin

from .books import Books
from .codec import GENESIS, chain, decode

FORMAT = "paybooth-sale-proof-1"
_ROW = "SELECT j.seq, j.at_ms, j.kind, j.body, j.hash, p.hash FROM journal j LEFT JOIN journal p ON p.seq = j.seq - 1"
HOW = (
    "For each row: hash = SHA-256(prev_hash as 32 bytes, then the UTF-8 text seq|at_ms|kind|body). The first row's"
    " prev_hash is 32 zero bytes; each other's is the hash of row seq-1. An anchor is a row's hash kept elsewhere."
)


def find_sale(db: apsw.Connection, word: str) -> str | None:
    """The sale of a sale id, receipt, merchant order number or channel transaction; of a sale number, the newest."""
    for sql in (
        "SELECT id FROM sales WHERE id = ?",
        "SELECT id FROM sales WHERE receipt = ?",
        "SELECT sale FROM attempts WHERE number = ?",
        "SELECT sale FROM attempts WHERE txn = ?",
        "SELECT id FROM sales WHERE number = ? ORDER BY id DESC LIMIT 1",
    ):
        row = db.execute(sql, (word,)).fetchone()
        if row is not None:
            return str(row[0])
    return None


def _rows(db: apsw.Connection, where: str, *values: object) -> Iterator[dict[str, Any]]:
    sql = f"{_ROW} WHERE {where} ORDER BY j.seq"
    for seq, at_ms, kind, body, digest, before in db.execute(sql, values):
        yield {
            "seq": seq,
            "at_ms": at_ms,
            "kind": kind,
            "prev_hash": (before or GENESIS).hex(),
            "body": body.decode(),
            "hash": digest.hex(),
        }


def sale_proof(db: apsw.Connection, sale_id: str, receipt_text: str | None, *, whole: bool) -> dict[str, Any]:
    """Everything of one sale, for JSON. `whole` adds every row from the sale's first to the head: other sales too."""
    books = Books(db)
    sale = books.sale(sale_id)
    assert sale is not None, sale_id
    rows = list(_rows(db, "j.sale = ?", sale_id))
    head = next(_rows(db, "j.seq = (SELECT max(seq) FROM journal)"))
    receipt = books.receipt(sale.receipt) if sale.receipt else None
    return {
        "format": FORMAT,
        "how": HOW,
        "sale": _summary(sale),
        "attempts": [
            {
                "number": a.number,
                "channel": a.channel.value,
                "amount_fen": a.amount,
                "state": a.state.value,
                "transaction": a.transaction,
                "payer_paid_fen": a.payer_paid,
                "reason": a.reason,
                "code": a.code,
            }
            for a in books.attempts_of(sale_id)
        ],
        "receipt": {**asdict(receipt), "text": receipt_text} if receipt else None,
        "rows": rows,
        "chain": list(_rows(db, "j.seq >= ?", rows[0]["seq"])) if whole else [],
        "head": {"seq": head["seq"], "hash": head["hash"]},
    }


def _summary(sale: Sale) -> dict[str, Any]:
    return {
        "id": sale.id,
        "number": sale.number,
        "booth": sale.booth,
        "phase": sale.phase.value,
        "total_fen": sale.total,
        "count": sale.count,
        "attempt": sale.attempt,
        "receipt": sale.receipt,
    }


# ---------------------------------------------------------------- checking, without the ledger


@dataclass(frozen=True, slots=True)
class Checked:
    """What a proof turned out to be worth."""

    sale: str
    rows: int
    reaches_head: bool
    """The chain from the sale's first row to the head is there and whole."""
    anchors: int
    """Anchors whose row is in the file, with the same hash."""
    faults: tuple[str, ...]


def check_proof(found: Any, anchors: Collection[Anchor] = ()) -> Checked:
    """Check a file made by `sale_proof` with nothing but SHA-256 and the fold. Never raises for bad content."""
    try:
        return _check(found, anchors)
    except (KeyError, TypeError, ValueError, AssertionError, IndexError, AttributeError, msgspec.MsgspecError) as error:
        return Checked("", 0, False, 0, (f"not a proof of a sale: {type(error).__name__}: {error}",))


def _check(found: dict[str, Any], anchors: Collection[Anchor]) -> Checked:
    assert found["format"] == FORMAT, "unknown format"
    rows, links, head, sale_id = found["rows"], found["chain"], found["head"], str(found["sale"]["id"])
    faults = [fault for row in [*rows, *links] if (fault := _row_fault(row))]
    faults += [
        f"row {row['seq']}: does not follow on row {before['seq']}"
        for before, row in pairwise(links)
        if (row["seq"], row["prev_hash"]) != (before["seq"] + 1, before["hash"])
    ]
    hashes = {int(row["seq"]): str(row["hash"]) for row in [*rows, *links]}
    ends = (links[-1]["seq"], links[-1]["hash"]) if links else (rows[-1]["seq"], rows[-1]["hash"])
    if links:
        mine = [row for row in links if _sale_of(row) == sale_id]
        if mine != rows:
            faults.append("the sale's rows are not those of the chain")
        if ends != (head["seq"], head["hash"]):
            faults.append("the chain does not end at the head")
    faults += _story_faults(found, rows, sale_id)
    met = 0
    for anchor in anchors:
        if anchor.seq in hashes:
            if hashes[anchor.seq] == anchor.hash:
                met += 1
            else:
                faults.append(f"anchor of {anchor.day}: row {anchor.seq} is not the row that was anchored")
    return Checked(sale_id, len(rows), not faults and ends == (head["seq"], head["hash"]), met, tuple(faults))


def _row_fault(row: dict[str, Any]) -> str | None:
    previous = bytes.fromhex(row["prev_hash"])
    told = chain(previous, int(row["seq"]), int(row["at_ms"]), str(row["kind"]), str(row["body"]).encode())
    return None if told.hex() == row["hash"] else f"row {row['seq']} {row['kind']}: altered, its hash does not fit"


def _sale_of(row: dict[str, Any]) -> str:
    return str(getattr(decode(row["kind"], row["body"].encode()), "sale", ""))


def _story_faults(found: dict[str, Any], rows: list[dict[str, Any]], sale_id: str) -> list[str]:
    """The words beside the rows must be what the rows tell."""
    faults, sale = [], None
    said: dict[str, tuple[str, str, str]] = {}
    for row in rows:
        happened = decode(row["kind"], row["body"].encode())
        if getattr(happened, "sale", "") != sale_id:
            faults.append(f"row {row['seq']} {row['kind']}: of another sale")
            continue
        if isinstance(happened, f.AttemptSettled):
            said[happened.attempt] = (happened.transaction, happened.reason, happened.code)
        if isinstance(happened, f.SaleOpened):
            sale = begin(happened)
        elif sale is not None:
            sale = apply(sale, happened)
    if sale is None or _summary(sale) != found["sale"]:
        faults.append("the summary of the sale is not what its rows tell")
    told = {a["number"]: (a["transaction"], a["reason"], a["code"]) for a in found["attempts"]}
    faults += [
        f"attempt {number}: the channel's answer is not what the rows tell"
        for number in sorted(told.keys() | said.keys())
        if told.get(number) != said.get(number, ("", "", ""))
    ]
    receipt = found["receipt"]
    if sale is not None and sale.receipt is not None:
        text = str(receipt["text"])
        if receipt["receipt"] != sale.receipt or sale.receipt not in text:
            faults.append("the receipt is not this sale's")
    return faults
