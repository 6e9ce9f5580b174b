"""What the configuration says of the world outside, as much as staff may see: no secret, no whole account number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Certificate:
    """`name`: public_key, application or channel. `until_ms`: when it ends; 0 for a bare key, which has no end."""

    name: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Account:
    """A channel's merchant account. `number` shows its last four digits."""

    number: str
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class House:
    accounts: Mapping[str, Account] = field(default_factory=lambda: MappingProxyType({}))
    """By channel."""
    targets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Where a rung or webhook reaches, without what proves who we are: scheme and host."""


def masked(number: str) -> str:
    """`···0109`."""
    return f"···{number[-4:]}" if len(number) > 4 else "···"
