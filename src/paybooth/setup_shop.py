"""`paybooth init`: from a few answers to a folder in which a shop can start.

It asks on a terminal; every answer is a flag too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from . import box_files
from .config import ConfigError, load
from .first_config import (
    Answers,
    Wallet,
    booths_fault,
    code_fault,
    device_fault,
    file_fault,
    port_fault,
    text_fault,
    toml,
)
from .terminal import fail

CONFIG = "shop.toml"
Check = Callable[[str], str | None]


def _flag(text: str) -> Parameter:
    return Parameter(help=text)


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Given:
    """The answers that came as flags."""

    code: Annotated[str | None, _flag("The shop's code: 2 to 6 capital letters and digits.")] = None
    name_zh: Annotated[str | None, _flag("Its name in Chinese.")] = None
    name_en: Annotated[str | None, _flag("Its name in English.")] = None
    booths: Annotated[str | None, _flag("How many booths.")] = None
    scanner: Annotated[tuple[str, ...], _flag("A booth's scanner; once for each booth, in order; '' for none.")] = ()
    printer: Annotated[tuple[str, ...], _flag("A booth's printer; once for each booth, in order; '' for none.")] = ()
    gate_reader: Annotated[str | None, _flag("The gate's tag reader; '' for no gate.")] = None
    gate_board: Annotated[str | None, _flag("The gate's relay board; '' for none.")] = None
    wechat_appid: Annotated[str | None, _flag("WeChat Pay: appid; '' to join it later.")] = None
    wechat_mchid: Annotated[str | None, _flag("WeChat Pay: merchant number.")] = None
    wechat_serial: Annotated[str | None, _flag("WeChat Pay: serial number of your API certificate.")] = None
    wechat_private_key: Annotated[str | None, _flag("WeChat Pay: file of your private key.")] = None
    wechat_api_key: Annotated[str | None, _flag("WeChat Pay: file of the APIv3 key, or env:NAME.")] = None
    alipay_app_id: Annotated[str | None, _flag("Alipay: app id; '' to join it later.")] = None
    alipay_private_key: Annotated[str | None, _flag("Alipay: file of your private key.")] = None
    alipay_public_key: Annotated[str | None, _flag("Alipay: file of Alipay's public key.")] = None
    port: Annotated[str | None, _flag("The port the box listens on, on loopback.")] = None


class Asker:
    """Gets each answer from its flag, else from whoever sits at the terminal, else its default."""

    def __init__(self, *, yes: bool) -> None:
        self._asks = not yes and sys.stdin.isatty()
        self._yes = yes

    def __call__(self, flag: str, given: str | None, question: str, default: str, check: Check) -> str:
        if given is not None:
            fault = check(given)
            if fault:
                fail(f"--{flag} {given!r}: {fault}")
            return given
        if self._yes:
            return default
        if not self._asks:
            fail(f"there is no terminal to ask on: say --{flag}, or --yes to take what is usual")
        while True:
            shown = f" [{default}]" if default else ""
            try:
                answer = input(f"{question}{shown}: ").strip() or default
            except (EOFError, KeyboardInterrupt):
                fail("stopped; nothing was written", 130)
            fault = check(answer)
            if fault is None:
                return answer
            print(f"  {fault}")


def _or_nothing(check: Check) -> Check:
    return lambda text: check(text) if text else None


def ask_all(given: Given, folder: Path, data: str, *, yes: bool) -> Answers:
    """Every question, in the order of somebody who walks through the shop."""
    ask = Asker(yes=yes)
    code = ask("code", given.code, "The shop's code, begins every order number", "SHOP01", code_fault)
    name_zh = ask("name-zh", given.name_zh, "Its name in Chinese", "我的小店", text_fault)
    name_en = ask("name-en", given.name_en, "Its name in English", "My shop", text_fault)
    count = int(ask("booths", given.booths, "How many booths", "1", booths_fault))
    for kind in _ASKED:
        if len(getattr(given, kind)) > count:
            fail(f"--{kind}: there are {len(getattr(given, kind))} of them for {count} booths")
    booths = []
    for n in range(count):
        said = {kind: dict(enumerate(getattr(given, kind))).get(n) for kind in _ASKED}
        scanner, printer = (
            ask(kind, said[kind], f"Booth {n + 1}: {words}", "", partial(device_fault, kind))
            for kind, words in _ASKED.items()
        )
        booths.append((scanner, printer))
    check = partial(device_fault, "reader")
    reader = ask("gate-reader", given.gate_reader, "The gate's tag reader (empty: no gate)", "", check)
    board = ""
    if reader or given.gate_board:
        check = partial(device_fault, "board")
        board = ask("gate-board", given.gate_board, "The gate's relay board (empty: none)", "", check)
    wallets = (_wallet(ask, given, "wechat", _WECHAT, folder), _wallet(ask, given, "alipay", _ALIPAY, folder))
    port = int(ask("port", given.port, "The port, on loopback", "8080", port_fault))
    return Answers(code, name_zh, name_en, tuple(booths), reader, board, wallets, port, data)


_ASKED = {"scanner": "scanner (empty: it types like a keyboard)", "printer": "printer (empty: none)"}
_WECHAT = {
    "appid": ("WeChat Pay: appid (empty: join it later)", "wx…", ""),
    "mchid": ("WeChat Pay: merchant number", "19…", ""),
    "serial": ("WeChat Pay: serial number of your API certificate", "…", "of your API certificate"),
    "private_key": ("WeChat Pay: file of your private key", "keys/wechat_private.pem", ""),
    "api_key": ("WeChat Pay: file of the APIv3 key, or env:NAME", "keys/wechat_apiv3.txt", "or env:NAME"),
}
_ALIPAY = {
    "app_id": ("Alipay: app id (empty: join it later)", "20…", ""),
    "private_key": ("Alipay: file of your private key", "keys/alipay_private.pem", ""),
    "public_key": ("Alipay: file of Alipay's public key", "keys/alipay_public.pem", "Alipay's, not yours"),
}
Questions = Mapping[str, tuple[str, str, str]]
"""Key of the TOML table → question, what stands there while it is open, comment."""


def _wallet(ask: Asker, given: Given, name: str, questions: Questions, folder: Path) -> Wallet:
    """A wallet is joined whole or later: with its first answer empty, nothing more is asked."""
    first, later = next(iter(questions)), False
    found = {}
    for key, (question, _, _) in questions.items():
        flag, said = f"{name}-{key}".replace("_", "-"), getattr(given, f"{name}_{key}")
        if later:
            if said:
                fail(f"--{flag} needs --{name}-{first.replace('_', '-')} too: a wallet is joined whole or later")
            continue
        check: Check = partial(file_fault, folder=folder) if key.endswith("_key") else text_fault
        found[key] = ask(flag, said, question, "", _or_nothing(check) if key == first else check)
        later = not found[first]
        if not later and not found[key]:
            fail(f"--{flag} is missing: a wallet is joined whole or later")
    rows = ((key, found.get(key, ""), like, why) for key, (_, like, why) in questions.items())
    return Wallet(name, tuple(rows))


# ---------------------------------------------------------------- the command


def init(
    *,
    given: Given | None = None,
    folder: Path = Path(),
    data: str = "data",
    systemd: Path | None = None,
    program: Path = box_files.PROGRAM,
    backups: Path = box_files.BACKUPS,
    yes: bool = False,
    force: bool = False,
) -> None:
    """Write a shop's configuration and make its data folder. Asks what it needs to know.

    Parameters
    ----------
    given
        Answers as flags.
    folder
        Where shop.toml and the keys live; on a box /etc/paybooth.
    data
        The data folder, relative to the first; on a box /var/lib/paybooth.
    systemd
        Write the box's units here too (/etc/systemd/system), and policy, udev rules and updater into FOLDER/box.
    program
        With --systemd: the installed program.
    backups
        With --systemd: where the nightly backup goes.
    yes
        Ask nothing, take what is usual.
    force
        Replace a shop.toml that is there; the old one stays as shop.toml.old.

    """
    target = folder / CONFIG
    if target.exists() and not force:
        fail(f"{target} is there already; --force replaces it and keeps the old one as {CONFIG}.old")
    answers = ask_all(given or Given(), folder, data, yes=yes)
    where = (folder / data).resolve()
    filled = box_files.values(program=program, config=target.resolve(), data=where, backups=backups, port=answers.port)
    if systemd is not None:
        _check_paths(systemd, program, target.resolve(), where, backups)
    try:
        _write_config(target, toml(answers))
        for each in (where, folder / "keys"):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            each.chmod(0o700)
        if systemd is not None:
            _lay(systemd, box_files.units(filled), force=force)
            _lay(folder / "box", box_files.others(filled), force=force)
    except OSError as error:
        fail(f"cannot write {error.filename or folder}: {error.strerror}")
    _say_next(target, where, answers, systemd, program, backups)


def _write_config(target: Path, text: str) -> None:
    """Only a file that loads is put in place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    try:
        load(partial)
    except ConfigError as error:
        partial.unlink()
        fail(f"these answers make no configuration: {error}")
    if target.exists():
        target.rename(target.with_name(f"{target.name}.old"))
    partial.rename(target)


