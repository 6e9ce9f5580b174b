"""Exit passes: made from the shop's key for each paid sale, accepted once, without any network.

The signing key is derived from the shop's own key (RFC 8032 seed = HMAC-SHA256), so a box restored from its backup
accepts the passes it gave.
"""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from paybooth.domain import exit_facts as x
from paybooth.domain import member_pass
from paybooth.domain.entry import Guest
from paybooth.domain.exit_pass import Refusal, body, check, read, text, unpack
from paybooth.domain.sale import Phase
from paybooth.domain.staff import PIN_DIGITS, Staff, staff_pin, token_hash
from paybooth.ports import Clock, Ledger, Secret

from .scribe import Scribe


class Passes:
    """Gives and takes exit passes."""

    def __init__(self, shop_code: str, key: Secret, ledger: Ledger, clock: Clock, scribe: Scribe) -> None:
        self._pins = key.reveal()
        self._secret = self._pins.encode()
        seed = hmac.digest(key.reveal().encode(), b"exit pass", "sha256")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._key.public_key()
        self._shop = shop_code
        self._ledger = ledger
        self._clock = clock
        self._scribe = scribe
        self._used: dict[str, None] = {}

    def of(self, sale: str, paid_ms: int) -> str:
        """The pass of a paid sale, as a scanner will say it."""
        signed = body(self._shop, sale, paid_ms // 1000)
        return text(signed + self._key.sign(signed))

    def member(self, number: str, until_ms: int) -> str:
        """The code that lets a member in until then."""
        tag = hmac.digest(self._secret, f"member {number}".encode(), "sha256")[:8]
        signed = member_pass.body(self._shop, tag, until_ms // 1000)
        return member_pass.text(signed + self._key.sign(signed))

    def guest(self, scanned: str) -> tuple[Guest, str]:
        """Who shows this at the entry, and the name where it is staff. An exit pass that still holds is a member's."""
        staff = self._staff(scanned.strip())
        if staff is not None:
            return Guest.STAFF, staff.name
        now_s = self._clock.now_ms() / 1000
        shown = member_pass.read(scanned)
        if shown is not None and self._genuine(*shown):
            found = member_pass.unpack(shown[0])
            return (
                Guest.MEMBER if found is not None and member_pass.holds(found, self._shop, now_s) else Guest.STRANGER
            ), ""
        left = read(scanned)
        if left is not None and self._genuine(*left):
            again = unpack(left[0])
            if again is not None and check(again, self._shop, now_s) is None:
                return Guest.MEMBER, ""
        return Guest.STRANGER, ""

    def _staff(self, shown: str) -> Staff | None:
        by_token = self._ledger.staff_by_token(token_hash(shown))
        if by_token is not None or len(shown) != PIN_DIGITS:
            return by_token
        return next(
            (
                s
                for s, hashed in self._ledger.staff_hashes()
                if hmac.compare_digest(staff_pin(self._pins, hashed), shown)
            ),
            None,
        )

    def _genuine(self, signed: bytes, signature: bytes) -> bool:
        try:
            self._public.verify(signature, signed)
        except InvalidSignature:
            return False
        return True

    def take(self, scanned: str, gate: str) -> Refusal | None:
        """Accept a pass at a gate, once. None = accepted; the caller opens the door."""
        refusal = self._take(scanned, gate)
        if refusal is not None:
            self._scribe.write(x.PassRefused(gate, refusal))
        return refusal

    def _take(self, scanned: str, gate: str) -> Refusal | None:
        parts = read(scanned)
        if parts is None:
            return Refusal.MALFORMED
        if not self._genuine(*parts):
            return Refusal.FORGED
        found = unpack(parts[0])
        if found is None:
            return Refusal.MALFORMED
        refusal = check(found, self._shop, self._clock.now_ms() / 1000)
        if refusal is not None:
            return refusal
        sale = self._ledger.sale(found.sale)
        if sale is None or sale.phase is not Phase.PAID:
            return Refusal.UNKNOWN_SALE
        if found.sale in self._used or self._ledger.pass_used(found.sale):
            return Refusal.USED
        self._used[found.sale] = None  # at once: the journal follows
        self._scribe.write(x.PassUsed(found.sale, gate), must=True)
        return None
