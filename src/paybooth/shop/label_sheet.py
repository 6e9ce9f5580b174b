"""Shelf labels of the catalogue's products, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from paybooth.domain.barcode import GoodsCode, LabelLayout
from paybooth.domain.goods import Product
from paybooth.domain.money import yuan
from paybooth.domain.routing import Screen, route
from paybooth.labels import Label, Symbol, marked

from .catalogue import Catalogue
from .words import Words

LABELS_MOST = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """What a booth's reading depends on besides the symbol."""

    layouts: tuple[LabelLayout, ...]
    today: date


class UnlabelledError(Exception):
    """A product cannot have a label; the text names it and says why."""


def labels(
    wanted: Iterable[tuple[str, int]], catalogue: Catalogue, language: str, symbol: Symbol, seen: Seen
) -> list[Label]:
    """One for each copy, in the order they were asked for: (sku, copies). Raises UnlabelledError."""
    say = Words("labels").in_language(language)
    made: list[Label] = []
    for sku, copies in wanted:
        product = catalogue.product(sku)
        if product is None:
            raise UnlabelledError(f"the catalogue has no product {sku}")
        if product.price is None:
            raise UnlabelledError(f"{product.name_en or product.name_zh} ({sku}) has no price yet")
        if not product.active:
            raise UnlabelledError(f"{product.name_en or product.name_zh} ({sku}) is not for sale")
        code = "" if product.weighed else _code(product, catalogue, symbol, seen)
        member = say("label-member", price=yuan(product.member_price or product.price))
        made += [_label(product, language, code, member)] * copies
        if len(made) > LABELS_MOST:
            raise UnlabelledError(f"more than {LABELS_MOST} labels at once")
    return made


def _code(product: Product, catalogue: Catalogue, symbol: Symbol, seen: Seen) -> str:
    """The first that a booth would take for this product: a GTIN before the shop's own, a piece before a case."""
    for code in sorted(product.codes, key=lambda c: (not c.isdigit(), len(c) != 14, not c.startswith("0"), c)):
        if symbol == "bars" and not code.isascii():
            continue  # Code 128 has no signs for it
        text, aim = marked(code, symbol)
        found = route(text, aim, Screen.GOODS, seen.layouts, seen.today)
        if isinstance(found, GoodsCode) and catalogue.find(found.keys) == product:
            return code
    raise UnlabelledError(
        f"{product.name_en or product.name_zh} ({product.sku}) has no barcode that a booth would find it by"
    )


def _label(product: Product, language: str, code: str, member: str) -> Label:
    assert product.price is not None
    english = language == "en"
    unit = "kg" if product.weighed else product.unit_en if english else product.unit_zh
    return Label(
        name=(product.name_en if english else "") or product.name_zh,
        price=yuan(product.price),
        unit=f"/ {unit}",
        member=member if product.member_price is not None else "",
        sku=product.sku,
        code=code,
    )
