"""The roof: the only module that knows configuration, drivers, ledger, shop and web together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import structlog
import uvicorn

from . import __version__
from .config import Config, ConfigError, read_secret
from .domain import facts as f
from .domain.document import plain
from .domain.payment import Channel
from .drivers import open_device
from .drivers.alipay import open_alipay
from .drivers.anchor import open_keepers
from .drivers.notify import open_notifier
from .drivers.webhook import PostHook
from .drivers.wechat import open_wechat
from .heartbeat import beating
from .house_file import house
from .ledger import catalogue as shelves
from .ledger import proof
from .ledger.bills import BillFolder
from .ledger.books import Books
from .ledger.last_backup import last_backup
from .ledger.ledger import Ledger, connect
from .ledger.marks import MarkFolder
from .ledger.migrate import NewerSchemaError
from .ledger.pictures import PictureFolder
from .ledger.vault import Vault
from .ports import AnchorKeeper, Chance, Clock, Device, LedgerFault, Notifier, PayChannel, Secret
from .ports_machines import Hook
from .shop.accounts import Accounts
from .shop.catalogue import Catalogue
from .shop.receipts import Receipts
from .shop.shop import Shop
from .shop.words import Words
from .web import server
from .web.accounts import link_path
from .web.metrics import COMMIT

log = structlog.get_logger()


class StartError(Exception):
    """The shop cannot start; the text says what to do."""


class SystemClock:
    """ports.Clock on the machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemChance:
    """ports.Chance on the operating system's."""

    def token(self, bytes_: int) -> str:
        return secrets.token_hex(bytes_)

    def uniform(self, low: float, high: float) -> float:
        return secrets.SystemRandom().uniform(low, high)


def shop_key(data: Path) -> Secret:
    """The shop's own key for keyed hashes and receipt addresses; made once, readable by the service alone."""
    path = data / "shop.key"
    if not path.exists():
        partial = path.with_suffix(".new")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.write(handle, secrets.token_hex(32).encode())
        os.fsync(handle)
        os.close(handle)
        partial.rename(path)
    return Secret(path.read_text("utf-8").strip())


def open_ledger(data: Path, *, threaded: bool = True) -> Ledger:
    """The ledger of a data folder. Raises StartError with what to do."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        return Ledger(data / "ledger.db", threaded=threaded)
    except OSError as error:
        raise StartError(f"cannot write to the data folder {data}: {error.strerror}. Check that it exists") from error
    except NewerSchemaError as error:
        raise StartError(str(error)) from error
    except LedgerFault as fault:
        hints = {
            "full": "the disk is full; free some space",
            "readonly": "the ledger cannot be written; check owner and mount of the data folder",
            "busy": "is Paybooth running already? Stop it first",
        }
        hint = hints.get(fault.reason, "run `paybooth fsck` and restore a backup if it finds damage")
        raise StartError(f"cannot open the ledger: {fault}: {hint}") from fault


def open_channels(config: Config, folder: Path, clock: Clock, chance: Chance) -> dict[Channel, PayChannel]:
    """The configured pay channels. Raises ConfigError where a key does not load."""
    channels: dict[Channel, PayChannel] = {}
    try:
        if config.wechat is not None:
            api_key = read_secret(str(config.wechat.api_key), folder)
            channels[Channel.WECHAT] = open_wechat(config.wechat, api_key, clock=clock, chance=chance)
        if config.alipay is not None:
            channels[Channel.ALIPAY] = open_alipay(config.alipay, clock=clock)
    except (OSError, ValueError, TypeError) as error:
        name = "alipay" if Channel.WECHAT in channels or config.wechat is None else "wechat"
        raise ConfigError(f"[pay.{name}]: {error}") from error
    return channels


def open_devices(config: Config, clock: Clock) -> dict[str, Device]:
    """Every configured device, not yet running. Raises ConfigError naming it."""
    devices = {}
    for name, url in config.devices.items():
        try:
            devices[name] = open_device(name, url, clock)
        except ValueError as error:
            raise ConfigError(f"{name}: {error}") from error
    return devices


def open_anchors(config: Config) -> tuple[AnchorKeeper, ...]:
    """Where the journal's head is kept outside the box. Raises ConfigError."""
    try:
        return open_keepers(config.anchor)
    except ValueError as error:
        raise ConfigError(f"[anchor]: {error}") from error


def open_notifiers(config: Config, folder: Path, clock: Clock) -> dict[str, Notifier]:
    """Who is told when nobody at a console looks. Raises ConfigError naming the target."""
    notifiers = {}
    for target in config.notify:
        secret = read_secret(target.secret, folder) if target.secret else Secret("")
        try:
            notifiers[target.name] = open_notifier(target.name, target.url, secret, clock)
        except ValueError as error:
            raise ConfigError(f"[[notify]] {target.name}: {error}") from error
    return notifiers


def open_hooks(config: Config, folder: Path, clock: Clock) -> dict[str, Hook]:
    """Programs that are told facts. Raises ConfigError naming the webhook."""
    hooks: dict[str, Hook] = {}
    for each in config.webhooks:
        secret = read_secret(each.secret, folder)
        try:
            hooks[each.name] = PostHook(each.name, each.url, secret, clock)
        except ValueError as error:
            raise ConfigError(f"[[webhook]] {each.name}: {error}") from error
    return hooks


@dataclass(frozen=True, slots=True)
class Outside:
    """What the shop is joined to besides its ledger: time, chance, wallets and devices."""

    clock: Clock
    chance: Chance
    channels: Mapping[Channel, PayChannel]
    devices: Mapping[str, Device]
    keepers: tuple[AnchorKeeper, ...] = ()
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)


