"""Exit passes: made from the shop's key for each paid sale, accepted once, without any network.

The signing key is derived from the shop's own key (RFC 8032 seed = HMAC-SHA256), so a box restored from its backup
accepts the passes it gave.
"""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from paybooth.domain import exit_facts as x
from paybooth.domain.exit_pass import Refusal, body, check, read, text, unpack
from paybooth.domain.sale import Phase
from paybooth.ports import Clock, Ledger, Secret

from .scribe import Scribe


class Passes:
    """Gives and takes exit passes."""

    def __init__(self, shop_code: str, key: Secret, ledger: Ledger, clock: Clock, scribe: Scribe) -> None:
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
        try:
            self._public.verify(parts[1], parts[0])
        except InvalidSignature:
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
