"""Who asks: staff prove themselves with a session's cookie or a bearer token; each route names the act it is about."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from paybooth.domain.account import FRESH_MS, SENSITIVE, Session
from paybooth.domain.staff import Act, Role, Staff, token_hash
from paybooth.ports import Ledger, Secret

COOKIE = "staff"
_BEARER = HTTPBearer(auto_error=False, description="The token that `paybooth user add` printed")
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
_LOOKS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks; no session where they showed a token."""

    staff: Staff
    session: Session | None


class ConfirmError(HTTPException):
    """Prove again who you are, then ask again."""

    def __init__(self) -> None:
        super().__init__(403, f"prove again who you are; after that it is free for {FRESH_MS // 60_000} minutes")


class RefusedError(HTTPException):
    """A no with the key of its reason (`why`), for the page, and what may help (`next`)."""

    def __init__(
        self, status: int, detail: str, why: str, *, next_: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, headers)
        self.why = why
        self.next = next_


def box_token(key: Secret) -> str:
    """What commands on the box prove themselves with: whoever can read the shop's key owns the box."""
    return hmac.new(key.reveal().encode(), b"command on the box", hashlib.sha256).hexdigest()


def by_token(ledger: Ledger, box: str, token: str) -> Staff | None:
    """Whose token this is; `box` is the one of commands on the box."""
    if hmac.compare_digest(token.encode(), box.encode()):
        return Staff("the box", Role.OWNER)
    return ledger.staff_by_token(token_hash(token))


def asker(request: Request, given: Given) -> Asker:
    """Who asks, or 401. A page that writes with a cookie says where it is from: browsers always do.

    Wants `app.state.ledger`, `box_token` and `accounts`.
    """
    state = request.app.state
    if given is not None:
        staff = by_token(state.ledger, state.box_token, given.credentials)
        if staff is not None:
            return Asker(staff, None)
    elif state.accounts is not None and (found := state.accounts.who(request.cookies.get(COOKIE, ""))) is not None:
        if request.method not in _LOOKS and "origin" not in request.headers:
            raise HTTPException(403, "a session's cookie writes only from a page of this box")
        return Asker(*found)
    raise HTTPException(401, "sign in, or show a staff token: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})


def who(act: Act) -> Callable[..., Staff]:
    """A dependency that gives the member of staff who may do this, or answers 401 or 403."""

    def find(request: Request, asked: Annotated[Asker, Depends(asker)]) -> Staff:
        staff, session = asked.staff, asked.session
        if not staff.may(act):
            raise HTTPException(403, f"{staff.name} ({staff.role}) may not {act.replace('_', ' ')}")
        if act in SENSITIVE and session is not None and not request.app.state.accounts.fresh(session):
            raise ConfirmError
        return staff

    return find
