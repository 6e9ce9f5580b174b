"""Who is at a console: signing in, sessions, one-time links, and the people themselves.

Proofs and sessions are the vault's, names and roles the ledger's; each change is journalled by name and reason, never
with a secret. Every answer to a wrong proof is the same, and takes as long.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum

import pyotp
import structlog
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from paybooth.domain import staff_facts as x
from paybooth.domain.account import (
    LINK_MS,
    TOTP_DIGITS,
    TOTP_STEP_S,
    Link,
    Proofs,
    Session,
    Throttle,
    password_fault,
)
from paybooth.domain.facts import Fact, StaffAdded, StaffRemoved
from paybooth.domain.staff import NAME, Role, Staff, staff_pin, token_hash
from paybooth.ports import Chance, Clock, Ledger, Secret
from paybooth.ports_staff import Vault

log = structlog.get_logger()

SEEN_EVERY_MS = 60_000
"""How often the vault hears that a session is in use."""

WAITING_MOST = 16
"""Passwords that wait to be checked; each costs 64 MiB and a tenth of a second, so one at a time."""

CODE = re.compile(rf"[0-9]{{{TOTP_DIGITS}}}")


class Why(StrEnum):
    """Why somebody was not let in, or a change was not made."""

    WRONG = "wrong"
    CODE_NEEDED = "code_needed"
    SLOW_DOWN = "slow_down"
    LINK_OVER = "link_over"
    NAME = "name_bad"
    TAKEN = "taken"
    SHORT = "short"
    LONG = "long"
    PLAIN = "plain"
    NOBODY = "nobody"
    LAST_OWNER = "last_owner"
    OFF = "off"
    NUMBER = "number"
    MANY = "many"


class AccountError(Exception):
    """Nothing was changed. `wait_s`: after that it may be tried again."""

    def __init__(self, why: Why, wait_s: float = 0.0) -> None:
        super().__init__(why.value)
        self.why = why
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: the address and the browser's name, as the web server saw them."""

    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`token` is the browser's to keep; the box keeps its hash."""

    token: str
    staff: Staff
    session: Session


def link_hash(token: str) -> str:
    return hashlib.sha256(b"link " + token.encode()).hexdigest()


def make_link(vault: Vault, token: str, name: str, now_ms: int) -> None:
    """Put a one-time link into the vault; `name` empty: for the first owner. Blocks."""
    vault.put_link(link_hash(token), Link(name, now_ms + LINK_MS))


