"""`paybooth demo`: the world, the shop's own process, and one address for a visitor; or a tour without one."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from . import front
from .serve import serve
from .tour import TOUR_WAITS, Tour
from .world import World, open_world

UI = Path(__file__).parent.parent / "_ui"


async def run(*, port: int, data: Path | None, seed: int, tour: bool, as_json: bool) -> int:
    """Run the demo until interrupted, or the tour to its end. Returns the exit code."""
    async with AsyncExitStack() as stack:
        if data is None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paybooth-demo-")))
        data.mkdir(parents=True, exist_ok=True)
        listen_port = 0 if tour else port
        origin = f"http://127.0.0.1:{port}"
        world = await stack.enter_async_context(
            open_world(data, seed=seed, origin=origin, waits=TOUR_WAITS if tour else "", bills_at_once=True)
        )
        await fill_shelves(world)
        await world.start_shop()
        if tour:
            return await _tour(world, as_json=as_json)
        await stack.enter_async_context(serve(front.build(world, UI), listen_port))
        _say(port, data, world.scanner_line)
        await _until_interrupted()
        return 0


async def fill_shelves(world: World) -> None:
    """Import the demo's goods as an owner would: with the command, once."""
    if (world.folder / "data" / "ledger.db").exists():
        return
    command = (sys.executable, "-m", "paybooth", "catalogue", "import", str(world.folder / "goods.csv"))
    arguments = ("--config", str(world.config), "--by", "demo", "--reason", "first goods")
    process = await asyncio.create_subprocess_exec(
        *command, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the demo's goods were refused:\n{output.decode()}")


def _say(port: int, data: Path, line: str) -> None:
    base = f"http://127.0.0.1:{port}"
    print(
        f"\n  Paybooth is open. Everything runs on this machine; nothing here costs money.\n\n"
        f"    {base}/            the whole shop on one bench: start here\n"
        f"    {base}/kiosk/      the booth's screen\n"
        f"    {base}/console/    how the shop is\n"
        f"    {base}/lab/        behind the scenes: wallets, printer, faults\n"
        f"    {base}/lab/phone/  the shopper's phone, on a page of its own\n\n"
        f"  The scanner also speaks on a serial line: scanner+serial://{line}\n"
        f"  Data: {data}   Stop: Ctrl+C\n",
        flush=True,
    )


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def _tour(world: World, *, as_json: bool) -> int:
    tour = Tour(world, say=lambda text: print(text, file=sys.stderr, flush=True))
    result = await tour.run()
    if as_json:
        print(json.dumps(result), flush=True)
    else:
        for key, value in result.items():
            print(f"{key:<26} {value}")
    return 0 if result["ok"] else 1
