"""One TOML file to frozen settings. Every error names the line and the key, and says what would be right.

Secrets are never in the file: it names files (or environment variables, `env:NAME`) that hold them.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from .domain import exit_facts, staff_facts
from .domain.barcode import LabelLayout, layout_fault
from .domain.door import WITHHELD_MOST_S
from .domain.entry import parse_hours
from .domain.facts import KINDS
from .domain.money import parse_yuan
from .domain.passage import Rule as GateRule
from .domain.pricing import Rule, Window, rule_fault
from .drivers.alipay import AlipaySettings
from .drivers.anchor import AnchorSettings
from .drivers.wechat import WechatSettings
from .ports import Secret
from .shop.settings import BoothSettings, GateSettings, HookSettings, RungSettings, ShopSettings, Waits

assert exit_facts and staff_facts, "their kinds are registered"


class ConfigError(Exception):
    """What is wrong, at which line and key, and what would be right."""


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the box listens. `origins`: further origins a browser may come from (a reverse proxy)."""

    host: str = "127.0.0.1"
    port: int = 8080
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotifySettings(RungSettings):
    """A rung and how to reach it. `secret`: file or `env:NAME` of the robot's key, the webhook's, the password."""

    url: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class WebhookSettings(HookSettings):
    """A hook and how to reach it. `secret`: file or `env:NAME` of what its deliveries are signed with."""

    url: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    data: Path
    web: WebSettings
    shop: ShopSettings
    devices: Mapping[str, str] = field(default_factory=dict)
    """Device name → driver URL, such as `scanner:1:0` → `scanner+tcp://192.168.1.40:4000`."""
    wechat: WechatSettings | None = None
    alipay: AlipaySettings | None = None
    rules: tuple[Rule, ...] = ()
    anchor: AnchorSettings = field(default_factory=AnchorSettings)
    notify: tuple[NotifySettings, ...] = ()
    webhooks: tuple[WebhookSettings, ...] = ()


def read_secret(where: str, folder: Path) -> Secret:
    """A secret from a file (relative to the config's folder) or, as `env:NAME`, from the environment."""
    if where.startswith("env:"):
        value = os.environ.get(where[4:])
        if not value:
            raise ConfigError(f"the environment variable {where[4:]} is empty or not set")
        return Secret(value)
    try:
        return Secret((folder / where).read_text("utf-8").strip())
    except OSError as error:
        raise ConfigError(f"cannot read the secret file {where}: {error.strerror}") from error


class _Source:
    """The file's text, to find the line of a key; and its folder, for relative paths."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._lines = text.splitlines()

    def line(self, section: str, key: str | None, index: int = 0) -> int:
        """1-based line of `key` in `[section]` (the index-th where it is an array), or of the section itself."""
        inside, seen, at = section == "", -1, 1
        for number, raw in enumerate(self._lines, 1):
            header = re.fullmatch(r"\s*\[\[?\s*([\w.-]+)\s*\]\]?\s*(#.*)?", raw)
            if header:
                inside = header[1] == section
                seen += inside
                at = number if inside and seen == index else at
            elif (
                inside and (section == "" or seen == index) and key and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", raw)
            ):
                return number
        return at

    def fault(self, section: str, key: str | None, what: str, index: int = 0) -> ConfigError:
        name = f"[{section}] {key}" if key and section else f"[{section}]" if section else str(key)
        return ConfigError(f"{self.path.name} line {self.line(section, key, index)}: {name}: {what}")


def load(path: Path) -> Config:
    """Read and check a configuration file. Raises ConfigError."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8 text (byte {error.start})") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: not valid TOML: {error}") from error
    source = _Source(path, text)
    known = {"data", "web", "shop", "waits", "booth", "gate", "pay", "rule", "anchor", "notify", "webhook"}
    for key in table:
        if key not in known:
            raise source.fault("" if not isinstance(table[key], dict | list) else key, key, _unknown(key, known))
    devices: dict[str, str] = {}
    notify = _notify(table, source)
    webhooks = _webhooks(table, source)
    shop = dataclasses.replace(_shop(table, source, devices, notify), webhooks=webhooks)
    web = _build(WebSettings, _table(table, "web", source), "web", source)
    if web.host not in ("127.0.0.1", "::1", "localhost"):
        why = "listens on loopback only; put a TLS reverse proxy before it and name its origin in `origins`"
        raise source.fault("web", "host", why)
    pay = _table(table, "pay", source)
    for key in pay:
        if key not in ("wechat", "alipay"):
            raise source.fault(f"pay.{key}", None, _unknown(key, {"wechat", "alipay"}))
    folder = path.resolve().parent
    return Config(
        data=folder / str(table.get("data", "data")),
        web=web,
        shop=shop,
        devices=devices,
        wechat=_channel(WechatSettings, pay, "wechat", source, folder),
        alipay=_channel(AlipaySettings, pay, "alipay", source, folder),
        rules=_rules(table, source),
        anchor=_anchor(table, source, folder),
        notify=notify,
        webhooks=webhooks,
    )


