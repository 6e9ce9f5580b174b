"""A shop's first configuration: what was answered, checked, and the commented file that says it. No questions here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .app import SystemClock
from .drivers import BUILT_IN, open_device

BOOTHS_MOST = 32
NAME_MOST = 40
_DEVICES = {"scanner": ("scanner",), "printer": ("escpos",), "reader": ("llrp",), "board": ("modbus", "gpio")}
_LIKE = {
    "scanner": "scanner+serial:///dev/serial/by-id/usb-scanner-if00 or scanner+tcp://192.168.1.40:4000",
    "printer": "escpos+tcp://192.168.1.50:9100",
    "reader": "llrp://192.168.1.60?inner=1,2&outer=3,4",
    "board": "modbus+tcp://192.168.1.61:502",
}


@dataclass(frozen=True, slots=True)
class Wallet:
    """One pay channel: its keys of the TOML table, in order. Empty: not joined yet."""

    name: str
    keys: tuple[tuple[str, str, str, str], ...]
    """(key, answer, what stands there while it is open, the comment behind it)."""

    @property
    def joined(self) -> bool:
        return all(answer for _, answer, _, _ in self.keys)


@dataclass(frozen=True, slots=True)
class Answers:
    code: str
    name_zh: str
    name_en: str
    booths: tuple[tuple[str, str], ...]
    """(scanner, printer) of each; empty for none."""
    reader: str
    board: str
    wallets: tuple[Wallet, ...]
    port: int
    data: str


# ---------------------------------------------------------------- checks: what is wrong with an answer, or nothing


def code_fault(text: str) -> str | None:
    return None if re.fullmatch(r"[A-Z0-9]{2,6}", text) else "a shop's code is 2 to 6 capital letters and digits"


def text_fault(text: str) -> str | None:
    """For names and numbers: one printable line."""
    fits = 1 <= len(text) <= NAME_MOST and text.isprintable() and text == text.strip()
    return None if fits else f"write 1 to {NAME_MOST} letters on one line"


def booths_fault(text: str) -> str | None:
    fits = text.isdecimal() and 1 <= int(text) <= BOOTHS_MOST
    return None if fits else f"a shop has 1 to {BOOTHS_MOST} booths; write a number"


def port_fault(text: str) -> str | None:
    fits = text.isdecimal() and 1024 <= int(text) <= 65535
    return None if fits else "a port is a number from 1024 to 65535"


def device_fault(kind: str, url: str) -> str | None:
    """Of a driver URL for a device of this kind; an empty one is none, and fine."""
    if not url:
        return None
    try:
        open_device(f"{kind}:1", url, SystemClock())
    except ValueError as error:
        return f"{error}; such as {_LIKE[kind]}"
    driver = url.partition(":")[0].partition("+")[0]
    if driver in BUILT_IN and driver not in _DEVICES[kind]:
        return f"{url} is no {kind}; such as {_LIKE[kind]}"
    return None


def file_fault(text: str, folder: Path) -> str | None:
    """Of a key's path, relative to the configuration's folder."""
    if text.startswith("env:") and len(text) > 4:
        return None
    return None if (folder / text).is_file() else f"there is no file {folder / text}; leave it empty to do it later"


# ---------------------------------------------------------------- the file


def toml(answers: Answers) -> str:
    """shop.toml with its comments."""
    return "\n".join(_lines(answers)) + "\n"


def _text(value: str) -> str:
    """As a TOML string."""
    return json.dumps(value, ensure_ascii=False)


def _said(key: str, value: str, why: str = "") -> str:
    line = f"{key} = {value}"
    return f"{line:<37} # {why}" if why else line


def _lines(answers: Answers) -> Iterator[str]:
    yield "# A shop's configuration. `paybooth check-config --config shop.toml` names the line of every mistake."
    yield _said("data", _text(answers.data), "ledger, staff and the shop's own key; `paybooth backup` saves it")
    yield from ("", "[web]")
    yield _said("port", str(answers.port), "loopback; put a TLS reverse proxy before it for phones")
    yield '# origins = ["https://shop.example"]  # where browsers reach it through that proxy'
    yield from ("", "[shop]")
    yield _said("code", _text(answers.code), "begins every order number; never change it while orders are open")
    yield _said("name_zh", _text(answers.name_zh))
    yield _said("name_en", _text(answers.name_en))
    yield '# address = "…"                       # on the receipt'
    yield '# public_url = "https://shop.example" # digital receipts; printed as QR'
    yield "# refund_alone_fen = 5000             # what one person may give back of a sale; above, a second agrees"
    yield '# label_layouts = ["22WWWWWEEEEEC"]   # your label scale: digits prefix, W item, E fen, N grams, C check'
    for number, (scanner, printer) in enumerate(answers.booths, 1):
        yield from _booth(number, scanner, printer)
    yield from _gate(answers)
    for wallet in answers.wallets:
        yield from _wallet(wallet)
    yield from _REST.splitlines()


def _booth(number: int, scanner: str, printer: str) -> Iterator[str]:
    yield from ("", "[[booth]]", _said("id", _text(str(number)), f"its page: /kiosk/?booth={number}"))
    if scanner:
        yield f"scanners = [{_text(scanner)}]"
        yield _said("wedge", "false", "true: a scanner in keyboard mode types into the kiosk page")
    else:
        yield f'# scanners = ["{_LIKE["scanner"].split()[0]}"]'
        yield _said("wedge", "true", "a scanner in keyboard mode types into the kiosk page; serial mode is better")
    yield f"printer = {_text(printer)}" if printer else f'# printer = "{_LIKE["printer"]}?columns=48"'


def _gate(answers: Answers) -> Iterator[str]:
    given = bool(answers.reader or answers.board)
    off = "" if given else "# "
    yield from ("", f"{off}[[gate]]" if given else "# A gate names who leaves with what; without one, nothing rings.")
    if not given:
        yield "# [[gate]]"
    yield off + 'id = "exit"'
    for key, value, like in (
        ("readers", f"[{_text(answers.reader)}]" if answers.reader else "", f'["{_LIKE["reader"]}"]'),
        ("board", _text(answers.board) if answers.board else "", f'"{_LIKE["board"]}"'),
    ):
        yield f"{key} = {value}" if value else f"# {key} = {like}"
    yield off + 'mode = "members"                      # open, members, staff, delivery, cleaning, closing, closed'
    yield off + 'booth = "1"                           # takes the money for what is not paid yet'


def _wallet(wallet: Wallet) -> Iterator[str]:
    off = "" if wallet.joined else "# "
    yield ""
    if not wallet.joined:
        yield "# Not joined yet: fill these in and take the # away. Key files: put them in keys/, mode 600."
    yield f"{off}[pay.{wallet.name}]"
    for key, answer, like, why in wallet.keys:
        yield off + _said(key, _text(answer or like), why)
    yield f'# notify_url = "https://shop.example/notify/{wallet.name}"'
    yield "# fee_permyriad = 60                  # your contract's fee, 60 is 0.60 %; checked against the bills"


_REST = """
# [anchor]                            # the journal's head, kept outside: proves that nothing was cut or rewritten
# file = "/mnt/office/anchors.jsonl"  # best on another machine's disk

# [[notify]]                          # who is told when nobody took an incident; `paybooth tell` tries it
# name = "duty"
# url = "wecom+https://qyapi.weixin.qq.com/cgi-bin/webhook/send"
# secret = "keys/wecom.txt"           # or env:NAME
# after_s = 30

# More: price rules, pads, waits and the rest, each with an example, are in docs/operate/shop.toml."""