def real_outside(config: Config, folder: Path) -> Outside:
    """The machine's clocks and chance, and every configured driver. Raises ConfigError."""
    clock, chance = SystemClock(), SystemChance()
    channels = open_channels(config, folder, clock, chance)
    devices, keepers = open_devices(config, clock), open_anchors(config)
    notifiers, hooks = open_notifiers(config, folder, clock), open_hooks(config, folder, clock)
    return Outside(clock, chance, channels, devices, keepers, notifiers, hooks)


def build(config: Config, ledger: Ledger, outside: Outside) -> Shop:
    """The shop of a configuration, not yet open."""
    ledger.on_commit = COMMIT.observe
    return Shop(
        config.shop,
        ledger=ledger,
        catalogue=Catalogue(shelves.load(ledger.reader), config.rules),
        channels=outside.channels,
        devices=outside.devices,
        clock=outside.clock,
        chance=outside.chance,
        key=shop_key(config.data),
        version=__version__,
        bills=BillFolder(config.data / "bills"),
        keepers=outside.keepers,
        notifiers=outside.notifiers,
        hooks=outside.hooks,
        marks=MarkFolder(config.data / "webhooks"),
        house=house(config),
        pictures=PictureFolder(config.data / "pictures"),
        last_backup=partial(last_backup, config.data),
    )


def open_vault(data: Path) -> Vault:
    """What staff prove themselves with. Raises StartError."""
    try:
        return Vault(data / "staff.db")
    except (LedgerFault, OSError) as error:
        raise StartError(
            f"cannot open {data / 'staff.db'}: {error}; check owner and space of the data folder"
        ) from error


@contextlib.contextmanager
def beside(data: Path) -> Iterator[apsw.Connection]:
    """One view of the ledger, read beside a running shop. Raises StartError where there is none."""
    path = data / "ledger.db"
    if not path.exists():
        raise StartError(f"there is no ledger at {path}")
    db = connect(path, read_only=True)
    try:
        db.execute("BEGIN")
        yield db
    finally:
        db.close()


def prove_sale(config: Config, word: str, *, whole: bool) -> dict[str, Any]:
    """The proof of one sale, read beside a running shop. Raises StartError where there is no such sale or ledger."""
    with beside(config.data) as db:
        sale_id = proof.find_sale(db, word)
        if sale_id is None:
            raise StartError(f"no sale, receipt, order or transaction {word!r} in this ledger")
        books = Books(db)
        sale = books.sale(sale_id)
        assert sale is not None
        text = None
        if sale.receipt is not None:
            key = shop_key(config.data)
            reader: Any = books  # reading a receipt needs the ledger's reads alone
            paper = Receipts(reader, SystemClock(), config.shop, key, {}, Words("receipt"))
            text = plain(paper.document(sale))
        return {"shop": config.shop.code, **proof.sale_proof(db, sale_id, text, whole=whole)}


def listen(host: str, port: int) -> socket.socket:
    """The web socket. Raises StartError when the port is taken."""
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        hint = "choose another [web] port, or stop what uses it"
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}; {hint}") from error
    return sock


class _Web(uvicorn.Server):
    """uvicorn without signal handlers: `run` below decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(
    shop: Shop, accounts: Accounts, sock: socket.socket, origins: tuple[str, ...] = ()
) -> AsyncIterator[None]:
    """Shop and web together; the web answers at once, /healthz turns green when booths can scan."""
    config = uvicorn.Config(
        server.build(shop, accounts, origins=origins),
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
        ws_max_size=16 * 1024,
        ws_per_message_deflate=False,  # loopback: compressing costs more than it saves
        limit_concurrency=512,
    )
    web = _Web(config)
    floor = asyncio.create_task(shop.run(), name="shop")
    pages = asyncio.create_task(web.serve(sockets=[sock]), name="web")
    try:
        ready = asyncio.create_task(shop.ready.wait())
        await asyncio.wait((floor, ready), return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if floor.done():
            floor.result()
        yield
    finally:
        shop.closing.set()
        web.should_exit = True
        await pages
        floor.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await floor
        await shop.aclose()


async def run(config: Config, folder: Path) -> None:
    """Open the shop and serve until SIGTERM or SIGINT. Raises StartError or ConfigError before anything opened."""
    sock = listen(config.web.host, config.web.port)
    with open_ledger(config.data) as ledger, contextlib.closing(open_vault(config.data)) as vault:
        shop = build(config, ledger, real_outside(config, folder))
        gc.collect()
        gc.freeze()  # the catalogue stays; walking a million products again and again would pause the booths
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        accounts = Accounts(ledger, vault, shop.clock, SystemChance(), shop.key)
        async with serving(shop, accounts, sock, config.web.origins), beating(ledger.answers):
            host, port = sock.getsockname()[:2]
            log.info("serving", url=f"http://{host}:{port}/")
            first = await accounts.first_link()
            if first is not None:  # to whoever started the box, never into a log
                print(f"Nobody owns this shop yet. Open once, within a day:\n  http://{host}:{port}{link_path(first)}")
            waiting = asyncio.create_task(stop.wait())
            floor = next(t for t in asyncio.all_tasks() if t.get_name() == "shop")
            await asyncio.wait((waiting, floor), return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if floor.done():
                floor.result()
        await ledger.commit(f.ShopStopped("asked to"), at_ms=shop.clock.now_ms())
        await shop.anchors.stop()
