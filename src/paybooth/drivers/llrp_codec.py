"""LLRP 1.0.1 as bytes: the few messages a gate needs. Pure; a report with a hundred tags is read in a hundred µs.

Header: 3 reserved bits, 3 bits version, 10 bits type, u32 length of the whole, u32 id. Parameters are TLV (u16 type,
u16 length) or TV (one byte with the top bit set, length by type; an unknown one cannot be skipped).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

HEADER = struct.Struct(">HII")
MESSAGE_MOST = 1 << 20
"""A frame above this is no report of a reader, but garbage."""

GET_CAPABILITIES, SET_CONFIG, CLOSE = 1, 3, 14
ADD_ROSPEC, DELETE_ROSPEC, ENABLE_ROSPEC = 20, 21, 24
REPORT, KEEPALIVE, EVENT, KEEPALIVE_ACK, ERROR = 61, 62, 63, 72, 100
RESPONSE = {GET_CAPABILITIES: 11, SET_CONFIG: 13, CLOSE: 4, ADD_ROSPEC: 30, DELETE_ROSPEC: 31, ENABLE_ROSPEC: 34}

STATUS, TAG_REPORT, EPC_DATA, EVENT_DATA, ANTENNA_EVENT, CONNECTION_ATTEMPT = 287, 240, 241, 246, 255, 256
DEVICE_CAPABILITIES = 137

_TV_LENGTH = {
    1: 2,
    2: 8,
    3: 8,
    4: 8,
    5: 8,
    6: 1,
    7: 2,
    8: 2,
    9: 4,
    10: 2,
    11: 2,
    12: 2,
    13: 12,
    14: 2,
    15: 2,
    16: 4,
    18: 4,
}
"""Bytes behind the type byte, by TV type."""

CONTENT = 0x1780
"""TagReportContentSelector: antenna, peak RSSI, first and last seen, count."""


class GarbledError(Exception):
    """These bytes are not LLRP."""


class Seen(NamedTuple):
    """One entry of a report."""

    epc: bytes
    antenna: int
    rssi: int
    times: int


class Header(NamedTuple):
    kind: int
    length: int
    number: int


def header(data: bytes) -> Header:
    """Of ten bytes. Raises GarbledError for other versions and impossible lengths."""
    first, length, number = HEADER.unpack(data)
    if first >> 10 not in (1, 2) or not HEADER.size <= length <= MESSAGE_MOST:
        raise GarbledError(f"no LLRP header: {data.hex()}")
    return Header(first & 0x3FF, length, number)


def message(kind: int, number: int, body: bytes = b"") -> bytes:
    return HEADER.pack(1 << 10 | kind, HEADER.size + len(body), number) + body


def tlv(kind: int, body: bytes) -> bytes:
    return struct.pack(">HH", kind, 4 + len(body)) + body


# ---------------------------------------------------------------- what we ask for


def set_config(keepalive_ms: int) -> bytes:
    """Events of antennas, readers and buffers on, keepalive periodic, reports not held."""
    events = b"".join(tlv(245, struct.pack(">HB", kind, 0x80)) for kind in (3, 4, 8))
    return b"\x00" + tlv(244, events) + tlv(220, struct.pack(">BI", 1, keepalive_ms)) + tlv(226, b"\x00")


def add_rospec(number: int, antennas: Sequence[int], session: int) -> bytes:
    """Inventory for ever on these antennas, each tag reported at once."""
    boundary = tlv(178, tlv(179, b"\x01") + tlv(182, b"\x00" + bytes(4)))
    singulation = tlv(336, struct.pack(">BHI", session << 6, 32, 0))
    inventory = tlv(330, b"\x00" + singulation)
    parameters = tlv(186, struct.pack(">HB", 1, 1) + tlv(222, struct.pack(">H", 0) + inventory))
    stop = tlv(184, b"\x00" + bytes(4))
    ids = struct.pack(f">H{len(antennas)}H", len(antennas), *antennas)
    report = tlv(237, struct.pack(">BH", 1, 1) + tlv(238, struct.pack(">H", CONTENT)))
    return tlv(177, struct.pack(">IBB", number, 0, 0) + boundary + tlv(183, ids + stop + parameters) + report)


# ---------------------------------------------------------------- what readers say


def parameters(body: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """(type, begin, end) of each parameter's value. Raises GarbledError."""
    at = begin
    while at < end:
        first = body[at]
        if first & 0x80:
            kind = first & 0x7F
            length = _TV_LENGTH.get(kind)
            if length is None:
                raise GarbledError(f"unknown TV parameter {kind}")
            value, after = at + 1, at + 1 + length
        else:
            if at + 4 > end:
                raise GarbledError("a parameter is cut off")
            kind = (first << 8 | body[at + 1]) & 0x3FF
            value, after = at + 4, at + (body[at + 2] << 8 | body[at + 3])
        if after > end or after < value:
            raise GarbledError(f"parameter {kind} passes its frame")
        yield kind, value, after
        at = after


