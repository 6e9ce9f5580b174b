"""How staff prove who they are: what a password must be, how long a session lasts, how often one may be wrong.

Numbers follow NIST SP 800-63B-4 where it has any. No IO, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from .staff import Act

PASSWORD_LEAST, PASSWORD_MOST = 10, 256
DIFFERENT_LEAST = 5
"""Different characters in a password: `1111111111` is none."""

IDLE_MS = 12 * 3600 * 1000
LONGEST_MS = 7 * 86_400_000
FRESH_MS = 5 * 60 * 1000
"""So long after proving themselves somebody is not asked again before a sensitive act."""

LINK_MS = 24 * 3600 * 1000
"""A one-time link that nobody opened is over after this."""

SENSITIVE = frozenset(
    {Act.REFUND, Act.APPROVE_REFUND, Act.OPEN_DOOR, Act.EDIT_GOODS, Act.EDIT_SETTINGS, Act.MANAGE_PEOPLE}
)
"""Acts that ask again who one is."""

TOTP_STEP_S = 30
TOTP_DIGITS = 6


class Fault(StrEnum):
    """Why a password is none."""

    SHORT = "short"
    LONG = "long"
    PLAIN = "plain"  # few different characters, or the name itself


def password_fault(password: str, name: str) -> Fault | None:
    """What is wrong with a new password; no rule asks for digits or signs (NIST SP 800-63B-4, 3.1.1.2)."""
    if len(password) < PASSWORD_LEAST:
        return Fault.SHORT
    if len(password) > PASSWORD_MOST:
        return Fault.LONG
    # the name may be a part of a good password, but not all that is unusual in it
    rest = password.casefold().replace(name.casefold(), "")
    return Fault.PLAIN if len(set(rest)) < DIFFERENT_LEAST else None


@dataclass(frozen=True, slots=True)
class Proofs:
    """What somebody signs in with. Empty: has none."""

    password: str = ""
    """Argon2id, encoded."""
    totp: str = ""
    """Base32 (RFC 4648); of authenticator apps."""
    totp_step: int = 0
    """The last time step whose code was used: no code counts twice (RFC 6238, 5.2)."""


PASSKEYS_MOST = 10
"""Of one person."""


@dataclass(frozen=True, slots=True)
class Passkey:
    """A key pair that a phone, computer or stick keeps; the box has the public half (WebAuthn Level 3)."""

    id: str
    """Base64url, as the browser says it."""
    name: str
    """Whose."""
    label: str
    site: str
    """The name of the box it was made for; it works under no other."""
    public_key: bytes = field(repr=False)
    """COSE."""
    uses: int
    """The authenticator's own counter; it never goes back, or somebody copied the key. 0 where it has none."""
    made_ms: int
    used_ms: int


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody at one browser. Times are Unix milliseconds."""

    number: int
    name: str
    how: str
    """password, code (password and one-time code), passkey or link."""
    agent: str
    address: str
    began_ms: int
    seen_ms: int
    proved_ms: int

    def over(self, now_ms: int) -> bool:
        return now_ms - self.seen_ms > IDLE_MS or now_ms - self.began_ms > LONGEST_MS

    def fresh(self, now_ms: int) -> bool:
        return 0 <= now_ms - self.proved_ms <= FRESH_MS


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link. No name: whoever opens it becomes the first owner."""

    name: str
    ends_ms: int


FREE_MISSES = 5
WAIT_FIRST_S, WAIT_MOST_S = 2.0, 300.0
FORGET_S = 3600.0
KEYS_MOST = 10_000


@dataclass(slots=True)
class Throttle:
    """Slows guessing: after some misses each costs twice the wait of the one before. Times are monotonic seconds.

    Counted for a name from an address, so that nobody can keep an owner out from elsewhere; and it only ever delays.
    """

    _misses: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    """(name, address) → misses, time of the last."""

    def wait_s(self, name: str, address: str, now_s: float) -> float:
        """How long this one must wait before the next try."""
        misses, last_s = self._misses.get((name.casefold(), address), (0, 0.0))
        if misses < FREE_MISSES or now_s - last_s > FORGET_S:
            return 0.0
        wait_s = min(WAIT_MOST_S, WAIT_FIRST_S * 2.0 ** min(misses - FREE_MISSES, 30))
        return max(0.0, last_s + wait_s - now_s)

    def missed(self, name: str, address: str, now_s: float) -> int:
        """One more miss; how many now."""
        key = (name.casefold(), address)
        misses, last_s = self._misses.pop(key, (0, now_s))
        misses = 1 if now_s - last_s > FORGET_S else misses + 1
        if len(self._misses) >= KEYS_MOST:  # the one that was quiet longest
            self._misses.pop(next(iter(self._misses)))
        self._misses[key] = misses, now_s
        return misses

    def hit(self, name: str, address: str) -> None:
        self._misses.pop((name.casefold(), address), None)
