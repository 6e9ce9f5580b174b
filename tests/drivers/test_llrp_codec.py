"""LLRP frames: captured ones are read as they are, damaged ones raise the codec's own error and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.drivers import llrp_codec as codec

REPORT = bytes.fromhex(
    "043d000000380000000000f0002e8d3074257bf7194e4000001a8581000186ce87001d82000660e427bcb19484000660e427bcb194880001"
)
HELLO = bytes.fromhex("043f000000200000000000f600160080000c000660e427bcb19401000006" + "0000")


def test_a_captured_report_is_read():
    head = codec.header(REPORT[:10])
    assert head == (codec.REPORT, len(REPORT), 0)
    assert codec.report(REPORT[10:]) == [(bytes.fromhex("3074257bf7194e4000001a85"), 1, -50, 1)]


def test_a_captured_greeting_is_read():
    assert codec.header(HELLO[:10]).kind == codec.EVENT
    assert (codec.CONNECTION_ATTEMPT, b"\0\0") in codec.events(HELLO[10:])


def test_the_acknowledgement_of_a_keepalive():
    assert codec.message(codec.KEEPALIVE_ACK, 7) == bytes.fromhex("04480000000a00000007")


@pytest.mark.parametrize("bad", ["ffff0000000a00000000", "043d0000000900000000", "043dffffffff00000000"])
def test_what_is_no_header_is_refused(bad):
    with pytest.raises(codec.GarbledError):
        codec.header(bytes.fromhex(bad))


@given(st.binary(max_size=200), st.integers(0, len(REPORT) - 11), st.integers(0, 255))
def test_damage_raises_nothing_but_garbled(noise, place, value):
    damaged = bytearray(REPORT[10:])
    damaged[place] = value
    for body in (noise, bytes(damaged), bytes(damaged[:place])):
        for read in (codec.report, codec.events, codec.status, codec.antennas):
            try:
                read(body)
            except codec.GarbledError:
                continue
