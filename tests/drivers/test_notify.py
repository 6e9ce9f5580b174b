"""Telling people, on the true wires: robots' HTTP, a signed webhook, and SMTP; each refusal is a Fault with its kind."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from paybooth.domain.incident import Call
from paybooth.drivers.notify import open_notifier
from paybooth.lab.serve import serve
from paybooth.ports import Fault, FaultKind, Secret

from ..shop.floor import Clock

pytestmark = pytest.mark.anyio
CALL = Call(
    "LANE01", 7, "unpaid", "critical", "exit", "", ("乌龙茶 [大] × 1",), 1_700_000_000_000,
    "巷口小店: 有未付款的商品出了门", "巷口小店，exit\n商品：乌龙茶 [大] × 1", "https://shop.example/console/incidents/7",
)  # fmt: skip


@asynccontextmanager
async def listening(answer, status=200):
    """A listener that keeps what came; yields (port, what came)."""
    came = []

    async def take(request):
        came.append((str(request.url), dict(request.headers), await request.body()))
        return Response(answer, status) if isinstance(answer, bytes) else JSONResponse(answer, status)

    async with serve(Starlette(routes=[Route("/{path:path}", take, methods=["POST"])])) as port:
        yield port, came


async def tell(scheme, port, secret):
    notifier = open_notifier("duty", f"{scheme}+http://127.0.0.1:{port}/send", Secret(secret), Clock())
    try:
        await notifier.tell(CALL)
    finally:
        await notifier.aclose()


async def test_a_wecom_robot_gets_markdown_with_its_key(tmp_path):
    async with listening({"errcode": 0, "errmsg": "ok"}) as (port, came):
        await tell("wecom", port, "k-1")
    ((url, _, body),) = came
    said = json.loads(body)
    assert parse_qs(urlsplit(url).query) == {"key": ["k-1"]}
    assert said["msgtype"] == "markdown"
    assert "乌龙茶 \\[大\\] × 1" in said["markdown"]["content"]
    assert "(https://shop.example/console/incidents/7)" in said["markdown"]["content"]


async def test_a_dingtalk_robot_gets_a_signed_address():
    async with listening({"errcode": 0, "errmsg": "ok"}) as (port, came):
        await tell("dingtalk", port, "t0ken SECabc")
    ((url, _, body),) = came
    query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
    signed = hmac.new(b"SECabc", f"{query['timestamp']}\nSECabc".encode(), hashlib.sha256).digest()
    assert (query["access_token"], query["sign"]) == ("t0ken", base64.b64encode(signed).decode())
    assert json.loads(body)["markdown"]["title"] == CALL.title


async def test_a_webhook_gets_the_whole_call_signed():
    async with listening(b"", 204) as (port, came):
        await tell("webhook", port, "hook key")
    ((_, headers, body),) = came
    at, digest = (part.partition("=")[2] for part in headers["x-paybooth-signature"].split(","))
    assert digest == hmac.new(b"hook key", f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    said = json.loads(body)
    assert (said["incident"], said["goods"]) == (7, ["乌龙茶 [大] × 1"])


@pytest.mark.parametrize(
    ("scheme", "answer", "status", "kind"),
    [
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, 200, FaultKind.DENIED),
        ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, 200, FaultKind.BUSY),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, 200, FaultKind.DENIED),
        ("dingtalk", b"<html>", 200, FaultKind.GARBLED),
        ("wecom", {}, 200, FaultKind.GARBLED),
        ("wecom", [], 200, FaultKind.GARBLED),
        ("webhook", b"", 500, FaultKind.BUSY),
        ("webhook", b"", 429, FaultKind.BUSY),
        ("webhook", b"", 404, FaultKind.DENIED),
        ("webhook", b"", 302, FaultKind.DENIED),
    ],
)
async def test_what_is_not_taken_is_a_fault(scheme, answer, status, kind):
    async with listening(answer, status) as (port, _):
        with pytest.raises(Fault) as caught:
            await tell(scheme, port, "s3cret")
    assert caught.value.kind is kind
    assert "s3cret" not in str(caught.value) + caught.value.detail


async def test_nobody_there_is_unreachable():
    with pytest.raises(Fault) as caught:
        await tell("wecom", 1, "k")
    assert caught.value.kind is FaultKind.UNREACHABLE


@pytest.mark.parametrize(
    "url",
    [
        "", "carrier-pigeon://roof", "wecom://x", "wecom+http://robots.example/send", "webhook+ftp://x/y",
        "smtp://mail.example", "smtp://mail.example?to=a@b", "smtp:?from=a@b&to=c@d",
    ],
)  # fmt: skip
def test_addresses_that_cannot_work_say_what_would(url):
    with pytest.raises(ValueError, match=r"must be|known:|write smtp"):
        open_notifier("duty", url, Secret(""), Clock())


# ---------------------------------------------------------------- mail


@asynccontextmanager
async def mailbox(refuse=b""):
    """An SMTP server of a few lines (RFC 5321): keeps what it is given, or refuses the recipient."""
    mails = []

    async def talk(reader, writer):
        writer.write(b"220 lab\r\n")
        while line := await reader.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                mails.append(await reader.readuntil(b"\r\n.\r\n"))
                writer.write(b"250 kept\r\n")
            elif word == b"RCPT" and refuse:
                writer.write(refuse + b"\r\n")
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write(b"250 lab\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], mails


async def mail(port):
    url = f"smtp://127.0.0.1:{port}?from=box@shop.example&to=owner@shop.example,night@shop.example"
    await open_notifier("post", url, Secret(""), Clock()).tell(CALL)


async def test_mail_is_taken_by_a_server():
    async with mailbox() as (port, mails):
        await mail(port)
    (text,) = mails
    assert b"To: owner@shop.example, night@shop.example" in text
    assert b"X-Paybooth-Incident: LANE01-7" in text


@pytest.mark.parametrize(("refuse", "kind"), [(b"450 later", FaultKind.BROKEN), (b"550 no such box", FaultKind.BROKEN)])
async def test_a_mail_server_that_refuses_is_a_fault(refuse, kind):
    async with mailbox(refuse) as (port, mails):
        with pytest.raises(Fault) as caught:
            await mail(port)
    assert (caught.value.kind, mails) == (kind, [])


async def test_a_mail_server_that_is_not_there_is_unreachable():
    with pytest.raises(Fault) as caught:
        await mail(1)
    assert caught.value.kind is FaultKind.UNREACHABLE
