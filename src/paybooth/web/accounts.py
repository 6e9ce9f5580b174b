"""REST for signing in, sessions, one-time links, one's own proofs and the people of a shop."""

from __future__ import annotations

import math
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from pydantic import ConfigDict, Field

from paybooth.domain.account import IDLE_MS, LONGEST_MS, PASSKEYS_MOST, PASSWORD_LEAST, SENSITIVE, Session
from paybooth.domain.staff import MAY, Act, Role, Staff
from paybooth.ports import LedgerFault
from paybooth.shop.accounts import AccountError, Accounts, SignedIn, Visitor, Why
from paybooth.shop.booth import qr_svg
from paybooth.shop.shop import Shop

from .api import Model
from .openapi import example
from .staff import COOKIE, Asker, ConfirmError, RefusedError, asker, who

STATUS = {Why.WRONG: 401, Why.CODE_NEEDED: 401, Why.SLOW_DOWN: 429, Why.LINK_OVER: 410, Why.NOBODY: 404}
WHY: dict[Why, str] = {
    Why.WRONG: "name, password or code is wrong",
    Why.CODE_NEEDED: "now the code of the authenticator app",
    Why.SLOW_DOWN: "too many wrong tries; wait, then try again",
    Why.LINK_OVER: "this link was used, replaced, or is older than a day; ask for a new one",
    Why.NAME: "a name has 1 to 32 letters, digits, spaces, dots or dashes",
    Why.TAKEN: "somebody has that name",
    Why.SHORT: f"a password has at least {PASSWORD_LEAST} characters",
    Why.LONG: "a password has at most 256 characters",
    Why.PLAIN: "that password is too plain: use at least five different characters besides the name",
    Why.NOBODY: "there is no such person or session",
    Why.LAST_OWNER: "somebody has to be owner; make another one first",
    Why.OFF: "there is no authenticator code to turn off",
    Why.NUMBER: "passkeys need the box's name in the address, such as https://box.shop.example; a number has none",
    Why.MANY: f"you have {PASSKEYS_MOST} passkeys; remove one first",
}
NO: dict[int | str, dict[str, Any]] = {
    401: {"description": "Not signed in, or name, password or code is wrong; `next: code` asks for the code"},
    403: {"description": "This role may not do that; `confirm: true` asks to prove again who one is"},
    404: {"description": "No such person or session"},
    409: {"description": "Refused; `detail` says why and nothing was changed"},
    410: {"description": "The one-time link is over"},
    503: {"description": "The disk does not take it; nothing was changed"},
}
_HERE = {
    "number": 12,
    "name": "Amy",
    "how": "code",
    "agent": "Mozilla/5.0",
    "address": "192.168.1.20",
    "began_ms": 1795312800000,
    "seen_ms": 1795316400000,
    "mine": True,
}

Password = Annotated[str, Field(min_length=1, max_length=256)]
Code = Annotated[str, Field(max_length=16)]
Reason = Annotated[str, Field(min_length=1, max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=32)]
UserName = Annotated[str, Path(max_length=32, pattern=r"^\w[\w .-]{0,31}$")]
Manager = Annotated[Staff, Depends(who(Act.MANAGE_PEOPLE))]
Asked = Annotated[Asker, Depends(asker)]


class SignInIn(Model):
    name: Name
    password: Password
    code: Code = ""


class ConfirmIn(Model):
    password: Password
    code: Code = ""


class LinkIn(Model):
    token: Annotated[str, Field(min_length=16, max_length=64)]


class UseLinkIn(LinkIn):
    password: Password
    name: Annotated[str, Field(max_length=32)] = ""
    """For the first owner alone."""


class PasswordIn(Model):
    password: Password


class CodeIn(Model):
    secret: Annotated[str, Field(pattern=r"^[A-Z2-7]{32}$")]
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]


class PersonIn(Model):
    name: Name
    role: Role
    reason: Reason


class RoleIn(Model):
    role: Role
    reason: Reason


class WhyIn(Model):
    reason: Reason


