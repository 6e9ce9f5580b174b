"""The catalogue in memory: one dict look-up per scan; and its CSV form.

CSV: UTF-8 (BOM allowed), header row, columns by name. Amounts in yuan. `barcodes` separated by blanks. A text that
begins like a formula has an apostrophe before it, so that no spreadsheet runs it; reading takes it off again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from paybooth.domain.barcode import gtin14, has_valid_check_digit
from paybooth.domain.goods import Product, product_fault
from paybooth.domain.money import Fen, parse_yuan, yuan
from paybooth.domain.pricing import Rule


class Catalogue:
    """Products by code, and the price rules."""

    def __init__(self, products: Iterable[Product] = (), rules: tuple[Rule, ...] = ()) -> None:
        self.rules = rules
        self.version = 0
        self._by_code: dict[str, Product] = {}
        self._by_sku: dict[str, Product] = {}
        self.replace(products)

    def replace(self, products: Iterable[Product]) -> None:
        """Swap the whole catalogue; running baskets keep the prices they were scanned at."""
        fresh: dict[str, Product] = {}
        by_sku: dict[str, Product] = {}
        for product in products:
            by_sku[product.sku] = product
            for code in product.codes:
                fresh[code] = product
        self._by_code, self._by_sku = fresh, by_sku
        self.version += 1

    def change(self, product: Product) -> None:
        """One product is another now; running baskets keep the prices they were scanned at."""
        self._by_sku[product.sku] = product
        self._by_code.update(dict.fromkeys(product.codes, product))
        self.version += 1

    def find(self, keys: tuple[str, ...]) -> Product | None:
        """The first key that is known."""
        for key in keys:
            product = self._by_code.get(key)
            if product is not None:
                return product
        return None

    @property
    def skus(self) -> Mapping[str, Product]:
        """Every product by its number."""
        return self._by_sku

    def product(self, sku: str) -> Product | None:
        """By its number."""
        return self._by_sku.get(sku)

    def __len__(self) -> int:
        return len(self._by_code)

    def __iter__(self) -> Iterator[Product]:
        """Each product once, by sku."""
        seen = {product.sku: product for product in self._by_code.values()}
        return iter(seen[sku] for sku in sorted(seen))


HEADER = (
    "sku", "barcodes", "name_zh", "name_en", "price", "member_price", "unit_zh", "unit_en", "picture",
    "tax_permille", "weighed", "min_age", "most_per_sale", "active", "best_before",
)  # fmt: skip
_REQUIRED = ("sku", "barcodes", "name_zh", "price")
LONGEST_FIELD = 400


@dataclass(frozen=True, slots=True)
class LineFault:
    """What is wrong with one line of a CSV file, in words for the person who wrote it."""

    line: int
    what: str


def read_csv(text: str) -> Iterator[Product | LineFault]:
    """Products and faults in file order; a fault in the header ends it. Duplicates are faults of the later line."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = tuple(rows.fieldnames or ())
    except csv.Error as error:
        yield LineFault(1, f"not a CSV file: {error}")
        return
    missing = [name for name in _REQUIRED if name not in names]
    unknown = [name for name in names if name not in HEADER]
    if missing or unknown:
        what = [f"missing column {', '.join(missing)}"] * bool(missing)
        what += [f"unknown column {', '.join(map(repr, unknown))}"] * bool(unknown)
        yield LineFault(1, "; ".join(what) + f" (columns are {', '.join(HEADER)})")
        return
    skus: dict[str, int] = {}
    codes: dict[str, int] = {}
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield LineFault(rows.line_num, f"broken CSV: {error}")
            return
        made = _product(row, rows.line_num)
        if isinstance(made, Product):
            made = _duplicate(made, rows.line_num, skus, codes) or made
        yield made


def _duplicate(product: Product, line: int, skus: dict[str, int], codes: dict[str, int]) -> LineFault | None:
    if product.sku in skus:
        return LineFault(line, f"sku {product.sku} is on line {skus[product.sku]} already")
    for code in product.codes:
        if code in codes:
            return LineFault(line, f"barcode {code.lstrip('0')} is on line {codes[code]} already")
    skus[product.sku] = line
    codes.update(dict.fromkeys(product.codes, line))
    return None


