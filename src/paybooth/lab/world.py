"""The world around one shop: both wallets, the phone, printer, scanner, network cable, and the shop's own power.

Everything a visitor of the bench or a scripted shopper can do, over the true wires. Knows the shop only as a process
and as addresses.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.types import Receive, Scope, Send

from paybooth.domain.passage import Zone
from paybooth.domain.payment import Channel

from . import radio, shelf
from .alipay_gateway import BILL_PATH, AlipayGateway
from .devices import Cable, LabPrinter, LabScanner
from .escpos_paper import Interpreter
from .faults import Faults
from .keys import FILES, load_or_make, serial_hex
from .llrp_reader import LlrpServer
from .models import Bank, Wallet
from .radio import Field
from .relay_board import RelayBoard
from .serve import serve
from .site import DoorSite
from .stroll import Visitor
from .wechat_gateway import WechatGateway

START_S = 30.0
REFERENCE = bytes.fromhex("e2806894000040055a1f0001")
"""The tag glued into the gate's frame: whoever stops reading it is blind."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class World:
    """The lab's truth and its handles. Made by `open_world`."""

    folder: Path
    banks: dict[Channel, Bank]
    faults: Faults
    wechat: WechatGateway
    alipay: AlipayGateway
    printer: LabPrinter
    scanner: LabScanner
    cable: Cable
    reader: LlrpServer
    """The gate's RFID reader, and the field it reads."""
    pad: LlrpServer
    """The reader under the console's pad, and the field it reads."""
    board: RelayBoard
    """The exit door's relay board, and the wiring behind it."""
    scanner_line: str
    """The scanner's second voice: a serial line, for a shop of one's own (`scanner+serial://` and this path)."""
    shop_port: int
    """Where the shop process listens."""
    config: Path
    process: asyncio.subprocess.Process | None = None
    power: str = "off"
    """off, starting, on."""
    starts: int = 0
    phone: dict[Channel, Wallet] = field(default_factory=dict)
    """The bench visitor's wallets."""
    visitor: Visitor = field(init=False)
    """The bench visitor: bag, pad and the way out."""
    staff: dict[str, str] = field(default_factory=dict)
    """Tokens of the demo's staff by name, for the bench's links to the console."""
    listeners: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.visitor = Visitor(self.reader, self.pad, self.board, self.changed)
        self.board.on_write = self.changed

    def changed(self) -> None:
        """Something a visitor can see is different."""
        for listener in self.listeners:
            listener()

    # ------------------------------------------------------------ power

    async def start_shop(self) -> None:
        """Switch the box on and wait until booths can scan. Raises RuntimeError when it does not come up."""
        self.power = "starting"
        self.starts += 1
        self.changed()
        log = (self.folder / "shop.log").open("ab")
        command = (sys.executable, "-m", "paybooth", "run", "--config", str(self.config))
        self.process = await asyncio.create_subprocess_exec(
            *command, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
        )
        log.close()
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            if self.process.returncode is not None:
                break
            if await self._is_ready():
                self.power = "on"
                self.changed()
                return
            await asyncio.sleep(0.05)
        self.power = "off"
        self.changed()
        tail = (self.folder / "shop.log").read_text("utf-8", "replace")[-2000:]
        raise RuntimeError(f"the shop did not start:\n{tail}")

    async def _is_ready(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.shop_port)
        except OSError:
            return False
        try:
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        except OSError:
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def cut_power(self) -> None:
        """SIGKILL: nothing in the box gets a last word."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self.power = "off"
        self.changed()

    async def stop_shop(self) -> None:
        """A clean stop."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(10):
                    await self.process.wait()
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        self.power = "off"

    # ------------------------------------------------------------ shoppers

    def pay_presented(self, channel: Channel, url: str, wallet: Wallet) -> bool:
        """A phone scans the QR on the booth's screen and agrees."""
        bank = self.banks[channel]
        if not bank.pay_presented(url, wallet, now_ms()):
            return False
        order = next(o for o in bank.orders.values() if o.url == url)
        (self.wechat if channel is Channel.WECHAT else self.alipay).notify(order)
        self.changed()
        return True

    def answer_prompt(self, wallet: Wallet, *, agree: bool) -> bool:
        """The shopper types the password, or closes the box."""
        done = self.banks[wallet.channel].answer_prompt(wallet, agree=agree, now_ms=now_ms())
        self.changed()
        return done