class MeOut(Model):
    """Who is signed in, and what they may do."""

    model_config = ConfigDict(
        json_schema_extra=example(
            name="Amy",
            role="auditor",
            may=["see_journal", "see_incidents", "see_money", "see_people"],
            session=12,
            fresh=True,
            sensitive=["open_door", "refund"],
            code=True,
            passkeys=1,
        )
    )
    name: str
    role: Role
    may: list[Act]
    session: int
    """0: a token, which has none."""
    fresh: bool
    """Proved a moment ago; else sensitive acts ask again."""
    sensitive: list[Act]
    code: bool
    """Has an authenticator app."""
    passkeys: int


class SessionOut(Model):
    number: int
    name: str
    how: str
    agent: str
    address: str
    began_ms: int
    seen_ms: int
    mine: bool


class LinkOut(Model):
    model_config = ConfigDict(json_schema_extra=example(name="Chen Li"))
    name: str
    """Empty: it makes the first owner."""


class InviteOut(Model):
    model_config = ConfigDict(json_schema_extra=example(path="/console/incidents/#link=…", pin="48105377"))
    path: str
    """Of the one-time link on this box; it holds for a day and is shown this once."""
    pin: str = ""
    """For the keypad at the entry; empty where nothing new was made."""


class AppOut(Model):
    """For an authenticator app, until `PUT /api/me/code` shows that it works."""

    model_config = ConfigDict(
        json_schema_extra=example(
            secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106 an example
            address="otpauth://totp/LANE01:Amy?secret=…",
            qr_svg="<svg></svg>",
        )
    )
    secret: str
    address: str
    qr_svg: str


class PersonOut(Model):
    name: str
    role: Role
    password: bool
    code: bool
    sessions: int


class PeopleOut(Model):
    model_config = ConfigDict(
        json_schema_extra=example(
            people=[{"name": "Amy", "role": "owner", "password": True, "code": True, "sessions": 1}]
        )
    )
    people: list[PersonOut]


class SessionsOut(Model):
    model_config = ConfigDict(json_schema_extra=example(sessions=[_HERE], idle_ms=IDLE_MS, longest_ms=LONGEST_MS))
    sessions: list[SessionOut]
    idle_ms: int = IDLE_MS
    longest_ms: int = LONGEST_MS


class RoleOut(Model):
    role: Role
    may: list[Act]


class RolesOut(Model):
    model_config = ConfigDict(
        json_schema_extra=example(
            roles=[{"role": "stock", "may": ["see_incidents"]}], acts=["see_incidents", "open_door"]
        )
    )
    roles: list[RoleOut]
    acts: list[Act]


def visitor(request: Request) -> Visitor:
    return Visitor(request.client.host if request.client else "", request.headers.get("user-agent", ""))


def routes(shop: Shop, accounts: Accounts) -> APIRouter:
    """Everything under /api about who is who."""
    api = APIRouter(prefix="/api", responses=NO)
    _session(api, accounts)
    _own(api, shop, accounts)
    _people(api, accounts)
    return api


def me(accounts: Accounts, asked: Asker) -> MeOut:
    session, name = asked.session, asked.staff.name
    return MeOut(
        name=name,
        role=asked.staff.role,
        may=sorted(MAY[asked.staff.role]),
        session=session.number if session else 0,
        fresh=session is None or accounts.fresh(session),
        sensitive=sorted(SENSITIVE),
        code=bool(accounts.vault.proofs(name).totp),
        passkeys=len(accounts.vault.passkeys(name)),
    )


def set_session(request: Request, response: Response, made: SignedIn) -> None:
    """The cookie that says who one is; no script reads it, no other site sends it."""
    response.set_cookie(
        COOKIE,
        made.token,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        max_age=LONGEST_MS // 1000,
    )


