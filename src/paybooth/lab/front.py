"""The demo's one address: bench and lab pages here, everything else passed through to the shop's box.

The bench survives a power cut of the shop because it is not the shop.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import segno
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from paybooth.domain.payment import Channel

from . import code128, shelf
from .faults import AT, MENU, REPLY
from .models import CODE_VALID_MS, Wallet
from .stroll import SETTLES_S
from .world import World, now_ms

_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length", "te", "trailer", "host"}
Act = Callable[[World, dict[str, Any]], Awaitable[dict[str, Any]]]


class BadRequest(Exception):
    """The lab was asked for something it does not have."""


# ---------------------------------------------------------------- what a visitor can do


def _wallet(world: World, args: dict[str, Any]) -> tuple[Channel, Wallet]:
    channel = Channel(str(args.get("channel", "wechat")))
    return channel, world.phone[channel]


def _words(error: Exception) -> str:
    """What went wrong; a KeyError would put quotes around it."""
    return str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)


def _text(args: dict[str, Any], name: str) -> str:
    found = args.get(name)
    if not isinstance(found, str):
        raise BadRequest(f"{name} is a text, and needed")
    return found


def _flag(args: dict[str, Any], name: str) -> bool:
    found = args.get(name)
    if not isinstance(found, bool):
        raise BadRequest(f"{name} is true or false, and needed")
    return found


async def _scan(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Hold a code before the scanner's window; with a `sku` it is a pack, which goes into the bag once seen."""
    code, pack = _text(args, "code")[:4096], "sku" in args
    if pack:
        world.visitor.can_take(_text(args, "sku"))
    seen = world.scanner.scan(code, aim=str(args.get("aim", ""))[:3])
    if seen and pack:
        world.visitor.take(_text(args, "sku"), scanned=True)
    return {"seen": seen}


