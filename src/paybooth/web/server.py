"""The box's web server: pages, sockets, REST, receipts, notifications, health, metrics, and the rules around them."""

from __future__ import annotations

import hashlib
import hmac
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, HTTPException, Request, WebSocket
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.types import ASGIApp

from paybooth import paper
from paybooth.domain.document import Align, Document, Element, Feed, Qr, Row, Rule, Text
from paybooth.domain.payment import Channel
from paybooth.domain.staff import Act, Staff
from paybooth.ports import Secret
from paybooth.shop.accounts import Accounts
from paybooth.shop.booth import qr_svg
from paybooth.shop.passkeys import Passkeys
from paybooth.shop.shop import Shop

from . import accounts as people
from . import (
    api,
    assist,
    audit,
    barcodes,
    catalogue,
    coming_prices,
    console,
    days,
    events,
    exits,
    goods,
    labels,
    passkeys,
    pictures,
    plan,
    refunds,
    reports,
    rules,
    sales,
    service,
    settings,
    shifts,
    socket,
)
from .guard import TALKS, Guard, problem
from .limits import RATES, Limiter, Rates
from .metrics import exposition
from .openapi import answer, finish
from .painted import Painted
from .staff import COOKIE as STAFF_COOKIE
from .staff import ConfirmError, RefusedError, box_token, by_token
from .tally import Tally

log = structlog.get_logger()

COOKIE = "kiosk"


def ui_folder() -> Path:
    """Where the built pages are; may not exist in a bare source tree."""
    return Path(str(files("paybooth") / "_ui"))


def ui_build() -> str:
    try:
        return str(json.loads((ui_folder() / "build.json").read_text("utf-8"))["build"])
    except (OSError, ValueError, KeyError):
        return "none"


def build(
    shop: Shop, accounts: Accounts | None = None, *, origins: tuple[str, ...] = (), rates: Rates = RATES
) -> ASGIApp:
    """The ASGI app over one shop. Without accounts staff show tokens, and nobody signs in."""
    app = FastAPI(
        title="Paybooth",
        version=shop.version,
        description="The shop's box. Amounts are integer fen, times Unix milliseconds.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={429: {"description": "Too many requests from this address; Retry-After says when to come back"}},
    )
    app.state.ledger, app.state.box_token, app.state.accounts = shop.ledger, box_token(shop.key), accounts
    app.state.tally = Tally(shop)
    painted = Painted(shop.clock.monotonic_s)
    app.include_router(api.routes(shop, painted))
    app.include_router(sales.routes(shop))
    app.include_router(assist.routes(shop))
    app.include_router(audit.routes(shop))
    app.include_router(service.routes(shop))
    app.include_router(goods.routes(shop))
    app.include_router(pictures.routes(shop))
    app.include_router(barcodes.routes(shop))
    app.include_router(catalogue.routes(shop))
    app.include_router(plan.routes(shop))
    app.include_router(labels.routes(shop))
    app.include_router(coming_prices.routes(shop))
    app.include_router(rules.routes(shop))
    app.include_router(settings.routes(shop))
    app.include_router(refunds.routes(shop))
    app.include_router(days.routes(shop))
    app.include_router(reports.routes(shop))
    app.include_router(exits.routes(shop))
    app.include_router(shifts.routes(shop))
    app.include_router(events.routes(shop))
    if accounts is not None:
        app.include_router(people.routes(shop, accounts))
        app.include_router(passkeys.routes(shop, Passkeys(accounts)))
    _problems(app)
    _machines(app, shop)
    _sockets(app, shop, painted)
    _receipts(app, shop)
    _pages(app, shop)
    finish(app)
    return Guard(app, origins, Limiter(rates, shop.clock.monotonic_s))


def _problems(app: FastAPI) -> None:
    @app.exception_handler(StarletteHTTPException)
    async def on_http(request: Request, error: StarletteHTTPException) -> Response:
        del request
        more: dict[str, Any] = {"confirm": True} if isinstance(error, ConfirmError) else {}
        if isinstance(error, goods.StaleProductError | plan.StalePlanProblem | rules.StaleRulesProblem):
            more = {"now": error.now}
        if isinstance(error, RefusedError):
            more = {"why": error.why, "next": error.next}
        refused = problem(error.status_code, str(error.detail), **more)
        refused.headers.update(error.headers or {})
        return refused

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        del request
        faults = [{"at": "/".join(map(str, e["loc"])), "what": e["msg"]} for e in error.errors()]
        return problem(422, "the request does not have the documented form", errors=faults)

    @app.exception_handler(Exception)
    async def on_bug(request: Request, error: Exception) -> Response:
        log.error("unexpected", path=request.url.path, error=type(error).__name__, exc_info=error)
        return problem(500, "an unexpected error; it is in the box's log")