def report(body: bytes) -> list[Seen]:
    """RO_ACCESS_REPORT behind its header. Raises GarbledError."""
    found = []
    for kind, begin, end in parameters(body, 0, len(body)):
        if kind == TAG_REPORT:
            found.append(_seen(body, begin, end))
    return found


def _seen(body: bytes, begin: int, end: int) -> Seen:
    """The hot path: a hundred thousand times a second."""
    epc, antenna, rssi, times = b"", 0, -128, 1
    at = begin
    while at < end:
        first = body[at]
        if first & 0x80:
            kind = first & 0x7F
            after = at + 1 + _TV_LENGTH.get(kind, 1 << 20)
            if after > end:
                raise GarbledError(f"TV parameter {kind} is unknown or passes its frame")
            if kind == 13:
                epc = body[at + 1 : after]
            elif kind == 1:
                antenna = body[at + 1] << 8 | body[at + 2]
            elif kind == 6:
                rssi = body[at + 1] - 256 if body[at + 1] > 127 else body[at + 1]
            elif kind == 8:
                times = body[at + 1] << 8 | body[at + 2]
        else:
            if at + 4 > end:
                raise GarbledError("a parameter is cut off")
            after = at + (body[at + 2] << 8 | body[at + 3])
            if after > end or after < at + 4:
                raise GarbledError("a parameter passes its frame")
            if (first << 8 | body[at + 1]) & 0x3FF == EPC_DATA:
                epc = _epc(body[at + 4 : after])
        at = after
    return Seen(epc, antenna, rssi, times)


def _epc(value: bytes) -> bytes:
    """EPCData: a bit count, then the bits padded to whole bytes."""
    if len(value) < 2:
        raise GarbledError("EPCData without a length")
    bits = value[0] << 8 | value[1]
    if len(value) < 2 + (bits + 7) // 8:
        raise GarbledError("EPCData is cut off")
    return value[2 : 2 + (bits + 7) // 8]


def status(body: bytes) -> int:
    """Of a response: 0 = carried out. Raises GarbledError where there is none."""
    for kind, begin, end in parameters(body, 0, len(body)):
        if kind == STATUS and end - begin >= 4:
            return body[begin] << 8 | body[begin + 1]
    raise GarbledError("a response without status")


def events(body: bytes) -> list[tuple[int, bytes]]:
    """(type, value) of the events in a READER_EVENT_NOTIFICATION. Raises GarbledError."""
    return [
        (kind, body[begin:end])
        for outer, first, last in parameters(body, 0, len(body))
        if outer == EVENT_DATA
        for kind, begin, end in parameters(body, first, last)
    ]


def antennas(body: bytes) -> int | None:
    """How many antenna ports GET_READER_CAPABILITIES_RESPONSE tells of; None where it does not."""
    for kind, begin, end in parameters(body, 0, len(body)):
        if kind == DEVICE_CAPABILITIES and end - begin >= 2:
            return body[begin] << 8 | body[begin + 1]
    return None