def _check_paths(systemd: Path, *paths: Path) -> None:
    if not systemd.is_dir():
        fail(f"there is no folder {systemd} for the units")
    for path in paths:
        fault = box_files.path_fault(path)
        if fault:
            fail(f"--systemd: {fault}")


def _lay(folder: Path, texts: Mapping[str, str], *, force: bool) -> None:
    """Write what differs; what somebody changed is kept unless forced."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in sorted(texts.items()):
        path = folder / name
        if path.exists() and path.read_text("utf-8") != text and not force:
            print(f"kept {path}: it differs from ours; --force replaces it", file=sys.stderr)
            continue
        path.write_text(text, "utf-8")
        path.chmod(0o755 if name.endswith(".sh") else 0o644)
        print(f"wrote {path}")


def _say_next(target: Path, data: Path, answers: Answers, systemd: Path | None, program: Path, backups: Path) -> None:
    """What to do next, as lines that can be typed."""
    print(f"wrote {target}; data folder {data}\n\nWhat to do next:")
    keys = target.parent / "keys"
    later = [wallet.name for wallet in answers.wallets if not wallet.joined]
    steps = [f"put the keys of {name} into {keys} and fill in [pay.{name}]" for name in later]
    steps.append(f"paybooth check-config --config {target}")
    steps.append(f"paybooth catalogue import goods.csv --config {target} --dry-run   # then without --dry-run")
    if systemd is None:
        steps.append(f"paybooth run --config {target}   # the first start prints a link: open it once to own the shop")
    else:
        home = f"--home-dir {data} --no-create-home --shell /usr/sbin/nologin"
        steps.append(f"useradd --system {home} paybooth   # as root, like all that follows")
        steps.append(f"install -d -m 700 -o paybooth -g paybooth {backups}")
        inside = f"chown -R root:paybooth {target.parent} && chmod -R u=rwX,g=rX,o= {target.parent}"
        steps.append(f"{inside}   # the service reads, and changes nothing here")
        steps.append(f"chown -R paybooth:paybooth {data} && chmod 700 {data}")
        steps.append("systemctl daemon-reload && systemctl enable --now paybooth paybooth-backup.timer")
        steps.append(f"runuser -u paybooth -- {program} user add YOUR-NAME --role owner --config {target}")
        steps.append("the screen: docs/operate/kiosk.md; updates: docs/operate/update.md")
    for number, step in enumerate(steps, 1):
        print(f"  {number}. {step}")
