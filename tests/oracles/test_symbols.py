"""Symbols that others draw (zint, python-barcode) and others read (zxing-cpp) mean what our router says."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import date

import barcode
import numpy
import pytest
import zxingcpp
from barcode.writer import ImageWriter
from PIL import Image

from paybooth import labels
from paybooth.domain.barcode import GoodsCode, LabelLayout
from paybooth.domain.routing import PaymentScan, PayShape, Screen, route
from paybooth.lab import code128, shelf

TODAY = date(2026, 11, 22)
LAYOUTS = (LabelLayout("22WWWWWEEEEEC"),)


def read(picture: Image.Image) -> tuple[str, str]:
    """(text with raw separators, AIM id) as the decoder saw it."""
    framed = Image.new("L", (picture.width + 120, picture.height + 120), 255)
    framed.paste(picture.convert("L"), (60, 60))
    (found,) = zxingcpp.read_barcodes(numpy.array(framed), text_mode=zxingcpp.TextMode.Plain)
    return found.text, found.symbology_identifier


def zint(kind: str, data: str, *options: str) -> Image.Image:
    assert shutil.which("zint"), "apt-get install zint"
    command = ["zint", "--direct", "--filetype=png", "-b", kind, "--scale=3", "-d", data, *options]
    done = subprocess.run(command, capture_output=True, check=True)
    return Image.open(io.BytesIO(done.stdout))


def meaning(picture: Image.Image, screen: Screen = Screen.GOODS):
    text, aim = read(picture)
    return route(text, aim, screen, LAYOUTS, TODAY)


FULL = "[01]06901028075763[17]271231[10]B7[21]S9"
WANTED = GoodsCode(("06901028075763",), batch="B7", expires=date(2027, 12, 31), serial="S9")


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("GS1_128", ()),
        ("DBAR_EXP", ()),
        ("DATAMATRIX", ("--gs1",)),
        ("QRCODE", ("--gs1",)),
    ],
)
def test_gs1_symbols_with_four_elements(kind, options):
    assert meaning(zint(kind, FULL, *options)) == WANTED


@pytest.mark.parametrize(
    ("kind", "data", "key"),
    [
        ("EANX", "690102807576", "06901028075763"),
        ("UPCA", "01234567890", "00012345678905"),
        ("UPCE", "0123456", "00012345000065"),
        ("ITF14", "1540014128876", "15400141288763"),
    ],
)
def test_plain_symbols_by_zint(kind, data, key):
    found = meaning(zint(kind, data))
    assert isinstance(found, GoodsCode)
    assert key in found.keys


@pytest.mark.parametrize(
    ("kind", "data", "key"), [("ean13", "690102807576", "06901028075763"), ("ean8", "9638507", "00000096385074")]
)
def test_plain_symbols_by_python_barcode(kind, data, key):
    picture = barcode.get(kind, data, writer=ImageWriter()).render({"write_text": False, "module_width": 0.4})
    found = meaning(picture)
    assert isinstance(found, GoodsCode)
    assert found.keys[0] == key


def test_digital_link_qr():
    found = meaning(zint("QRCODE", "https://id.example.com/01/06901028075763/21/S9?17=271231"))
    assert found == GoodsCode(("06901028075763",), expires=date(2027, 12, 31), serial="S9")


@pytest.mark.parametrize(
    ("code", "shape"), [("134567890123456789", PayShape.WECHAT), ("281234567890123456", PayShape.ALIPAY)]
)
@pytest.mark.parametrize("kind", ["QRCODE", "CODE128"])
def test_payment_codes_as_phones_draw_them(kind, code, shape):
    assert meaning(zint(kind, code), Screen.PAYMENT) == PaymentScan(shape)


@pytest.mark.parametrize("digits", ["".join(f"{n:02d}" for n in range(k, 100, 11)) for k in range(11)])
def test_the_phones_own_bars_read_as_its_code(digits):
    """Every pair of digits once; drawn by us, read by zxing."""
    modules, dark = [], True
    for width in map(int, code128.widths(digits)):
        modules += [0 if dark else 255] * (3 * width)
        dark = not dark
    bars = Image.fromarray(numpy.array([modules] * 120, dtype="uint8"))
    assert read(bars) == (digits, "]C0")


@pytest.mark.parametrize("digits", ["123", "12a4", "１２"])
def test_bars_for_an_odd_text_are_refused(digits):
    with pytest.raises(ValueError, match="even"):
        code128.widths(digits)


def test_every_product_of_the_demo_shelf_scans():
    for sku in ("P101", "P501", "P611"):
        code = shelf.barcode(sku)
        assert meaning(zint("EANX", code[:-1])) == GoodsCode((f"0{code}",))
    label = shelf.price_label("00011", 860)
    found = meaning(zint("EANX", label[:-1]))
    assert found == GoodsCode(("2200011", "00011"), price_fen=860)


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [("ean13", "690102807576", "06901028075763"), ("ean8", "9638507", "00000096385074"), ("code128", "TEA-7", "TEA-7")],
)
def test_the_bars_of_our_labels_are_those_that_others_draw(kind, data, code):
    others = barcode.get(kind, data).build()[0].replace("G", "1")
    row = labels._modules(code, "bars").tobytes()
    assert "".join("01"[grey < 128] for grey in row).strip("0") == others.strip("0")
