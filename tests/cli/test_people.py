"""`paybooth user`: a token is shown once, kept as a hash, and ends with its owner."""

from __future__ import annotations

from paybooth.domain.staff import Role, Staff, token_hash
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger

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
