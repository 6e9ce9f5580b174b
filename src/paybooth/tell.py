"""`paybooth tell`: a test message to everybody whom the ladder would tell."""

from __future__ import annotations

from .app import SystemClock, open_notifiers
from .config import Config
from .domain.incident import Call
from .ports import Fault
from .terminal import ConfigPath, fail, load_config, run_async

TEXT = "A test message of the shop's box. 店里主机发来的测试消息。"


def tell(config: ConfigPath, *, target: str = "") -> None:
    """Send a test message to every [[notify]] target, or to one, and say which took it; exit 1 if one did not."""
    loaded = load_config(config)
    wanted = [each.name for each in loaded.notify if target in ("", each.name)]
    if not wanted:
        fail(f"there is no [[notify]] {target}".rstrip(), 2)
    refused: list[str] = []

    async def send() -> None:
        clock = SystemClock()
        notifiers = open_notifiers(loaded, config.resolve().parent, clock)
        for name in wanted:
            try:
                await notifiers[name].tell(_test(loaded, clock.now_ms()))
                print(f"{name}: taken")
            except Fault as fault:
                refused.append(f"{name}: not told: {fault.kind} {fault.detail}".rstrip())
        for notifier in notifiers.values():
            await notifier.aclose()

    run_async(send)
    if refused:
        fail("\n".join(refused), 1)


def _test(config: Config, now_ms: int) -> Call:
    shop = config.shop
    return Call(
        shop.code, 0, "self_test", "info", "box", "", (), now_ms, f"{shop.name_en}: test", TEXT, shop.public_url
    )
