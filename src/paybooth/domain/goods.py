"""Products as the catalogue knows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction

from .money import Fen, round_fen, yuan


@dataclass(frozen=True, slots=True)
class Product:
    """One thing the shop sells. Prices include tax.

    `price` None means "not priced yet": it is refused at scan with words that blame us.
    A weighed product's price is per kilogram, and it is sold by label or by AI 310x.
    """

    sku: str
    codes: tuple[str, ...]
    """Catalogue keys: GTIN-14s and the shop's own codes."""
    name_zh: str
    name_en: str
    price: Fen | None
    member_price: Fen | None = None
    unit_zh: str = "件"
    unit_en: str = "pc"
    picture: str = ""
    tax_permille: int = 130
    weighed: bool = False
    min_age: int = 0
    most_per_sale: int = 99
    active: bool = True
    best_before: str | None = None
    """The last day it is sold, `2026-12-31`; a date in the piece's own code goes before it."""


def weight_price(per_kg: Fen, weight_g: int) -> Fen:
    """Fen per kilogram × grams, rounded once."""
    return round_fen(Fraction(per_kg * weight_g, 1000))


def product_fault(product: Product) -> str | None:
    """Why a product cannot be in the catalogue, in words for the CSV report; None when it can."""
    if not product.sku or len(product.sku) > 48:
        return "sku is empty or longer than 48 characters"
    if not product.name_zh or len(product.name_zh) > 120 or len(product.name_en) > 120:
        return "name_zh is empty, or a name is longer than 120 characters"
    if product.price is not None and not 0 < product.price <= 10_000_000:
        return "price must be above 0 and at most 100000.00 (leave it empty for 'not priced yet')"
    if product.member_price is not None and not 0 < product.member_price <= (product.price or 0):
        return "member_price must be above 0 and not above price"
    if not 0 <= product.tax_permille <= 1000 or not 0 <= product.min_age <= 120:
        return "tax_permille is 0 to 1000, min_age 0 to 120"
    if not 1 <= product.most_per_sale <= 999:
        return "most_per_sale is 1 to 999"
    if product.best_before is not None and not is_day(product.best_before):
        return "best_before is a day such as 2026-12-31"
    if not product.codes:
        return "a product needs at least one barcode"
    return None


def is_day(text: str) -> bool:
    """Whether it is a day as we write days: `2026-12-31`."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class ComingPrice:
    """What a product costs from some time on; `from_ms` is Unix time."""

    number: int
    sku: str
    from_ms: int
    price: Fen
    member_price: Fen | None
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a product, before and after, in words."""

    name: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Changed:
    sku: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """What taking one catalogue for another would do. `added` and `removed` are numbers of products."""

    added: tuple[str, ...]
    changed: tuple[Changed, ...]
    removed: tuple[str, ...]


def difference(old: Iterable[Product], new: Sequence[Product]) -> Difference:
    """Compare two catalogues field by field. `new` is the whole catalogue as it shall be."""
    before = {product.sku: product for product in old}
    after = {product.sku: product for product in new}
    return Difference(
        added=tuple(sku for sku in after if sku not in before),
        changed=tuple(
            Changed(sku, tuple(_changes(before[sku], product)))
            for sku, product in after.items()
            if sku in before and before[sku] != product
        ),
        removed=tuple(sku for sku in before if sku not in after),
    )


def _changes(was: Product, now: Product) -> Iterator[FieldChange]:
    for name in (field.name for field in fields(Product)):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield FieldChange(name, _shown(name, old), _shown(name, new))


def _shown(name: str, value: object) -> str:
    if value is None:
        return "—"
    if isinstance(value, tuple):
        return " ".join(value)
    if name in ("price", "member_price"):
        assert isinstance(value, int)
        return yuan(Fen(value))
    return str(value)
