"""What /metrics tells, at the same cost after a day and a year; and that dashboards and alarms ask for what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import httpx2
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from paybooth.domain import exit_facts as x
from paybooth.domain import facts as f
from paybooth.domain.payment import Decline, Declined, Doubt, Unknown
from paybooth.domain.totals import Totals
from paybooth.ledger.ledger import Ledger
from paybooth.ports import Health, HealthState
from paybooth.ports_machines import Answer
from paybooth.shop.settings import GateSettings, HookSettings
from paybooth.web import server, tally
from paybooth.web.limits import RATES

from ..shop.floor import DeskBoard, floor
from .test_api import GENEROUS, box, sell, serve

pytestmark = pytest.mark.anyio
LOST = Unknown(Doubt.NO_ANSWER, "lost")
DEPLOY = Path(__file__).parents[2] / "deploy"


class Silent:
    """A webhook's receiver that takes everything."""

    name = "erp"

    async def deliver(self, batch):
        return Answer.TAKEN

    async def aclose(self):
        return


def samples(text):
    """(name, labels) → value."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_totals_are_carried_along_and_never_summed_again(tmp_path, monkeypatch):
    async with box(tmp_path) as (desk, client, _):
        walks = []
        walk = type(desk.ledger).totals

        async def counted(ledger):
            walks.append(1)
            return await walk(ledger)

        monkeypatch.setattr(type(desk.ledger), "totals", counted)
        monkeypatch.setattr(type(desk.ledger), "takings", lambda _: pytest.fail("summed up"))
        await client.get("/metrics")
        await sell(desk)
        found = samples((await client.get("/metrics")).text)
        assert (await client.get("/api/shop")).json()["takings"]["paid_fen"] == 1490
    assert found["paybooth_sales", ()] == 1
    assert found["paybooth_paid_fen", ()] == 1490
    assert found["paybooth_attempts", (("state", "paid"),)] == 1
    assert found["paybooth_attempts", (("state", "declined"),)] == 0
    assert found["paybooth_receipts", (("state", "printed"),)] == 1
    assert walks == [1]


async def test_what_is_carried_along_is_what_the_tables_say(tmp_path):
    async with floor(tmp_path) as desk:
        desk.wechat.charges[:] = [Declined(Decline.NO_MONEY, "NOT_ENOUGH")]
        await desk.fill_and_confirm()
        await desk.scan("134567890123456789")
        await desk.until(lambda v: v.phase == "declined")
        before = await desk.ledger.totals()
    with Ledger(tmp_path / "ledger.db", threaded=True) as ledger:
        after, takings = await ledger.totals(), ledger.takings()
        for row in ledger.journal(before.seq):
            before.apply(row.seq, row.fact)
        fresh = Totals()
        for row in ledger.journal():
            fresh.apply(row.seq, row.fact)
    assert before == after
    assert fresh.takings() == after.takings() == takings
    assert takings["attempts_declined"] == 1


async def test_a_slip_in_counting_never_reaches_the_sale(tmp_path, monkeypatch):
    async with box(tmp_path) as (desk, client, _):
        await client.get("/metrics")
        told = []
        with monkeypatch.context() as broken:
            broken.setattr(Totals, "apply", lambda *_: 1 / 0)
            broken.setattr(tally.log, "exception", lambda event, **_: told.append(event), raising=False)
            await sell(desk)
        assert set(told) == {"totals lost their way"}
        assert samples((await client.get("/metrics")).text)["paybooth_sales", ()] == 1


async def test_a_charge_in_doubt_has_an_age(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        assert samples((await client.get("/metrics")).text)["paybooth_attempt_doubt_seconds", ()] == 0
        desk.wechat.charges[:] = [LOST]
        desk.wechat.queries[:] = [LOST]
        await desk.fill_and_confirm()
        await desk.scan("134567890123456789")
        await desk.until(lambda _: desk.ledger.open_attempts() and desk.ledger.open_attempts()[0].state == "unknown")
        found = samples((await client.get("/metrics")).text)
        assert found["paybooth_attempt_doubt_seconds", ()] > 0
        assert sum(v for (name, _), v in found.items() if name == "paybooth_attempts") == 1


async def test_the_shop_is_well_until_something_needs_a_look(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        assert samples((await client.get("/metrics")).text)["paybooth_shop_well", ()] == 1
        desk.shop.watch.report("printer:1", Health(HealthState.OFFLINE, ("paper_out",)))
        assert samples((await client.get("/metrics")).text)["paybooth_shop_well", ()] == 0


async def test_gates_and_doors_are_counted_from_what_is_journalled(tmp_path):
    async with everything(tmp_path) as (desk, text):
        del desk
        found = samples(text)
    assert found["paybooth_gate_decisions_total", (("gate", "exit"), ("what", "passed_out"))] == 1
    assert found["paybooth_gate_decisions_total", (("gate", "exit"), ("what", "alarmed"))] == 0
    assert found["paybooth_door_open_seconds_total", (("gate", "exit"),)] == 4


async def test_a_commit_is_timed(tmp_path):
    took = []
    with Ledger(tmp_path / "l.db") as ledger:
        ledger.on_commit = took.append
        await ledger.commit(f.ShopStarted("test", 0), at_ms=1)
    assert len(took) == 1
    assert took[0] > 0


# ---------------------------------------------------------------- dashboards and alarms


class everything:  # noqa: N801 it is used as one, beside box and floor
    """A shop that has had one of everything, and what it then tells."""

    def __init__(self, path):
        self._floor = floor(
            path, gates={GateSettings("exit", board="board:exit"): DeskBoard()}, hooks={HookSettings("erp"): Silent()}
        )

    async def __aenter__(self):
        desk = await self._floor.__aenter__()
        slow = {**GENEROUS, "receipt": type(RATES["receipt"])(0.001, 1)}
        async with serve(server.build(desk.shop, rates=slow)) as port:
            async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
                await sell(desk)
                for _ in range(2):
                    await client.get("/r/x")
                passed = x.PassageSeen("exit", "out", (), 0)
                desk.ledger.commit_now(passed, x.DoorChanged("exit", "open"), at_ms=1000)
                desk.ledger.commit_now(x.DoorChanged("exit", "locked"), at_ms=5000)
                desk.ledger.commit_now(f.DayMatched("2026-11-21", "wechat", "", 0, 0, 0, 0, 0, (), 0), at_ms=1)
                text = (await client.get("/metrics")).text
        return desk, text

    async def __aexit__(self, *error):
        return await self._floor.__aexit__(*error)


WORDS = {
    "by",
    "without",
    "sum",
    "min",
    "max",
    "avg",
    "rate",
    "increase",
    "histogram_quantile",
    "label_values",
    "and",
    "or",
}
OURS = {"job", "le", "instance"}
"""Labels that Prometheus adds, or that a histogram's buckets have."""

