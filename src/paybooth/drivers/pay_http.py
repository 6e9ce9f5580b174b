"""One request to a pay channel over HTTPS: exact bytes out, exact bytes back, or a Fault. No retry, no logging."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2

from paybooth.ports import Fault, FaultKind

CONNECT_S, READ_S, WRITE_S, POOL_S = 3.0, 10.0, 5.0, 2.0

IDLE_S = 2.0
"""A connection idle for longer is not used again: its peer may be closing it (many do after 5 s), and a charge that
meets that is in doubt for a minute, since it must not be sent twice."""

LONGEST_REPLY = 1 << 20
"""Bytes; a payment reply has a few thousand. More is garbled, whatever it says."""
LONGEST_FILE, FILE_S = 32 << 20, 120.0
"""A bill: some hundred thousand rows, on a slow line."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    """Lower-case names; a header sent twice is joined with a comma and will not verify."""
    body: bytes


def check_url(url: str) -> str:
    """The base URL without a trailing slash; plain http only to this machine. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
        return url.rstrip("/")
    raise ValueError(f"{url!r} must be https:// (plain http only to 127.0.0.1)")


def over_tls(url: str) -> str:
    """An address somebody else named: plain http becomes https, except to this machine. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname and not _is_loopback(parts.hostname):
        url = f"https{url[len('http') :]}"
    check_url(url)
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class PayHttp:
    """A connection pool to one channel. `transport` stands in for the network; production gives none."""

    def __init__(
        self, *, ca: Path | None = None, read_s: float = READ_S, transport: httpx2.AsyncBaseTransport | None = None
    ) -> None:
        self._all_s = CONNECT_S + WRITE_S + POOL_S + read_s
        self._longest_file, self._file_s = LONGEST_FILE, FILE_S
        self._client = httpx2.AsyncClient(
            timeout=httpx2.Timeout(read_s, connect=CONNECT_S, write=WRITE_S, pool=POOL_S),
            limits=httpx2.Limits(keepalive_expiry=IDLE_S),
            verify=_context(ca) if transport is None else False,
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            http2=False,
        )

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes = b"") -> Reply:
        """One request. Raises Fault: UNREACHABLE when provably nothing was sent, else with may_have_happened."""
        return await self._exchange(method, url, headers, body, self._all_s, LONGEST_REPLY)

    async def download(self, url: str, *, headers: Mapping[str, str]) -> bytes:
        """A file: longer, and slower, than a reply may be. Raises Fault, also for any status but 200."""
        plain = {**headers, "Accept": "*/*", "Accept-Encoding": "identity"}
        reply = await self._exchange("GET", url, plain, b"", self._file_s, self._longest_file)
        if reply.status == 200:
            return reply.body
        busy = reply.status == 429 or reply.status >= 500
        raise Fault(FaultKind.BUSY if busy else FaultKind.GARBLED, f"HTTP {reply.status} instead of a file")

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, whole_s: float, longest: int
    ) -> Reply:
        try:
            # bounded as a whole too: a peer that drips bytes never trips the read timeout
            async with (
                asyncio.timeout(whole_s),
                self._client.stream(method, url, headers=dict(headers), content=body) as response,
            ):
                received = bytearray()
                async for chunk in response.aiter_bytes():
                    received += chunk
                    if len(received) > longest:
                        raise Fault(FaultKind.GARBLED, "reply is too long", may_have_happened=True)
                names = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status_code, names, bytes(received))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise Fault(FaultKind.UNREACHABLE, type(error).__name__) from error
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise Fault(FaultKind.TIMEOUT, type(error).__name__, may_have_happened=True) from error
        except httpx2.HTTPError as error:
            raise Fault(FaultKind.BROKEN, type(error).__name__, may_have_happened=True) from error

    async def aclose(self) -> None:
        await self._client.aclose()


def _context(ca: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(ca) if ca and str(ca) != "." else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
