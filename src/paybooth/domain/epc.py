"""EPC bytes of a tag to GTIN and serial (GS1 EPC Tag Data Standard, SGTIN-96 and SGTIN-198), and back for the lab.

Tags are compared by GTIN and serial, never by their bytes: the same piece has several valid encodings, one for each
length of the company prefix. Anything that is not an SGTIN is None, never an error: shoppers wear tags too.
"""

from __future__ import annotations

from typing import NamedTuple


class Sgtin(NamedTuple):
    gtin14: str
    serial: str


SGTIN96, SGTIN198 = 0x30, 0x36

PARTITIONS = (
    (40, 12, 4, 1),
    (37, 11, 7, 2),
    (34, 10, 10, 3),
    (30, 9, 14, 4),
    (27, 8, 17, 5),
    (24, 7, 20, 6),
    (20, 6, 24, 7),
)
"""By partition: bits and digits of the company prefix, bits and digits of indicator and item reference (TDS table)."""


def decode(epc: bytes) -> Sgtin | None:
    """The piece a tag names; None for other schemes, other lengths and impossible values."""
    if len(epc) < 12:
        return None
    header = epc[0]
    if header == SGTIN96 and len(epc) == 12:
        bits = int.from_bytes(epc, "big")
        gtin = _gtin(bits >> 38, 58)
        return None if gtin is None else Sgtin(gtin, str(bits & 0x3FFFFFFFFF))
    if header == SGTIN198 and len(epc) in (25, 26):
        bits = int.from_bytes(epc[:25], "big") >> 2
        gtin, serial = _gtin(bits >> 140, 58), _text(bits & ((1 << 140) - 1))
        return None if gtin is None or serial is None else Sgtin(gtin, serial)
    return None


def _gtin(bits: int, width: int) -> str | None:
    """GTIN-14 of header, filter, partition, prefix and item; `width` bits in all."""
    partition = bits >> (width - 14) & 7
    if partition == 7:
        return None
    prefix_bits, prefix_digits, item_bits, item_digits = PARTITIONS[partition]
    prefix = bits >> item_bits & ((1 << prefix_bits) - 1)
    item = bits & ((1 << item_bits) - 1)
    if prefix >= 10**prefix_digits or item >= 10**item_digits:
        return None
    reference = f"{item:0{item_digits}d}"
    body = f"{reference[0]}{prefix:0{prefix_digits}d}{reference[1:]}"
    total = 3 * sum(map(int, body[::2])) + sum(map(int, body[1::2]))
    return f"{body}{-total % 10}"


def _text(bits: int) -> str | None:
    """Up to 20 characters of 7 bits, ended by zeros; None where a zero stands inside or nothing is there."""
    codes = [bits >> shift & 0x7F for shift in range(133, -1, -7)]
    used = [code for code in codes if code]
    if not used or codes[: len(used)] != used or any(code < 0x21 for code in used):
        return None
    return "".join(map(chr, used))


def sgtin96(gtin14: str, serial: int, prefix_digits: int, filter_: int = 1) -> bytes:
    """The 12 bytes of a piece, for a company prefix of `prefix_digits` (6 to 12). Raises ValueError."""
    found = next((n for n, p in enumerate(PARTITIONS) if p[1] == prefix_digits), None)
    if found is None or len(gtin14) != 14 or not gtin14.isdigit() or not 0 <= serial < 1 << 38:
        raise ValueError(f"no SGTIN-96 for {gtin14!r}, serial {serial}, prefix of {prefix_digits}")
    prefix_bits, digits, item_bits, _ = PARTITIONS[found]
    prefix, item = int(gtin14[1 : 1 + digits]), int(gtin14[0] + gtin14[1 + digits : 13])
    bits = SGTIN96 << 6 | filter_ << 3 | found
    bits = ((bits << prefix_bits | prefix) << item_bits | item) << 38 | serial
    return bits.to_bytes(12, "big")
