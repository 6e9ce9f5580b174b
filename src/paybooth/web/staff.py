"""Who asks: staff prove themselves with a bearer token; each route names the act it is about."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from paybooth.domain.staff import Act, Role, Staff, token_hash
from paybooth.ports import Ledger, Secret

_BEARER = HTTPBearer(auto_error=False, description="The token that `paybooth user add` printed")


def box_token(key: Secret) -> str:
    """What commands on the box prove themselves with: whoever can read the shop's key owns the box."""
    return hmac.new(key.reveal().encode(), b"command on the box", hashlib.sha256).hexdigest()


def by_token(ledger: Ledger, box: str, token: str) -> Staff | None:
    """Whose token this is; `box` is the one of commands on the box."""
    if hmac.compare_digest(token.encode(), box.encode()):
        return Staff("the box", Role.OWNER)
    return ledger.staff_by_token(token_hash(token))


def who(act: Act) -> Callable[..., Staff]:
    """A dependency that gives the member of staff who may do this, or answers 401 or 403.

    Wants `app.state.ledger` and `app.state.box_token`.
    """

    def find(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Staff:
        state = request.app.state
        staff = by_token(state.ledger, state.box_token, given.credentials if given else "")
        if staff is None:
            raise HTTPException(401, "show a staff token: Authorization: Bearer …", {"WWW-Authenticate": "Bearer"})
        if not staff.may(act):
            raise HTTPException(403, f"{staff.name} ({staff.role}) may not {act.replace('_', ' ')}")
        return staff

    return find