ELSEWHERE = {"up"}


def asked(expression):
    """What a PromQL expression asks for: (metric, {label: values or None})."""
    expression = re.sub(r"\[[^]]*\]|\blabel_values\((\w+), \w+\)", r"\1", expression)
    grouped = {n for names in re.findall(r"\bby \(([^)]*)\)", expression) for n in re.split(r"[,\s]+", names)}
    bare = re.sub(r"\bby \([^)]*\)", "", expression)
    for name, selector in re.findall(r"([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?", bare):
        if name in WORDS:
            continue
        labels = dict.fromkeys(grouped)
        for label, values in re.findall(r'(\w+)=~?"([^"]*)"', selector):
            labels[label] = values.split("|")
        yield name, {label: values for label, values in labels.items() if label not in OURS}


def missing(expressions, text):
    """Everything that is asked for and not told."""
    told = {}
    for name, labels in samples(text):
        told.setdefault(name, []).append(dict(labels))
    for expression in expressions:
        for name, labels in asked(expression):
            if name in ELSEWHERE:
                continue
            rows = told.get(name, [])
            if not rows:
                yield f"{expression}: no metric {name}"
            for label, values in labels.items():
                for value in values or [None]:
                    if not any(label in row and value in (None, row[label]) for row in rows):
                        yield f"{expression}: {name} has no {label}={value}"


def test_an_expression_is_understood():
    text = 'a_total{gate="exit"} 1\nb 2\n'
    assert list(missing(['sum by (gate) (rate(a_total{job="x", gate="exit"}[5m])) > 100', "b / 2"], text)) == []
    assert len(list(missing(['a{gate="way"}', "sum by (door) (a_total)", 'a_total{gate=~"exit|way"}'], text))) == 4


async def test_the_dashboard_asks_only_for_what_is_told(tmp_path):
    board = json.loads((DEPLOY / "grafana" / "paybooth.json").read_text("utf-8"))
    asks = [t["expr"] for panel in board["panels"] for t in panel["targets"]]
    asks += [v["definition"] for v in board["templating"]["list"] if "definition" in v]
    async with everything(tmp_path) as (_, text):
        assert list(missing([a.replace("$job", "x") for a in asks], text)) == []
    titles = " ".join(panel["title"] for panel in board["panels"]).lower()
    for wanted in ("shop", "sales", "takings", "verdict", "doubt", "devices", "severity", "gate", "doors", "ledger"):
        assert wanted in titles
    places = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in board["panels"]]
    assert len(set(places)) == len(places)
    assert len({p["id"] for p in board["panels"]}) == len(places)


async def test_the_alarms_ask_only_for_what_is_told(tmp_path):
    (group,) = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    async with everything(tmp_path) as (_, text):
        assert list(missing([rule["expr"] for rule in group["rules"]], text)) == []
        told = {label for _, labels in samples(text) for label, _ in labels} | OURS
    for rule in group["rules"]:
        assert rule["annotations"].keys() == {"summary", "description"}
        used = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        assert used <= told
    offline = next(rule for rule in group["rules"] if rule["alert"] == "PayboothDeviceOffline")
    assert offline["for"] == "15s"
