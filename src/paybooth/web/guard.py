"""Around everything the box serves: security headers, limits of rate and size, browsers only from our own origins, and
one shape for whatever is refused.
"""

from __future__ import annotations

import math
import re
from typing import Any
from urllib.parse import urlsplit

from fastapi import HTTPException
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from paybooth import photo
from paybooth.shop import spoken, stock_list

from .limits import Limiter, route_of
from .metrics import LIMITED

BODY_MOST = 64 * 1024
_LONGER = {
    **dict.fromkeys(("/api/catalogue/preview", "/api/catalogue/import"), stock_list.BYTES_MOST),
    "/api/pictures": photo.BYTES_MOST,
}
_SPOKEN = re.compile(r"/api/booths/[^/]+/assist/speak")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; media-src 'self' blob:; frame-src 'self'; frame-ancestors 'self'; base-uri 'none';"
    " form-action 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

TALKS = "camera=(), microphone=(self), geolocation=()"
"""The console records what staff say to a booth."""


class Guard:
    """Around everything: security headers, limits of rate and size, and browsers only from our own origins."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...], limiter: Limiter) -> None:
        self._app = app
        self._origins = origins
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(
                        (k.lower().encode(), v.encode())
                        for k, v in HEADERS.items()
                        if k.lower().encode() not in present
                    ),
                ]
            await send(message)

        wait_s = self._wait_s(scope)
        if wait_s > 0:
            await _slow_down(wait_s)(scope, receive, with_headers)
            return
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        writes = scope["type"] == "websocket" or scope.get("method") not in ("GET", "HEAD")
        if writes and not self._is_ours(headers):
            await _refuse(scope, with_headers, 403, "this page comes from another origin")
            return
        length, most = headers.get("content-length", "0"), _body_most(scope["path"])
        if length.isdigit() and int(length) > most:
            await _refuse(scope, with_headers, 413, f"a body may have {most} bytes")
            return
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)  # each frame would pass through both wrappers for nothing
        else:
            await self._app(scope, _bounded(receive, most), with_headers)

    def _wait_s(self, scope: Scope) -> float:
        route = route_of(scope["type"], scope.get("method", "GET"), scope["path"])
        if route is None:
            return 0.0
        client = scope.get("client")
        wait_s = self._limiter.wait_s(client[0] if client else "", route)
        if wait_s > 0:
            LIMITED.labels(route).inc()
        return wait_s

    def _is_ours(self, headers: dict[str, str]) -> bool:
        origin = headers.get("origin")
        if origin is None:
            return True  # not a browser page
        return urlsplit(origin).netloc == headers.get("host") or origin in self._origins


def _body_most(path: str) -> int:
    """How many bytes a request to this path may carry."""
    return spoken.BYTES_MOST if _SPOKEN.fullmatch(path) else _LONGER.get(path, BODY_MOST)


def _bounded(receive: Receive, most: int) -> Receive:
    """Chunked bodies have no length up front: stop reading at the bound."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > most:
                raise HTTPException(413, f"a body may have {most} bytes")
        return message

    return bounded


async def _refuse(scope: Scope, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why})
        return
    await problem(status, why)(scope, _nothing, send)


def _slow_down(wait_s: float) -> JSONResponse:
    """429, for a socket's handshake too."""
    response = problem(429, "too many requests from this address; nothing was done")
    response.headers["Retry-After"] = str(max(1, math.ceil(wait_s)))
    return response


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def problem(status: int, detail: str, **more: Any) -> JSONResponse:
    """RFC 9457: what happened, in one shape everywhere."""
    titles = {
        400: "Bad request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not found",
        405: "Method not allowed",
        409: "Conflict",
        410: "Gone",
        412: "Precondition failed",
        413: "Too large",
        428: "Precondition required",
        429: "Too many requests",
    }
    body = {"type": "about:blank", "title": titles.get(status, "Error"), "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")