HEALTH = {
    **answer({"ok": True, "version": "0.1.0", "open_attempts": 0}),
    503: {"description": "Booths cannot scan yet"},
}
METRICS = answer('paybooth_shop_well 1.0\npaybooth_device_up{device="printer:1"} 1.0\n', media="text/plain")


def _machines(app: FastAPI, shop: Shop) -> None:
    @app.get("/healthz", tags=["machine"], responses=HEALTH)
    async def healthz() -> dict[str, Any]:
        """200 as soon as booths can scan."""
        if not shop.ready.is_set():
            raise HTTPException(503, "starting")
        return {"ok": True, "version": shop.version, "open_attempts": shop.till.in_flight}

    @app.get("/metrics", tags=["machine"], response_class=PlainTextResponse, responses=METRICS)
    async def metrics() -> Response:
        """Prometheus exposition."""
        return Response(await exposition(shop, app.state.tally), media_type="text/plain; version=0.0.4")

    @app.post("/notify/{channel}", tags=["machine"], include_in_schema=False)
    async def notify(channel: str, request: Request) -> Response:
        """A channel's notification: verified, then only a nudge to ask."""
        known = {c.value: c for c in Channel}.get(channel)
        if known is None or known not in shop.channels:
            return problem(404, "no such channel")
        headers = {name.lower(): value for name, value in request.headers.items()}
        notice = shop.channels[known].read_notification(headers, await request.body())
        if notice is None:
            log.warning("notification refused", channel=channel)
            return JSONResponse({"code": "FAIL", "message": "signature"}, 401)
        shop.till.notified(notice.number)
        return Response(notice.answer, 200, media_type=notice.content_type)


UNSAID: dict[int | str, dict[str, Any]] = {
    **answer("RIFF …", media="audio/wav"),
    401: {"description": "Not a screen of this shop"},
    404: {"description": "Not said at this booth, or over"},
}


def kiosk_token(key: Secret) -> str:
    """What a kiosk's browser holds: it may do kiosk things, nothing else."""
    return hmac.new(key.reveal().encode(), b"kiosk device", hashlib.sha256).hexdigest()


def _sockets(app: FastAPI, shop: Shop, painted: Painted) -> None:
    token = kiosk_token(shop.key)
    build_id = ui_build()

    @app.websocket("/ws/kiosk/{booth}")
    async def kiosk(ws: WebSocket, booth: str) -> None:
        if not hmac.compare_digest(ws.cookies.get(COOKIE, ""), token):
            await ws.close(socket.NOT_ALLOWED, "open /kiosk/ first")
        elif booth not in shop.booths or not shop.ready.is_set():
            await ws.close(socket.TRY_LATER, "no such booth, or starting")
        else:
            await socket.kiosk(ws, shop.booths[booth], painted, shop.clock, build_id)

    @app.get("/api/booths/{booth}/voice/{name}", tags=["assist"], response_class=Response, responses=UNSAID)
    async def voice(booth: str, name: str, request: Request) -> Response:
        """A spoken message of staff, as WAV, for the screen of the booth it was meant for."""
        if not hmac.compare_digest(request.cookies.get(COOKIE, ""), token):
            raise HTTPException(401, "only a screen of the shop hears this; open /kiosk/ first")
        said = shop.booths[booth].visit.session.spoken if booth in shop.booths else None
        if said is None or said.name != name:
            raise HTTPException(404, "no such message, or it is over")
        return Response(said.wav, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    @app.websocket("/ws/gate/{gate}")
    async def gate(ws: WebSocket, gate: str) -> None:
        if not hmac.compare_digest(ws.cookies.get(COOKIE, ""), token):
            await ws.close(socket.NOT_ALLOWED, "open /gate/ first")
        elif gate not in shop.exits.panels or not shop.ready.is_set():
            await ws.close(socket.TRY_LATER, "no such gate, or starting")
        else:
            await socket.gate(ws, shop.exits.panels[gate], shop.clock, build_id)

    @app.websocket("/ws/console")
    async def watch(ws: WebSocket) -> None:
        await console.serve(ws, shop, _watcher(app, ws, Act.SEE_INCIDENTS), build_id)

    @app.websocket("/ws/journal")
    async def journal(ws: WebSocket) -> None:
        if await console.greeted(ws, _watcher(app, ws, Act.SEE_JOURNAL)) is not None:
            await socket.journal(ws, shop)


def _watcher(app: FastAPI, ws: WebSocket, act: Act) -> console.Who:
    """Who watches a socket: by the token they show, or their session's cookie; nobody where they may not."""
    cookie = ws.cookies.get(STAFF_COOKIE, "")

    def who(shown: str) -> Staff | None:
        state = app.state
        session = state.accounts.who(cookie) if state.accounts is not None and not shown else None
        staff = session[0] if session else by_token(state.ledger, state.box_token, shown)
        return staff if staff is not None and staff.may(act) else None

    return who


def _pages(app: FastAPI, shop: Shop) -> None:
    folder, key = ui_folder(), shop.key

    @app.get("/", include_in_schema=False)
    async def root() -> Response:
        return RedirectResponse("/kiosk/")

    @app.get("/favicon.ico", include_in_schema=False)
    async def favicon() -> Response:
        return Response(status_code=204)

    def page(name: str, *, screen: bool) -> Response:
        """A built page; `screen`: it stands in the shop and may do what screens there may."""
        built = folder / name / "index.html"
        if not built.is_file():
            text = "The pages are not built. In a checkout run ./dev demo; an installed package has them inside."
            return PlainTextResponse(text, 503)
        response = HTMLResponse(built.read_text("utf-8"), headers={"Cache-Control": "no-cache"})
        if screen:
            response.set_cookie(COOKIE, kiosk_token(key), httponly=True, samesite="strict", max_age=365 * 86400)
        return response

    @app.get("/kiosk/", include_in_schema=False)
    async def kiosk_page() -> Response:
        return page("kiosk", screen=True)

    @app.get("/gate/", include_in_schema=False)
    async def gate_page() -> Response:
        return page("gate", screen=True)

    @app.get("/console/{_page:path}", include_in_schema=False)
    async def console_page(_page: str) -> Response:
        """One app; which of its pages, it reads from its address."""
        answer = page("console", screen=False)
        answer.headers["Permissions-Policy"] = TALKS
        return answer

    if folder.is_dir():
        app.mount("/ui", StaticFiles(directory=folder), name="ui")


# ---------------------------------------------------------------- digital receipts


def _receipts(app: FastAPI, shop: Shop) -> None:
    def find(token: str) -> tuple[Document, str]:
        found = shop.receipts.by_token(token)
        if found is None:
            raise HTTPException(404, "no such receipt")
        return found

    @app.get("/r/{token}", include_in_schema=False)
    async def receipt(token: str) -> Response:
        name, _, kind = token.rpartition(".") if token.endswith((".pdf", ".png")) else (token, "", "html")
        headers = {"Cache-Control": "private, max-age=60"}
        try:
            document, language = find(name)
        except HTTPException:
            if kind != "html":
                raise
            return HTMLResponse(_missing(), 404)
        if kind == "pdf":
            return Response(paper.pdf(document), media_type="application/pdf", headers=headers)
        if kind == "png":
            return Response(paper.png(document), media_type="image/png", headers=headers)
        return HTMLResponse(receipt_page(document, language, name, shop.receipts.exit_pass(name)), headers=headers)


def _page(title: str, body: str, language: str) -> str:
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/ui/receipt/receipt.css">{body}</html>'
    )


