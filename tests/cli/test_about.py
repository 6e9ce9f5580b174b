"""`paybooth about`: what scripts ask before they update a box."""

from __future__ import annotations

import json

import apsw

from paybooth import __version__
from paybooth.ledger.migrate import migrations

from .test_books import call, head, shop

__all__ = ["call", "shop"]


def test_it_tells_where_and_how_far(shop, call):
    code, out, _ = call("about")
    found = json.loads(out)
    assert code == 0
    assert found.pop("url").startswith("http://127.0.0.1:")
    assert found == {
        "shop": "LANE01",
        "version": __version__,
        "data": str(shop / "data"),
        "schema": len(migrations()),
        "knows": len(migrations()),
        "head": head(shop)[0],
    }


def test_a_newer_ledger_and_none_are_told_too(shop, call):
    db = apsw.Connection(str(shop / "data" / "ledger.db"))
    db.execute("PRAGMA user_version = 999")
    db.close()
    assert json.loads(call("about")[1])["schema"] == 999
    (shop / "data" / "ledger.db").unlink()
    assert json.loads(call("about")[1])["schema"] is None
