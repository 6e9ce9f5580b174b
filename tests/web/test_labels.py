"""Shelf labels: what an office printer makes of them is what a booth reads; nothing is cut off, nothing is made up."""

from __future__ import annotations

import io
import re
import weakref
from datetime import datetime

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from paybooth import labels as drawn
from paybooth.domain.goods import Product
from paybooth.lab import shelf
from paybooth.shop.catalogue import Catalogue, read_csv
from paybooth.shop.label_sheet import Seen, UnlabelledError
from paybooth.shop.label_sheet import labels as labels_of
from paybooth.shop.trial import trial

from .staffed import staffed

pytestmark = pytest.mark.anyio
SHELVES = Catalogue(p for p in read_csv(shelf.csv()) if isinstance(p, Product))
NOON = datetime(2026, 11, 22, 12, 0)


def labels(wanted, catalogue, language, symbol="bars") -> list[drawn.Label]:
    return labels_of(wanted, catalogue, language, symbol, Seen((), NOON.date()))


def seen(page: Image.Image) -> list[tuple[str, str]]:
    """(text, AIM id) of every symbol a scanner finds."""
    found = zxingcpp.read_barcodes(np.asarray(page), text_mode=zxingcpp.TextMode.Plain)
    return [(each.text, each.symbology_identifier) for each in found]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("symbol", ["bars", "qr"])
@pytest.mark.parametrize("layout", drawn.LAYOUTS)
def test_every_label_of_the_shop_is_read_as_its_product(layout, symbol, language):
    priced = [p for p in SHELVES if p.price is not None and p.active and not p.weighed]
    assert len(priced) > 40
    for product in priced[:: 1 if (layout, symbol) == ("roll-40", "bars") else 7]:
        made = labels([(product.sku, 1)], SHELVES, language, symbol)
        (page,) = drawn.pages(made, drawn.LAYOUTS[layout], symbol)
        black = page.point(lambda grey: 255 if grey > 127 else 0)
        ((text, aim),) = seen(black)
        found = trial(text, aim, SHELVES, (), NOON)
        assert (found.product, found.kind) == (product, "goods"), product.sku


def test_a_page_holds_what_it_says_at_true_size_and_the_rest_goes_on_the_next():
    made = labels([("P101", 30)], SHELVES, "zh-CN")
    first, second = drawn.pages(made, drawn.LAYOUTS["a4-24"], "bars")
    assert first.size == second.size == (2480, 3508)
    assert (len(seen(first)), len(seen(second))) == (24, 6)
    page = drawn.pdf(made, drawn.LAYOUTS["a4-24"], "bars", "shop")
    assert page.startswith(b"%PDF")
    boxes = [[float(n) for n in box.split()] for box in re.findall(rb"/MediaBox \[([^]]*)\]", page)]
    assert max(map(int, re.findall(rb"/Count (\d+)", page))) == 2
    # PDF points are 1/72 inch: A4 is 595 x 842
    assert all(abs(box[2] - 595.2) < 0.5 and abs(box[3] - 841.9) < 0.5 for box in boxes)


@pytest.mark.parametrize("layout", drawn.LAYOUTS)
@pytest.mark.parametrize(
    "name", ["M" * 120, "特级初榨橄榄油" * 17, "Extra virgin olive oil of the first cold pressing 750 ml"]
)
def test_a_long_name_stays_on_its_label(layout, name):
    long = Product("S" * 48, ("06901234567892",), name, name, 9_999_999, 8_888_888, unit_zh="单" * 16)
    width, height = (round(side * drawn.MM) for side in drawn.LAYOUTS[layout].label)
    (label,) = labels([(long.sku, 1)], Catalogue([long]), "zh-CN")
    page = np.asarray(drawn.draw(label, width, height, "bars"))
    edge = round(1.0 * drawn.MM)
    assert page.shape == (height, width)
    assert page[:edge].min() == page[-edge:].min() == page[:, :edge].min() == page[:, -edge:].min() == 255
    assert seen(Image.fromarray(page)) == [("6901234567892", "]E0")]


@pytest.mark.parametrize(
    ("code", "text", "aim"),
    [
        ("06901234567892", "6901234567892", "]E0"),
        ("00000096385074", "96385074", "]E4"),
        ("15400141288763", "15400141288763", "]I"),
        ("TEA-7", "TEA-7", "]C0"),
    ],
)
def test_each_kind_of_code_has_its_symbol(code, text, aim):
    own = Product("X", (code,), "茶", "Tea", 990)
    (page,) = drawn.pages(labels([("X", 1)], Catalogue([own]), "en"), drawn.LAYOUTS["a4-8"], "bars")
    ((found, symbology),) = seen(page)
    assert (found, symbology[: len(aim)]) == (text, aim)


def test_a_piece_is_labelled_by_its_own_code_not_by_its_case():
    both = Product("X", ("15400141288763", "06901234567892", "TEA-7"), "茶", "Tea", 990)
    assert labels([("X", 1)], Catalogue([both]), "en")[0].code == "06901234567892"


