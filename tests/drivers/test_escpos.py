"""The receipt printer: bytes, status, and proof of print against a printer that runs out of paper anywhere."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager

import numpy
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from paybooth import paper
from paybooth.domain.document import Align, Feed, Qr, Row, Rule, Text, display_width
from paybooth.drivers import escpos_codec as codec
from paybooth.drivers import open_device
from paybooth.lab.devices import LabPrinter
from paybooth.lab.escpos_paper import Interpreter
from paybooth.ports import HealthState, PrintState

from ..shop.floor import Clock

URL = "https://shop.example/r/20261122-00417.ABCDEFGHJKLM"
RECEIPT = (
    Text("巷口小店", Align.CENTER, bold=True, scale=2),
    Feed(),
    Row("单号 20261122-00417", "1 号台"),
    Rule(),
    Text("农家散养土鸡蛋 30 枚礼盒装（含提手、可回收纸托）很长很长的名字要换行"),
    Row("  1 × 39.80", "39.80"),
    Row("合计", "¥39.80", bold=True, scale=2),
    Qr(URL),
    Text("谢谢光临", Align.CENTER),
)
FONTS = tuple(paper.files("paybooth") / "_ui" / "fonts" / f"receipt-{weight}.woff" for weight in (400, 700))


@asynccontextmanager
async def desk(options: str = "columns=48"):
    lab = LabPrinter(lambda: Interpreter(FONTS), lambda: None)
    states: list = []
    seen = asyncio.Event()

    def report(health):
        states.append(health)
        seen.set()

    async with lab.serve() as port:
        printer = open_device("printer:1", f"escpos+tcp://127.0.0.1:{port}?{options}", Clock())
        running = asyncio.create_task(printer.run(report))
        async with asyncio.timeout(5):
            await seen.wait()
        try:
            yield lab, printer, states
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


def picture(sheet) -> Image.Image:
    import io

    return Image.open(io.BytesIO(sheet.png)).convert("L")


@pytest.mark.anyio
async def test_a_receipt_is_printed_read_back_and_proven():
    async with desk() as (lab, printer, states):
        outcome = await printer.print(RECEIPT)
        assert outcome.state is PrintState.PRINTED
        assert states[-1].state is HealthState.ONLINE
        (sheet,) = lab.sheets
        lines = sheet.text.splitlines()
        assert lines[0] == "巷口小店"
        assert "单号 20261122-00417" in lines[2] and lines[2].endswith("1 号台")
        assert any(line.startswith("合计") and line.endswith("￥39.80") for line in lines)
        # somebody else's decoder reads the code off the drawn paper
        codes = [c.text for c in zxingcpp.read_barcodes(numpy.array(picture(sheet)))]
        assert codes == [URL]


@pytest.mark.anyio
async def test_raster_mode_prints_the_same_paper():
    async with desk("columns=48&mode=raster") as (lab, printer, _):
        assert (await printer.print(RECEIPT)).state is PrintState.PRINTED
        (sheet,) = lab.sheets
        assert [c.text for c in zxingcpp.read_barcodes(numpy.array(picture(sheet)))] == [URL]


@pytest.mark.anyio
@pytest.mark.parametrize("at", [1, 5, 60, 200, 330])
async def test_paper_out_anywhere_is_never_called_printed_and_never_sent_again(at):
    async with desk() as (lab, printer, _):
        lab.state.out_after_bytes = at
        outcome = await printer.print(RECEIPT)
        assert outcome.state is PrintState.INTERRUPTED
        assert outcome.reasons == ("paper_out",)
        lab.set(paper_mm=50_000.0)
        await asyncio.sleep(0.05)
        assert lab.sheets == []  # the held job was cleared: a refill pours out nothing
        assert (await printer.print(RECEIPT)).state is PrintState.PRINTED
        assert len(lab.sheets) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("change", "reason"),
    [({"paper_mm": 0.0}, "paper_out"), ({"cover_open": True}, "cover_open"), ({"cutter_jam": True}, "cutter_error")],
)
async def test_a_printer_in_trouble_gets_nothing(change, reason):
    async with desk() as (lab, printer, _):
        lab.set(**change)
        outcome = await printer.print(RECEIPT)
        assert (outcome.state, outcome.reasons[0]) == (PrintState.NOT_SENT, reason)
        assert lab.sheets == []


@pytest.mark.anyio
async def test_a_mute_printer_gets_nothing():
    async with desk() as (lab, printer, _):
        lab.state.mute = True
        assert (await printer.print(RECEIPT)).state is PrintState.NOT_SENT


@pytest.mark.anyio
async def test_no_printer_at_all():
    printer = open_device("printer:1", "escpos+tcp://127.0.0.1:9", Clock())
    assert (await printer.print(RECEIPT)).reasons == ("offline",)


@pytest.mark.anyio
async def test_near_end_is_degraded_and_prints():
    async with desk() as (lab, printer, states):
        lab.set(paper_mm=3000.0)
        assert (await printer.print(RECEIPT)).state is PrintState.PRINTED


def test_status_tables_of_the_reference():
    assert codec.status(0x12, 0x12, 0x12, 0x12) == codec.PrinterStatus()
    assert codec.status(0x12, 0x12, 0x12, 0x1E).reasons() == ("paper_near_end",)
    assert codec.status(0x1A, 0x32, 0x12, 0x7E).reasons() == ("paper_out",)
    assert codec.status(0x1A, 0x16, 0x12, 0x12).reasons() == ("cover_open",)
    assert codec.status(0x1A, 0x12, 0x12, 0x12).reasons() == ("offline",)


def test_answers_are_told_apart_by_shape():
    assert codec.is_realtime(0x12) and codec.is_realtime(0x7E)
    assert not codec.is_realtime(0x00) and not codec.is_realtime(0x10)
    assert codec.is_in_order(0x00) and codec.is_in_order(0x03)
    assert not codec.is_in_order(0x12)


def test_the_yuan_sign_prints_and_what_cannot_becomes_a_question_mark():
    assert codec.text_bytes("¥") == b"\xa3\xa4"
    assert codec.text_bytes("合计") == "合计".encode("gbk")
    assert codec.text_bytes("🍎\x1b") == b"??"


@given(st.text(max_size=120), st.sampled_from([24, 32, 48]))
def test_wrapped_lines_fit_and_lose_nothing_but_blanks(text, columns):
    lines = codec.wrap(text, columns)
    assert all(codec.printed_width(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(st.text(max_size=60).filter(str.isprintable), st.text("0123456789.-¥", max_size=12), st.sampled_from([32, 48]))
def test_the_figure_stands_at_the_right_edge(left, right, columns):
    lines = codec.row_lines(Row(left, right), columns)
    assert lines[-1].endswith(right)
    assert codec.printed_width(lines[-1]) <= columns + 1


def test_display_width_counts_wide_characters_twice():
    assert display_width("合计 AB") == 7


def test_pdf_and_png_are_drawn():
    assert paper.pdf(RECEIPT).startswith(b"%PDF")
    assert paper.png(RECEIPT).startswith(b"\x89PNG")
