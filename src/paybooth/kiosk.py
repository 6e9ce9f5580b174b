"""`paybooth kiosk`: keeps a booth's browser alive. A page that no longer paints while the box is well is started anew.

It knows the box by its web address alone. A box that is away is no fault of the browser: nothing is restarted then, and
the page finds its box again by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import structlog
from cyclopts import Parameter

from .terminal import configure_logs, fail, run_async

log = structlog.get_logger()

POLL_S = 2.0
ANSWER_S = 3.0
END_S = 5.0
"""A browser that was asked to end gets this long; then it is killed with all its processes."""
FROZEN_S = 30.0
PATIENCE_MOST_S = 600.0
STEADY_S = 60.0
"""Painted for this long after a start, the tries before are forgotten."""
TRIES = 5
FRESH_AFTER_S = 12 * 3600.0

FLAGS = (
    "--kiosk",
    "--ozone-platform=wayland",
    "--no-first-run",
    "--noerrdialogs",
    "--disable-session-crashed-bubble",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-sync",
    "--disable-extensions",
    "--disable-pinch",
    "--overscroll-history-navigation=0",
    "--disable-features=Translate,OverscrollHistoryNavigation,TouchpadOverscrollHistoryNavigation",
    "--autoplay-policy=no-user-gesture-required",
    "--password-store=basic",
    "--disk-cache-size=33554432",
)
"""Of Chromium; its sandbox stays on. Swiping back is switched off twice: builds differ in which one they heed."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the box said: whether it is well, and how long ago a page painted (None: not since it started)."""

    healthy: bool
    age_s: float | None = None


class Verdict(Enum):
    WAIT = auto()
    RESTART = auto()
    GIVE_UP = auto()


class Eye:
    """Judges looks. Holds no process and no clock: the time is handed in."""

    def __init__(self, frozen_s: float = FROZEN_S, tries: int = TRIES, steady_s: float = STEADY_S) -> None:
        self._frozen_s, self._tries_most, self._steady_s = frozen_s, tries, steady_s
        self._tries = 0
        self._since: float | None = None
        """From when on the page had both a browser and a box."""
        self._started = 0.0

    @property
    def patience_s(self) -> float:
        """Grows with each try in vain: what three starts did not mend, the fourth will not mend sooner."""
        return min(max(PATIENCE_MOST_S, self._frozen_s), self._frozen_s * 2.0**self._tries)

    def started(self, now_s: float) -> None:
        self._started, self._since = now_s, None

    def seen(self, now_s: float, look: Look) -> Verdict:
        if not look.healthy:
            self._since = None
            return Verdict.WAIT
        if self._since is None:
            self._since = now_s
        waited = now_s - self._since
        unpainted = waited if look.age_s is None else min(waited, look.age_s)
        if unpainted >= self.patience_s:
            return self._again()
        if waited >= self._steady_s and unpainted < min(waited, self._frozen_s):
            self._tries = 0
        return Verdict.WAIT

    def ended(self, now_s: float) -> tuple[Verdict, float]:
        """The browser ended by itself: (what to do, after how many seconds)."""
        if now_s - self._started >= self._steady_s:
            self._tries = 0
        pause = min(self._steady_s, 2.0**self._tries)
        return self._again(), pause

    def _again(self) -> Verdict:
        self._tries += 1
        self._since = None
        return Verdict.GIVE_UP if self._tries > self._tries_most else Verdict.RESTART


class Box:
    """The box as its kiosk sees it."""

    def __init__(self, url: str, booth: str) -> None:
        self._booth = booth
        self._client = httpx2.AsyncClient(base_url=url, timeout=ANSWER_S, trust_env=False)
        self._stranger = False

    async def aclose(self) -> None:
        await self._client.aclose()

    async def look(self) -> Look:
        try:
            if (await self._client.get("/healthz")).status_code != 200:
                return Look(healthy=False)
            age_ms = (await self._get("/painted"))["painted_ms"]
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return Look(healthy=False)
        return Look(healthy=True, age_s=None if age_ms is None else age_ms / 1000)

    async def is_free(self) -> bool:
        """Whether nobody shops here."""
        try:
            return bool((await self._get("/painted"))["free"])
        except (httpx2.HTTPError, ValueError, KeyError, TypeError):
            return False

    async def _get(self, path: str) -> dict[str, Any]:
        answer = await self._client.get(f"/api/booths/{self._booth}{path}")
        if answer.status_code == 404 and not self._stranger:
            self._stranger = True
            log.warning("the box has no such booth", booth=self._booth)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class Browser:
    """Compositor and browser, one process group: it ends as a whole."""

    def __init__(self, process: asyncio.subprocess.Process, end_s: float) -> None:
        self._process, self._end_s = process, end_s

    @classmethod
    async def start(cls, command: Sequence[str], end_s: float = END_S) -> Browser:
        """Raises OSError where there is no such program."""
        return cls(await asyncio.create_subprocess_exec(*command, start_new_session=True), end_s)

    async def wait(self) -> int:
        return await self._process.wait()

    async def end(self) -> None:
        """Asked first; what is left of the group is killed, the stopped and the hung too."""
        self._signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._end_s):
                await self._process.wait()
        self._signal(signal.SIGKILL)
        await self._process.wait()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@dataclass(slots=True)
