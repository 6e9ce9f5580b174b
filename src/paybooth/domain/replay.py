"""An alarm judged again from its evidence: the very rule, on exactly what it looked at then."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from .exit_facts import Evidence, TagProof
from .passage import RULE, Move, Rule, Slice, Zone
from .passage import replay as judge


@dataclass(frozen=True, slots=True)
class Again:
    """One tag. `said`: the move of then; `found`: the move of now, None where nothing moved."""

    tag: TagProof
    slices: tuple[Slice, ...]
    said: str
    found: Move | None
    why_not: str = ""
    """Why it cannot be judged again; empty where it was."""

    @property
    def same(self) -> bool | None:
        """None: nobody can say."""
        return None if self.why_not else self.said == self.found


def judge_again(evidence: Evidence) -> list[Again]:
    """Every tag of it, in order."""
    why_not = _why_not(evidence)
    found = []
    for n, tag in enumerate(evidence.tags):
        reads = [read for read in evidence.reads if read.tag == n]
        slices = tuple(Slice(r.at_ms, r.zone == Zone.OUTER, r.n, r.rssi, r.power) for r in reads)
        move = None if why_not else judge(slices, evidence.eye_ms, rule_of(evidence))
        found.append(Again(tag, slices, evidence.move, move, why_not))
    return found


def rule_of(evidence: Evidence) -> Rule:
    """The rule with the settings of then."""
    settings: dict[str, Any] = dict(evidence.settings)
    return replace(Rule(), **settings)


def _why_not(evidence: Evidence) -> str:
    if evidence.rule != RULE:
        return f"it was judged by {evidence.rule}; this version has {RULE}"
    if {name for name, _ in evidence.settings} - {each.name for each in fields(Rule)}:
        return "it was judged with settings that this version does not know"
    if not evidence.reads or any(read.n <= 0 for read in evidence.reads):
        return "its reads were not kept whole"
    return ""
