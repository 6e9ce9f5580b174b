"""A shop in Home Assistant: follows Paybooth's events and tells MQTT how it stands, with discovery.

    pip install aiomqtt httpx2
    PAYBOOTH_URL=http://127.0.0.1:8080 PAYBOOTH_TOKEN_FILE=ha.token MQTT_HOST=192.168.1.10 python bridge.py

An event only says that something changed; what is published is always asked anew, so nothing can drift.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiomqtt
import httpx2

TELLING = ("sale.", "refund.", "incident.", "device.", "door.", "shop.")
"""Facts after which something here may be different."""

GATHER_S = 1.0
AGAIN_S = 5.0
SILENT_S = 40.0
"""The box says something every 15 s."""

LOOK_S = 60.0
"""However quiet it is: midnight begins a new day's takings."""

OPEN = {"open", "held_open", "forced"}


@dataclass(frozen=True)
class Settings:
    url: str
    token: str
    mqtt_host: str = "127.0.0.1"
    mqtt_port: int = 1883
    mqtt_user: str | None = None
    mqtt_password: str | None = None
    zone: timezone = timezone(timedelta(hours=8))
    """Of the shop: when its day begins."""


class Bridge:
    """One shop."""

    def __init__(self, settings: Settings, box: httpx2.AsyncClient, mqtt: aiomqtt.Client, code: str) -> None:
        self._settings, self._box, self._mqtt = settings, box, mqtt
        self._top = f"paybooth/{code.lower()}"
        self._device = {"identifiers": [f"paybooth_{code.lower()}"], "name": f"Shop {code}", "manufacturer": "Paybooth"}
        self._said: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Until the box ends the stream or the line breaks."""
        headers = {"Accept": "text/event-stream"}
        async with self._box.stream("GET", "/api/events", headers=headers, timeout=SILENT_S) as events:
            if events.is_error:
                await events.aread()  # its words say why
            events.raise_for_status()
            # the stream is open before anything is asked: what happens in between is told by it
            await self._tell()
            both = (asyncio.create_task(self._read(events)), asyncio.create_task(self._keep_telling()))
            try:
                ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)
            for task in ended:
                task.result()

    async def _read(self, events: httpx2.Response) -> None:
        async for line in events.aiter_lines():
            if line == "event: cut":
                return
            if line.startswith("event: ") and line[7:].startswith(TELLING):
                self._changed.set()

    async def _keep_telling(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            await asyncio.sleep(GATHER_S)  # a basket is many facts
            self._changed.clear()
            await self._tell()

    async def _get(self, path: str) -> Any:
        answer = await self._box.get(path)
        answer.raise_for_status()
        return answer.json()

    async def _tell(self) -> None:
        """Everything there is to say; only what changed goes out."""
        devices, live = await self._get("/api/devices"), (await self._get("/api/incidents"))["incidents"]
        silent = [d["device"] for d in devices if d["state"] in ("offline", "unknown")]
        critical = any(incident["severity"] == "critical" for incident in live)
        await self._entity(
            "binary_sensor",
            "problem",
            {"name": "Needs a look", "device_class": "problem"},
            "ON" if silent or critical else "OFF",
            {"devices": silent},
        )
        worst = [f"{incident['kind']} {incident['place']}" for incident in live]
        about = {"name": "Open incidents", "icon": "mdi:alert"}
        await self._entity("sensor", "incidents", about, str(len(live)), {"incidents": worst})
        for gate in await self._get("/api/gates"):
            door = (await self._get(f"/api/gates/{gate}"))["door"]
            about = {"name": f"Door {gate}", "device_class": "door"}
            await self._entity("binary_sensor", f"door_{gate}", about, "ON" if door in OPEN else "OFF", {"state": door})
        day = datetime.now(self._settings.zone).date()
        found = await self._get(f"/api/days/{day}")
        money = {
            "name": "Takings today",
            "device_class": "monetary",
            "unit_of_measurement": "CNY",
            "state_class": "total",
        }
        await self._entity("sensor", "takings", money, f"{found['net_fen'] / 100:.2f}", {"sales": found["sales"]})
        await self._say(f"{self._top}/online", "online")

    async def _entity(self, kind: str, name: str, about: dict[str, str], state: str, more: Mapping[str, Any]) -> None:
        whole = self._device["identifiers"][0]
        config = {
            **about,
            "unique_id": f"{whole}_{name}",
            "state_topic": f"{self._top}/{name}",
            "json_attributes_topic": f"{self._top}/{name}/more",
            "availability_topic": f"{self._top}/online",
            "device": self._device,
        }
        await self._say(f"homeassistant/{kind}/{whole}/{name}/config", json.dumps(config))
        await self._say(f"{self._top}/{name}", state)
        await self._say(f"{self._top}/{name}/more", json.dumps(more))

    async def _say(self, topic: str, text: str) -> None:
        if self._said.get(topic) != text:
            await self._mqtt.publish(topic, text, qos=1, retain=True)
            self._said[topic] = text


async def follow(settings: Settings) -> None:
    """For ever; what breaks is tried again. Raises PermissionError where the token may not."""
    headers = {"Authorization": f"Bearer {settings.token}"}
    async with httpx2.AsyncClient(base_url=settings.url, headers=headers, timeout=10, trust_env=False) as box:
        while True:
            try:
                shop = await box.get("/api/shop")
                shop.raise_for_status()
                await _once(settings, box, shop.json()["code"])
            except httpx2.HTTPStatusError as error:
                if error.response.status_code in (401, 403):
                    raise PermissionError(str(error.response.json()["detail"])) from error
                print(f"bridge: {error}", file=sys.stderr)
            except (httpx2.HTTPError, aiomqtt.MqttError) as error:
                print(f"bridge: {type(error).__name__}: {error}", file=sys.stderr)
            await asyncio.sleep(AGAIN_S)


async def _once(settings: Settings, box: httpx2.AsyncClient, code: str) -> None:
    online = f"paybooth/{code.lower()}/online"
    will = aiomqtt.Will(online, "offline", qos=1, retain=True)
    async with aiomqtt.Client(
        settings.mqtt_host,
        settings.mqtt_port,
        username=settings.mqtt_user,
        password=settings.mqtt_password,
        will=will,
    ) as mqtt:
        try:
            await Bridge(settings, box, mqtt, code).run()
        finally:
            await mqtt.publish(online, "offline", qos=1, retain=True)


def from_environment(env: Mapping[str, str]) -> Settings:
    def secret(name: str) -> str | None:
        return Path(env[name]).read_text("utf-8").strip() if name in env else None

    token = secret("PAYBOOTH_TOKEN_FILE")
    if token is None:
        sys.exit("bridge: set PAYBOOTH_TOKEN_FILE; `paybooth user add HA --role auditor` prints a token")
    return Settings(
        env.get("PAYBOOTH_URL", "http://127.0.0.1:8080"),
        token,
        env.get("MQTT_HOST", "127.0.0.1"),
        int(env.get("MQTT_PORT", "1883")),
        env.get("MQTT_USER"),
        secret("MQTT_PASSWORD_FILE"),
        timezone(timedelta(minutes=int(env.get("SHOP_UTC_OFFSET_MINUTES", "480")))),
    )


if __name__ == "__main__":
    try:
        asyncio.run(follow(from_environment(os.environ)))
    except PermissionError as error:
        sys.exit(f"bridge: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
