"""Who works here and what each role may do. Deny by default: what a role does not list it may not."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    OPERATOR = "operator"
    TECHNICIAN = "technician"
    AUDITOR = "auditor"
    STOCK = "stock"


class Act(StrEnum):
    """What somebody may want to do."""

    SEE_MONEY = "see_money"
    REFUND = "refund"
    APPROVE_REFUND = "approve_refund"
    VOID = "void"
    MATCH = "match"
    SEE_INCIDENTS = "see_incidents"
    HANDLE_INCIDENTS = "handle_incidents"
    OPEN_DOOR = "open_door"
    ASSIST = "assist"
    SERVICE = "service"
    EDIT_GOODS = "edit_goods"
    EDIT_PLAN = "edit_plan"
    SEE_SETTINGS = "see_settings"
    EDIT_SETTINGS = "edit_settings"
    SEE_JOURNAL = "see_journal"
    SEE_PEOPLE = "see_people"
    MANAGE_PEOPLE = "manage_people"


MAY: dict[Role, frozenset[Act]] = {
    Role.OWNER: frozenset(Act),
    Role.OPERATOR: frozenset(set(Act) - {Act.MANAGE_PEOPLE, Act.EDIT_PLAN, Act.SEE_SETTINGS, Act.EDIT_SETTINGS}),
    Role.AUDITOR: frozenset({Act.SEE_MONEY, Act.SEE_INCIDENTS, Act.SEE_PEOPLE, Act.SEE_JOURNAL, Act.SEE_SETTINGS}),
    Role.TECHNICIAN: frozenset({Act.SEE_INCIDENTS, Act.HANDLE_INCIDENTS, Act.SERVICE, Act.EDIT_PLAN, Act.SEE_SETTINGS}),
    Role.STOCK: frozenset({Act.SEE_INCIDENTS, Act.EDIT_GOODS}),
}

NAME = re.compile(r"\w[\w .-]{0,31}")
"""A name as the journal keeps it: 1 to 32 letters, digits, spaces, dots, dashes."""


def token_hash(token: str) -> str:
    """What the ledger keeps of a token. Random 256 bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


PIN_DIGITS = 8


def staff_pin(key: str, hashed: str) -> str:
    """What somebody types at the entry: follows from the shop's key and their token, so it is kept nowhere."""
    digest = hmac.digest(key.encode(), f"staff pin {hashed}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8], 'big') % 10**PIN_DIGITS:0{PIN_DIGITS}d}"


@dataclass(frozen=True, slots=True)
class Staff:
    name: str
    role: Role

    def may(self, act: Act) -> bool:
        return act in MAY[self.role]
