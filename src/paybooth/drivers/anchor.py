"""Where anchors go: a file (best on another machine's disk) and a webhook. One line of JSON each (domain/anchor.py)."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from paybooth.domain.anchor import Anchor
from paybooth.ports import AnchorKeeper, Fault, FaultKind

from .pay_http import PayHttp, check_url


@dataclass(frozen=True, slots=True)
class AnchorSettings:
    """`file` is relative to the configuration's folder. Both may be set; neither: no anchors."""

    file: Path = Path()
    webhook: str = ""


class FileKeeper:
    """Appends to a file and syncs it. A line torn by a power cut is left alone; the next one begins afresh."""

    name = "anchor:file"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def keep(self, anchor: Anchor) -> None:
        # a file on a share may hang: not on the loop
        await asyncio.to_thread(self._append, anchor.line())

    def _append(self, line: str) -> None:
        try:
            with self._path.open("a+b") as out:
                torn = out.tell() > 0 and self._last_byte() != b"\n"
                out.write((b"\n" if torn else b"") + line.encode() + b"\n")
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            raise Fault(FaultKind.BROKEN, f"{self._path.name}: {error.strerror}", may_have_happened=True) from error

    def _last_byte(self) -> bytes:
        with self._path.open("rb") as found:
            found.seek(-1, os.SEEK_END)
            return found.read(1)

    async def aclose(self) -> None:
        return


class WebhookKeeper:
    """Posts the line; any 2xx answer means kept."""

    name = "anchor:webhook"

    def __init__(self, url: str) -> None:
        check_url(url)
        self._url = url
        self._http = PayHttp()

    async def keep(self, anchor: Anchor) -> None:
        headers = {"content-type": "application/json"}
        reply = await self._http.send("POST", self._url, headers=headers, body=anchor.line().encode())
        if not 200 <= reply.status < 300:
            raise Fault(FaultKind.DENIED, f"answered {reply.status}", may_have_happened=True)

    async def aclose(self) -> None:
        await self._http.aclose()


def open_keepers(settings: AnchorSettings) -> tuple[AnchorKeeper, ...]:
    """The keepers of a configuration. Raises ValueError with what would be right."""
    keepers: list[AnchorKeeper] = []
    if settings.file != Path():
        if not settings.file.parent.is_dir():
            raise ValueError(f"file: there is no folder {settings.file.parent}")
        keepers.append(FileKeeper(settings.file))
    if settings.webhook:
        keepers.append(WebhookKeeper(settings.webhook))
    return tuple(keepers)
