"""`paybooth user`: who works here, and the tokens they prove themselves with."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from cyclopts import App

from .app import StartError, open_ledger, shop_key
from .domain import facts as f
from .domain.staff import NAME, Role, Staff, staff_pin, token_hash
from .ports import LedgerFault
from .terminal import ConfigPath, fail, load_config

user_app = App(name="user", help="Who works here. Run it while the shop is stopped.")


@user_app.command(name="add")
def add_user(name: str, config: ConfigPath, *, role: Role = Role.OPERATOR, by: str = "console") -> None:
    """Let somebody act, and print the token they prove themselves with; the same name again makes the old one void.

    Parameters
    ----------
    name
        As it will stand in the journal.
    config
        The shop's TOML file.
    role
        owner, operator, technician, auditor or stock.
    by
        Who adds, for the journal.

    """
    if not NAME.fullmatch(name):
        fail(f"{name!r} must be 1 to 32 letters, digits, spaces, dots or dashes")
    token = secrets.token_urlsafe(32)
    _write(config, f.StaffAdded(name, role, token_hash(token), by))
    pin = staff_pin(shop_key(load_config(config).data).reveal(), token_hash(token))
    print(f"{name} is {role}. PIN for the entry's keypad: {pin}")
    print(f"The token is shown this once; the shop keeps only its hash:\n{token}")


@user_app.command(name="remove")
def remove_user(name: str, config: ConfigPath, *, by: str = "console") -> None:
    """Take somebody's right to act away."""
    if name not in {staff.name for staff in _staff(config)}:
        fail(f"there is nobody called {name!r}", 1)
    _write(config, f.StaffRemoved(name, by))
    print(f"{name} may do nothing any more")


@user_app.command(name="list")
def list_users(config: ConfigPath) -> None:
    """Who may act."""
    for staff in _staff(config):
        print(f"{staff.name:<32} {staff.role}")


def _write(config: Path, happened: f.Fact) -> None:
    try:
        with open_ledger(load_config(config).data, threaded=False) as ledger:
            ledger.commit_now(happened, at_ms=time.time_ns() // 1_000_000)
    except (StartError, LedgerFault) as error:
        fail(str(error), 1)


def _staff(config: Path) -> list[Staff]:
    try:
        with open_ledger(load_config(config).data, threaded=False) as ledger:
            return ledger.staff()
    except (StartError, LedgerFault) as error:
        fail(str(error), 1)
