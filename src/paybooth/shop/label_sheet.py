"""Shelf labels of the catalogue's products, ready to be drawn."""

from __future__ import annotations

from collections.abc import Iterable

from paybooth.domain.goods import Product
from paybooth.domain.money import yuan
from paybooth.labels import Label

from .catalogue import Catalogue
from .words import Words

LABELS_MOST = 500


class UnlabelledError(Exception):
    """A product cannot have a label; the text names it and says why."""


def labels(wanted: Iterable[tuple[str, int]], catalogue: Catalogue, language: str) -> list[Label]:
    """One for each copy, in the order they were asked for: (sku, copies). Raises UnlabelledError."""
    say = Words("labels").in_language(language)
    made: list[Label] = []
    for sku, copies in wanted:
        product = catalogue.product(sku)
        if product is None:
            raise UnlabelledError(f"the catalogue has no product {sku}")
        if product.price is None:
            raise UnlabelledError(f"{product.name_en or product.name_zh} ({sku}) has no price yet")
        made += [
            _label(product, language, say("label-member", price=yuan(product.member_price or product.price)))
        ] * copies
        if len(made) > LABELS_MOST:
            raise UnlabelledError(f"more than {LABELS_MOST} labels at once")
    return made


def _label(product: Product, language: str, member: str) -> Label:
    assert product.price is not None
    english = language == "en"
    unit = "kg" if product.weighed else product.unit_en if english else product.unit_zh
    # a product's own GTIN before the shop's codes, a piece before a case
    best = min(product.codes, key=lambda each: (not each.isdigit(), len(each) != 14, not each.startswith("0"), each))
    return Label(
        name=(product.name_en if english else "") or product.name_zh,
        price=yuan(product.price),
        unit=f"/ {unit}",
        member=member if product.member_price is not None else "",
        sku=product.sku,
        code="" if product.weighed else best,
    )
