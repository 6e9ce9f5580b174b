"""`./dev bench oscar`: django-oscar and the shop at the same work on the same disk, both syncing every commit."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .bench_box import Result, box, fill_rate, kiosks
from .bench_sales import rounds

PEER = Path(__file__).parent / "peer_oscar.py"
PACKAGES = ("django-oscar", "sorl-thumbnail")
"""Newest that the registry has; what ran is reported. sorl-thumbnail is oscar's own optional thumbnailer."""


@contextmanager
def environment(folder: Path) -> Iterator[Callable[[], dict[str, float]]]:
    """Oscar's own environment, gone afterwards; yields what runs it once on a fresh database."""
    uv = str(Path(sys.executable).parent / "uv")
    home = Path(tempfile.mkdtemp(prefix="peer-", dir=folder))
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    python = str(home / "venv" / "bin" / "python")

    def run() -> dict[str, float]:
        command = [python, str(PEER), tempfile.mkdtemp(dir=home)]
        done = subprocess.run(command, check=True, env=env, cwd=home, stdout=subprocess.PIPE, timeout=600)
        result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        assert result["synchronous"] == 2, "FULL, or the comparison is void"
        return result

    try:
        subprocess.run([uv, "venv", "-q", str(home / "venv")], check=True, env=env)
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *PACKAGES], check=True, env=env)
        yield run
    finally:
        shutil.rmtree(home)


async def oscar(folder: Path) -> Result:
    """P2, P3: add-lines over 32 sockets and five-line sales, against oscar's; P6 without wallets' signatures.

    Oscar runs before and after us, its figures are the means: a noisy hour then meets both.
    """
    with environment(folder) as run:
        before = run()
        async with box(folder, booths=32, products=10_000) as shop, kiosks(shop.port, 32) as booths:
            adds = await fill_rate(booths, 5)
        found = await rounds(folder, each=10, times=5)
        after = run()
    sales, cpu_ms = (statistics.median(values) for values in zip(*found, strict=True))
    names = ("adds_per_s", "sales_per_s", "cpu_ms_per_sale")
    peer_adds, peer_sales, peer_cpu_ms = ((before[name] + after[name]) / 2 for name in names)
    return {
        "oscar": f"{before['version']} on Django {before['django']}",
        "oscar_addline_per_s": round(peer_adds, 1),
        "addline_per_s_32": round(adds),
        "p2_ratio_oscar": round(adds / peer_adds, 1),
        "oscar_sales_per_s": round(peer_sales, 1),
        "sales_per_s": round(sales, 1),
        "p3_ratio_oscar": round(sales / peer_sales, 1),
        "oscar_cpu_ms_per_sale": round(peer_cpu_ms, 1),
        "p6_cpu_ms_per_sale_no_wallet": round(cpu_ms, 2),
    }
