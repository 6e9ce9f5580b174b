"""Writes ui/shared/contract.ts from the shop's views and intents: one truth, two languages.

`python -m tools.contract` writes, `--check` fails on drift. Anything it does not understand stops it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

from paybooth.domain.report import Report
from paybooth.shop import gate_views, intents, now_views, views

OUT = Path(__file__).parent.parent / "ui" / "shared" / "contract.ts"
HEAD = (
    "// Generated from src/paybooth/shop/{views,gate_views,now_views,intents}.py by tools/contract.py. Do not edit.\n"
)


def _type(schema: dict[str, Any]) -> str:
    """A TypeScript type for a JSON schema as msgspec writes it."""
    match schema:
        case {"$ref": ref}:
            return str(ref).rpartition("/")[2]
        case {"const": value}:
            return _literal(value)
        case {"enum": values}:
            return " | ".join(_literal(value) for value in values)
        case {"anyOf": options}:
            return " | ".join(_type(option) for option in options)
        case {"type": "array", "items": items}:
            inner = _type(items)
            return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
        case {"type": "string"}:
            return "string"
        case {"type": "boolean"}:
            return "boolean"
        case {"type": "null"}:
            return "null"
        case {"type": "integer" | "number"}:
            return "number"
    raise SystemExit(f"contract: cannot express {schema}")


def _literal(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _interface(name: str, schema: dict[str, Any], *, from_server: bool) -> str:
    required = set(schema.get("required", ()))
    lines = []
    for field, each in schema["properties"].items():
        # what the box sends is always complete; what the page sends may leave defaults out
        optional = "" if from_server or field in required else "?"
        lines.append(f"  readonly {field}{optional}: {_type(each)};")
    return f"export interface {name} {{\n" + "\n".join(lines) + "\n}\n"


def _union(schema: dict[str, Any]) -> str:
    return " | ".join(_type(option) for option in schema.get("anyOf", [schema]))


def render() -> str:
    """The whole file."""
    server = (views.Hello, views.Snapshot, views.Cue, views.Pong)
    gate = (gate_views.GateSnapshot, gate_views.IncidentList, gate_views.IncidentPage, now_views.NowSnapshot, Report)
    client = (intents.Intent, intents.Ping, intents.Applied)
    parts = [HEAD]
    for kinds, from_server in (((*server, *gate), True), ((*client, gate_views.GateIntent), False)):
        _, components = msgspec.json.schema_components(kinds, ref_template="#/c/{name}")
        for name, schema in sorted(components.items()):
            parts.append(_interface(name, schema, from_server=from_server))
    for name, frames in (("ServerFrame", server), ("ClientFrame", client)):
        parts.append(f"export type {name} = {' | '.join(frame.__name__ for frame in frames)};\n")
    for name, kind in (("Action", intents.Action), ("GateAction", gate_views.GateAction)):
        actions = msgspec.json.schema_components((kind,), ref_template="#/c/{name}")[0][0]
        parts.append(f"export type {name} = {_union(actions)};\n")
    parts.append("export type Phase = BoothView['phase'];\nexport type NoticeKind = NoticeView['kind'];\n")
    return "\n".join(parts)


def main() -> None:
    text = render()
    if "--check" in sys.argv:
        if not OUT.exists() or OUT.read_text("utf-8") != text:
            raise SystemExit("contract: ui/shared/contract.ts is out of date; run python -m tools.contract")
        return
    OUT.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