def _product(row: dict[str | None, str | None], line: int) -> Product | LineFault:
    if None in row or None in row.values():
        return LineFault(line, f"has {'more' if None in row else 'fewer'} fields than the header")
    cells = {str(name): _unguarded((value or "").strip()) for name, value in row.items()}
    if any(len(value) > LONGEST_FIELD or not value.isprintable() for value in cells.values()):
        return LineFault(line, f"a field is longer than {LONGEST_FIELD} characters or holds control characters")
    try:
        product = Product(
            sku=cells["sku"],
            codes=_codes(cells["barcodes"]),
            name_zh=cells["name_zh"],
            name_en=cells.get("name_en", ""),
            price=_money(cells, "price"),
            member_price=_money(cells, "member_price"),
            unit_zh=cells.get("unit_zh") or "件",
            unit_en=cells.get("unit_en") or "pc",
            picture=cells.get("picture", ""),
            tax_permille=_number(cells, "tax_permille", 130),
            weighed=_flag(cells, "weighed", default=False),
            min_age=_number(cells, "min_age", 0),
            most_per_sale=_number(cells, "most_per_sale", 99),
            active=_flag(cells, "active", default=True),
            best_before=cells.get("best_before") or None,
        )
    except ValueError as error:
        return LineFault(line, str(error))
    fault = product_fault(product)
    return LineFault(line, fault) if fault else product


def _codes(text: str) -> tuple[str, ...]:
    """Canonical keys: GTINs padded to 14 after their check digit is proven, other codes as they are."""
    keys = []
    for code in text.split():
        if len(code) > 48:
            raise ValueError(f"barcode {code[:20]}… is longer than 48 characters")
        if code.isascii() and code.isdigit() and len(code) in (8, 12, 13, 14):
            if not has_valid_check_digit(code):
                raise ValueError(f"barcode {code} has a wrong check digit")
            keys.append(gtin14(code))
        else:
            keys.append(code)
    return tuple(sorted(set(keys)))


def _money(cells: dict[str, str], name: str) -> Fen | None:
    text = cells.get(name, "")
    if not text:
        return None
    amount = parse_yuan(text)
    if amount is None:
        raise ValueError(f"{name} {text!r} is not an amount in yuan such as 12.50")
    return amount


def _number(cells: dict[str, str], name: str, default: int) -> int:
    text = cells.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise ValueError(f"{name} {text!r} is not a whole number")
    return int(text)


def _flag(cells: dict[str, str], name: str, *, default: bool) -> bool:
    text = cells.get(name, "").lower()
    if text not in ("", "yes", "no", "1", "0", "true", "false"):
        raise ValueError(f"{name} {text!r} is not yes or no")
    return default if not text else text in ("yes", "1", "true")


_FORMULA = tuple("=+-@\t\r＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula; some take the wide forms too."""


def _guarded(text: str) -> str:
    """As a cell that no spreadsheet takes for a formula; what looks guarded already gets one more."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text


def write_csv(products: Iterable[Product]) -> Iterator[str]:
    """The catalogue as CSV lines; reading them back gives the same products."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for p in products:
        codes = " ".join(
            code[1:] if len(code) == 14 and code.isdigit() and code[0] == "0" else code for code in p.codes
        )
        price = "" if p.price is None else yuan(p.price)
        member = "" if p.member_price is None else yuan(p.member_price)
        flags = (
            "yes" if p.weighed else "no",
            p.min_age,
            p.most_per_sale,
            "yes" if p.active else "no",
            p.best_before or "",
        )
        texts = (p.sku, codes, p.name_zh, p.name_en, price, member, p.unit_zh, p.unit_en, p.picture)
        writer.writerow((*map(_guarded, texts), p.tax_permille, *flags))
        yield out.getvalue()
        out.seek(0)
        out.truncate()
