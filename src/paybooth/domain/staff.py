"""Who works here and what each role may do. Deny by default: what a role does not list it may not."""

from __future__ import annotations

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


MAY: dict[Role, frozenset[Act]] = {
    Role.OWNER: frozenset(Act),
    Role.OPERATOR: frozenset(Act),
    Role.AUDITOR: frozenset({Act.SEE_MONEY, Act.SEE_INCIDENTS}),
    Role.TECHNICIAN: frozenset({Act.SEE_INCIDENTS, Act.HANDLE_INCIDENTS}),
    Role.STOCK: frozenset({Act.SEE_INCIDENTS}),
}

NAME = re.compile(r"\w[\w .-]{0,31}")
"""A name as the journal keeps it: 1 to 32 letters, digits, spaces, dots, dashes."""


@dataclass(frozen=True, slots=True)
class Staff:
    name: str
    role: Role

    def may(self, act: Act) -> bool:
        return act in MAY[self.role]