def _missing() -> str:
    body = (
        '<main class="paper"><h1>没有这张小票</h1><p>链接可能少了几个字。请重新扫屏幕或纸上的码。</p>'
        '<h1 lang="en">No such receipt</h1>'
        '<p lang="en">The link may have lost a few characters. Please scan the code again.</p></main>'
    )
    return _page("没有这张小票 · No such receipt", body, "zh-CN")


PASS_WORDS = {
    "zh-CN": ("出门码", "门边的扫码口一扫，门就开。没有它也能走：按出门按钮就行。"),
    "en": ("Exit pass", "Show it to the scanner beside the door. You can leave without it: press the exit button."),
}


def receipt_page(document: Document, language: str, token: str, exit_pass: str = "") -> str:
    """The digital receipt: the paper's own lines and, while it holds, the exit pass; on a phone, no script."""
    words = {"zh-CN": ("小票", "下载 PDF"), "en": ("Receipt", "Download PDF")}[language]
    inside = "".join(_html(element) for element in document if not isinstance(element, Qr))
    body = f'<main class="paper">{inside}</main><p class="acts"><a href="/r/{token}.pdf">{words[1]}</a></p>'
    if exit_pass:
        title, hint = PASS_WORDS[language]
        body = f'<aside class="pass"><h2>{title}</h2>{qr_svg(exit_pass)}<p>{hint}</p></aside>{body}'
    return _page(words[0], body, language)


def _html(element: Element) -> str:
    match element:
        case Text():
            css = " ".join(
                name
                for name, on in (
                    ("mid", element.align is Align.CENTER),
                    ("strong", element.bold),
                    ("big", element.scale == 2),
                )
                if on
            )
            return f'<p class="{css}">{escape(element.text.strip())}</p>'
        case Row():
            css = "row strong big" if element.scale == 2 else "row strong" if element.bold else "row"
            return f'<p class="{css}"><span>{escape(element.left)}</span><span>{escape(element.right)}</span></p>'
        case Rule():
            return "<hr>"
        case Feed():
            return '<p class="gap"></p>'
        case _:
            return ""
