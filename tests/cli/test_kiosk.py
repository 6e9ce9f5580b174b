"""`paybooth kiosk`: a frozen page is started anew, a box that is away is not the page's fault."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from paybooth import cli, kiosk
from paybooth.kiosk import Box, Eye, Keeper, Look, Verdict
from paybooth.shop import intents as i
from paybooth.web import server
from paybooth.web.painted import Painted

from ..shop.floor import floor
from ..web.test_api import GENEROUS, serve

PAGE = Path(__file__).with_name("kiosk_page.py")
WELL, DARK, AWAY = Look(healthy=True, age_s=1.0), Look(healthy=True), Look(healthy=False)


# ---------------------------------------------------------------- painted


def test_a_ping_counts_while_nothing_newer_waits():
    now = [10.0]
    painted = Painted(lambda: now[0])
    painted.pinged("1", 0)
    assert painted.age_ms("1") is None
    painted.applied("1", 4)
    now[0] = 12.0
    painted.pinged("1", 4)
    now[0] = 12.5
    assert painted.age_ms("1") == 500
    painted.pinged("1", 5)
    now[0] = 20.0
    painted.pinged("1", 5)
    assert painted.age_ms("1") == 8000
    assert painted.age_ms("2") is None


# ---------------------------------------------------------------- the eye


def judged(eye, looks, *, every_s=2.0, from_s=0.0):
    """Seconds after the first of `looks` at which it wants a restart, and what it said last."""
    for number, look in enumerate(looks):
        verdict = eye.seen(from_s + number * every_s, look)
        if verdict is not Verdict.WAIT:
            return number * every_s, verdict
    return None, Verdict.WAIT


def started(**kinds):
    eye = Eye(**kinds)
    eye.started(0.0)
    return eye


def test_a_page_that_paints_stays():
    assert judged(started(), [WELL] * 500) == (None, Verdict.WAIT)


def test_a_page_that_never_painted_is_dark_after_30_s():
    assert judged(started(), [DARK] * 500) == (30.0, Verdict.RESTART)


def test_a_page_that_stopped_painting_is_dark_30_s_after_its_last_paint():
    eye = started()
    judged(eye, [WELL] * 50)
    aging = [Look(healthy=True, age_s=2.0 * n) for n in range(100)]
    assert judged(eye, aging, from_s=100.0) == (30.0, Verdict.RESTART)


def test_a_new_browser_is_not_blamed_for_the_old_ones_silence():
    eye = started()
    assert judged(eye, [Look(healthy=True, age_s=500.0 + 2 * n) for n in range(100)]) == (30.0, Verdict.RESTART)


def test_a_box_that_is_away_never_restarts_anything():
    assert judged(started(), [WELL, *[AWAY] * 5000]) == (None, Verdict.WAIT)


def test_a_box_that_comes_back_gives_the_page_its_time():
    assert judged(started(), [*[AWAY] * 50, *[DARK] * 50]) == (130.0, Verdict.RESTART)


def test_a_box_that_comes_and_goes_restarts_nothing():
    assert judged(started(), [AWAY, *[DARK] * 14] * 100) == (None, Verdict.WAIT)


def test_in_vain_it_grows_patient_and_gives_up():
    eye, waits = started(), []
    while True:
        eye.started(0.0)
        waited, verdict = judged(eye, [DARK] * 1000)
        waits.append(waited)
        if verdict is Verdict.GIVE_UP:
            break
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, 600.0]


def test_a_steady_page_makes_it_impatient_again():
    eye = started()
    judged(eye, [DARK] * 50)
    assert eye.patience_s == 60
    eye.started(100.0)
    judged(eye, [WELL] * 40, from_s=100.0)
    assert eye.patience_s == 30


def test_a_browser_that_ends_by_itself_comes_back_later_each_time():
    eye = started(tries=4)
    found = [eye.ended(1.0) for _ in range(5)]
    assert [pause for _, pause in found] == [1, 2, 4, 8, 16]
    assert [verdict for verdict, _ in found] == [Verdict.RESTART] * 4 + [Verdict.GIVE_UP]
    assert eye.ended(60.0)[1] == 1


# ---------------------------------------------------------------- a real web server, a real process


class Diary:
    """What the keeper said, to wait for."""

    def __init__(self):
        self.said = []
        self._more = asyncio.Event()

    def __call__(self, what):
        self.said.append(what)
        self._more.set()

    async def until(self, what, times=1):
        async with asyncio.timeout(20):
            while self.said.count(what) < times:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def kept(port, command, **settings):
    """A keeper at work; stopped, it leaves nothing."""
    diary, stop = Diary(), asyncio.Event()
    box = Box(f"http://127.0.0.1:{port}", "1")
    eye = settings.pop("eye", None) or Eye(0.6)
    keeper = Keeper(box, lambda _: command, eye, stop, poll_s=0.1, end_s=0.2, said=diary, **settings)
    running = asyncio.create_task(keeper.run())
    try:
        yield diary, running
    finally:
        stop.set()
        await running
        await box.aclose()


@asynccontextmanager
async def screen(tmp_path, **settings):
    """A box, a page, its keeper."""
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        command = [sys.executable, str(PAGE), f"ws://127.0.0.1:{port}/ws/kiosk/1", server.kiosk_token(desk.shop.key)]
        async with kept(port, [*command, str(tmp_path)], **settings) as (diary, running):
            await diary.until("started")
            await painting(port)
            yield desk, port, diary, running


async def painting(port):
    """Until a page painted."""
    async with asyncio.timeout(20), httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        while True:
            age = (await client.get("/api/booths/1/painted")).json()["painted_ms"]
            if age is not None and age < 300:
                return


def alive(folder):
    """Process ids of the pages started so far → whether they are."""
    return [Path(f"/proc/{pid}").exists() for pid in (folder / "pids").read_text().split()]


@pytest.mark.anyio
async def test_a_frozen_page_is_started_anew(tmp_path):
    async with screen(tmp_path) as (_, port, diary, _):
        (tmp_path / "freeze").touch()
        await diary.until("frozen")
        await diary.until("started", 2)
        await painting(port)
        assert alive(tmp_path) == [False, True]
        assert diary.said == ["waiting", "started", "frozen", "started"]
    assert alive(tmp_path) == [False, False]


@pytest.mark.anyio
async def test_a_page_that_dies_comes_back(tmp_path):
    async with screen(tmp_path) as (_, port, diary, _):
        (tmp_path / "die").touch()
        await diary.until("started", 2)
        await painting(port)
        assert diary.said == ["waiting", "started", "ended", "started"]


@pytest.mark.anyio
async def test_a_box_that_goes_away_restarts_nothing(tmp_path):
    """Until long after the patience; the one look that counts is made when each poll came back empty-handed."""
    eye = Eye(0.6)
    looks, counted = [], asyncio.Event()
    judge = eye.seen

    def seen(now_s, look):
        looks.append(look)
        if len([each for each in looks if not each.healthy]) == 20:
            counted.set()
        return judge(now_s, look)

    eye.seen = seen
    async with screen(tmp_path, eye=eye) as (desk, _, diary, _):
        desk.shop.ready.clear()
        (tmp_path / "freeze").touch()
        async with asyncio.timeout(20):
            await counted.wait()
        assert diary.said == ["waiting", "started"]


@pytest.mark.anyio
async def test_a_browser_waits_for_its_box(tmp_path):
    async with kept(9, [sys.executable, "-c", ""]) as (diary, _):
        await diary.until("waiting")
    assert diary.said == ["waiting"]


@pytest.mark.anyio
async def test_after_the_last_try_a_person_is_asked_for(tmp_path):
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        async with kept(port, ["sleep", "600"], eye=Eye(0.1, tries=2)) as (diary, running):
            assert await running is False
    assert diary.said == ["waiting", *["started", "frozen"] * 3, "gave up"]


@pytest.mark.anyio
async def test_at_night_a_browser_is_renewed_while_nobody_shops(tmp_path, monkeypatch):
    night = SimpleNamespace(monotonic=time.monotonic, localtime=lambda: SimpleNamespace(tm_hour=4))
    monkeypatch.setattr(kiosk, "time", night)
    monkeypatch.setattr(kiosk, "FRESH_AFTER_S", 0.0)
    looked, is_free, answers = asyncio.Event(), Box.is_free, []

    async def recorded(box):
        answers.append(await is_free(box))
        if len(answers) == 3:
            looked.set()
        return answers[-1]

    monkeypatch.setattr(Box, "is_free", recorded)
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        await desk.scan("6901234567892")
        await desk.until(lambda view: view.phase == "shopping")
        async with kept(port, ["sleep", "600"], eye=Eye(60.0), fresh_hour=4) as (diary, _):
            async with asyncio.timeout(20):
                await looked.wait()
            assert (answers, diary.said) == ([False] * 3, ["waiting", "started"])
            await desk.tap(i.Abandon())
            await diary.until("fresh")


@pytest.mark.anyio
async def test_no_such_program_is_a_sentence(tmp_path):
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        words = ["kiosk", "--booth", "1", "--url", f"http://127.0.0.1:{port}", "--", "/no/such/program"]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "paybooth", *words, stderr=asyncio.subprocess.PIPE
        )
        said = await process.stderr.read()
        assert (await process.wait(), b"cannot start /no/such/program: No such file" in said) == (2, True)


@pytest.mark.anyio
async def test_who_asks_gets_an_age_and_nothing_else(tmp_path):
    async with screen(tmp_path) as (_, port, _, _):
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/booths", trust_env=False) as client:
            found = (await client.get("/1/painted")).json()
            assert sorted(found) == ["free", "painted_ms"]
            assert (await client.get("/9/painted")).status_code == 404


# ---------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--booth", "a b"), "must be a booth's id"),
        (("--booth", "1", "--url", "file:///etc/passwd"), "must be the box's address"),
        (("--booth", "1", "--frozen-s", "1"), "--frozen-s is at least 5"),
    ],
)
def test_a_wrong_call(capsys, words, why):
    with pytest.raises(SystemExit) as ended:
        cli.app(["kiosk", *words])
    assert ended.value.code == 2
    assert why in capsys.readouterr().err


@pytest.mark.anyio
async def test_the_command_fills_address_and_profile_in_and_ends_when_told(tmp_path):
    told = tmp_path / "told"
    os.mkfifo(told)  # a reader waits for its writer
    tell = f"import signal, sys; open({str(told)!r}, 'w').write(' '.join(sys.argv[1:])); signal.pause()"
    async with floor(tmp_path) as desk, serve(server.build(desk.shop, rates=GENEROUS)) as port:
        words = ["kiosk", "--booth", "1", "--url", f"http://127.0.0.1:{port}", "--", sys.executable, "-c", tell]
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "paybooth", *words, "{url}", "--dir={profile}", stderr=asyncio.subprocess.PIPE
        )
        url, profile = (await asyncio.to_thread(told.read_text)).split()
        process.terminate()
        await process.stderr.read()
        assert await process.wait() == 0
    assert url == f"http://127.0.0.1:{port}/kiosk/?booth=1"
    assert profile.startswith("--dir=/")
    assert not Path(profile.removeprefix("--dir=")).exists()
