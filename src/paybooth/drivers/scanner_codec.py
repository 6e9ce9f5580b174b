"""Scanner bytes and key codes as scans. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from paybooth.ports import Scan

LONGEST_FRAME = 4096
"""Bytes; more without a terminator is noise, and everything up to the next terminator is dropped."""

SAME_PIECE_S = 0.7
_ENDS = re.compile(rb"[\r\n\t\x03]")
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")


def to_scan(raw: bytes) -> Scan:
    """One frame: UTF-8, undecodable bytes become U+FFFD (which routing calls unreadable), AIM id apart."""
    text = raw.strip(b" \x02\x00").decode("utf-8", "replace")
    if _AIM.match(text):
        return Scan(text[3:], text[:3])
    return Scan(text)


class Framer:
    """Cuts a byte stream into frames, however it was split."""

    def __init__(self) -> None:
        self._rest = b""
        self._dropping = False

    def feed(self, chunk: bytes) -> Iterator[Scan]:
        """Complete frames of this chunk; an over-long one becomes a single unreadable scan."""
        *frames, rest = _ENDS.split(self._rest + chunk)
        for frame in frames:
            if self._dropping:
                self._dropping = False
                yield Scan("\ufffd")
            elif frame.strip():
                yield to_scan(frame)
        self._rest = rest
        if len(rest) > LONGEST_FRAME:
            self._rest, self._dropping = b"", True


class DuplicateGuard:
    """Tells a reader that still looks at the same piece from the next piece."""

    def __init__(self) -> None:
        self._last: Scan | None = None
        self._at_s = float("-inf")

    def is_new(self, scan: Scan, now_s: float) -> bool:
        again = scan == self._last and now_s - self._at_s < SAME_PIECE_S
        self._last, self._at_s = scan, now_s
        return not again


# ---------------------------------------------------------------- keyboard mode (Linux input-event codes, US layout)

EV_KEY = 1
_DOWN = 1
_SHIFT, _CTRL, _ENDING = {42, 54}, {29, 97}, {28, 96, 15}
_RIGHT_BRACKET = 27
_ROWS = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
)
_KEYS = {
    first + n: (low, high)
    for first, lows, highs in _ROWS
    for n, (low, high) in enumerate(zip(lows, highs, strict=True))
}


class KeyDecoder:
    """Key events of a keyboard-mode scanner as scans; Ctrl+] is the GS1 separator."""

    def __init__(self) -> None:
        self._text = ""
        self._held: set[int] = set()

    def feed(self, code: int, value: int) -> Iterator[Scan]:
        """`value` is 1 down, 0 up, 2 repeat (ignored)."""
        if code in _SHIFT | _CTRL:
            (self._held.add if value else self._held.discard)(code)
            return
        if value != _DOWN:
            return
        if code in _ENDING:
            text, self._text = self._text, ""
            if text:
                yield to_scan(text.encode())
        elif code == _RIGHT_BRACKET and self._held & _CTRL:
            self._text += "\x1d"
        elif code in _KEYS and len(self._text) < LONGEST_FRAME:
            self._text += _KEYS[code][bool(self._held & _SHIFT)]
