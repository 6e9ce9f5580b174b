"""A spoken message: one form of sound, of a length, and nothing else of the file."""

from __future__ import annotations

import io
import math
import struct
import wave

import pytest

from paybooth.shop.spoken import BYTES_MOST, RATE_HZ, SpokenError, spoken


def sound(seconds: float = 1.0, *, channels: int = 1, width: int = 2, rate: int = RATE_HZ) -> bytes:
    """A WAV of 440 Hz."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        count = round(seconds * rate)
        if width == 2:
            wave_of = (round(9000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))
            file.writeframes(b"".join(struct.pack("<h", sample) * channels for sample in wave_of))
        else:
            file.writeframes(bytes(count * channels * width))
    return out.getvalue()


def test_a_message_is_kept_as_it_was_said():
    said = spoken(sound(1.5))
    assert (said.seconds, len(said.wav)) == (1.5, 44 + 48_000)
    assert said.wav == sound(1.5)
    assert spoken(sound(1.5)).name == said.name != spoken(sound(1.6)).name
    assert len(said.name) == 32


def test_what_else_a_file_carries_is_left_behind():
    plain = sound(0.5)
    note = b"LIST" + struct.pack("<I", 26) + b"INFOICMT" + struct.pack("<I", 14) + b"where I live\0\0"
    noted = plain[:12] + note + plain[12:]
    noted = noted[:4] + struct.pack("<I", len(noted) - 8) + noted[8:]
    assert b"where I live" in noted
    assert spoken(noted) == spoken(plain)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x1aE\xdf\xa3 webm", id="another format"),
        pytest.param(sound(1)[:30], id="cut off in its head"),
        pytest.param(sound(1, channels=2), id="stereo"),
        pytest.param(sound(1, width=1), id="8 bit"),
        pytest.param(sound(1, rate=44_100), id="44.1 kHz"),
        pytest.param(sound(0.1), id="too short"),
        pytest.param(sound(30.1), id="too long"),
        pytest.param(sound(1)[:20] + b"\x03\x00" + sound(1)[22:], id="float samples"),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(SpokenError):
        spoken(content)


def test_the_longest_message_fits_into_a_request():
    assert spoken(sound(30)).seconds == 30
    assert len(sound(30)) <= BYTES_MOST


def test_a_head_that_promises_more_than_there_is_says_what_there_is():
    whole = bytearray(sound(1))
    struct.pack_into("<I", whole, 40, 2**31 - 1)
    assert spoken(bytes(whole)).seconds == 1