def _nobodys(hasher: PasswordHasher) -> str:
    """A hash that no password has: what a name that is not there is checked against, so that it takes as long."""
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    salt, digest = (base64.b64encode(bytes(n)).decode().rstrip("=") for n in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19${costs}${salt}${digest}"


class Accounts:
    """All of a shop's staff."""

    def __init__(self, ledger: Ledger, vault: Vault, clock: Clock, chance: Chance, key: Secret) -> None:
        self._ledger = ledger
        self.vault = vault
        self.clock = clock
        self._chance = chance
        self._key = key
        self._throttle = Throttle()
        self._hasher = PasswordHasher()
        self._nobody = _nobodys(self._hasher)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._sessions = vault.sessions()

    # ------------------------------------------------------------ who asks

    def who(self, token: str) -> tuple[Staff, Session] | None:
        """Whose session this is; None where it is over, or nobody's."""
        hashed = token_hash(token)
        session = self._sessions.get(hashed)
        now_ms = self.clock.now_ms()
        if session is None or session.over(now_ms):
            return None
        staff = self.staff(session.name)
        if staff is None:
            return None
        if now_ms - session.seen_ms > SEEN_EVERY_MS:
            session = self._sessions[hashed] = replace(session, seen_ms=now_ms)
            self.vault.seen(session)
        return staff, session

    def everybody(self) -> list[Staff]:
        """By name."""
        return self._ledger.staff()

    def staff(self, name: str) -> Staff | None:
        return next((member for member in self._ledger.staff() if member.name == name), None)

    def fresh(self, session: Session) -> bool:
        """Whether they proved themselves a moment ago."""
        return session.fresh(self.clock.now_ms())

    @property
    def ownerless(self) -> bool:
        """Nobody can manage people yet."""
        return not any(member.role is Role.OWNER for member in self._ledger.staff())

    # ------------------------------------------------------------ signing in

    async def sign_in(self, name: str, password: str, code: str, visitor: Visitor) -> SignedIn:
        """Raises AccountError: WRONG, CODE_NEEDED or SLOW_DOWN. LedgerFault: nobody is let in unseen."""
        staff, how = await self._prove(name, password, code, visitor)
        return await self.admit(staff, how, visitor)

    async def confirm(self, token: str, password: str, code: str, visitor: Visitor) -> Session:
        """Prove oneself again before a sensitive act. Raises as `sign_in`."""
        found = self.who(token)
        if found is None:
            raise AccountError(Why.WRONG)
        await self._prove(found[0].name, password, code, visitor)
        return await self.freshen(token)

    async def freshen(self, token: str) -> Session:
        """They proved themselves again just now."""
        hashed, now_ms = token_hash(token), self.clock.now_ms()
        session = self._sessions[hashed] = replace(self._sessions[hashed], proved_ms=now_ms, seen_ms=now_ms)
        await asyncio.to_thread(self.vault.seen, session)
        return session

    async def _prove(self, name: str, password: str, code: str, visitor: Visitor) -> tuple[Staff, str]:
        wait_s = self._throttle.wait_s(name, visitor.address, self.clock.monotonic_s())
        if wait_s > 0:
            raise AccountError(Why.SLOW_DOWN, wait_s)
        staff = self.staff(name)
        proofs = await asyncio.to_thread(self.vault.proofs, name) if staff is not None else Proofs()
        if not await self._fits(proofs.password or self._nobody, password) or staff is None or not proofs.password:
            await self._miss(staff, name, visitor)
        assert staff is not None
        if not proofs.totp:
            self._throttle.hit(name, visitor.address)
            return staff, "password"
        if not code:
            raise AccountError(Why.CODE_NEEDED)
        if not await self._spend(name, code):
            await self._miss(staff, name, visitor)
        self._throttle.hit(name, visitor.address)
        return staff, "code"

    async def _spend(self, name: str, code: str) -> bool:
        """Whether the code is right; it never is again."""
        async with self._turn:
            proofs = await asyncio.to_thread(self.vault.proofs, name)
            step = self._step(proofs, code)
            if step is not None:
                await asyncio.to_thread(self.vault.keep_proofs, name, replace(proofs, totp_step=step))
        return step is not None

    async def _fits(self, hashed: str, password: str) -> bool:
        """One at a time, off the loop: no flood of guesses slows the booths."""
        if self._waiting >= WAITING_MOST:
            raise AccountError(Why.SLOW_DOWN, 5.0)
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(self._verify, hashed, password)
        finally:
            self._waiting -= 1

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (Argon2Error, InvalidHashError):
            return False

    async def _miss(self, staff: Staff | None, name: str, visitor: Visitor) -> None:
        """Always raises."""
        misses = self._throttle.missed(name, visitor.address, self.clock.monotonic_s())
        wait_s = self._throttle.wait_s(name, visitor.address, self.clock.monotonic_s())
        if wait_s > 0:
            log.warning("sign-in refused", misses=misses, address=visitor.address)
            await self.journal(x.SignInRefused(staff.name if staff is not None else "", visitor.address, misses))
        raise AccountError(Why.WRONG, wait_s)

    def _step(self, proofs: Proofs, code: str) -> int | None:
        """The time step a code is of: now or one beside, and later than the last one used (RFC 6238)."""
        if not CODE.fullmatch(code):
            return None
        totp = pyotp.TOTP(proofs.totp)
        now = self.clock.now_ms() // 1000 // TOTP_STEP_S
        fits = [step for step in (now - 1, now, now + 1) if totp.at(step * TOTP_STEP_S) == code]
        return next((step for step in fits if step > proofs.totp_step), None)

    async def admit(self, staff: Staff, how: str, visitor: Visitor) -> SignedIn:
        """A session for somebody who proved themselves. Raises LedgerFault: nobody is let in unseen."""
        token, now_ms = self._chance.token(32), self.clock.now_ms()
        agent, address = visitor.agent[:200], visitor.address[:64]
        session = Session(0, staff.name, how, agent, address, now_ms, now_ms, now_ms)
        number = await asyncio.to_thread(self.vault.open_session, token_hash(token), session)
        session = replace(session, number=number)
        try:
            await self.journal(x.SignedIn(staff.name, number, how, address))
        except BaseException:
            await asyncio.to_thread(self.vault.close_session, number)
            raise
        self._sessions[token_hash(token)] = session
        return SignedIn(token, staff, session)

    # ------------------------------------------------------------ sessions

    def sessions(self, name: str | None = None) -> list[Session]:
        """Those that are not over, newest first; of one or of all."""
        now_ms = self.clock.now_ms()
        live = [s for s in self._sessions.values() if not s.over(now_ms) and name in (None, s.name)]
        return sorted(live, key=lambda session: -session.number)

    async def sign_out(self, number: int, by: str, reason: str) -> None:
        """End a session. Raises AccountError NOBODY."""
        hashed = next((h for h, session in self._sessions.items() if session.number == number), None)
        if hashed is None:
            raise AccountError(Why.NOBODY)
        session = self._sessions.pop(hashed)
        await asyncio.to_thread(self.vault.close_session, number)
        await self.journal(x.SignedOut(session.name, number, by, reason))

    async def _sign_out_all(self, name: str, by: str, reason: str, *, but: int = 0) -> None:
        for session in self.sessions(name):
            if session.number != but:
                await self.sign_out(session.number, by, reason)

    # ------------------------------------------------------------ one-time links

    async def first_link(self) -> str | None:
        """The token of a link that makes the first owner; None where there is one already."""
        if not self.ownerless:
            return None
        token = self._chance.token(16)
        await asyncio.to_thread(make_link, self.vault, token, "", self.clock.now_ms())
        return token

    async def reset(self, name: str, by: str, reason: str) -> str:
        """The token of a link with which somebody chooses a new password. Raises AccountError NOBODY."""
        if self.staff(name) is None:
            raise AccountError(Why.NOBODY)
        token = self._chance.token(16)
        await self.journal(x.LinkMade(name, by, reason))
        await asyncio.to_thread(make_link, self.vault, token, name, self.clock.now_ms())
        return token

    async def link(self, token: str) -> Link:
        """Whose link this is. Raises AccountError LINK_OVER."""
        found = await asyncio.to_thread(self.vault.link, link_hash(token))
        if found is None or found.ends_ms < self.clock.now_ms() or (not found.name and not self.ownerless):
            raise AccountError(Why.LINK_OVER)
        return found

    async def use_link(self, token: str, name: str, password: str, visitor: Visitor) -> SignedIn:
        """Choose a password and be signed in; what they proved themselves with before is void.

        `name` counts for the first owner alone. Raises AccountError: LINK_OVER, NAME, or what is wrong with the
        password.
        """
        found = await self.link(token)
        name = found.name or name
        if not NAME.fullmatch(name):
            raise AccountError(Why.NAME)
        hashed = await self._hash(password, name)
        if not await asyncio.to_thread(self.vault.take_link, link_hash(token)):
            raise AccountError(Why.LINK_OVER)
        if not found.name:
            await self.journal(StaffAdded(name, Role.OWNER, token_hash(self._chance.token(32)), name, "first start"))
        await self._sign_out_all(name, name, "new password")
        await asyncio.to_thread(self.vault.forget, name)
        await asyncio.to_thread(self.vault.keep_proofs, name, Proofs(hashed))
        await self.journal(x.ProofChanged(name, "password", "set", name))
        staff = self.staff(name)
        if staff is None:
            raise AccountError(Why.LINK_OVER)
        return await self.admit(staff, "link", visitor)

    async def _hash(self, password: str, name: str) -> str:
        fault = password_fault(password, name)
        if fault is not None:
            raise AccountError(Why(fault.value))
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    # ------------------------------------------------------------ one's own proofs

    async def set_password(self, session: Session, password: str) -> None:
        """A new one; every other session of theirs ends. Raises AccountError for a password that is none."""
        hashed = await self._hash(password, session.name)
        proofs = await asyncio.to_thread(self.vault.proofs, session.name)
        await asyncio.to_thread(self.vault.keep_proofs, session.name, replace(proofs, password=hashed))
        await self.journal(x.ProofChanged(session.name, "password", "set", session.name))
        await self._sign_out_all(session.name, session.name, "new password", but=session.number)

    def new_secret(self) -> str:
        """For an authenticator app; 160 bits (RFC 4226, 4)."""
        return pyotp.random_base32()

    def app_address(self, name: str, secret: str, shop: str) -> str:
        """What the app's QR says (otpauth)."""
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"Paybooth {shop}")

    async def set_code(self, session: Session, secret: str, code: str) -> None:
        """From now on a code is asked for; it must be shown once first. Raises AccountError WRONG."""
        proofs = await asyncio.to_thread(self.vault.proofs, session.name)
        fresh = replace(proofs, totp=secret, totp_step=0)
        try:
            step = self._step(fresh, code)
        except ValueError:  # no base32
            step = None
        if step is None:
            raise AccountError(Why.WRONG)
        await asyncio.to_thread(self.vault.keep_proofs, session.name, replace(fresh, totp_step=step))
        await self.journal(x.ProofChanged(session.name, "code", "set", session.name))

    async def drop_code(self, session: Session) -> None:
        proofs = await asyncio.to_thread(self.vault.proofs, session.name)
        if not proofs.totp:
            raise AccountError(Why.OFF)
        await asyncio.to_thread(self.vault.keep_proofs, session.name, replace(proofs, totp="", totp_step=0))
        await self.journal(x.ProofChanged(session.name, "code", "removed", session.name))

    # ------------------------------------------------------------ people

    async def add(self, name: str, role: Role, by: str, reason: str) -> tuple[str, str]:
        """The token of their one-time link, and their PIN for the entry. Raises AccountError NAME or TAKEN."""
        if not NAME.fullmatch(name):
            raise AccountError(Why.NAME)
        if any(member.name.casefold() == name.casefold() for member in self._ledger.staff()):
            raise AccountError(Why.TAKEN)
        hashed = token_hash(self._chance.token(32))
        await self.journal(StaffAdded(name, role, hashed, by, reason))
        link = await self.reset(name, by, reason)
        return link, staff_pin(self._key.reveal(), hashed)

    async def set_role(self, name: str, role: Role, by: str, reason: str) -> None:
        """Raises AccountError NOBODY or LAST_OWNER."""
        for member, hashed in self._ledger.staff_hashes():
            if member.name == name:
                self._keep_an_owner(member, role)
                await self.journal(StaffAdded(name, role, hashed, by, reason))
                return
        raise AccountError(Why.NOBODY)

    async def remove(self, name: str, by: str, reason: str) -> None:
        """They may nothing any more, and nothing they prove themselves with is kept. Raises as `set_role`."""
        member = self.staff(name)
        if member is None:
            raise AccountError(Why.NOBODY)
        self._keep_an_owner(member, None)
        await self.journal(StaffRemoved(name, by, reason))
        await self._sign_out_all(name, by, reason)
        await asyncio.to_thread(self.vault.forget, name)

    def _keep_an_owner(self, member: Staff, role: Role | None) -> None:
        owners = [each for each in self._ledger.staff() if each.role is Role.OWNER]
        if role is not Role.OWNER and owners == [member]:
            raise AccountError(Why.LAST_OWNER)

    async def journal(self, happened: Fact) -> None:
        """On disk, now. Raises LedgerFault."""
        await self._ledger.commit(happened, at_ms=self.clock.now_ms())
