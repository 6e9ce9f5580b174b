"""Products on disk: read whole at start, replaced by an import that is one transaction and one fact."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from types import MappingProxyType
from typing import Any

import apsw

from paybooth.domain.facts import CatalogueImported, Fact
from paybooth.domain.goods import Difference, Product

COLUMNS = (
    "sku, name_zh, name_en, price, member_price, unit_zh, unit_en, picture, tax_permille, weighed, min_age,"
    " most_per_sale, active, best_before"
)
_FIELDS = tuple(name.strip() for name in COLUMNS.split(","))


def load(db: apsw.Connection) -> Iterator[Product]:
    """Every product, by sku; 1,000,000 of them in one pass."""
    codes: dict[str, list[str]] = {}
    for code, sku in db.execute("SELECT code, sku FROM codes ORDER BY code"):
        codes.setdefault(sku, []).append(code)
    for row in db.execute(f"SELECT {COLUMNS} FROM products ORDER BY sku"):  # noqa: S608 constants
        yield product_of(row, tuple(codes.get(str(row[0]), ())))


def row_of(product: Product) -> tuple[Any, ...]:
    """The row of COLUMNS, as it comes back from disk."""
    sku, _, *rest = astuple(product)
    return (sku, *(int(value) if isinstance(value, bool) else value for value in rest))


def change(cursor: apsw.Cursor, before: Product, after: Product) -> None:
    """Another price, name or rule; number and codes stay. Nothing is written where the row is not `before`."""
    assert (before.sku, before.codes) == (after.sku, after.codes)
    columns = ", ".join(f"{name} = ?" for name in _FIELDS[1:])
    same = " AND ".join(f"{name} IS ?" for name in _FIELDS)
    cursor.execute(
        f"UPDATE products SET {columns} WHERE {same}",  # noqa: S608 constants
        (*row_of(after)[1:], *row_of(before)),
    )
    assert cursor.connection.changes() == 1, "the product is not what it was taken for"


def product_of(row: tuple[Any, ...], codes: tuple[str, ...]) -> Product:
    """A row of COLUMNS and its codes."""
    sku, zh, en, price, member, unit_zh, unit_en, picture, tax, weighed, age, most, active, ends = row
    return Product(
        sku, codes, zh, en, price, member, unit_zh, unit_en, picture, tax, bool(weighed), age, most, bool(active), ends
    )


def find(db: apsw.Connection, code: str) -> str | None:
    """The sku a code belongs to, straight from disk (the shop asks its in-memory index)."""
    row = db.execute("SELECT sku FROM codes WHERE code = ?", (code,)).fetchone()
    return None if row is None else str(row[0])


def digest(db: apsw.Connection, instead: Mapping[str, Product] = MappingProxyType({})) -> str:
    """SHA-256 over products and codes in order; those of `instead` as they stand there."""
    total = hashlib.sha256()
    for row in db.execute(f"SELECT {COLUMNS} FROM products ORDER BY sku"):  # noqa: S608 constants
        other = instead.get(str(row[0]))
        told = tuple(row) if other is None else row_of(other)
        # what the field of a later schema does not say is left out: older imports keep their digest
        total.update(repr(told if told[-1] is not None else told[:-1]).encode())
    for row in db.execute("SELECT code, sku FROM codes ORDER BY code"):
        total.update(repr(row).encode())
    return total.hexdigest()


def replace_all(
    cursor: apsw.Cursor, products: Iterable[Product], done: Difference, *, by: str, reason: str
) -> Sequence[Fact]:
    """Write the whole catalogue; the caller's transaction makes it all or nothing."""
    cursor.execute("DELETE FROM codes")
    cursor.execute("DELETE FROM products")
    insert = f"INSERT INTO products ({COLUMNS}) VALUES (?{', ?' * (len(_FIELDS) - 1)})"  # noqa: S608 constants
    for product in products:
        sku, codes, *rest = astuple(product)
        cursor.execute(insert, (sku, *rest))
        for code in codes:
            cursor.execute("INSERT INTO codes (code, sku) VALUES (?, ?)", (code, sku))
    return (
        CatalogueImported(by, reason, len(done.added), len(done.changed), len(done.removed), digest(cursor.connection)),
    )
