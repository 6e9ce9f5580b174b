"""What the shop's process says: every line of stderr is one JSON object, and nobody's secret is in it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2

from paybooth.app import shop_key
from paybooth.terminal import configure_logs
from paybooth.web.staff import box_token

from .test_books import shop

__all__ = ["shop"]

CODE, PASSWORD, HOOK = "134567890123456789", "drip drip drop 7", "whsec-0123456789abcdef"
WEBHOOK = '\n[[webhook]]\nname = "erp"\nurl = "http://127.0.0.1:9/x?key=in-the-address"\nsecret = "env:HOOK_SECRET"\n'


@contextmanager
def box(folder, script=None):
    """The shop's process and where it answers."""
    what = ["-c", script] if script else ["-m", "paybooth", "run", "--config", str(folder / "shop.toml")]
    env = {**os.environ, "HOOK_SECRET": HOOK}
    with subprocess.Popen(
        [sys.executable, *what], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_every_line_is_an_object_without_a_secret(shop):
    with (shop / "shop.toml").open("a") as out:
        out.write(WEBHOOK)
    with box(shop) as process:
        lines = [process.stderr.readline()]
        while json.loads(lines[-1])["event"] != "serving":
            lines.append(process.stderr.readline())
        base = json.loads(lines[-1])["url"]
        owner = [process.stdout.readline() for _ in range(2)]
        link = owner[1].rpartition("#link=")[2].strip()
        token = box_token(shop_key(shop / "data"))
        with httpx2.Client(base_url=base, trust_env=False) as client:
            client.post("/api/session", json={"name": "An", "password": PASSWORD})
            client.post("/api/booths/1/scan", json={"text": CODE})
            client.get("/api/refunds", headers={"Authorization": f"Bearer {PASSWORD}"})
            client.post("/notify/wechat", content=CODE)
            with socket.create_connection((urlsplit(base).hostname, urlsplit(base).port)) as rude:
                rude.sendall(b"\x00 this is no request\r\n\r\n")
                rude.recv(1024)
            with client.stream("GET", "/api/events", headers={"Authorization": f"Bearer {token}"}) as stream:
                rows = stream.iter_lines()
                assert next(rows) == "retry: 2000"
                process.send_signal(signal.SIGTERM)
                last = [row for row in rows if row][-2:]
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
    assert last[0] == "event: cut"
    assert json.loads(last[1].removeprefix("data: "))["why"] == "stopping"
    told = [json.loads(line) for line in [*lines, *err.splitlines()]]
    for line in told:
        assert {"event", "level", "time"} <= line.keys(), line
    said = {line["event"] for line in told}
    assert {"shop is open", "serving", "webhook not taken"} <= said
    assert any("Invalid HTTP request" in event for event in said)
    assert out == ""
    text = "\n".join([*lines, err])
    key = (shop / "data" / "shop.key").read_text()
    for secret in (CODE, PASSWORD, HOOK, "in-the-address", link, token, key):
        assert secret not in text


CRASH = """
import asyncio, logging, warnings
import structlog
from paybooth.terminal import configure_logs
configure_logs(service=True)
def crash(pin):
    raise RuntimeError("boom")
structlog.get_logger().info("mine", access_token="t0ken", password="hunter2")
logging.getLogger("asyncio").error("theirs", extra={"token": "t0ken"})
warnings.warn("old")
try:
    crash("h" + "unter2")
except RuntimeError:
    structlog.get_logger().exception("caught")
crash("h" + "unter2")
"""


def test_crashes_and_libraries_speak_the_same_way(tmp_path):
    with box(tmp_path, CRASH) as process:
        out, err = process.communicate(timeout=20)
    told = [json.loads(line) for line in err.splitlines()]
    assert [line["event"] for line in told][:2] == ["mine", "theirs"]
    assert [line["event"] for line in told][-2:] == ["caught", "stopped by a bug"]
    assert [line["level"] for line in told] == ["info", "error", "warning", "error", "critical"]
    assert told[0]["password"] == told[0]["access_token"] == told[1]["token"] == "•••"
    assert told[-1]["exception"][0]["exc_type"] == "RuntimeError"
    assert "crash" in err
    assert "hunter2" not in err.replace('crash(\\"h\\" + \\"unter2\\")', "")
    assert "t0ken" not in err
    assert out == ""


def test_a_tool_leaves_the_logs_of_libraries_alone(capsys):
    configure_logs(verbose=False)
    assert sys.excepthook is sys.__excepthook__
    assert capsys.readouterr().err == ""