@asynccontextmanager
async def open_world(
    folder: Path, *, seed: int, origin: str, waits: str = "", bills_at_once: bool = False
) -> AsyncIterator[World]:
    """Everything listening on loopback, the shop's configuration and catalogue written, the shop still off.

    `origin` is where browsers reach the shop; `waits` are lines for the configuration's [waits]. With `bills_at_once`
    the wallets hand out the running day's bill too.
    """
    chance = random.Random(seed)
    merchant = load_or_make(folder / "keys")
    faults = Faults()
    banks = {channel: Bank(channel, chance) for channel in Channel}
    wechat = WechatGateway(banks[Channel.WECHAT], faults, merchant, now_ms, bills_at_once=bills_at_once)
    alipay = AlipayGateway(banks[Channel.ALIPAY], faults, merchant, now_ms, bills_at_once=bills_at_once)
    ui = Path(__file__).parent.parent / "_ui" / "fonts"
    fonts = (ui / "receipt-400.woff", ui / "receipt-700.woff")
    async with AsyncExitStack() as stack:
        gateway_port = await stack.enter_async_context(serve(_Both(wechat, alipay)))
        cable = Cable(gateway_port)
        cable_port = await stack.enter_async_context(cable.serve())
        scanner = LabScanner()
        scanner_port = await stack.enter_async_context(scanner.serve())
        scanner_line = stack.enter_context(scanner.serial())
        reader = LlrpServer(Field(random.Random(f"{seed}/radio"), read_rate=0.99))
        reader.field.carriers.append(radio.shelf((REFERENCE,), metres=0.0, beside_m=0.3))
        reader_port = await stack.enter_async_context(reader.serve())
        pad = LlrpServer(Field(random.Random(f"{seed}/pad"), read_rate=0.99, antennas=radio.PAD), {1: Zone.PAD})
        pad_port = await stack.enter_async_context(pad.serve())
        board = RelayBoard(DoorSite(timer_s=5))
        board_port = await stack.enter_async_context(board.serve())
        holder: list[World] = []
        printer = LabPrinter(lambda: Interpreter(fonts), lambda: holder[0].changed() if holder else None)
        printer_port = await stack.enter_async_context(printer.serve())
        shop_port = _free_port()
        config = folder / "shop.toml"
        ports = _Ports(shop_port, cable_port, scanner_port, printer_port, reader_port, pad_port, board_port)
        config.write_text(
            configuration(ports, merchant.public_key_id, serial_hex(merchant.certificate), origin, waits), "utf-8"
        )
        (folder / "goods.csv").write_text(shelf.csv(), "utf-8")
        devices = (printer, scanner, cable, reader, pad, board, scanner_line)
        world = World(folder, banks, faults, wechat, alipay, *devices, shop_port, config)
        world.phone = {channel: bank.wallet("visitor") for channel, bank in banks.items()}
        holder.append(world)
        stack.push_async_callback(wechat.aclose)
        stack.push_async_callback(alipay.aclose)
        stack.push_async_callback(world.stop_shop)
        stack.push_async_callback(world.visitor.aclose)
        yield world


class _Both:
    """Both wallets behind one address, told apart by path."""

    def __init__(self, wechat: WechatGateway, alipay: AlipayGateway) -> None:
        self._wechat, self._alipay = wechat.app, alipay.app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._alipay if scope["path"] in ("/gateway.do", BILL_PATH) else self._wechat
        await app(scope, receive, send)


@dataclass(frozen=True, slots=True)
class _Ports:
    shop: int
    wallets: int
    scanner: int
    printer: int
    reader: int
    pad: int
    board: int


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def configuration(ports: _Ports, public_key_id: str, serial: str, origin: str, waits: str) -> str:
    """The demo shop's TOML: an ordinary one, whose addresses happen to be on this machine."""
    layouts = ", ".join(f'"{layout}"' for layout in shelf.LAYOUTS)
    return f"""# The demo shop. A real shop's file has the same keys and other addresses.
data = "data"

[web]
port = {ports.shop}
origins = ["{origin}"]

[shop]
code = "LANE01"
name_zh = "巷口小店"
name_en = "Corner Lane"
address = "星河路 18 号"
public_url = "{origin}"
label_layouts = [{layouts}]

[waits]
{waits}
[[booth]]
id = "1"
scanners = ["scanner+tcp://127.0.0.1:{ports.scanner}"]
printer = "escpos+tcp://127.0.0.1:{ports.printer}?columns=48"
pad = "llrp://127.0.0.1:{ports.pad}?pad=1"

[[gate]]
id = "exit"
readers = ["llrp://127.0.0.1:{ports.reader}?inner=1&outer=2&reference={REFERENCE.hex()}&reference_s=6"]
board = "modbus+tcp://127.0.0.1:{ports.board}"
booth = "1"
button_s = 5
pulse_s = 4

[pay.wechat]
url = "http://127.0.0.1:{ports.wallets}"
fallback_url = ""
appid = "wx0000000000000lab"
mchid = "1900000109"
serial = "{serial}"
private_key = "keys/{FILES[0]}"
api_key = "keys/{FILES[5]}"
public_key = "keys/{FILES[3]}"
public_key_id = "{public_key_id}"
notify_url = "http://127.0.0.1:{ports.shop}/notify/wechat"

[pay.alipay]
url = "http://127.0.0.1:{ports.wallets}/gateway.do"
app_id = "2021000000000001"
pid = "2088000000000001"
private_key = "keys/{FILES[0]}"
public_key = "keys/{FILES[3]}"
notify_url = "http://127.0.0.1:{ports.shop}/notify/alipay"
{shelf.PRICE_RULES}"""
