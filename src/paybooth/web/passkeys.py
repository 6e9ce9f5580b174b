"""REST for passkeys: questions for the browser's authenticator, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import ConfigDict, Field

from paybooth.ports import LedgerFault
from paybooth.shop.accounts import AccountError
from paybooth.shop.passkeys import Passkeys, Site
from paybooth.shop.shop import Shop

from .accounts import NO, Asked, MeOut, Proved, cannot, me, own_session, set_session, visitor
from .api import Model
from .openapi import example
from .staff import COOKIE, Asker

CredentialId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,1400}$", examples=["yC8v0wTIbT9v"])]
_OPTIONS = {"challenge": "kZ0s…", "rpId": "box.shop.example", "userVerification": "required", "timeout": 60000}


class OptionsOut(Model):
    """`options` are for `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."""

    model_config = ConfigDict(json_schema_extra=example(options=_OPTIONS))
    options: dict[str, Any]


class ShownIn(Model):
    credential: dict[str, Any] = Field(description="What `PublicKeyCredential.toJSON()` gave")


class MadeIn(ShownIn):
    label: str = Field(min_length=1, max_length=60, description="What to call it, such as the phone's name")


_MINE = {
    "id": "yC8v0wTIbT9v",
    "label": "Amy's phone",
    "site": "box.shop.example",
    "made_ms": 1795312800000,
    "used_ms": 1795316400000,
}


class PasskeyOut(Model):
    model_config = ConfigDict(json_schema_extra=example(**_MINE))
    id: str
    label: str
    site: str = Field(description="The name of the box it works under")
    made_ms: int
    used_ms: int


class PasskeysOut(Model):
    model_config = ConfigDict(json_schema_extra=example(passkeys=[_MINE]))
    passkeys: list[PasskeyOut]


def routes(shop: Shop, passkeys: Passkeys) -> APIRouter:
    """The router over the passkeys of one shop's staff."""
    api = APIRouter(prefix="/api", tags=["session"], responses=NO)
    _sign(api, passkeys)
    _own(api, shop, passkeys)
    return api


def _site(request: Request) -> Site:
    """As the browser says it; the guard lets no other origin through."""
    return Site(request.headers.get("origin", ""))


def _sign(api: APIRouter, passkeys: Passkeys) -> None:
    accounts = passkeys.accounts

    @api.post("/session/passkey/options")
    async def ask(request: Request) -> OptionsOut:
        """A question for whoever wants to sign in by a passkey."""
        try:
            return OptionsOut(options=passkeys.ask(_site(request)))
        except AccountError as error:
            cannot(error)

    @api.post("/session/passkey")
    async def sign_in(given: ShownIn, request: Request, response: Response) -> MeOut:
        """Sign in by a passkey; the session is a cookie."""
        try:
            made = await passkeys.sign_in(_site(request), given.credential, visitor(request))
        except (AccountError, LedgerFault) as error:
            cannot(error)
        set_session(request, response, made)
        return me(accounts, Asker(made.staff, made.session))

    @api.post("/session/confirm/passkey/options")
    async def ask_again(request: Request, asked: Asked) -> OptionsOut:
        """A question for who is signed in, before a sensitive act."""
        try:
            return OptionsOut(options=passkeys.ask(_site(request), own_session(asked).name))
        except AccountError as error:
            cannot(error)

    @api.post("/session/confirm/passkey")
    async def confirm(given: ShownIn, request: Request, asked: Asked) -> MeOut:
        """Prove again who one is by a passkey: sensitive acts are free for some minutes."""
        own_session(asked)
        try:
            fresh = await passkeys.confirm(request.cookies.get(COOKIE, ""), _site(request), given.credential)
        except (AccountError, LedgerFault) as error:
            cannot(error)
        return me(accounts, Asker(asked.staff, fresh))


def _own(api: APIRouter, shop: Shop, passkeys: Passkeys) -> None:
    vault = passkeys.accounts.vault

    @api.get("/me/passkeys")
    async def mine(asked: Asked) -> PasskeysOut:
        """One's own passkeys, oldest first."""
        fields = ("id", "label", "site", "made_ms", "used_ms")
        found = vault.passkeys(asked.staff.name)
        return PasskeysOut(passkeys=[PasskeyOut(**{f: getattr(each, f) for f in fields}) for each in found])

    @api.post("/me/passkeys/options")
    async def ask_new(request: Request, own: Proved) -> OptionsOut:
        """A question by which the browser makes a new passkey."""
        try:
            return OptionsOut(options=passkeys.ask_new(own, _site(request), shop.settings.code))
        except AccountError as error:
            cannot(error)

    @api.post("/me/passkeys", status_code=201)
    async def add(given: MadeIn, request: Request, own: Proved) -> PasskeyOut:
        """Keep what the browser made."""
        try:
            made = await passkeys.add(own, _site(request), given.label.strip() or "passkey", given.credential)
        except (AccountError, LedgerFault) as error:
            cannot(error, wrong=422)
        return PasskeyOut(id=made.id, label=made.label, site=made.site, made_ms=made.made_ms, used_ms=made.used_ms)

    @api.delete("/me/passkeys/{credential}", status_code=204)
    async def drop(credential: CredentialId, own: Proved) -> None:
        """It opens nothing any more."""
        try:
            await passkeys.drop(own, credential)
        except (AccountError, LedgerFault) as error:
            cannot(error)