def test_a_code_that_a_booth_takes_for_something_else_is_not_printed():
    def of(*codes, **more) -> list[drawn.Label]:
        own = Product("X", codes, "茶", "Tea", 990, **more)
        return labels([("X", 1)], Catalogue([own]), "en")

    assert of("134567890123456789", "TEA-7")[0].code == "TEA-7"  # eighteen digits from 13: a payment code's shape
    for codes in (("134567890123456789",), ("货架一",)):
        with pytest.raises(UnlabelledError, match=r"Tea \(X\) has no barcode that a booth would find it by"):
            of(*codes)
    with pytest.raises(UnlabelledError, match=r"Tea \(X\) is not for sale"):
        of("TEA-7", active=False)


def test_a_code_that_leads_to_another_product_is_not_printed():
    mine = Product("X", ("06901234567892", "TEA-7"), "茶", "Tea", 990)
    theirs = Product("Y", ("06901234567892",), "奶", "Milk", 1490)
    assert labels([("X", 1)], Catalogue([mine, theirs]), "en")[0].code == "TEA-7"


def test_a_shops_own_number_is_no_link_into_the_world():
    assert drawn.marked("06901234567892", "qr") == ("https://id.gs1.org/01/06901234567892", "]Q1")
    assert drawn.marked("02012345678903", "qr") == ("2012345678903", "]Q1")
    own = Product("X", ("02012345678903",), "茶", "Tea", 990)
    (page,) = drawn.pages(labels([("X", 1)], Catalogue([own]), "en", "qr"), drawn.LAYOUTS["roll-58"], "qr")
    assert seen(page)[0][0] == "2012345678903"


@pytest.mark.parametrize(("layout", "copies", "pages"), [("a4-8", 80, 10), ("roll-40", 300, 300)])
def test_a_long_print_is_made_a_few_pages_at_a_time(layout, copies, pages, monkeypatch):
    made = labels([("P101", copies)], SHELVES, "zh-CN")
    alive: set[int] = set()
    most = 0

    def counted(*args):
        nonlocal most
        for page in drawn_pages(*args):
            alive.add(id(page))
            weakref.finalize(page, alive.discard, id(page))
            most = max(most, len(alive))
            yield page

    drawn_pages = drawn.pages
    monkeypatch.setattr(drawn, "pages", counted)
    content = drawn.pdf(made, drawn.LAYOUTS[layout], "bars", "shop")
    assert max(map(int, re.findall(rb"/Count (\d+)", content))) == pages
    assert most <= 2  # grey; the black ones are let go in bunches
    assert len(content) < 4 * 1024 * 1024


def test_what_is_weighed_has_its_price_and_no_code():
    (weighed, *_) = [p for p in SHELVES if p.weighed]
    made = labels([(weighed.sku, 1)], SHELVES, "en")
    assert (made[0].unit, made[0].code) == ("/ kg", "")
    (page,) = drawn.pages(made, drawn.LAYOUTS["roll-58"], "bars")
    assert seen(page) == []
    assert np.asarray(page).min() == 0


def test_what_cannot_be_labelled_is_named():
    bare = Product("X", ("TEA-7",), "茶", "Tea", None)
    with pytest.raises(UnlabelledError, match=r"Tea \(X\) has no price yet"):
        labels([("X", 1)], Catalogue([bare]), "en")
    long = Product("Y", ("A" * 48,), "茶", "Tea", 990)
    with pytest.raises(drawn.UnfitLabelError, match="too long"):
        list(drawn.pages(labels([("Y", 1)], Catalogue([long]), "en"), drawn.LAYOUTS["roll-40"], "bars"))


async def test_over_rest_as_pdf_and_as_a_picture(tmp_path):
    async with staffed(tmp_path, "Di") as (_, client):
        wish = {"labels": [{"sku": "A", "copies": 2}, {"sku": "B"}], "layout": "a4-24"}
        page = await client.post("/api/labels/pdf", json=wish)
        assert (page.headers["content-type"], page.content[:4]) == ("application/pdf", b"%PDF")
        picture = await client.post("/api/labels/preview", json=wish)
        assert picture.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(picture.content)).width == 900
        for bad, why in (
            ({"labels": [{"sku": "D"}]}, "No price (D) has no price yet"),
            ({"labels": [{"sku": "Z"}]}, "no product Z"),
            ({"labels": [{"sku": "A", "copies": 100}] * 6}, "more than 500"),
        ):
            answer = await client.post("/api/labels/pdf", json=bad)
            assert (answer.status_code, answer.json()["why"]) == (422, "label_unfit")
            assert why in answer.json()["detail"]
        assert (await client.post("/api/labels/pdf", json={"labels": []})).status_code == 422
        assert (await client.post("/api/labels/pdf", json={**wish, "layout": "../x"})).status_code == 422
