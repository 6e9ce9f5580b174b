"""Barcodes of goods: GTIN arithmetic, GS1 element strings and Digital Links, in-store weight and price labels.

Sources: GS1 General Specifications (check digits §7.9, application identifiers §3), GS1 Digital Link 1.4,
GB/T 18283 practice for in-store labels. Traps of unlabelled strings are argued in docs/design/barcodes.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import biip

from .money import Fen

LONGEST_SCAN = 512
"""Characters; GS1 symbols carry at most 90 data characters, a Digital Link rarely 200."""

AI_SYMBOLOGIES = frozenset({"]C1", "]e0", "]d2", "]Q3"})
"""AIM identifiers whose payload is GS1 element strings by definition."""

_LINK_SYMBOLOGIES = frozenset({"]Q0", "]Q1", "]d1"})
_CONFIG = biip.ParseConfig(rcn_region=None, gs1_element_strings_verify_date=False)


def check_digit(body: str) -> int:
    """Mod-10 check digit over the body: weights 3, 1, 3, 1 … from the right."""
    assert body.isascii() and body.isdigit(), body
    return -(3 * sum(map(int, body[-1::-2])) + sum(map(int, body[-2::-2]))) % 10


def has_valid_check_digit(digits: str) -> bool:
    return check_digit(digits[:-1]) == int(digits[-1])


def gtin14(digits: str) -> str:
    """The one key of a GTIN-8/12/13/14: left-padded to 14."""
    assert len(digits) in (8, 12, 13, 14), digits
    return digits.zfill(14)


def expand_upc_e(code: str) -> str | None:
    """The UPC-A of an 8-digit UPC-E (number system 0 or 1), or None where its check digit does not fit."""
    if len(code) != 8 or not (code.isascii() and code.isdigit()) or code[0] not in "01":
        return None
    s, d1, d2, d3, d4, d5, d6, check = tuple(code)
    if d6 in "012":
        body = s + d1 + d2 + d6 + "0000" + d3 + d4 + d5
    elif d6 == "3":
        body = s + d1 + d2 + d3 + "00000" + d4 + d5
    elif d6 == "4":
        body = s + d1 + d2 + d3 + d4 + "00000" + d5
    else:
        body = s + d1 + d2 + d3 + d4 + d5 + "0000" + d6
    return body + check if check_digit(body) == int(check) else None


@dataclass(frozen=True, slots=True)
class GoodsCode:
    """What a goods symbol says. `keys` are tried in the catalogue in order; the rest is data about this one piece."""

    keys: tuple[str, ...]
    batch: str | None = None
    expires: date | None = None
    """Do not sell after this day (AI 17; AI 15 best-before counts the same here)."""
    serial: str | None = None
    """AI 21: makes the piece unique, so a second scan of it is the same piece."""
    weight_g: int | None = None
    price_fen: Fen | None = None
    """A price on the label (in-store label, AI 392x); only believed for weighed products."""


@dataclass(frozen=True, slots=True)
class WrongCheckDigit:
    """Looks like a GTIN, but the check digit does not fit: a misread or a damaged label."""

    code: str


def expiry(yymmdd: str, today: date) -> date | None:
    """A GS1 date: day 00 is the month's last day; the century nearest to today (GS1 §7.12)."""
    yy, mm, dd = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:])
    year = today.year // 100 * 100 + yy
    if yy - today.year % 100 >= 51:
        year -= 100
    elif yy - today.year % 100 <= -50:
        year += 100
    if not 1 <= mm <= 12:
        return None
    if dd == 0:
        return date(year + mm // 12, mm % 12 + 1, 1) - timedelta(days=1)
    try:
        return date(year, mm, dd)
    except ValueError:
        return None


def _from_elements(elements: list[tuple[str, str]], today: date) -> GoodsCode | WrongCheckDigit | None:
    """A goods code from (AI, value) pairs; None where there is no item number among them."""
    found = dict(elements)
    item = found.get("01")
    if item is None:
        return None
    if len(item) != 14 or not item.isdigit():
        return None
    if not has_valid_check_digit(item):
        return WrongCheckDigit(item)
    date_text = found.get("17") or found.get("15")
    weight = next((v for ai, v in elements if len(ai) == 4 and ai.startswith("310")), None)
    weight_ai = next((ai for ai, _ in elements if len(ai) == 4 and ai.startswith("310")), "3100")
    price = next(((ai, v) for ai, v in elements if len(ai) == 4 and ai.startswith("392")), None)
    return GoodsCode(
        keys=(item,),
        batch=found.get("10"),
        expires=expiry(date_text, today) if date_text else None,
        serial=found.get("21"),
        weight_g=_scaled(weight, int(weight_ai[3]), 3) if weight else None,
        price_fen=Fen(_scaled(price[1], int(price[0][3]), 2)) if price else None,
    )


def _scaled(digits: str, decimals: int, wanted: int) -> int:
    """`001250` with 3 decimals of a kilogram → 1250 g. Finer than wanted is rounded half up."""
    value = int(digits)
    scale: int = 10 ** abs(wanted - decimals)
    if decimals <= wanted:
        return value * scale
    return (value + scale // 2) // scale


@lru_cache(maxsize=4096)
def _elements(text: str) -> tuple[tuple[str, str], ...] | None:
    """The (AI, value) pairs of an element string or Digital Link, or None."""
    try:
        result = biip.parse(text, config=_CONFIG)
    except (biip.ParseError, ValueError):
        return None
    carrier = result.gs1_message or result.gs1_digital_link_uri
    if carrier is None:
        return None
    return tuple((element.ai.ai, element.value) for element in carrier.element_strings)


def parse_gs1(text: str, symbology: str | None, today: date) -> GoodsCode | WrongCheckDigit | None:
    """Element strings and Digital Links; None where the text is neither (facts: an id-less string "is" many things).

    Without an AIM id a string counts as elements only when it holds FNC1 (0x1D) or starts with 01 + a valid GTIN-14
    and is no plain code.
    """
    if text.lower().startswith(("http://", "https://")):
        if "/01/" not in urlsplit(text).path and "/8006/" not in urlsplit(text).path:
            return None
    elif not (
        symbology in AI_SYMBOLOGIES
        or "\x1d" in text
        or (len(text) > 16 and text[:2] == "01" and text[:16].isdigit() and has_valid_check_digit(text[2:16]))
    ):
        return None
    elements = _elements(text.lstrip("\x1d"))
    return _from_elements(list(elements), today) if elements else None


def parse_plain(text: str, symbology: str | None) -> GoodsCode | WrongCheckDigit | None:
    """GTIN-8/12/13/14 and UPC-E; None where the text has another shape. Eight digits alone may be two things."""
    if not (text.isascii() and text.isdigit()) or len(text) not in (8, 12, 13, 14):
        return None
    if len(text) == 8:
        expanded = expand_upc_e(text)
        if symbology == "]E0":
            return GoodsCode((gtin14(expanded),)) if expanded else WrongCheckDigit(text)
        keys: tuple[str, ...] = (gtin14(text),) if has_valid_check_digit(text) else ()
        if symbology != "]E4" and expanded:
            keys += (gtin14(expanded),)
        return GoodsCode(keys) if keys else WrongCheckDigit(text)
    if not has_valid_check_digit(text):
        return WrongCheckDigit(text)
    return GoodsCode((gtin14(text),))


# ---------------------------------------------------------------- in-store labels


@dataclass(frozen=True, slots=True)
class LabelLayout:
    """A label-scale format such as `22WWWWWEEEEEC`: literal digits are the prefix, W the item, E fen, N grams, C check.

    `item_key` of a label is the layout's prefix and item digits, matched against the catalogue's in-store codes.
    """

    pattern: str

    def matches(self, text: str) -> bool:
        return (
            len(text) == len(self.pattern)
            and text.isascii()
            and text.isdigit()
            and all(p == t for p, t in zip(self.pattern, text, strict=True) if p.isdigit())
        )

    def field(self, text: str, letter: str) -> str:
        return "".join(t for p, t in zip(self.pattern, text, strict=True) if p == letter)


def layout_fault(pattern: str) -> str | None:
    """Why a layout cannot be used, or None. 18-digit labels must not look like a wallet's payment code."""
    if not set(pattern) <= set("0123456789WENC"):
        return "a layout is digits (prefix) and the letters W (item), E (fen), N (grams), C (check digit)"
    if len(pattern) not in (13, 18):
        return "a layout has 13 (EAN-13) or 18 (Code 128) places"
    if not pattern.endswith("C") or pattern.count("C") != 1:
        return "the last place, and only it, is the check digit C"
    if "W" not in pattern or not ("E" in pattern or "N" in pattern):
        return "a layout needs an item (W) and a price (E) or a weight (N)"
    prefix = pattern[: next(i for i, c in enumerate(pattern) if not c.isdigit())]
    if len(prefix) < 2:
        return "a layout starts with two fixed digits"
    if len(pattern) == 18 and ("10" <= prefix[:2] <= "15" or "25" <= prefix[:2] <= "30"):
        wallet = "WeChat" if prefix[0] == "1" else "Alipay"
        return f"18 digits from {prefix[:2]} look like {wallet} payment codes; give the scale a prefix from 20 to 24"
    return None


def parse_label(text: str, layouts: tuple[LabelLayout, ...]) -> GoodsCode | WrongCheckDigit | None:
    """An in-store label of a configured layout; None where no layout fits."""
    for layout in layouts:
        if layout.matches(text):
            if not has_valid_check_digit(text):
                return WrongCheckDigit(text)
            item = layout.field(text, "W")
            price, grams = layout.field(text, "E"), layout.field(text, "N")
            prefix = "".join(c for c in layout.pattern if c.isdigit())
            return GoodsCode(
                keys=(prefix + item, item),
                price_fen=Fen(int(price)) if price else None,
                weight_g=int(grams) if grams else None,
            )
    return None
