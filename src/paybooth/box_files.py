"""What the box's operating system needs of us, out of `deploy/`: units, Chromium's policy, udev rules, the updater."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

PROGRAM = Path("/opt/paybooth/current/bin/paybooth")
BACKUPS = Path("/var/backups/paybooth")
_PLAIN = re.compile(r"/[A-Za-z0-9/._+-]*")
HIDDEN = (Path("/home"), Path("/root"), Path("/run/user"))
"""Folders that the units keep from the shop."""


def path_fault(path: Path) -> str | None:
    """Why a unit cannot name this path, if it cannot."""
    if not _PLAIN.fullmatch(str(path)):
        return f"{path} must be an absolute path of letters, digits, dots, dashes and plus signs"
    if any(path.is_relative_to(each) for each in HIDDEN):
        return f"{path} is in a home folder, which the service may not see; use /etc/paybooth and /var/lib/paybooth"
    return None


def values(*, program: Path, config: Path, data: Path, backups: Path, port: int) -> dict[str, str]:
    """What the texts name."""
    found = {"PROGRAM": program, "CONFIG": config, "DATA": data, "BACKUPS": backups}
    return {**{name: str(path) for name, path in found.items()}, "PORT": str(port)}


def units(filled: Mapping[str, str]) -> dict[str, str]:
    """Systemd's units by file name."""
    return _texts("systemd", filled)


def others(filled: Mapping[str, str]) -> dict[str, str]:
    """The other files by name; where each belongs is in docs/operate/."""
    return _texts("", filled)


def _texts(folder: str, filled: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for each in (files("paybooth") / "deploy" / folder).iterdir():
        if each.is_file():
            text = each.read_text("utf-8")
            found[each.name] = re.sub(r"@([A-Z]+)@", lambda name: filled[name[1]], text)
    return found
