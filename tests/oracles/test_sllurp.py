"""Another's LLRP client at our lab's reader: sllurp, apart in its own environment (it is GPL), sets it up and reads tags."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paybooth.domain.epc import sgtin96
from paybooth.lab.llrp_reader import LlrpServer
from paybooth.lab.radio import Field, shelf

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
HERE = Path(__file__).parent / "peers"
EPCS = [sgtin96("06901028075763", 7, 8), bytes.fromhex("3674257BF6B7A659B2C2BF100000000000000000000000000000")]
TAGS = 60


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


@pytest.fixture(scope="session")
def peer(tmp_path_factory):
    """The command of sllurp's client in an environment that is thrown away."""
    home = tmp_path_factory.mktemp("sllurp") / "venv"
    uv, python = str(Path(sys.executable).parent / "uv"), str(home / "bin" / "python")
    for command in (
        [uv, "venv", "-q", "--python", sys.executable, str(home)],
        [uv, "pip", "install", "-q", "--python", python, "--require-hashes", "-r", str(HERE / "sllurp.txt")],
    ):
        subprocess.run(command, check=True, env=_clean(), timeout=240)
    return [python, str(HERE / "sllurp_client.py")]


async def test_sllurp_sets_our_reader_up_and_hears_what_is_in_the_air(peer):
    lab = LlrpServer(Field(random.Random(3), 1.0, carriers=[shelf(EPCS, 0.0, 0.9)]))
    async with lab.serve() as port:
        process = await asyncio.create_subprocess_exec(
            *peer, str(port), str(TAGS), env=_clean(), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, err.decode()
    heard = [json.loads(line) for line in out.decode().splitlines()]
    assert len(heard) == TAGS
    assert {tag["epc"] for tag in heard} == {epc.hex() for epc in EPCS}
    assert {tag["antenna"] for tag in heard} == {1, 2}
    assert all(-90 < tag["rssi"] < -20 and tag["seen"] >= 1 for tag in heard)
    assert all(abs(tag["utc_us"] / 1e6 - time.time()) < 60 for tag in heard)
    assert not any(lab.rospecs.values())  # it stopped its inventory before it went
