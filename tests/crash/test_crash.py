"""Two hundred kills in each test run; more by `python -m tests.crash --kills N`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
KILLS = 200


@pytest.mark.timeout(1800)
def test_every_fen_is_accounted_for_after_two_hundred_kills():
    command = [sys.executable, "-m", "tests.crash", "--kills", str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-2000:]
    result = json.loads(done.stdout.strip().splitlines()[-1])
    assert (result["violations"], result["difference_fen"]) == (0, 0), done.stderr[-4000:]
    assert result["kills"] == KILLS
    assert result["in_flight"] > KILLS // 50, "too few kills hit a charge: the test proves little"
    assert result["sales"] > KILLS // 4
