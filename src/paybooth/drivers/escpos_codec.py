"""ESC/POS: a document as bytes, and status bytes as words. Pure.

Source: Epson ESC/POS command reference (commands and status tables), with the limits of Chinese clones noted in
docs/drivers/escpos.md. Only two-byte GBK characters are sent as text; the rest becomes `?` or goes as raster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from paybooth.domain.document import Align, Document, Element, Feed, Logo, Qr, Row, Rule, Text

INIT = b"\x1b@\x1c&"
"""Reset, then Chinese mode on: Chinese-market models boot with it, others need it."""

CUT = b"\x1dVB\x00"
ASK_IN_ORDER = b"\x1dr\x01"
"""GS r 1: answered only when everything before it was consumed; silent while out of paper."""

CLEAR_BUFFER = b"\x10\x05\x02"
"""DLE ENQ 2: drop a held job, so that a refill does not pour out an old receipt."""

_ALIGN = {Align.LEFT: b"\x1ba\x00", Align.CENTER: b"\x1ba\x01", Align.RIGHT: b"\x1ba\x02"}
_DOTS_PER_MM = 8


def ask_now(which: int) -> bytes:
    """DLE EOT n: answered at once, whatever is printing (1 printer, 2 offline cause, 3 error, 4 paper)."""
    return bytes((0x10, 0x04, which))


def text_bytes(text: str) -> bytes:
    """GBK bytes; the yuan sign as its fullwidth form, anything beyond two bytes as `?`."""
    out = bytearray()
    for char in text.replace("\u00a5", "\uffe5"):
        code = char.encode("gb18030")
        out += code if len(code) <= 2 and (char.isprintable() or char == " ") else b"?"
    return bytes(out)


def printed_width(text: str) -> int:
    """Columns a text takes once encoded: two-byte characters print double width."""
    return len(text_bytes(text))


def wrap(text: str, columns: int) -> list[str]:
    """Break by columns; breaks at blanks where there are any in the line, never inside a wide character."""
    lines, line, width = [], "", 0
    for char in text:
        step = printed_width(char)
        if width + step > columns:
            cut = line.rfind(" ") if char != " " else len(line)
            head, rest = (line[:cut], line[cut + 1 :]) if cut > columns // 2 else (line, "")
            lines.append(head)
            line, width = rest, printed_width(rest)
            if char == " " and not line:
                continue
        line += char
        width += step
    return [*lines, line]


def encode(document: Document, columns: int) -> bytes:
    """The whole receipt up to and including the cut."""
    return INIT + b"".join(_element(element, columns) for element in document) + CUT


def _element(element: Element, columns: int) -> bytes:
    match element:
        case Text():
            return (
                _styled(element.bold, element.scale)
                + _ALIGN[element.align]
                + _lines(wrap(element.text, columns // element.scale))
                + _plain()
            )
        case Row():
            return (
                _styled(element.bold, element.scale)
                + _ALIGN[Align.LEFT]
                + _lines(row_lines(element, columns // element.scale))
                + _plain()
            )
        case Rule():
            return _ALIGN[Align.LEFT] + b"-" * columns + b"\n"
        case Feed():
            return b"\x1bd" + bytes((element.lines,))
        case Qr():
            return _qr(element, columns)
        case Logo():
            return _ALIGN[Align.CENTER] + raster(element.width_px, element.rows)


def row_lines(row: Row, columns: int) -> list[str]:
    """Left text, wrapped, with the figure at the right edge of its last line."""
    room = columns - printed_width(row.right) - 1
    lines = wrap(row.left, max(room, columns // 3))
    gap = columns - printed_width(lines[-1]) - printed_width(row.right)
    lines[-1] += " " * max(1, gap) + row.right
    return lines


def _lines(lines: list[str]) -> bytes:
    return b"".join(text_bytes(line) + b"\n" for line in lines)


def _styled(bold: bool, scale: int) -> bytes:
    return (b"\x1bE\x01" if bold else b"") + (b"\x1d!\x11" if scale == 2 else b"")


def _plain() -> bytes:
    return b"\x1bE\x00\x1d!\x00"


def _qr(element: Qr, columns: int) -> bytes:
    """Native QR: model 2, level M, a module size that makes the wanted width."""
    data = element.data.encode()
    modules = 25 + 4 * max(0, (len(data) - 20) // 16)
    size = max(3, min(8, element.side_mm * _DOTS_PER_MM // modules))
    del columns
    store = len(data) + 3
    return (
        _ALIGN[Align.CENTER]
        + b"\x1d(k\x04\x001A2\x00"
        + b"\x1d(k\x03\x001C"
        + bytes((size,))
        + b"\x1d(k\x03\x001E1"
        + b"\x1d(k"
        + bytes((store & 0xFF, store >> 8))
        + b"1P0"
        + data
        + b"\x1d(k\x03\x001Q0"
        + b"\n"
    )


def raster(width_px: int, rows: tuple[bytes, ...]) -> bytes:
    """GS v 0: a 1-bit picture."""
    stride = (width_px + 7) // 8
    assert all(len(row) == stride for row in rows)
    return b"\x1dv0\x00" + bytes((stride & 0xFF, stride >> 8, len(rows) & 0xFF, len(rows) >> 8)) + b"".join(rows)


# ---------------------------------------------------------------- status


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the real-time status bytes say."""

    offline: bool = False
    cover_open: bool = False
    paper_out: bool = False
    paper_near_end: bool = False
    cutter_error: bool = False
    error: bool = False

    def reasons(self) -> tuple[str, ...]:
        """In the order of what a person should look at first."""
        return tuple(_reasons(self))

    @property
    def can_print(self) -> bool:
        return not (self.offline or self.cover_open or self.paper_out or self.cutter_error or self.error)


def _reasons(status: PrinterStatus) -> Iterator[str]:
    if status.paper_out:
        yield "paper_out"
    if status.cover_open:
        yield "cover_open"
    if status.cutter_error:
        yield "cutter_error"
    if status.error:
        yield "error"
    if status.offline and not (status.paper_out or status.cover_open or status.error or status.cutter_error):
        yield "offline"
    if status.paper_near_end and not status.paper_out:
        yield "paper_near_end"


def is_realtime(byte: int) -> bool:
    """The shape of a DLE EOT answer."""
    return byte & 0x93 == 0x12


def is_in_order(byte: int) -> bool:
    """The shape of a GS r answer."""
    return byte & 0x90 == 0x00


def status(printer: int, cause: int, error: int, paper: int) -> PrinterStatus:
    """From the answers to DLE EOT 1, 2, 3 and 4. Paper end is checked before near end: both bits are set at the end."""
    out = paper & 0x60 == 0x60 or bool(cause & 0x20)
    return PrinterStatus(
        offline=bool(printer & 0x08),
        cover_open=bool(cause & 0x04),
        paper_out=out,
        paper_near_end=not out and paper & 0x0C == 0x0C,
        cutter_error=bool(error & 0x08),
        error=bool(error & 0x24),
    )