def _unknown(key: str, known: set[str]) -> str:
    return f"unknown key {key!r} (known: {', '.join(sorted(known))})"


def _table(table: dict[str, Any], name: str, source: _Source) -> dict[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise source.fault("", name, f"must be a table: write [{name}]")
    return found


def _tables(table: dict[str, Any], name: str, source: _Source) -> list[dict[str, Any]]:
    found = table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(x, dict) for x in found):
        raise source.fault(name, None, f"must be a list of tables: write [[{name}]]")
    return found


def _notify(table: dict[str, Any], source: _Source) -> tuple[NotifySettings, ...]:
    found = []
    for index, each in enumerate(_tables(table, "notify", source)):
        target: NotifySettings = _build(NotifySettings, each, "notify", source, index)
        if not re.fullmatch(r"[a-z0-9-]{1,24}", target.name):
            raise source.fault("notify", "name", f"{target.name!r} must be small letters, digits and dashes", index)
        if not target.url:
            raise source.fault(
                "notify", "url", "is missing: wecom+https://…, dingtalk+https://…, webhook+https://…", index
            )
        found.append(target)
    if len({target.name for target in found}) != len(found):
        raise source.fault("notify", "name", "two targets have the same name", len(found) - 1)
    return tuple(found)


def _webhooks(table: dict[str, Any], source: _Source) -> tuple[WebhookSettings, ...]:
    found: list[WebhookSettings] = []
    for index, each in enumerate(_tables(table, "webhook", source)):
        hook: WebhookSettings = _build(WebhookSettings, each, "webhook", source, index)
        if not re.fullmatch(r"[a-z0-9-]{1,24}", hook.name):
            raise source.fault("webhook", "name", f"{hook.name!r} must be small letters, digits and dashes", index)
        if hook.name in {other.name for other in found}:
            raise source.fault("webhook", "name", "two webhooks have the same name", index)
        for key in ("url", "secret"):
            if not getattr(hook, key):
                raise source.fault("webhook", key, "is missing", index)
        if hook.after < 0:
            raise source.fault("webhook", "after", "must be a journal number, 0 or more", index)
        for kind in hook.kinds:
            if kind not in KINDS:
                raise source.fault("webhook", "kinds", f"there is no fact {kind!r} (known: such as sale.paid)", index)
        found.append(hook)
    return tuple(found)