class Keeper:
    """Starts, watches and restarts one browser until told to stop."""

    box: Box
    command: Callable[[str], Sequence[str]]
    """The command for a fresh profile folder."""
    eye: Eye
    stop: asyncio.Event
    poll_s: float = POLL_S
    end_s: float = END_S
    fresh_hour: int = -1
    said: Callable[[str], None] = lambda _: None
    """Told what happens: waiting, started, frozen, ended, fresh, gave up."""

    async def run(self) -> bool:
        """False where restarting did not help."""
        self._say("waiting")
        while not (await self.box.look()).healthy:  # a browser before its box would show an error page
            if await self._stopped(self.poll_s):
                return True
        while True:
            # a new profile each time: no crash bubbles, no growth; in memory where the session has such a folder
            memory = os.environ.get("XDG_RUNTIME_DIR") or None
            with tempfile.TemporaryDirectory(prefix="kiosk-", dir=memory, ignore_cleanup_errors=True) as profile:
                browser = await Browser.start(self.command(profile), self.end_s)
                self.eye.started(time.monotonic())
                self._say("started")
                try:
                    verdict, pause = await self._watch(browser)
                finally:
                    await browser.end()
            if verdict is Verdict.GIVE_UP:
                self._say("gave up")
                return False
            if verdict is Verdict.WAIT or await self._stopped(pause):
                return True

    async def _watch(self, browser: Browser) -> tuple[Verdict, float]:
        """Until the browser has to be started anew, or (WAIT) we are to stop."""
        gone = asyncio.create_task(browser.wait())
        began = time.monotonic()
        try:
            while not gone.done():
                if await self._stopped(self.poll_s, gone):
                    return Verdict.WAIT, 0.0
                if gone.done():
                    break
                verdict = self.eye.seen(time.monotonic(), await self.box.look())
                if verdict is not Verdict.WAIT:
                    self._say("frozen")
                    return verdict, 0.0
                if self._is_due(began) and await self.box.is_free():
                    self._say("fresh")
                    return Verdict.RESTART, 0.0
            self._say("ended")
            return self.eye.ended(time.monotonic())
        finally:
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)

    def _is_due(self, began: float) -> bool:
        old = time.monotonic() - began > FRESH_AFTER_S
        return old and time.localtime().tm_hour == self.fresh_hour

    async def _stopped(self, seconds: float, gone: asyncio.Task[int] | None = None) -> bool:
        """Wait, but not beyond the order to stop or the browser's end; whether we are to stop."""
        stopping = asyncio.create_task(self.stop.wait())
        await asyncio.wait({stopping, gone} if gone else {stopping}, timeout=seconds, return_when="FIRST_COMPLETED")
        stopping.cancel()
        return self.stop.is_set()

    def _say(self, what: str) -> None:
        log.info("kiosk", what=what, patience_s=self.eye.patience_s)
        self.said(what)


def kiosk(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    booth: str,
    url: str = "http://127.0.0.1:8080",
    browser: str = "chromium",
    compositor: str = "cage -d --",
    fresh_hour: int = 4,
    frozen_s: float = FROZEN_S,
) -> None:
    """Show a booth's page on this machine's screen, and start it anew when it freezes.

    Parameters
    ----------
    command
        Run this instead of compositor and browser; {url} and {profile} in it are filled in. Put it behind `--`.
    booth
        The booth's id.
    url
        The box.
    browser
        Chromium's program.
    compositor
        What stands before the browser's command.
    fresh_hour
        In this hour of the night a browser that ran half a day is started anew, if nobody shops; -1 for never.
    frozen_s
        A page that has not painted for so long is frozen.

    """
    if not re.fullmatch(r"[A-Za-z0-9]{1,8}", booth):
        fail(f"{booth!r} must be a booth's id: 1 to 8 letters and digits")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        fail(f"{url!r} must be the box's address, such as http://127.0.0.1:8080")
    if frozen_s < 5 or not -1 <= fresh_hour <= 23:
        fail("--frozen-s is at least 5, because a page speaks every 2 seconds; --fresh-hour is -1 to 23")
    page = f"{url.rstrip('/')}/kiosk/?booth={booth}"
    given = list(command) or [
        *shlex.split(compositor),
        *shlex.split(browser),
        *FLAGS,
        "--user-data-dir={profile}",
        "{url}",
    ]
    configure_logs()

    def filled(profile: str) -> list[str]:
        return [word.replace("{url}", page).replace("{profile}", profile) for word in given]

    outcome: list[bool] = []

    async def main() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        box = Box(url, booth)
        try:
            keeper = Keeper(box, filled, Eye(frozen_s), stop, fresh_hour=fresh_hour)
            outcome.append(await keeper.run())
        except OSError as error:
            fail(f"cannot start {given[0]}: {error.strerror}: {error.filename}")
        finally:
            await box.aclose()

    run_async(main)
    if outcome != [True]:
        fail(f"the page of booth {booth} stays dark after {TRIES} new starts; look at the screen and its cable", 1)
