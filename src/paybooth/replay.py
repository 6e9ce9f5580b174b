"""`paybooth replay N`: the evidence of an incident as a picture, and its rule judging it once more."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import Annotated, Any

from cyclopts import Parameter

from .app import StartError, beside
from .domain.exit_facts import Evidence, IncidentOpened, IncidentRepeated
from .domain.incident import Incident
from .domain.passage import Figures, Slice, figures
from .domain.replay import Again, judge_again, rule_of
from .ledger.books import Books
from .terminal import ConfigPath, fail, load_config

COLUMN_MS = 100
COLUMNS_MOST = 64
BARS = " ▁▂▃▄▅▆▇█"
WEAKEST_DBM, STRONGEST_DBM = -75, -40


def replay(incident: int, config: ConfigPath, *, as_json: Annotated[bool, Parameter(name="--json")] = False) -> None:
    """Judge an alarm again from the reads that were kept: 0 as then, 1 not as then, 2 not all of it could be judged.

    Parameters
    ----------
    incident
        Its number.
    config
        The shop's TOML file.
    as_json
        One JSON object instead of text.

    """
    loaded = load_config(config)
    try:
        with beside(loaded.data) as db:
            books = Books(db)
            found = books.incident(incident)
            steps = [step.fact for step in books.incident_steps(incident)]
    except StartError as error:
        fail(str(error), 2)
    if found is None:
        fail(f"there is no incident {incident}", 2)
    kept = [s.evidence for s in steps if isinstance(s, IncidentOpened | IncidentRepeated) and s.evidence is not None]
    if not kept:
        fail(f"incident {incident} ({found.kind}) has no reads of tags", 2)
    judged = [(evidence, again) for evidence in kept for again in judge_again(evidence)]
    print(json.dumps(_as_json(found, judged)) if as_json else _as_text(found, judged, loaded.shop.zone))
    answers = {again.same for _, again in judged}
    sys.exit(1 if False in answers else 2 if None in answers else 0)


def _as_json(found: Incident, judged: Sequence[tuple[Evidence, Again]]) -> dict[str, Any]:
    tags = [
        {
            "sku": again.tag.sku,
            "serial": again.tag.serial,
            "standing": again.tag.standing,
            "at_ms": evidence.bookmark_ms,
            "rule": evidence.rule,
            "said": again.said,
            "found": again.found,
            "same": again.same,
            "why_not": again.why_not,
            "eye_ms": evidence.eye_ms,
            "figures": figures(again.slices)._asdict(),
            "slices": [slice_._asdict() for slice_ in again.slices],
        }
        for evidence, again in judged
    ]
    return {"incident": found.id, "kind": found.kind, "place": found.place, "tags": tags}


def _as_text(found: Incident, judged: Sequence[tuple[Evidence, Again]], zone: timezone) -> str:
    names = {item.sku: item.name_en or item.name_zh for item in found.items}
    lines = [f"incident {found.id}: {found.kind} at {found.place}"]
    for evidence, again in judged:
        at = datetime.fromtimestamp(evidence.bookmark_ms / 1000, zone)
        name = names.get(again.tag.sku, again.tag.sku)
        lines += ["", f"{name} · serial {again.tag.serial} · {again.tag.standing} · {at:%Y-%m-%d %H:%M:%S.%f}"[:-3]]
        lines += _picture(again.slices)
        lines += _compared(figures(again.slices), evidence)
        lines.append(_verdict(evidence, again))
    return "\n".join(lines)


def _picture(slices: Sequence[Slice]) -> list[str]:
    """Two rows over time, a tenth of a second each: as high as the side saw it."""
    first_ms = min((each.at_ms for each in slices), default=0)
    width = min(COLUMNS_MOST, -first_ms // COLUMN_MS + 1)
    rows = []
    for title, outer in (("inner", False), ("outer", True)):
        row = [" "] * width
        for each in slices:
            column = width - 1 + each.at_ms // COLUMN_MS
            if each.outer is outer and 0 <= column < width:
                row[column] = _bar(each.best)
        rows.append(f"  {title} |{''.join(row)}|")
    axis = f"{-(width - 1) * COLUMN_MS / 1000:.1f} s"
    return [*rows, f"        {axis}{'0'.rjust(max(1, width - len(axis)))}"]


def _bar(dbm: int) -> str:
    share = (dbm - WEAKEST_DBM) / (STRONGEST_DBM - WEAKEST_DBM)
    return BARS[min(len(BARS) - 1, max(1, round(share * (len(BARS) - 1))))]


def _compared(is_: Figures, evidence: Evidence) -> list[str]:
    rule = rule_of(evidence)
    needs = {
        "reads": f"{rule.min_reads} ({rule.min_reads_seen} with the light beam)",
        "inner_best": f"{rule.through_dbm} dBm",
        "outer_best": f"{rule.through_dbm} dBm",
        "lag_ms": f"{rule.lag_s * 1000:.0f} ms",
        "lead_db": f"{rule.lead_db:g} dB",
        "fade_db": f"{rule.fade_db:g} dB",
        "rise_db": f"{rule.rise_db:g} dB",
    }
    units = {"reads": "", "lag_ms": " ms"}
    lines = []
    for name, value in is_._asdict().items():
        unit = units.get(name, " dBm" if name.endswith("best") else " dB")
        label = name.removesuffix("_ms").removesuffix("_db").replace("_", " ")
        shown = "nothing read" if value is None else f"{value:.0f}{unit}"
        lines.append(f"  {label:<12}{shown:>14}   needs {needs[name]}")
    beam = "never" if evidence.eye_ms is None else f"{evidence.eye_ms / 1000:+.1f} s"
    return [*lines, f"  {'light beam':<12}{beam:>14}   counts within {rule.eye_s:g} s"]


def _verdict(evidence: Evidence, again: Again) -> str:
    if again.why_not:
        return f"  cannot be judged again: {again.why_not}"
    word = "as then" if again.same else f"NOT as then ({again.said or 'nothing'})"
    return f"  judged again by {evidence.rule}: {again.found or 'nothing'}, {word}"