def _shop(
    table: dict[str, Any], source: _Source, devices: dict[str, str], notify: tuple[NotifySettings, ...]
) -> ShopSettings:
    given = dict(_table(table, "shop", source))
    layouts = given.pop("label_layouts", [])
    if not isinstance(layouts, list):
        raise source.fault("shop", "label_layouts", "must be a list of patterns such as '22WWWWWEEEEEC'")
    for pattern in layouts:
        fault = layout_fault(str(pattern))
        if fault:
            raise source.fault("shop", "label_layouts", f"{pattern!r}: {fault}")
    booths = []
    for index, each in enumerate(_tables(table, "booth", source)):
        booths.append(_booth(each, source, index, devices))
    if not booths:
        raise source.fault("booth", None, "a shop needs at least one [[booth]]")
    if len({booth.id for booth in booths}) != len(booths):
        raise source.fault("booth", "id", "two booths have the same id", len(booths) - 1)
    gates = [_gate(each, source, index, devices) for index, each in enumerate(_tables(table, "gate", source))]
    if len({gate.id for gate in gates}) != len(gates):
        raise source.fault("gate", "id", "two gates have the same id", len(gates) - 1)
    for index, gate in enumerate(gates):
        if gate.booth and gate.booth not in {booth.id for booth in booths}:
            raise source.fault("gate", "booth", f"there is no booth {gate.booth!r}", index)
    waits = _build(Waits, _table(table, "waits", source), "waits", source)
    extra = {
        "booths": tuple(booths),
        "gates": tuple(gates),
        "rungs": notify,
        "label_layouts": tuple(LabelLayout(str(p)) for p in layouts),
        "waits": waits,
    }
    shop: ShopSettings = _build(ShopSettings, given, "shop", source, extra=extra)
    if not re.fullmatch(r"[A-Z0-9]{2,6}", shop.code):
        raise source.fault("shop", "code", f"{shop.code!r} must be 2 to 6 capital letters and digits")
    return shop


def _booth(given: dict[str, Any], source: _Source, index: int, devices: dict[str, str]) -> BoothSettings:
    given = dict(given)
    scanners, printer = given.pop("scanners", []), given.pop("printer", "")
    if not isinstance(scanners, list) or not all(isinstance(x, str) for x in scanners):
        raise source.fault("booth", "scanners", "must be a list of driver URLs", index)
    if not isinstance(printer, str):
        raise source.fault("booth", "printer", "must be a driver URL", index)
    booth_id = str(given.get("id", ""))
    if not re.fullmatch(r"[A-Za-z0-9]{1,8}", booth_id):
        raise source.fault("booth", "id", f"{booth_id!r} must be 1 to 8 letters and digits", index)
    names = tuple(f"scanner:{booth_id}:{n}" for n in range(len(scanners)))
    devices.update(zip(names, scanners, strict=True))
    if printer:
        devices[f"printer:{booth_id}"] = printer
    pad = given.pop("pad", "")
    if not isinstance(pad, str) or (pad and "pad=" not in pad):
        raise source.fault("booth", "pad", "must be the URL of a reader that names its antennas: '…?pad=1'", index)
    if pad:
        devices[f"pad:{booth_id}"] = pad
    extra = {
        "scanners": names,
        "printer": f"printer:{booth_id}" if printer else "",
        "pad": f"pad:{booth_id}" * bool(pad),
    }
    booth: BoothSettings = _build(BoothSettings, given, "booth", source, index, extra=extra)
    return booth


def _gate(given: dict[str, Any], source: _Source, index: int, devices: dict[str, str]) -> GateSettings:
    given = dict(given)
    gate_id = str(given.get("id", ""))
    if not re.fullmatch(r"[A-Za-z0-9]{1,8}", gate_id):
        raise source.fault("gate", "id", f"{gate_id!r} must be 1 to 8 letters and digits", index)
    extra: dict[str, Any] = {"rule": _build(GateRule, given.pop("rule", {}), "gate", source, index)}
    for key, kind in (("readers", "reader"), ("scanners", "scanner"), ("entry", "entry")):
        urls = given.pop(key, [])
        if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
            raise source.fault("gate", key, "must be a list of driver URLs", index)
        if any("pad=" in url for url in urls):
            raise source.fault("gate", key, "a pad belongs to a [[booth]]: pad = '…?pad=1'", index)
        extra[key] = tuple(f"{kind}:{gate_id}:{n}" for n in range(len(urls)))
        devices.update(zip(extra[key], urls, strict=True))
    board = given.pop("board", "")
    if not isinstance(board, str):
        raise source.fault("gate", "board", "must be a driver URL", index)
    if board:
        devices[f"board:{gate_id}"] = board
    extra["board"] = f"board:{gate_id}" if board else ""
    gate: GateSettings = _build(GateSettings, given, "gate", source, index, extra=extra)
    try:
        parse_hours(gate.hours)
    except ValueError as error:
        raise source.fault("gate", "hours", str(error), index) from error
    if gate.withhold_s > WITHHELD_MOST_S:
        raise source.fault("gate", "withhold_s", f"at most {WITHHELD_MOST_S:.0f} seconds, by law", index)
    return gate


