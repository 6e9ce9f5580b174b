"""Connections to a wallet: used again while fresh, never when they may be closing."""

from __future__ import annotations

import asyncio

import pytest

from paybooth.drivers import pay_http
from paybooth.drivers.pay_http import PayHttp

pytestmark = pytest.mark.anyio
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(("idle_s", "connections"), [(60.0, 1), (0.0, 2)])
async def test_an_idle_connection_is_not_trusted_with_a_charge(monkeypatch, idle_s, connections):
    monkeypatch.setattr(pay_http, "IDLE_S", idle_s)
    opened = []

    async def serve(reader, writer):
        opened.append(writer)
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(ANSWER)

    async def quietly(reader, writer):
        try:
            await serve(reader, writer)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    http = PayHttp()
    for _ in range(2):
        assert (await http.send("GET", url, headers={})).body == b"ok"
    await http.aclose()
    server.close()
    await server.wait_closed()
    assert len(opened) == connections