async def _code(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """A fresh payment code on the phone, as digits and as drawings."""
    channel, wallet = _wallet(world, args)
    code = world.banks[channel].fresh_code(wallet, now_ms())
    picture = segno.make(code, error="m", micro=False)
    return {
        "code": code,
        "qr_svg": picture.svg_inline(border=0, dark="#15171a", light=None, omitsize=True),
        "bars_svg": code128.svg(code),
        "valid_s": CODE_VALID_MS // 1000,
    }


async def _prompt(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Answer the password box."""
    _, wallet = _wallet(world, args)
    return {"done": world.answer_prompt(wallet, agree=bool(args.get("agree")))}


async def _present(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Scan the QR on the booth's screen with the phone: the booth's open presented order is paid."""
    channel, wallet = _wallet(world, args)
    orders = [o for o in world.banks[channel].orders.values() if o.presented and o.state == "waiting"]
    return {"done": bool(orders) and world.pay_presented(channel, orders[-1].url, wallet)}


async def _phone(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Balance, password rule and network of the phone."""
    _, wallet = _wallet(world, args)
    if "balance_fen" in args:
        wallet.balance = args["balance_fen"]
    wallet.ask_always = bool(args.get("ask_always", wallet.ask_always))
    wallet.offline = bool(args.get("offline", wallet.offline))
    world.changed()
    return {}


async def _network(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Pull, mute or plug the network cable between shop and wallets."""
    state = str(args["state"])
    if state not in ("up", "cut", "silent"):
        raise BadRequest("state is up, cut or silent")
    world.cable.set(state)
    world.changed()
    return {}


async def _printer(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Paper, cover, cutter, power and voice of the printer."""
    known = {"paper_mm", "cover_open", "cutter_jam", "mute", "off", "out_after_bytes"}
    changes = {name: value for name, value in args.items() if name in known}
    world.printer.set(**changes)
    return {}


async def _power(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Cut the box's power, or switch it on."""
    if args.get("on"):
        if world.power == "off":
            await world.start_shop()
    else:
        await world.cut_power()
        world.visitor.stir(SETTLES_S)
    return {}


async def _fault(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Arm a fault of a gateway `at` one request or several (the charge, where it does not say), or clear them all."""
    if args.get("clear"):
        world.faults.clear()
    else:
        name, at = str(args["name"]), args.get("at", "charge")
        places = [at] if isinstance(at, str) else list(at)
        if name not in MENU:
            raise BadRequest(f"no fault {name!r} on the menu")
        if not places or not set(places) <= set(AT):
            raise BadRequest(f"at is one or several of {', '.join(AT)}")
        times, seconds = int(args.get("times", 1)), float(args.get("seconds", 0))
        world.faults.arm(Channel(str(args["channel"])), name, times, seconds, places)
    world.changed()
    return {}


async def _rotate(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Change WeChat's platform certificate."""
    del args
    world.wechat.rotate_certificate()
    return {}


# ---------------------------------------------------------------- at the exit


async def _take(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """A pack into the bag without scanning it."""
    return world.visitor.take(_text(args, "sku")).shown()


async def _put_back(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """A pack out of the bag, onto the shelf for returned goods: by its tag, or by its goods, or the newest."""
    world.visitor.put_back(*(_text(args, name) if name in args else "" for name in ("epc", "sku")))
    return {}


async def _pad(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The bag onto the pad under the console, or off it."""
    world.visitor.lay(on=_flag(args, "on"))
    return {}


async def _walk(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Out with the bag; back in with what left, or round again before the leaf."""
    world.visitor.walk(_text(args, "to"))
    return {}


async def _press(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The exit button."""
    del args
    world.visitor.press()
    return {}


async def _help_press(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The help button at the door."""
    del args
    world.visitor.press_help()
    return {}


async def _fire(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """Open the fire loop, or close it."""
    world.visitor.fire(on=_flag(args, "on"))
    return {}


async def _mains(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The shop's mains; the relay board has a battery, the lock has none."""
    world.visitor.mains(on=_flag(args, "on"))
    return {}


async def _reader(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The gate's RFID reader: on, blind or cut."""
    await world.visitor.set_reader(_text(args, "state"))
    return {}


async def _board(world: World, args: dict[str, Any]) -> dict[str, Any]:
    """The relay board's cable: on or cut."""
    await world.visitor.set_board(_text(args, "state"))
    return {}


ACTS: dict[str, Act] = {
    "scan": _scan,
    "code": _code,
    "prompt": _prompt,
    "present": _present,
    "phone": _phone,
    "network": _network,
    "printer": _printer,
    "power": _power,
    "fault": _fault,
    "rotate": _rotate,
    "take": _take,
    "put_back": _put_back,
    "pad": _pad,
    "walk": _walk,
    "press": _press,
    "help_press": _help_press,
    "fire": _fire,
    "mains": _mains,
    "reader": _reader,
    "board": _board,
}


def state(world: World) -> dict[str, Any]:
    """Everything a visitor can see of the lab."""
    printer = world.printer.state
    return {
        "power": world.power,
        "starts": world.starts,
        "network": world.cable.state,
        "scanner": world.scanner.plugged.is_set(),
        "scanner_line": world.scanner_line,
        "printer": {
            "paper_mm": round(printer.paper_mm),
            "out": printer.out,
            "cover_open": printer.cover_open,
            "off": printer.off,
            "mute": printer.mute,
            "sheets": [{"number": s.number, "length_mm": round(s.length_mm)} for s in world.printer.sheets[-6:]],
        },
        "phone": {
            channel.value: {
                "balance_fen": wallet.balance,
                "ask_always": wallet.ask_always,
                "offline": wallet.offline,
                "prompt": None
                if wallet.prompt is None
                else {"amount_fen": wallet.prompt.amount, "merchant": wallet.prompt.merchant},
                "presented_fen": next(
                    (
                        o.amount
                        for o in reversed(world.banks[channel].orders.values())
                        if o.presented and o.state == "waiting"
                    ),
                    None,
                ),
                "last_paid_fen": next(
                    (m.amount for m in reversed(world.banks[channel].movements) if m.why == "charge"), 0
                ),
            }
            for channel, wallet in world.phone.items()
        },
        "books": {
            channel.value: {
                "charged_fen": bank.charged(),
                "given_back_fen": bank.given_back(),
                "orders": len(bank.orders),
            }
            for channel, bank in world.banks.items()
        },
        "faults": [
            {"channel": channel.value, "name": name, "at": at, "times": armed.times}
            for (channel, name, at), armed in world.faults.armed.items()
        ],
        "site": world.visitor.state(),
        "staff": world.staff,
        "fault_menu": MENU,
        "fault_at": {"places": AT, "for": sorted(REPLY)},
    }


# ---------------------------------------------------------------- the address


def build(world: World, ui: Path) -> Starlette:
    """The demo's ASGI app."""
    box = f"http://127.0.0.1:{world.shop_port}"
    client = httpx2.AsyncClient(base_url=box, timeout=20, trust_env=False, follow_redirects=False)

    def page(name: str) -> Callable[[Request], Awaitable[Response]]:
        async def handle(request: Request) -> Response:
            del request
            path = ui / name / "index.html"
            if path.is_file():
                return FileResponse(path, headers={"Cache-Control": "no-cache"})
            return RedirectResponse("/kiosk/")

        return handle

    async def act(request: Request) -> Response:
        name = request.path_params["act"]
        if name not in ACTS:
            return JSONResponse({"title": "Not found", "status": 404, "detail": f"no act {name!r}"}, 404)
        try:
            args = json.loads(await request.body() or b"{}")
            return JSONResponse(await ACTS[name](world, args))
        except (BadRequest, ValueError, KeyError, TypeError) as error:
            return JSONResponse({"title": "Bad request", "status": 400, "detail": _words(error)}, 400)

    async def sheet(request: Request) -> Response:
        number = int(request.path_params["number"])
        found = next((s for s in world.printer.sheets if s.number == number), None)
        if found is None:
            return Response(status_code=404)
        return Response(found.png, media_type="image/png", headers={"Cache-Control": "max-age=3600"})

    async def goods(request: Request) -> Response:
        del request
        return Response(world.folder.joinpath("goods.csv").read_text("utf-8"), media_type="text/csv; charset=utf-8")

    async def see(request: Request) -> Response:
        del request
        return JSONResponse(state(world))

    async def label(request: Request) -> Response:
        query = request.query_params
        return JSONResponse({"code": shelf.price_label(query.get("item", "00011")[:5], int(query.get("fen", "1280")))})

    async def through(request: Request) -> Response:
        return await _pass(client, request)

    async def socket(ws: WebSocket) -> None:
        await _pass_socket(ws, f"ws://127.0.0.1:{world.shop_port}")

    async def watch(ws: WebSocket) -> None:
        await _watch(ws, world)

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    return Starlette(
        routes=[
            Route("/", page("bench")),
            Route("/lab/", page("lab")),
            Route("/lab/phone/", page("lab/phone")),
            Route("/lab/api/state", see),
            Route("/lab/api/goods.csv", goods),
            Route("/lab/api/label", label),
            Route("/lab/api/sheets/{number:int}.png", sheet),
            Route("/lab/api/{act}", act, methods=["POST"]),
            WebSocketRoute("/lab/ws", watch),
            WebSocketRoute("/{path:path}", socket),
            Route("/{path:path}", through, methods=methods),
        ]
    )


async def _pass(client: httpx2.AsyncClient, request: Request) -> Response:
    """One request to the box and its answer back."""
    headers = {k: v for k, v in request.headers.items() if k.lower() not in _HOP}
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    try:
        answer = await client.request(request.method, path, headers=headers, content=await request.body())
    except httpx2.HTTPError:
        body = {"title": "Bad gateway", "status": 502, "detail": "the shop's box does not answer; is its power on?"}
        return JSONResponse(body, 502, media_type="application/problem+json")
    kept = [(k, v) for k, v in answer.headers.multi_items() if k.lower() not in _HOP | {"content-encoding"}]
    response = Response(answer.content, answer.status_code)
    response.raw_headers = [(k.lower().encode(), v.encode("latin-1")) for k, v in kept]
    if request.method != "HEAD":
        response.raw_headers.append((b"content-length", str(len(answer.content)).encode()))
    return response


async def _pass_socket(ws: WebSocket, box: str) -> None:
    """A WebSocket to the box, frame by frame, until either side goes."""
    headers = {"Cookie": ws.headers.get("cookie", "")}
    origin = ws.headers.get("origin")
    url = box + ws.url.path + (f"?{ws.url.query}" if ws.url.query else "")
    try:
        far = await websockets.connect(url, additional_headers=headers, origin=origin, proxy=None, max_size=1 << 22)  # type: ignore[arg-type]  # any text
    except (OSError, websockets.WebSocketException):
        await ws.close(1013, "the box does not answer")
        return
    await ws.accept()

    async def down() -> None:
        async for frame in far:
            await (ws.send_text(frame) if isinstance(frame, str) else ws.send_bytes(frame))

    async def up() -> None:
        while True:
            await far.send(await ws.receive_text())

    tasks = [asyncio.create_task(down()), asyncio.create_task(up())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(
            asyncio.CancelledError, WebSocketDisconnect, RuntimeError, websockets.WebSocketException, KeyError
        ):
            await task
    await far.close()
    told = far.close_code or 0
    with contextlib.suppress(RuntimeError, WebSocketDisconnect):
        # what the box says by its code (4401: who are you?) is for the page to hear
        await ws.close(told if 3000 <= told < 5000 else 1000, far.close_reason or "")


async def _watch(ws: WebSocket, world: World) -> None:
    """The lab's state, at once and on every change."""
    await ws.accept()
    changed = asyncio.Event()
    world.listeners.append(changed.set)
    leaving = asyncio.create_task(ws.receive_text())
    try:
        while not leaving.done():
            changed.clear()
            await ws.send_text(json.dumps(state(world)))
            waiting = asyncio.create_task(changed.wait())
            await asyncio.wait((waiting, leaving), timeout=2, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        world.listeners.remove(changed.set)
        leaving.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError, KeyError):
            await leaving
