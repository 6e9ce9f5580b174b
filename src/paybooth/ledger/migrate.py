"""Numbered SQL migrations: `schema/NNNN.sql`, each run once, in order, in one transaction with its number."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import apsw


@cache
def migrations() -> list[tuple[int, str]]:
    """(number, sql) of every migration in the package, in order and without a gap."""
    folder = files("paybooth.ledger") / "schema"
    found = sorted((int(f.name[:4]), f.read_text("utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))
    assert [number for number, _ in found] == list(range(1, len(found) + 1)), "migrations have a gap"
    return found


class NewerSchemaError(Exception):
    """The file was written by a newer Paybooth; running an older one on it could lose data."""


def refuse_newer(connection: apsw.Connection) -> int:
    """The file's schema number; raises NewerSchemaError where it is beyond ours. Changes nothing."""
    (version,) = connection.execute("PRAGMA user_version").fetchone() or (0,)
    known = len(migrations())
    if version > known:
        raise NewerSchemaError(f"the ledger has schema {version}, this Paybooth knows {known}: update Paybooth")
    return int(version)


def migrate(connection: apsw.Connection) -> None:
    """Bring the file to the newest schema. A crash in the middle leaves the version before."""
    version = refuse_newer(connection)
    for number, sql in migrations()[version:]:
        with connection:
            connection.execute(sql)
            connection.execute(f"PRAGMA user_version = {number}")


def schema(connection: apsw.Connection) -> list[tuple[str, str]]:
    """(name, sql) of every table, index and trigger, to compare with a fresh file."""
    return [
        (str(name), " ".join(str(sql).split()))
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
    ]