def _session(api: APIRouter, accounts: Accounts) -> None:
    def signed_in(request: Request, response: Response, made: SignedIn) -> MeOut:
        set_session(request, response, made)
        return me(accounts, Asker(made.staff, made.session))

    @api.post("/session", tags=["session"])
    async def sign_in(given: SignInIn, request: Request, response: Response) -> MeOut:
        """Sign in; the session is a cookie. Without `code` where one is needed: 401 with `next: code`."""
        try:
            made = await accounts.sign_in(given.name, given.password, given.code, visitor(request))
        except (AccountError, LedgerFault) as error:
            cannot(error)
        return signed_in(request, response, made)

    @api.get("/session", tags=["session"])
    async def session(asked: Asked) -> MeOut:
        """Who asks."""
        return me(accounts, asked)

    @api.delete("/session", tags=["session"], status_code=204)
    async def sign_out(asked: Asked, response: Response) -> None:
        """End one's own session."""
        own = own_session(asked)
        try:
            await accounts.sign_out(own.number, own.name, "signed out")
        except (AccountError, LedgerFault) as error:
            cannot(error)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    @api.post("/session/confirm", tags=["session"])
    async def confirm(given: ConfirmIn, request: Request, asked: Asked) -> MeOut:
        """Prove again who one is: sensitive acts are free for some minutes."""
        own_session(asked)
        token = request.cookies.get(COOKIE, "")
        try:
            fresh = await accounts.confirm(token, given.password, given.code, visitor(request))
        except (AccountError, LedgerFault) as error:
            cannot(error)
        return me(accounts, Asker(asked.staff, fresh))

    @api.post("/link", tags=["session"])
    async def look(given: LinkIn) -> LinkOut:
        """Whose one-time link this is."""
        try:
            return LinkOut(name=(await accounts.link(given.token)).name)
        except (AccountError, LedgerFault) as error:
            cannot(error)

    @api.post("/link/use", tags=["session"])
    async def use(given: UseLinkIn, request: Request, response: Response) -> MeOut:
        """Choose a password by a one-time link and be signed in; older proofs and sessions are void."""
        try:
            made = await accounts.use_link(given.token, given.name.strip(), given.password, visitor(request))
        except (AccountError, LedgerFault) as error:
            cannot(error)
        return signed_in(request, response, made)


def own_session(asked: Asker) -> Session:
    """Of who asks. Refuses tokens: they have none."""
    if asked.session is None:
        raise HTTPException(409, "a token has no session and no password of its own; sign in with a password")
    return asked.session


def proved(request: Request, asked: Asked) -> Session:
    """One's own session, proved a moment ago."""
    own = own_session(asked)
    if not request.app.state.accounts.fresh(own):
        raise ConfirmError
    return own


Proved = Annotated[Session, Depends(proved)]


def _own(api: APIRouter, shop: Shop, accounts: Accounts) -> None:
    @api.put("/me/password", tags=["session"], status_code=204)
    async def password(given: PasswordIn, own: Proved) -> None:
        """A new password; every other session of one's own ends."""
        try:
            await accounts.set_password(own, given.password)
        except (AccountError, LedgerFault) as error:
            cannot(error)

    @api.post("/me/code", tags=["session"])
    async def app(own: Proved) -> AppOut:
        """A new secret for an authenticator app; nothing changes before `PUT` shows a code of it."""
        secret = accounts.new_secret()
        address = accounts.app_address(own.name, secret, shop.settings.code)
        return AppOut(secret=secret, address=address, qr_svg=qr_svg(address))

    @api.put("/me/code", tags=["session"], status_code=204)
    async def code(given: CodeIn, own: Proved) -> None:
        """From now on signing in asks for a code of this app."""
        try:
            await accounts.set_code(own, given.secret, given.code)
        except (AccountError, LedgerFault) as error:
            cannot(error, wrong=422)

    @api.delete("/me/code", tags=["session"], status_code=204)
    async def no_code(own: Proved) -> None:
        """Signing in asks for the password alone again."""
        try:
            await accounts.drop_code(own)
        except (AccountError, LedgerFault) as error:
            cannot(error)

    @api.get("/sessions", tags=["session"])
    async def sessions(asked: Asked) -> SessionsOut:
        """One's own sessions; with the right to see people, everybody's."""
        name = None if asked.staff.may(Act.SEE_PEOPLE) else asked.staff.name
        mine = asked.session.number if asked.session else 0
        fields = ("number", "name", "how", "agent", "address", "began_ms", "seen_ms")
        found = accounts.sessions(name)
        return SessionsOut(
            sessions=[SessionOut(**{f: getattr(s, f) for f in fields}, mine=s.number == mine) for s in found]
        )

    @api.post("/sessions/{number}/end", tags=["session"], status_code=204)
    async def end(number: Annotated[int, Path(ge=1)], why: WhyIn, asked: Asked) -> None:
        """End a session: one's own, or with the right to manage people anybody's."""
        found = next((s for s in accounts.sessions() if s.number == number), None)
        allowed = asked.staff.may(Act.MANAGE_PEOPLE)
        if found is None or not (found.name == asked.staff.name or allowed):
            raise HTTPException(404, WHY[Why.NOBODY])
        try:
            await accounts.sign_out(number, asked.staff.name, why.reason)
        except (AccountError, LedgerFault) as error:
            cannot(error)


