"""`paybooth user`: who works here, and what they prove themselves with. Works beside a running shop too."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from cyclopts import App

from .app import StartError, beside, open_ledger, open_vault, shop_key
from .config import Config
from .domain import facts as f
from .domain.staff import NAME, Role, Staff, staff_pin, token_hash
from .domain.staff_facts import LinkMade
from .ledger.books import Books
from .ledger.ledger import Ledger
from .ports import LedgerFault
from .running import ask, base, is_running
from .shop.accounts import make_link
from .terminal import ConfigPath, fail, load_config
from .web.accounts import link_path

user_app = App(name="user", help="Who works here.")


@user_app.command(name="add")
def add_user(name: str, config: ConfigPath, *, role: Role = Role.OPERATOR, by: str = "console") -> None:
    """Let somebody act. Beside a running shop it prints a link to choose a password by; else a token for machines.

    Parameters
    ----------
    name
        As it will stand in the journal; the same name again makes the old token void.
    config
        The shop's TOML file.
    role
        owner, operator, technician, auditor or stock.
    by
        Who adds, for the journal.

    """
    if not NAME.fullmatch(name):
        fail(f"{name!r} must be 1 to 32 letters, digits, spaces, dots or dashes")
    loaded = load_config(config)
    token = secrets.token_urlsafe(32)

    def here(ledger: Ledger) -> None:
        ledger.commit_now(f.StaffAdded(name, role, token_hash(token), by), at_ms=_now_ms())
        pin = staff_pin(shop_key(loaded.data).reveal(), token_hash(token))
        print(f"{name} is {role}. PIN for the entry's keypad: {pin}")
        print(f"The token is shown this once; the shop keeps only its hash:\n{token}")

    def there() -> None:
        made = ask(loaded, "/api/users", {"name": name, "role": role, "reason": f"added by {by}"})
        print(f"{name} is {role}. PIN for the entry's keypad: {made['pin']}")
        _print_link(loaded, name, made["path"])

    _either(loaded, here, there)


@user_app.command(name="reset")
def reset_user(name: str, config: ConfigPath, *, by: str = "console") -> None:
    """Print a one-time link for somebody who lost password or phone; nobody is locked out of their own box."""
    loaded = load_config(config)

    def here(ledger: Ledger) -> None:
        if name not in {staff.name for staff in ledger.staff()}:
            fail(f"there is nobody called {name!r}", 1)
        token = secrets.token_hex(16)
        ledger.commit_now(LinkMade(name, by, "reset on the box"), at_ms=_now_ms())
        vault = open_vault(loaded.data)
        make_link(vault, token, name, _now_ms())
        vault.close()
        _print_link(loaded, name, link_path(token))

    def there() -> None:
        made = ask(loaded, f"/api/users/{quote(name, safe='')}/link", {"reason": f"reset on the box by {by}"})
        _print_link(loaded, name, made["path"])

    _either(loaded, here, there)


@user_app.command(name="remove")
def remove_user(name: str, config: ConfigPath, *, by: str = "console") -> None:
    """Take somebody's right to act away, and everything they prove themselves with."""
    loaded = load_config(config)

    def here(ledger: Ledger) -> None:
        if name not in {staff.name for staff in ledger.staff()}:
            fail(f"there is nobody called {name!r}", 1)
        ledger.commit_now(f.StaffRemoved(name, by), at_ms=_now_ms())
        vault = open_vault(loaded.data)
        vault.forget(name)
        vault.close()

    _either(loaded, here, lambda: _ask_to_remove(loaded, name, by))
    print(f"{name} may do nothing any more")


def _ask_to_remove(config: Config, name: str, by: str) -> None:
    ask(config, f"/api/users/{quote(name, safe='')}/remove", {"reason": f"removed on the box by {by}"})


@user_app.command(name="list")
def list_users(config: ConfigPath) -> None:
    """Who may act."""
    for staff in _staff(load_config(config).data):
        print(f"{staff.name:<32} {staff.role}")


def _staff(data: Path) -> list[Staff]:
    try:
        with beside(data) as db:
            return Books(db).staff()
    except (StartError, LedgerFault) as error:
        fail(str(error), 1)


def _either(config: Config, here: Callable[[Ledger], None], there: Callable[[], None]) -> None:
    """In the ledger of a shop that stands still, or through the one that runs."""
    try:
        try:
            with open_ledger(config.data, threaded=False) as ledger:
                here(ledger)
        except StartError as error:
            if not is_running(error):
                raise
            there()
    except (StartError, LedgerFault) as error:
        fail(str(error), 1)


def _print_link(config: Config, name: str, path: str) -> None:
    print(f"{name} opens this once, within a day, and chooses a password:\n{base(config)}{path}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
