"""Passkeys: signing in, and proving oneself again, by a key pair that never leaves phone, computer or stick.

WebAuthn Level 3 with user verification: one touch stands for password and code together. A key works under the one
name the box was called by when it was made; a bare number has none, so there are no passkeys at `http://192.168.1.20`.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from paybooth.domain import staff_facts as x
from paybooth.domain.account import PASSKEYS_MOST, Passkey, Session

from .accounts import AccountError, Accounts, SignedIn, Visitor, Why

ASKED_MS = 5 * 60_000
"""So long a question waits for its answer."""
ASKED_MOST = 1000
"""Questions that wait at once; one more, and the oldest is not answered any more."""

Credential = Mapping[str, Any]
"""What `PublicKeyCredential.toJSON()` gives."""
Options = dict[str, Any]
"""For `PublicKeyCredential.parse…OptionsFromJSON`."""


@dataclass(frozen=True, slots=True)
class Site:
    """The box as the browser calls it."""

    origin: str

    @property
    def id(self) -> str:
        """The relying party's id. Raises AccountError NUMBER where the box is called by a number, or by nothing."""
        host = urlsplit(self.origin).hostname
        if not host:
            raise AccountError(Why.NUMBER)
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return host
        raise AccountError(Why.NUMBER)


@dataclass(frozen=True, slots=True)
class _Asked:
    what: Literal["new", "prove"]
    name: str
    """Who was asked; empty: whoever they are."""
    ends_ms: int


class Passkeys:
    """Of all of a shop's staff."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self._vault = accounts.vault
        self._clock = accounts.clock
        self._asked: dict[bytes, _Asked] = {}

    # ------------------------------------------------------------ making one

    def ask_new(self, own: Session, site: Site, shop: str) -> Options:
        """What the browser makes a key by. Raises AccountError NUMBER or MANY."""
        known = self._vault.passkeys(own.name)
        if len(known) >= PASSKEYS_MOST:
            raise AccountError(Why.MANY)
        options = webauthn.generate_registration_options(
            rp_id=site.id,
            rp_name=f"Paybooth {shop}",
            user_id=hashlib.sha256(f"{shop} {own.name}".encode()).digest(),
            user_name=own.name,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(base64url_to_bytes(each.id)) for each in known],
        )
        self._wait_for(options.challenge, "new", own.name)
        return _plain(webauthn.options_to_json(options))

    async def add(self, own: Session, site: Site, label: str, made: Credential) -> Passkey:
        """Keep a new key's public half. Raises AccountError WRONG or MANY."""
        challenge = self._answered(made, "new", own.name)
        try:
            proven = webauthn.verify_registration_response(
                credential=dict(made),
                expected_challenge=challenge,
                expected_rp_id=site.id,
                expected_origin=site.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise AccountError(Why.WRONG) from error
        now_ms, id_ = self._clock.now_ms(), bytes_to_base64url(proven.credential_id)
        if self._vault.passkey(id_) is not None:
            raise AccountError(Why.WRONG)
        passkey = Passkey(
            id_, own.name, label, site.id, proven.credential_public_key, proven.sign_count, now_ms, now_ms
        )
        await asyncio.to_thread(self._vault.keep_passkey, passkey)
        await self.accounts.journal(x.ProofChanged(own.name, "passkey", "set", own.name))
        return passkey

    async def drop(self, own: Session, id_: str) -> None:
        """It opens nothing any more. Raises AccountError NOBODY."""
        if not await asyncio.to_thread(self._vault.drop_passkey, own.name, id_):
            raise AccountError(Why.NOBODY)
        await self.accounts.journal(x.ProofChanged(own.name, "passkey", "removed", own.name))

    # ------------------------------------------------------------ using one

    def ask(self, site: Site, name: str = "") -> Options:
        """What the browser proves with a key; `name`: only theirs. Raises AccountError NUMBER."""
        theirs = [PublicKeyCredentialDescriptor(base64url_to_bytes(each.id)) for each in self._vault.passkeys(name)]
        options = webauthn.generate_authentication_options(
            rp_id=site.id,
            allow_credentials=theirs or None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        self._wait_for(options.challenge, "prove", name)
        return _plain(webauthn.options_to_json(options))

    async def sign_in(self, site: Site, shown: Credential, visitor: Visitor) -> SignedIn:
        """Raises AccountError WRONG, or LedgerFault: nobody is let in unseen."""
        passkey = await self._prove(site, shown, "")
        staff = self.accounts.staff(passkey.name)
        if staff is None:
            raise AccountError(Why.WRONG)
        return await self.accounts.admit(staff, "passkey", visitor)

    async def confirm(self, token: str, site: Site, shown: Credential) -> Session:
        """Prove oneself again before a sensitive act. Raises AccountError WRONG."""
        found = self.accounts.who(token)
        if found is None:
            raise AccountError(Why.WRONG)
        await self._prove(site, shown, found[0].name)
        return await self.accounts.freshen(token)

    async def _prove(self, site: Site, shown: Credential, name: str) -> Passkey:
        challenge = self._answered(shown, "prove", name)
        passkey = await asyncio.to_thread(self._vault.passkey, str(shown.get("id", "")))
        if passkey is None or (name and passkey.name != name):
            raise AccountError(Why.WRONG)
        try:
            proven = webauthn.verify_authentication_response(
                credential=dict(shown),
                expected_challenge=challenge,
                expected_rp_id=site.id,
                expected_origin=site.origin,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.uses,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise AccountError(Why.WRONG) from error
        used = replace(passkey, uses=proven.new_sign_count, used_ms=self._clock.now_ms())
        await asyncio.to_thread(self._vault.keep_passkey, used)
        return used

    # ------------------------------------------------------------ questions

    def _wait_for(self, challenge: bytes, what: Literal["new", "prove"], name: str) -> None:
        while len(self._asked) >= ASKED_MOST:
            del self._asked[next(iter(self._asked))]
        self._asked[challenge] = _Asked(what, name, self._clock.now_ms() + ASKED_MS)

    def _answered(self, given: Credential, what: str, name: str) -> bytes:
        """The question this answers; it is asked no more. Raises AccountError WRONG."""
        try:
            said = parse_client_data_json(base64url_to_bytes(given["response"]["clientDataJSON"]))
        except (WebAuthnException, ValueError, KeyError, TypeError) as error:
            raise AccountError(Why.WRONG) from error
        asked = self._asked.pop(said.challenge, None)
        if asked is None or (asked.what, asked.name) != (what, name) or asked.ends_ms < self._clock.now_ms():
            raise AccountError(Why.WRONG)
        return said.challenge


def _plain(text: str) -> Options:
    options: Options = json.loads(text)
    return options
