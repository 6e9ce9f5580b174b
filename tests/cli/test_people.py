"""`paybooth user`: a token is shown once, kept as a hash, and ends with its owner."""

from __future__ import annotations

import subprocess
import sys

import httpx2

from paybooth.domain.staff import Role, Staff, token_hash
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.vault import Vault
from paybooth.shop.accounts import link_hash

from .test_books import call, shop

__all__ = ["call", "shop"]


def test_somebody_is_added_listed_and_removed(shop, call):
    code, out, _ = call("user", "add", "Chen Li", "--role", "operator")
    token = out.splitlines()[-1]
    assert (code, len(token)) == (0, 43)
    assert call("user", "list")[1].split() == ["An", "operator", "Chen", "Li", "operator"]
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        assert ledger.staff_by_token(token_hash(token)) == Staff("Chen Li", Role.OPERATOR)
        assert token.encode() not in b"".join(
            bytes(row[0]) for row in ledger.reader.execute("SELECT body FROM journal")
        )
    assert call("user", "remove", "Chen Li")[0] == 0
    assert call("user", "list")[1].split() == ["An", "operator"]
    assert fsck(shop / "data" / "ledger.db").faults == []


def test_added_again_the_old_token_is_void(shop, call):
    old = call("user", "add", "An")[1].splitlines()[-1]
    call("user", "add", "An", "--role", "owner")
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        assert ledger.staff_by_token(token_hash(old)) is None
        assert ledger.staff() == [Staff("An", Role.OWNER)]


def test_nobody_and_odd_names_are_refused(call):
    assert call("user", "remove", "Zoe") == (1, "", "paybooth: there is nobody called 'Zoe'\n")
    for name in ("", "x" * 33, "a\nb", "<b>"):
        assert call("user", "add", name)[0] == 2


def test_a_link_for_who_is_locked_out_while_the_shop_stands_still(shop, call):
    code, out, _ = call("user", "reset", "An")
    token = out.strip().rpartition("#link=")[2]
    assert (code, len(token)) == (0, 32)
    vault = Vault(shop / "data" / "staff.db")
    assert vault.link(link_hash(token)).name == "An"
    vault.close()
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        made = [entry.fact for entry in ledger.journal() if entry.kind == "staff.link_made"]
    assert [(fact.name, fact.by, fact.reason) for fact in made] == [("An", "console", "reset on the box")]
    assert call("user", "reset", "Zoe")[0] == 1


def test_beside_a_running_shop_the_commands_go_through_it(shop, call):
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(shop / "shop.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as box:
        try:
            first = next(line for line in box.stdout if "#link=" in line)
            base, _, token = first.strip().partition("/console/")
            token = token.rpartition("#link=")[2]
            wish = {"token": token, "name": "Amy", "password": "drip drip drip 7"}
            assert httpx2.post(f"{base}/api/link/use", json=wish, trust_env=False).json()["role"] == "owner"
            code, out, _ = call("user", "add", "Chen Li", "--role", "stock")
            assert (code, "#link=" in out, "PIN" in out) == (0, True, True)
            link = out.rpartition("#link=")[2].strip()
            told = httpx2.post(f"{base}/api/link", json={"token": link}, trust_env=False).json()
            assert told == {"name": "Chen Li"}
            assert "#link=" in call("user", "reset", "Amy")[1]
            assert call("user", "remove", "Chen Li")[0] == 0
            assert call("user", "remove", "Chen Li") == (1, "", "paybooth: there is no such person or session\n")
            assert call("user", "list")[1].split() == ["Amy", "owner", "An", "operator"]
        finally:
            box.terminate()
            box.wait(20)
