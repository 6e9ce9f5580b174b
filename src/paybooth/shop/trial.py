"""What a booth would make of a scan, without a booth: for whoever sticks labels or wonders why one is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from paybooth.domain import exit_pass, member_pass, routing
from paybooth.domain import sale as s
from paybooth.domain.barcode import GoodsCode, LabelLayout, WrongCheckDigit, check_digit
from paybooth.domain.facts import LineAdded
from paybooth.domain.goods import Product

from .catalogue import Catalogue

_EMPTY = s.begin(s.open_sale("trial", "0000", "0", "zh-CN"))


@dataclass(frozen=True, slots=True)
class Trial:
    """`kind`: goods, wrong_check_digit, payment, exit_pass, member_pass, link or unreadable."""

    kind: str
    wallet: str = ""
    """Whose payment code it has the shape of; the code itself is nowhere kept or said."""
    code: GoodsCode | None = None
    right: str = ""
    """The code with the check digit that would fit."""
    product: Product | None = None
    refusal: str = ""
    """The slip a kiosk would show (`notice-<key>` in kiosk.ftl); empty where it would add a line."""
    amount_fen: int | None = None
    """Of that line, before offers."""


def trial(
    text: str, symbology: str | None, catalogue: Catalogue, layouts: tuple[LabelLayout, ...], now: datetime
) -> Trial:
    """Route the scan as the goods screen does, and put it into an empty basket."""
    if exit_pass.read(text) is not None:
        return Trial("exit_pass", refusal="unknown_barcode")
    if member_pass.read(text) is not None:
        return Trial("member_pass", refusal="unknown_barcode")
    match routing.route(text, symbology, routing.Screen.GOODS, layouts, now.date()):
        case routing.PaymentScan(shape=shape):
            return Trial("payment", wallet=shape.value, refusal="payment_code_early")
        case WrongCheckDigit(code=code):
            return Trial("wrong_check_digit", right=code[:-1] + str(check_digit(code[:-1])), refusal="check_digit")
        case GoodsCode() as code:
            return _goods(code, text, catalogue, now)
        case routing.Odd(kind=routing.Oddity.LINK):
            return Trial("link", refusal="not_sold_here")
        case _:
            return Trial("unreadable", refusal="unreadable")


def _goods(code: GoodsCode, text: str, catalogue: Catalogue, now: datetime) -> Trial:
    product = catalogue.find(code.keys)
    if product is None:
        is_case = len(text) == 14 and text[0] != "0" and text.isdigit()
        return Trial("goods", code=code, refusal="case_code" if is_case else "unknown_barcode")
    decided = s.decide(_EMPTY, s.AddPiece(product, code), s.Terms((), now))
    if isinstance(decided, s.Refusal):
        return Trial("goods", code=code, product=product, refusal=decided.value)
    (line,) = [each.line for each in decided if isinstance(each, LineAdded)]
    return Trial("goods", code=code, product=product, amount_fen=line.amount)
