"""Webhooks over real sockets: nothing lost, nothing out of order, the same again under the same number."""

from __future__ import annotations

import asyncio
import json
import runpy
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from paybooth.config import ConfigError
from paybooth.domain import facts as f
from paybooth.drivers.webhook import PostHook
from paybooth.lab.serve import drip, drop, serve
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.marks import MarkFolder
from paybooth.outgoing import MASK
from paybooth.ports import Fault, FaultKind, HealthState, LedgerFault, Secret
from paybooth.ports_machines import Mark
from paybooth.shop import webhooks as module
from paybooth.shop.settings import HookSettings, ShopSettings
from paybooth.shop.webhooks import Webhooks

from .floor import Chance, Clock, floor
from .test_config import GOOD
from .test_config import read as read_config

pytestmark = pytest.mark.anyio
ANSWER_S = module.ANSWER_S
SECRET = "whsec-0123456789abcdef"
verify = runpy.run_path(str(Path(__file__).parents[2] / "examples" / "webhook" / "receiver.py"))["verify"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "GATHER_S", 0.01)
    monkeypatch.setattr(module, "FIRST_WAIT_S", 0.02)
    monkeypatch.setattr(module, "LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr(module, "ANSWER_S", 0.3)


class Receiver:
    """Takes deliveries and answers what the test says next: a status, or something worse."""

    def __init__(self):
        self.answers, self.came, self.rung = [], [], asyncio.Event()
        self.closing = asyncio.Event()
        self.hold = asyncio.Event()

    async def take(self, request):
        body = await request.body()
        self.came.append((dict(request.headers), body))
        self.rung.set()
        self.rung.clear()
        answer = self.answers.pop(0) if self.answers else 204
        match answer:
            case "drop":
                drop(request)
                return Response(status_code=500)
            case "drip":
                return drip(self.closing)
            case "hold":
                await self.hold.wait()
                return Response(status_code=204)
            case str():
                return RedirectResponse(answer, 301)
        return Response(status_code=answer)

    def bodies(self):
        return [json.loads(body) for _, body in self.came]

    def numbers(self):
        """Rows in the order in which they came, deliveries that came twice once."""
        seen, found = set(), []
        for headers, body in self.came:
            if headers["paybooth-delivery"] not in seen:
                seen.add(headers["paybooth-delivery"])
                found += [row["seq"] for row in json.loads(body)["facts"]]
        return found

    async def until(self, wanted):
        async with asyncio.timeout(8):
            while not wanted():
                await self.rung.wait()


@asynccontextmanager
async def receiving():
    receiver = Receiver()
    async with serve(Starlette(routes=[Route("/{path:path}", receiver.take, methods=["POST", "GET"])])) as port:
        yield receiver, f"http://127.0.0.1:{port}/facts"
        receiver.closing.set()
        receiver.hold.set()


@asynccontextmanager
async def telling(path, url, ledger, **settings):
    """The shop's side; ends without a word, as a power cut would."""
    hook = PostHook("erp", url, Secret(SECRET), Clock())
    shop = ShopSettings("LANE01", "巷口小店", "Corner Lane", webhooks=(HookSettings("erp", **settings),))
    health = []
    news = asyncio.Event()

    def report(name, found):
        health.append((name, found.state, found.reasons))
        news.set()
        news.clear()

    marks = MarkFolder(path / "webhooks")
    hooks = Webhooks(shop, {"erp": hook}, ledger=ledger, marks=marks, clock=Clock(), chance=Chance(), report=report)
    hooks.health, hooks.news = health, news
    running = asyncio.create_task(hooks.run())
    try:
        yield hooks
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await hooks.aclose()


@asynccontextmanager
async def journal(path, rows=0):
    with Ledger(path / "l.db", threaded=False) as ledger:
        await more(ledger, rows)
        yield ledger


async def more(ledger, rows):
    for _ in range(rows):
        await ledger.commit(f.ScanRefused("1", "", "unknown", str(ledger.journal_head() + 1)), at_ms=1)


async def test_every_fact_comes_in_order_then_live_and_proves_who_sent_it(tmp_path):
    async with journal(tmp_path, 250) as ledger, receiving() as (receiver, url), telling(tmp_path, url, ledger):
        await receiver.until(lambda: len(receiver.numbers()) == 250)
        await more(ledger, 3)
        await receiver.until(lambda: len(receiver.numbers()) == 253)
        assert receiver.numbers() == list(range(1, 254))
        assert max(len(body["facts"]) for body in receiver.bodies()) == module.ROWS
        headers, body = receiver.came[0]
        signature = headers["paybooth-signature"]
        assert verify(SECRET, signature, body, time.time())
        assert not verify(SECRET, signature, body + b" ", time.time())
        assert not verify("another secret, also long", signature, body, time.time())
        assert not verify(SECRET, signature, body, time.time() + 301)
        assert not verify(SECRET, "", body, time.time())


@pytest.mark.parametrize("trouble", [[500], [503, 429], ["drop"], ["drip"], ["hold"], [404, 500, "drop"]])
async def test_what_is_not_taken_comes_again_as_the_same_delivery(tmp_path, trouble):
    async with journal(tmp_path, 3) as ledger, receiving() as (receiver, url):
        receiver.answers = list(trouble)
        async with telling(tmp_path, url, ledger) as hooks:
            await more(ledger, 1)
            await receiver.until(lambda: 4 in receiver.numbers() and len(receiver.came) > len(trouble))
            again = receiver.came[: len(trouble) + 1]
            assert len({headers["paybooth-delivery"] for headers, _ in again}) == 1
            assert len({body for _, body in again}) == 1
            assert receiver.numbers() == [1, 2, 3, 4]
            while hooks.health[-1][1] is not HealthState.ONLINE:
                await hooks.news.wait()


async def test_a_restart_in_the_middle_loses_nothing_and_repeats_under_the_same_number(tmp_path):
    async with journal(tmp_path, 150) as ledger, receiving() as (receiver, url):
        receiver.answers = [204, "hold"]
        async with telling(tmp_path, url, ledger):
            await receiver.until(lambda: len(receiver.came) == 2)
        await more(ledger, 70)  # these would have fitted into the batch that is on its way
        receiver.hold.set()
        async with telling(tmp_path, url, ledger):
            await receiver.until(lambda: len(receiver.numbers()) == 220)
        ids = [headers["paybooth-delivery"] for headers, _ in receiver.came]
        assert ids[1] == ids[2]
        assert receiver.came[1][1] == receiver.came[2][1]
        assert receiver.numbers() == list(range(1, 221))


async def test_only_the_kinds_that_were_asked_for_from_where_it_was_asked(tmp_path):
    async with journal(tmp_path, 120) as ledger, receiving() as (receiver, url):
        await ledger.commit(f.HelpCalled("1", ""), f.ShopStopped("x"), f.HelpCalled("2", ""), at_ms=1)
        async with telling(tmp_path, url, ledger, kinds=("help.called",), after=121):
            await receiver.until(lambda: receiver.numbers() == [123])


async def test_hashes_of_people_stay_in_the_box(tmp_path):
    async with journal(tmp_path) as ledger, receiving() as (receiver, url), telling(tmp_path, url, ledger):
        await ledger.commit(f.StaffAdded("Bo", "owner", "5ec" * 20, "test"), at_ms=1)
        await receiver.until(lambda: receiver.numbers() == [1])
        assert [row["fact"]["token_hash"] for body in receiver.bodies() for row in body["facts"]] == [MASK]


async def test_a_receiver_that_is_gone_is_asked_no_more_and_named(tmp_path):
    async with journal(tmp_path, 1) as ledger, receiving() as (receiver, url):
        receiver.answers = [410]
        async with telling(tmp_path, url, ledger) as hooks:
            while not hooks.health:
                await hooks.news.wait()
            await more(ledger, 5)
        assert hooks.health == [("webhook:erp", HealthState.OFFLINE, ("gone",))]
        assert len(receiver.came) == 1


async def test_a_redirect_is_not_followed(tmp_path):
    async with receiving() as (elsewhere, other), journal(tmp_path, 1) as ledger, receiving() as (receiver, url):
        receiver.answers = [other]
        async with telling(tmp_path, url, ledger):
            await receiver.until(lambda: len(receiver.came) == 2)
        assert elsewhere.came == []


async def test_a_silent_receiver_is_named_and_a_live_one_is_asked_again_now_and_then(tmp_path):
    async with journal(tmp_path) as ledger, receiving() as (receiver, url):
        receiver.answers = [500] * 3
        async with telling(tmp_path, url, ledger, heartbeat_s=0.02) as hooks:
            await receiver.until(lambda: len(receiver.came) == 6)
            while hooks.health[-1][1] is not HealthState.ONLINE:
                await hooks.news.wait()
    states = [state for _, state, _ in hooks.health]
    assert states[:4] == [HealthState.DEGRADED, HealthState.DEGRADED, HealthState.OFFLINE, HealthState.ONLINE]
    assert {body["until"] for body in receiver.bodies()} == {0}


class Leaping:
    """A clock on which a sleep is over at once, and a receiver that takes its time on it."""

    def __init__(self, answer_s):
        self.at_s, self.answer_s, self.name = 0.0, answer_s, "erp"
        self.named = asyncio.get_running_loop().create_future()

    def now_ms(self):
        return int(self.at_s * 1000)

    def monotonic_s(self):
        return self.at_s

    async def sleep(self, seconds):
        self.at_s += seconds
        await asyncio.sleep(0)

    async def deliver(self, _):
        self.at_s += self.answer_s
        raise Fault(FaultKind.TIMEOUT, "planted")

    def report(self, _, health):
        if health.state is HealthState.OFFLINE and not self.named.done():
            self.named.set_result(self.at_s)


@pytest.mark.parametrize("answer_s", [0.0, 0.5, 2.0, 4.0, ANSWER_S])
async def test_staff_hear_of_a_silent_receiver_within_fifteen_seconds(tmp_path, answer_s, monkeypatch):
    monkeypatch.undo()
    side = Leaping(answer_s)
    shop = ShopSettings("LANE01", "巷口小店", "Corner Lane", webhooks=(HookSettings("erp"),))
    async with journal(tmp_path, 1) as ledger:
        marks = MarkFolder(tmp_path / "webhooks")
        hooks = Webhooks(shop, {"erp": side}, ledger=ledger, marks=marks, clock=side, chance=Most(), report=side.report)
        running = asyncio.create_task(hooks.run())
        assert await side.named <= 15
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Most(Chance):
    """The longest waits that chance can bring."""

    def uniform(self, low, high):
        return high


async def test_a_dead_receiver_is_an_incident_until_it_lives_again(tmp_path):
    async with receiving() as (receiver, url):
        receiver.answers = [500] * 3
        hook = PostHook("erp", url, Secret(SECRET), Clock())
        async with floor(tmp_path, hooks={HookSettings("erp"): hook}) as desk:
            assert "webhook:erp" in desk.shop.watch.unheard() or receiver.came
            await receiver.until(lambda: len(receiver.came) >= 4)
            while "incident.resolved" not in desk.kinds():
                await receiver.rung.wait()
            opened = [e.fact for e in desk.ledger.journal() if e.kind == "incident.opened"]
            assert [(fact.what, fact.place) for fact in opened] == [("device", "webhook:erp")]
            assert desk.shop.watch.state("webhook:erp") is HealthState.ONLINE
        await hook.aclose()


async def test_secret_and_address_are_never_logged(tmp_path):
    async with journal(tmp_path, 1) as ledger, receiving() as (receiver, url):
        receiver.answers = [500, "drop", 410]
        with structlog.testing.capture_logs() as lines:
            async with telling(tmp_path, f"{url}?key=in-the-address", ledger) as hooks:
                while not any(state is HealthState.OFFLINE for _, state, _ in hooks.health):
                    await hooks.news.wait()
    text = json.dumps(lines, default=repr)
    assert "webhook is gone" in text
    assert SECRET not in text
    assert "in-the-address" not in text


async def test_an_older_ledger_put_back_is_followed_from_its_end(tmp_path):
    MarkFolder(tmp_path / "webhooks").keep("erp", Mark(90, 100))
    async with journal(tmp_path, 5) as ledger, receiving() as (receiver, url), telling(tmp_path, url, ledger):
        await receiver.until(lambda: receiver.came)
        await more(ledger, 1)
        await receiver.until(lambda: receiver.numbers() == [6])


def test_a_mark_is_whole_or_the_one_before(tmp_path):
    marks = MarkFolder(tmp_path / "webhooks")
    assert marks.mark("erp") is None
    marks.keep("erp", Mark(3, 7))
    assert marks.mark("erp") == Mark(3, 7)
    (tmp_path / "webhooks" / "erp.json").write_text("{")
    with pytest.raises(LedgerFault, match=r"erp\.json"):
        marks.mark("erp")


HOOK = '\n[[webhook]]\nname = "erp"\nurl = "https://erp.example/facts"\nsecret = "erp.secret"\nkinds = ["sale.paid"]\n'


def test_the_file_names_hooks(tmp_path):
    config = read_config(tmp_path, GOOD + HOOK)
    (hook,) = config.shop.webhooks
    assert (hook.name, hook.kinds, hook.after) == ("erp", ("sale.paid",), 0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"erp"', '"ERP!"', "small letters"),
        ('"sale.paid"', '"sale.made"', "no fact 'sale.made'"),
        ('secret = "erp.secret"\n', "", "secret: is missing"),
        ("kinds", "after = -1\nkinds", "0 or more"),
    ],
)
def test_a_wrong_hook_is_said(tmp_path, old, new, says):
    with pytest.raises(ConfigError, match=says):
        read_config(tmp_path, GOOD + HOOK.replace(old, new))


@pytest.mark.parametrize(
    ("url", "secret", "says"),
    [("http://erp.example/x", SECRET, "https"), ("https://erp.example/x", "short", "16 characters")],
)
def test_a_hook_in_clear_or_with_a_short_secret_is_refused(url, secret, says):
    with pytest.raises(ValueError, match=says):
        PostHook("erp", url, Secret(secret), Clock())