def _people(api: APIRouter, accounts: Accounts) -> None:
    @api.get("/users", tags=["people"], dependencies=[Depends(who(Act.SEE_PEOPLE))])
    async def users() -> PeopleOut:
        """Everybody who works here."""
        people = []
        for member in accounts.everybody():
            proofs = accounts.vault.proofs(member.name)
            live = len(accounts.sessions(member.name))
            has = {"password": bool(proofs.password), "code": bool(proofs.totp)}
            people.append(PersonOut(name=member.name, role=member.role, sessions=live, **has))
        return PeopleOut(people=people)

    @api.get("/roles", tags=["people"], dependencies=[Depends(who(Act.SEE_PEOPLE))])
    async def roles() -> RolesOut:
        """The matrix: what each role may do; what is not listed it may not."""
        return RolesOut(roles=[RoleOut(role=role, may=sorted(MAY[role])) for role in Role], acts=list(Act))

    @api.post("/users", tags=["people"], status_code=201)
    async def add(given: PersonIn, staff: Manager) -> InviteOut:
        """Somebody new; the link is theirs to choose a password."""
        try:
            token, pin = await accounts.add(given.name.strip(), given.role, staff.name, given.reason)
        except (AccountError, LedgerFault) as error:
            cannot(error)
        return InviteOut(path=link_path(token), pin=pin)

    @api.put("/users/{name}/role", tags=["people"], status_code=204)
    async def role(name: UserName, given: RoleIn, staff: Manager) -> None:
        """Another role."""
        try:
            await accounts.set_role(name, given.role, staff.name, given.reason)
        except (AccountError, LedgerFault) as error:
            cannot(error)

    @api.post("/users/{name}/link", tags=["people"])
    async def link(name: UserName, why: WhyIn, staff: Manager) -> InviteOut:
        """A new one-time link, for who lost password or phone; an older one is void."""
        try:
            return InviteOut(path=link_path(await accounts.reset(name, staff.name, why.reason)))
        except (AccountError, LedgerFault) as error:
            cannot(error)

    @api.post("/users/{name}/remove", tags=["people"], status_code=204)
    async def remove(name: UserName, why: WhyIn, staff: Manager) -> None:
        """They may do nothing any more, at once."""
        try:
            await accounts.remove(name, staff.name, why.reason)
        except (AccountError, LedgerFault) as error:
            cannot(error)


def link_path(token: str) -> str:
    """The token stands behind the #: it reaches no log and no referrer."""
    return f"/console/#link={token}"


def refused(status: int, error: AccountError) -> RefusedError:
    headers = {"Retry-After": str(math.ceil(error.wait_s))} if error.wait_s > 0 else None
    next_ = "code" if error.why is Why.CODE_NEEDED else ""
    return RefusedError(status, WHY[error.why], error.why.value, next_=next_, headers=headers)


def cannot(error: AccountError | LedgerFault, *, wrong: int = 401) -> NoReturn:
    """As problem details."""
    if isinstance(error, LedgerFault):
        raise HTTPException(503, "the disk does not take it now; nothing was changed") from error
    status = STATUS.get(error.why, 409)
    raise refused(wrong if error.why is Why.WRONG else status, error) from error
