"""The commands that prove the books, as their owner calls them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import apsw
import pytest

from paybooth import cli
from paybooth.domain.anchor import Anchor, read_anchor
from paybooth.ledger.ledger import Ledger
from tests.power.day import live
from tests.power.disk import Tape

SALE = "20261122-00006"
CONFIG = """
data = "data"
[web]
port = {port}
[shop]
code = "LANE01"
name_zh = "巷口小店"
name_en = "Corner Lane"
[[booth]]
id = "1"
[anchor]
file = "anchors.jsonl"
"""


@pytest.fixture
def shop(tmp_path):
    """A configuration and a ledger that has lived."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "shop.toml").write_text(CONFIG.format(port=port), "utf-8")
    (tmp_path / "data").mkdir()
    live(tmp_path / "data" / "ledger.db", Tape(), starts=1)
    return tmp_path


@pytest.fixture
def call(shop, capsys):
    def run(*words):
        if "--verify" not in words:
            words = (*words, "--config", str(shop / "shop.toml"))
        with pytest.raises(SystemExit) as ended:
            cli.app([str(word) for word in words])
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return run


def head(shop):
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        return ledger.head


def anchors(shop, *found):
    path = shop / "kept.jsonl"
    path.write_text("".join(anchor.line() + "\n" for anchor in found), "utf-8")
    return path


def test_fsck_with_an_anchor(shop, call):
    seq, digest = head(shop)
    good = Anchor("LANE01", "2026-11-22", seq, digest.hex())
    code, out, _ = call("fsck", "--anchor", anchors(shop, good, Anchor("OTHER", "2026-11-22", 1, "00" * 32)))
    assert (code, "1 of 1 anchors fit, the newest is of 2026-11-22" in out) == (0, True)
    late = Anchor("LANE01", "2026-11-23", seq + 5, digest.hex())
    code, out, _ = call("fsck", "--anchor", anchors(shop, good, late))
    assert code == 1
    assert f"journal {seq + 5} is gone, the journal ends at {seq}: cut off" in out


def test_fsck_without_one_anchor_of_this_shop_proves_nothing_and_says_so(shop, call):
    code, _, err = call("fsck", "--anchor", anchors(shop, Anchor("OTHER", "2026-11-22", 1, "00" * 32)))
    assert (code, "holds no anchor of shop LANE01" in err) == (1, True)


def test_fsck_as_json(shop, call):
    code, out, _ = call("fsck", "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["faults"]) == (0, True, [])


@pytest.mark.parametrize("command", [("fsck",), ("export", "--sale", SALE), ("catalogue", "export", "-")])
def test_a_ledger_from_a_newer_version_is_one_sentence(shop, call, command):
    db = apsw.Connection(str(shop / "data" / "ledger.db"))
    db.execute("PRAGMA user_version = 99")
    db.close()
    code, _, err = call(*command)
    assert (code, err.count("\n"), "update Paybooth" in err) == (1, 1, True)


def test_a_sale_is_proven_and_checked_without_the_ledger(shop, call, tmp_path):
    code, out, _ = call("export", "--sale", "0006", "--whole")
    found = json.loads(out)
    assert (code, found["sale"]["id"], found["shop"]) == (0, SALE, "LANE01")
    assert "TLANE00061" in found["receipt"]["text"]
    proof = tmp_path / "proof.json"
    proof.write_text(out, "utf-8")
    seq, digest = found["head"]["seq"], found["head"]["hash"]
    kept = anchors(shop, Anchor("LANE01", "2026-11-22", seq, digest))
    code, out, _ = call("export", "--verify", proof, "--anchor", kept)
    assert (code, out) == (
        0,
        f"ok: sale {SALE}, {len(found['rows'])} rows, the chain reaches the journal's head, 1 anchors met\n",
    )
    found["rows"][3]["at_ms"] += 1
    proof.write_text(json.dumps(found), "utf-8")
    code, out, _ = call("export", "--verify", proof)
    assert (code, "altered" in out) == (1, True)


def test_a_sale_nobody_made_and_a_file_that_is_none(shop, call, tmp_path):
    code, _, err = call("export", "--sale", "7777")
    assert (code, "no sale, receipt, order or transaction '7777'" in err) == (1, True)
    (tmp_path / "x").write_text("not json")
    code, _, err = call("export", "--verify", tmp_path / "x")
    assert (code, "is not JSON" in err) == (1, True)
    code, _, err = call("export")
    assert (code, "--sale" in err) == (2, True)


@pytest.mark.parametrize(("sync_s", "warned"), [(0.00002, True), (0.0004, True), (0.0006, False), (0.004, False)])
def test_check_config_warns_of_a_disk_too_fast_to_be_true(call, monkeypatch, sync_s, warned):
    monkeypatch.setattr(cli, "measure_sync", lambda folder: [sync_s] * 50)
    code, out, err = call("check-config")
    assert (code, "good" in out, "power-loss protection" in err) == (0, True, warned)


def test_check_config_measures_the_real_disk_and_leaves_nothing(shop, call):
    before = sorted(p.name for p in (shop / "data").iterdir())
    assert call("check-config")[0] == 0
    assert sorted(p.name for p in (shop / "data").iterdir()) == before


def test_check_config_says_when_it_cannot_measure(call, monkeypatch):
    def broken(folder):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(cli, "measure_sync", broken)
    code, _, err = call("check-config")
    assert (code, "cannot measure the disk" in err) == (0, True)


def lines(path: Path) -> list[Anchor | None]:
    return [read_anchor(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def test_a_shop_that_opens_and_stops_leaves_two_anchors_that_fit(shop, call):
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(shop / "shop.toml")]
    kept = shop / "anchors.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        for line in child.stderr:
            if "anchor kept" in line:
                break
        os.kill(child.pid, signal.SIGTERM)
        began = time.monotonic()
        assert child.wait(20) == 0, child.stderr.read()
        assert time.monotonic() - began < 15
    opened, stopped = lines(kept)
    assert opened.seq < stopped.seq == head(shop)[0]
    code, out, _ = call("fsck", "--anchor", kept)
    assert (code, "2 of 2 anchors fit" in out) == (0, True)
