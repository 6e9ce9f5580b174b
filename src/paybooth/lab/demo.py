"""`paybooth demo`: the world, the shop's own process, and one address for a visitor; or a tour without one."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import msgspec

from . import front
from .corner import PLAN
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
        staff = world.staff = await hire(world)
        await world.start_shop()
        await draw_floor(world)
        if tour:
            return await _tour(world, staff, as_json=as_json)
        await stack.enter_async_context(serve(front.build(world, UI), listen_port))
        _say(port, data, world.scanner_line, staff)
        await _until_interrupted()
        return 0


async def fill_shelves(world: World) -> None:
    """Import the demo's goods as an owner would: with the command, once."""
    if (world.folder / "data" / "ledger.db").exists():
        return
    goods = str(world.folder / "goods.csv")
    await command(world, "catalogue", "import", goods, "--by", "demo", "--reason", "first goods")


async def hire(world: World) -> dict[str, str]:
    """Two members of staff and their tokens, kept for the demo alone: one to ask for a refund, one to agree."""
    kept = world.folder / "staff.json"
    if not kept.exists():
        tokens = {}
        for name, role in (("Amy", "operator"), ("Bo", "owner")):
            told = await command(world, "user", "add", name, "--role", role, "--by", "demo")
            tokens[name] = told.splitlines()[-1]
        kept.touch(0o600)
        kept.write_text(json.dumps(tokens), "utf-8")
    found: dict[str, str] = json.loads(kept.read_text("utf-8"))
    return found


async def draw_floor(world: World) -> None:
    """The plan of the demo's shop, saved as its owner would: over REST, once."""
    token = world.staff["Bo"]
    base, headers = f"http://127.0.0.1:{world.shop_port}/api/plan", {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, trust_env=False) as client:
        if (await client.get(base)).json()["number"] > 0:
            return
        body = msgspec.json.encode({"plan": PLAN, "reason": "measured on the first day"})
        kind = {"Content-Type": "application/json", "If-Match": '"0"'}
        (await client.put(base, content=body, headers=kind)).raise_for_status()


async def command(world: World, *words: str) -> str:
    """A command of the product on the demo's shop; what it printed. Raises RuntimeError where it refused."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "paybooth", *words, "--config", str(world.config)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"paybooth {' '.join(words[:2])} was refused:\n{output.decode()}")
    return output.decode()


def _say(port: int, data: Path, line: str, staff: dict[str, str]) -> None:
    base = f"http://127.0.0.1:{port}"
    print(
        f"\n  Paybooth is open. Everything runs on this machine; nothing here costs money.\n\n"
        f"    {base}/            the whole shop on one bench: start here\n"
        f"    {base}/kiosk/      the booth's screen\n"
        f"    {base}/gate/       the exit's screen\n"
        f"    {base}/console/#as={staff['Bo']}\n"
        f"                                    what staff must look at, and the doors\n"
        f"    {base}/lab/        behind the scenes: wallets, printer, faults\n"
        f"    {base}/lab/phone/  the shopper's phone, on a page of its own\n\n"
        f"  Staff, for refunds and days over the API: {', '.join(f'{n} {t}' for n, t in staff.items())}\n"
        f"  The day so far against the wallets' bills: paybooth reconcile --config {data}/shop.toml --date today\n"
        f"  The scanner also speaks on a serial line: scanner+serial://{line}\n"
        f"  Data: {data}   Stop: Ctrl+C\n",
        flush=True,
    )


async def _until_interrupted() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


async def _tour(world: World, staff: dict[str, str], *, as_json: bool) -> int:
    tour = Tour(world, staff, say=lambda text: print(text, file=sys.stderr, flush=True))
    result = await tour.run()
    if as_json:
        print(json.dumps(result), flush=True)
    else:
        for key, value in result.items():
            print(f"{key:<26} {value}")
    return 0 if result["ok"] else 1
