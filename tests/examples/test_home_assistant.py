"""The Home Assistant bridge against a real broker (Debian's mosquitto) and a real shop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import shutil
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiomqtt
import pytest

from paybooth.domain.incident import Kind
from paybooth.ports import Health, HealthState
from paybooth.shop.settings import GateSettings

from ..shop.floor import DeskBoard, floor
from ..web.test_api import GENEROUS, sell, serve, server
from ..web.test_refunds import hire

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
pytestmark = [pytest.mark.anyio, pytest.mark.skipif(MOSQUITTO is None, reason="needs mosquitto (apt)")]
PATH = Path(__file__).parents[2] / "examples" / "home_assistant" / "bridge.py"


@pytest.fixture
def bridge(monkeypatch):
    spec = importlib.util.spec_from_file_location("home_assistant_bridge", PATH)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "GATHER_S", 0.02)
    monkeypatch.setattr(module, "AGAIN_S", 0.05)
    return module


@asynccontextmanager
async def broker(path):
    """A mosquitto of our own on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser {os.environ.get('USER') or 'root'}\n"
    )
    process = await asyncio.create_subprocess_exec(MOSQUITTO, "-c", str(config), stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(10):
            while b"running" not in (line := await process.stderr.readline()):
                assert line, "mosquitto ended"
        yield port
    finally:
        process.terminate()
        await process.communicate()


class House:
    """What Home Assistant would see: the last word on each topic."""

    def __init__(self, mqtt):
        self.topics, self._mqtt = {}, mqtt

    async def until(self, wanted):
        async with asyncio.timeout(10):
            while not wanted(self.topics):
                message = await anext(aiter(self._mqtt.messages))
                self.topics[str(message.topic)] = message.payload.decode()


@asynccontextmanager
async def house(port):
    async with aiomqtt.Client("127.0.0.1", port) as mqtt:
        await mqtt.subscribe("#", qos=1)
        yield House(mqtt)


@asynccontextmanager
async def shop(path):
    async with floor(path, gates={GateSettings("exit", board="board:exit"): DeskBoard()}) as desk:
        hire(desk)
        async with serve(server.build(desk.shop, rates=GENEROUS)) as port:
            yield desk, f"http://127.0.0.1:{port}"


@asynccontextmanager
async def following(bridge, settings):
    running = asyncio.create_task(bridge.follow(settings))
    try:
        yield running
    finally:
        # on Python 3.11 the MQTT client's wait_for may swallow a cancel that meets its answer: ask again
        while not running.done():
            running.cancel()
            await asyncio.wait((running,), timeout=0.2)
        with contextlib.suppress(asyncio.CancelledError):
            running.result()


async def test_the_shop_is_found_and_followed(tmp_path, bridge):
    async with broker(tmp_path) as mqtt, shop(tmp_path) as (desk, url), house(mqtt) as home:
        async with following(bridge, bridge.Settings(url, "Cy-token", mqtt_port=mqtt)):
            await home.until(lambda t: t.get("paybooth/lane01/online") == "online")
            topics = home.topics
            assert (topics["paybooth/lane01/problem"], topics["paybooth/lane01/incidents"]) == ("OFF", "0")
            assert topics["paybooth/lane01/takings"] == "0.00"
            assert topics["paybooth/lane01/door_exit"] == "OFF"
            found = {topic: json.loads(text) for topic, text in topics.items() if topic.endswith("/config")}
            assert {topic.split("/")[1] for topic in found} == {"sensor", "binary_sensor"}
            for config in found.values():
                assert config["state_topic"] in topics
                assert config["availability_topic"] == "paybooth/lane01/online"
            assert len({config["unique_id"] for config in found.values()}) == 4
            await sell(desk)
            await home.until(lambda t: t["paybooth/lane01/takings"] == "14.90")
            desk.shop.watch.report("printer:1", Health(HealthState.OFFLINE, ("paper_out",)))
            await home.until(lambda t: t["paybooth/lane01/problem"] == "ON")
            desk.shop.exits.incidents.report(Kind.DOOR_HELD, "exit")
            await home.until(lambda t: t["paybooth/lane01/incidents"] == "2")
            assert "printer:1" in topics["paybooth/lane01/problem/more"]
        await home.until(lambda t: t["paybooth/lane01/online"] == "offline")
    assert "Cy" not in json.dumps(home.topics)


async def test_a_box_that_went_is_unavailable_and_comes_back(tmp_path, bridge):
    async with broker(tmp_path) as mqtt, shop(tmp_path) as (desk, url), house(mqtt) as home:
        async with following(bridge, bridge.Settings(url, "Cy-token", mqtt_port=mqtt)):
            await home.until(lambda t: t.get("paybooth/lane01/online") == "online")
            desk.shop.closing.set()
            await home.until(lambda t: t["paybooth/lane01/online"] == "offline")
            desk.shop.closing.clear()
            await home.until(lambda t: t["paybooth/lane01/online"] == "online")


async def test_a_token_that_may_not_is_said(tmp_path, bridge):
    async with broker(tmp_path) as mqtt, shop(tmp_path) as (_, url):
        with pytest.raises(PermissionError, match=r"Di .* may not"):
            await bridge.follow(bridge.Settings(url, "Di-token", mqtt_port=mqtt))
