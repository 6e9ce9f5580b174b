"""A spoken message of staff to a booth: one form of sound, read with distrust, kept in memory and nowhere else.

The journal says that it was spoken, by whom and for how long; the voice itself is gone with the visit.
"""

from __future__ import annotations

import hashlib
import io
import wave
from dataclasses import dataclass

RATE_HZ = 16_000
SECONDS_MOST = 30.0
SECONDS_LEAST = 0.2
BYTES_MOST = int(SECONDS_MOST * RATE_HZ * 2) + 4096
"""With room for whatever else a file carries beside its samples."""


class SpokenError(Exception):
    """Why this cannot be heard; the text says what is taken."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message as a booth plays it."""

    name: str
    """By what is in it: nobody who has not got it can guess it."""
    wav: bytes
    seconds: float


def spoken(content: bytes) -> Spoken:
    """RIFF WAVE, PCM, 16 bit, one channel, 16 kHz, 0.2 to 30 s; only its samples are kept. Raises SpokenError."""
    try:
        with wave.open(io.BytesIO(content)) as sound:
            form = (sound.getnchannels(), sound.getsampwidth(), sound.getframerate())
            samples = sound.readframes(int(SECONDS_MOST * RATE_HZ) + 1)
    except (wave.Error, EOFError, OSError, ValueError) as error:
        raise SpokenError("this is no WAV of 16 bit PCM") from error
    if form != (1, 2, RATE_HZ):
        raise SpokenError("the sound must have one channel of 16 bit at 16,000 Hz")
    seconds = len(samples) / 2 / RATE_HZ
    if not SECONDS_LEAST <= seconds <= SECONDS_MOST:
        raise SpokenError(f"a message takes {SECONDS_LEAST:g} to {SECONDS_MOST:g} seconds")
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        sound.writeframes(samples)
    whole = out.getvalue()
    return Spoken(hashlib.sha256(whole).hexdigest()[:32], whole, seconds)
