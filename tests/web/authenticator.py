"""A passkey in software, after WebAuthn Level 3: what a phone would answer, and what a forger might."""

from __future__ import annotations

import hashlib
import json
import secrets
import struct
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url as b64

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One key pair (ES256). `verified`: somebody put their finger on it."""

    origin: str
    verified: bool = True
    uses: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(24))

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def _client(self, what: str, challenge: str) -> bytes:
        return json.dumps({"type": f"webauthn.{what}", "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, site: str, more: int = 0) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.verified else 0)
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + struct.pack(">I", self.uses)

    def make(self, options: dict) -> dict:
        """Of registration options."""
        at = self._key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: at.x.to_bytes(32, "big"), -3: at.y.to_bytes(32, "big")}
        about = bytes(16) + struct.pack(">H", len(self.id)) + self.id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], ATTESTED) + about
        shown = {
            "clientDataJSON": b64(self._client("create", options["challenge"])),
            "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": shown}

    def prove(self, options: dict) -> dict:
        """Of request options."""
        self.uses += 1
        data, client = self._data(options["rpId"]), self._client("get", options["challenge"])
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        shown = {"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature)}
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": shown}
