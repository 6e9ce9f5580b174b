"""The one HTTP connection of the pay channels: exact bytes out, raw bytes back, every failure a `Fault`.

No retries, no redirects, no proxy from the environment, nothing logged: a body may hold a payment code.
"""

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

MOST_BODY = 1 << 20
"""Bytes; no pay reply comes near. A longer one is cut off and garbled."""
CONNECT_S = 3.0
WRITE_S = 5.0
POOL_S = 2.0
KEEP_S = 4.0
"""Idle connections are dropped before the usual 5 s of a server, so that a charge never meets a half-dead one."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, byte for byte."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header that came exactly once; repeated ones could hide a second signature."""
        found = [value for key, value in self.headers if key.lower() == name]
        return found[0] if len(found) == 1 else None


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str) -> str:
    """The URL without a closing slash. ValueError unless https, or http to this very box."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host or parts.username or parts.query or parts.fragment:
        raise ValueError(f"not a plain base URL: {parts.scheme}://{host}")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        raise ValueError(f"money goes over https only, not {parts.scheme}://{host}")
    return url.rstrip("/")


class PayHttp:
    """A pooled connection to one base URL.

    Raises Fault: UNREACHABLE (no connection: nothing happened; broken later: may have), TIMEOUT, BUSY (own pool), GARBLED.
    """

    def __init__(self, base_url: str, *, ca_path: Path | None = None, read_s: float = 10.0) -> None:
        self._base = check_url(base_url)
        self._all_s = CONNECT_S + WRITE_S + POOL_S + read_s
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(ca_path)) if ca_path else True
        self._client = httpx2.AsyncClient(
            verify=verify,
            http2=False,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx2.Timeout(connect=CONNECT_S, read=read_s, write=WRITE_S, pool=POOL_S),
            limits=httpx2.Limits(max_connections=16, max_keepalive_connections=4, keepalive_expiry=KEEP_S),
        )

    async def send(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """Send exactly these bytes once to base URL + `target`."""
        url = self._base + target
        try:
            # The whole exchange is bounded too: a peer that drips bytes never trips the read timeout.
            async with asyncio.timeout(self._all_s):
                return await self._exchange(method, url, headers, content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout):
            raise Fault(FaultKind.UNREACHABLE, "no connection") from None
        except httpx2.PoolTimeout:
            raise Fault(FaultKind.BUSY, "all own connections in use") from None
        except (httpx2.TimeoutException, TimeoutError):
            raise Fault(FaultKind.TIMEOUT, "no answer in time", may_have_happened=True) from None
        except httpx2.DecodingError:
            raise Fault(FaultKind.GARBLED, "undecodable answer", may_have_happened=True) from None
        except (httpx2.HTTPError, OSError) as error:
            detail = f"connection broke ({type(error).__name__})"
            raise Fault(FaultKind.UNREACHABLE, detail, may_have_happened=True) from None

    async def _exchange(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> Reply:
        async with self._client.stream(method, url, headers=dict(headers), content=content) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MOST_BODY:
                    raise Fault(FaultKind.GARBLED, "answer too long", may_have_happened=True)
            return Reply(response.status_code, tuple(response.headers.multi_items()), bytes(body))

    async def aclose(self) -> None:
        await self._client.aclose()
