"""`./dev bench oscar`: django-oscar and the shop at the same work on the same disk, both syncing every commit."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .bench_box import Result, box, fill_rate, kiosks
from .bench_sales import rounds

PEER = Path(__file__).parent / "peer_oscar.py"
PACKAGES = ("django-oscar", "sorl-thumbnail")
"""Newest that the registry has; what ran is reported. sorl-thumbnail is oscar's own optional thumbnailer."""


def peer(folder: Path) -> dict[str, Any]:
    """Run oscar in an environment that is gone afterwards."""
    tool = str(Path(sys.executable).parent / "uv")
    home = Path(tempfile.mkdtemp(prefix="peer-", dir=folder))
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    python = home / "venv" / "bin" / "python"
    try:
        subprocess.run([tool, "venv", "-q", str(home / "venv")], check=True, env=env)
        subprocess.run([tool, "pip", "install", "-q", "--python", str(python), *PACKAGES], check=True, env=env)
        done = subprocess.run(
            [str(python), str(PEER), str(home)], check=True, env=env, cwd=home, stdout=subprocess.PIPE, timeout=600
        )
    finally:
        shutil.rmtree(home)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert result["synchronous"] == 2, "FULL, or the comparison is void"
    return result


async def oscar(folder: Path) -> Result:
    """P2, P3: add-lines over 32 sockets and five-line sales, against oscar's; P6 without wallets' signatures."""
    before = peer(folder)
    async with box(folder, booths=32, products=10_000) as shop, kiosks(shop.port, 32) as booths:
        adds = await fill_rate(booths, 5)
    found = await rounds(folder, each=10, times=5)
    sales, cpu_ms = (statistics.median(values) for values in zip(*found, strict=True))
    return {
        "oscar": f"{before['version']} on Django {before['django']}",
        "oscar_addline_per_s": round(before["adds_per_s"], 1),
        "addline_per_s_32": round(adds),
        "p2_ratio_oscar": round(adds / before["adds_per_s"], 1),
        "oscar_sales_per_s": round(before["sales_per_s"], 1),
        "sales_per_s": round(sales, 1),
        "p3_ratio_oscar": round(sales / before["sales_per_s"], 1),
        "oscar_cpu_ms_per_sale": round(before["cpu_ms_per_sale"], 1),
        "p6_cpu_ms_per_sale_no_wallet": round(cpu_ms, 2),
    }