def _channel(kind: type[Any], pay: dict[str, Any], name: str, source: _Source, folder: Path) -> Any:
    if name not in pay:
        return None
    given = pay[name]
    if not isinstance(given, dict):
        raise source.fault("pay", name, f"must be a table: write [pay.{name}]")
    made = _build(kind, given, f"pay.{name}", source)
    moved = {
        f.name: value if str(value).startswith("env:") else folder / value
        for f in dataclasses.fields(made)
        if isinstance(value := getattr(made, f.name), Path) and value != Path()
    }
    return dataclasses.replace(made, **moved)


def _anchor(table: dict[str, Any], source: _Source, folder: Path) -> AnchorSettings:
    found: AnchorSettings = _build(AnchorSettings, _table(table, "anchor", source), "anchor", source)
    return dataclasses.replace(found, file=folder / found.file) if found.file != Path() else found


def _rules(table: dict[str, Any], source: _Source) -> tuple[Rule, ...]:
    rules = []
    for index, each in enumerate(_tables(table, "rule", source)):
        given = dict(each)
        window = _build(Window, given.pop("window", {}), "rule", source, index)
        extra: dict[str, Any] = {"window": window, "skus": frozenset(map(str, given.pop("skus", [])))}
        if "price" in given:
            price = parse_yuan(str(given.pop("price")))
            if price is None:
                raise source.fault("rule", "price", "must be an amount in yuan, in quotes: price = '9.90'", index)
            extra["price"] = price
        rule = _build(Rule, given, "rule", source, index, extra=extra)
        fault = rule_fault(rule)
        if fault:
            raise source.fault("rule", None, fault, index)
        rules.append(rule)
    if len({rule.id for rule in rules}) != len(rules):
        raise source.fault("rule", "id", "two rules have the same id", len(rules) - 1)
    return tuple(rules)


def _build(
    kind: type[Any],
    given: Any,
    section: str,
    source: _Source,
    index: int = 0,
    *,
    extra: Mapping[str, Any] | None = None,
) -> Any:
    """A settings dataclass from a table, each field checked against its annotation."""
    if not isinstance(given, dict):
        raise source.fault(section, None, "must be a table", index)
    hints = get_type_hints(kind)
    extra = dict(extra or {})
    wanted = {f.name: f for f in dataclasses.fields(kind) if f.name not in extra}
    for key in given:
        if key not in wanted:
            raise source.fault(section, key, _unknown(key, set(wanted)), index)
    for name, each in wanted.items():
        needed = each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
        if needed and name not in given:
            raise source.fault(section, None, f"{name} is missing", index)
    values = {}
    for name, value in given.items():
        fits, converted = _convert(value, hints[name])
        if not fits:
            raise source.fault(section, name, f"{value!r} is not {_describe(hints[name])}", index)
        values[name] = converted
    return kind(**values, **extra)


def _convert(value: Any, hint: Any) -> tuple[bool, Any]:
    """(fits, value as the annotated type)."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        for option in get_args(hint):
            if option is not NoneType:
                return _convert(value, option)
    if origin is Literal:
        return value in get_args(hint), value
    if origin is tuple:
        item = get_args(hint)[0]
        if not isinstance(value, list):
            return False, value
        converted = [_convert(x, item) for x in value]
        return all(fits for fits, _ in converted), tuple(x for _, x in converted)
    if hint is Path:
        return isinstance(value, str), Path(value) if isinstance(value, str) else value
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0, value
    if hint is bool:
        return isinstance(value, bool), value
    if hint in (int, str):
        return isinstance(value, hint) and not isinstance(value, bool), value
    return False, value


def _describe(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(repr(x) for x in get_args(hint))
    words = {str: "a text in quotes", int: "a whole number", float: "a number, 0 or more", bool: "true or false"}
    return words.get(hint, "of the right type" if get_origin(hint) is not tuple else "a list")
