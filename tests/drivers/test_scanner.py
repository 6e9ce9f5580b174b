"""Scanner bytes, however they come; and the driver on TCP and on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import os
import tty

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.drivers import open_device
from paybooth.drivers.scanner_codec import DuplicateGuard, Framer, KeyDecoder, to_scan
from paybooth.lab.devices import LabScanner
from paybooth.ports import HealthState, Scan

from ..shop.floor import Clock


def test_aim_identifiers_are_taken_apart():
    assert to_scan(b"]E06901028075763") == Scan("6901028075763", "]E0")
    assert to_scan(b"]d20106901028075763\x1d21A") == Scan("0106901028075763\x1d21A", "]d2")
    assert to_scan(b"6901028075763") == Scan("6901028075763")


@given(st.lists(st.binary(max_size=40), max_size=12), st.data())
def test_frames_do_not_depend_on_how_the_stream_was_cut(chunks, data):
    stream = b"".join(chunks)
    whole = list(Framer().feed(stream + b"\r"))
    cut = data.draw(st.integers(0, len(stream)))
    framer = Framer()
    assert [*framer.feed(stream[:cut]), *framer.feed(stream[cut:] + b"\r")] == whole


def test_half_utf8_is_unreadable_not_an_error():
    assert list(Framer().feed(b"\xe5\x95\r")) == [Scan("\ufffd")]


def test_an_endless_frame_becomes_one_unreadable_scan():
    framer = Framer()
    assert list(framer.feed(b"x" * 5000)) == []
    assert list(framer.feed(b"y" * 5000 + b"\r6901028075763\r")) == [Scan("\ufffd"), Scan("6901028075763")]


def test_a_reader_that_looks_twice_sees_one_piece():
    guard = DuplicateGuard()
    a, b = Scan("1"), Scan("2")
    assert [guard.is_new(a, 0), guard.is_new(a, 0.5), guard.is_new(b, 0.6), guard.is_new(a, 0.7)] == [
        True,
        False,
        True,
        True,
    ]
    assert guard.is_new(a, 1.5)


def test_keys_become_text_with_shift_and_separator():
    keys = KeyDecoder()
    out = []
    events = [(42, 1), (30, 1), (42, 0), (30, 1), (2, 1), (2, 2), (29, 1), (27, 1), (29, 0), (11, 1), (28, 1)]
    for code, value in events:
        out += keys.feed(code, value)
    assert out == [Scan("Aa1\x1d0")]


@pytest.mark.anyio
async def test_tcp_scanner_delivers_loses_and_comes_back():
    lab = LabScanner()
    scans, states = asyncio.Queue(maxsize=10), []
    changed = asyncio.Event()

    def report(health):
        states.append(health.state)
        changed.set()

    async with lab.serve() as port:
        scanner = open_device("scanner:1:0", f"scanner+tcp://127.0.0.1:{port}", Clock())
        scanner.on_scan = scans.put_nowait
        running = asyncio.create_task(scanner.run(report))
        async with asyncio.timeout(5):
            await lab.plugged.wait()
            lab.scan("6901028075763", aim="]E0")
            assert await scans.get() == Scan("6901028075763", "]E0")
    async with asyncio.timeout(5):
        while states[-1] is not HealthState.OFFLINE:
            changed.clear()
            await changed.wait()
    async with lab.serve(port):
        async with asyncio.timeout(10):
            await lab.plugged.wait()
            lab.scan("123456")
            assert (await scans.get()).text == "123456"
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert states[0] is HealthState.ONLINE


@pytest.mark.anyio
async def test_serial_scanner_over_a_pseudo_terminal():
    master, slave = os.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    scans = asyncio.Queue(maxsize=10)
    scanner = open_device("scanner:1:0", f"scanner+serial://{os.ttyname(slave)}", Clock())
    scanner.on_scan = scans.put_nowait
    online = asyncio.Event()
    running = asyncio.create_task(
        scanner.run(lambda health: online.set() if health.state is HealthState.ONLINE else None)
    )
    async with asyncio.timeout(5):
        await online.wait()
        os.write(master, b"]E0690102")
        os.write(master, b"8075763\r")
        assert await scans.get() == Scan("6901028075763", "]E0")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize("url", ["scanner://x", "scanner+tcp://x", "scanner+usb:///x", "nobody+tcp://h:1", "x"])
def test_bad_addresses_say_what_would_be_right(url):
    with pytest.raises(ValueError, match=r"."):
        open_device("scanner:1:0", url, Clock())
