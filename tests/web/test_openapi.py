"""The document for integrators is whole: each operation says what it does, answers and refuses, with examples that fit."""

from __future__ import annotations

from contextlib import asynccontextmanager

import httpx2
import jsonschema_rs
import pytest

from paybooth.app import SystemChance
from paybooth.domain.incident import Kind
from paybooth.ledger.vault import Vault
from paybooth.shop.accounts import Accounts
from paybooth.shop.settings import GateSettings
from paybooth.web import server

from ..shop.floor import Clock, DeskBoard, floor
from .test_api import GENEROUS, serve
from .test_refunds import hire

pytestmark = pytest.mark.anyio
NO_BODY = {"204"}


@asynccontextmanager
async def whole_box(path, who="Bo"):
    """A shop with everything an operation could be about: (client, its document)."""
    async with floor(path, gates={GateSettings("exit", board="board:exit"): DeskBoard()}) as desk:
        vault = Vault(path / "staff.db")
        accounts = Accounts(desk.ledger, vault, Clock(), SystemChance(), desk.shop.key)
        hire(desk)
        async with serve(server.build(desk.shop, accounts, rates=GENEROUS)) as port:
            base = f"http://127.0.0.1:{port}"
            headers = {"Authorization": f"Bearer {who}-token"}
            async with httpx2.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
                yield desk, client, (await client.get("/api/openapi.json")).json()
        vault.close()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def answers(document):
    """(operation, status, media type, content) of every answer that is not an error."""
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status.startswith("2") and status not in NO_BODY:
                for media, content in (response.get("content") or {"": {}}).items():
                    yield name, status, media, content


def examples(document, content):
    """Of an answer, or of the model it is."""
    schema = content.get("schema", {})
    if "example" in content:
        yield content["example"]
    for part, wrap in ((schema, lambda x: x), (schema.get("items", {}), lambda x: [x])):
        name = part.get("$ref", "").rpartition("/")[2]
        yield from map(wrap, document["components"]["schemas"].get(name, {}).get("examples", []))


def faults(document, content, *shown_):
    """Where an answer's examples, or what was really answered, do not fit its schema."""
    whole = {"$defs": document["components"]["schemas"], **_at_home(content["schema"])}
    whole["$defs"] = {name: _at_home(schema) for name, schema in whole["$defs"].items()}
    judge = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
    for shown in shown_ or examples(document, content):
        yield from (f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in judge.iter_errors(shown))


def _at_home(schema):
    if isinstance(schema, dict):
        return {
            key: value.replace("#/components/schemas/", "#/$defs/") if key == "$ref" else _at_home(value)
            for key, value in schema.items()
        }
    return [_at_home(each) for each in schema] if isinstance(schema, list) else schema


async def test_every_operation_tells_what_it_does_and_how_it_refuses(tmp_path):
    async with whole_box(tmp_path) as (_, _client, document):
        problem = "#/components/schemas/Problem"
        for name, operation in operations(document):
            assert operation.get("summary"), name
            assert operation.get("description"), name
            assert operation.get("tags"), name
            refused = {s: r for s, r in operation["responses"].items() if s[0] in "45"}
            assert refused, name
            for status, response in refused.items():
                assert response["description"], (name, status)
                content = response["content"]["application/problem+json"]
                assert content["schema"]["$ref"] == problem
                assert content["example"]["status"] == int(status)
        judge = jsonschema_rs.Draft202012Validator(document["components"]["schemas"]["Problem"])
        assert judge.is_valid({"type": "about:blank", "title": "x", "status": 404, "detail": "x"})


async def test_every_answer_has_an_example_that_fits(tmp_path):
    async with whole_box(tmp_path) as (_, _client, document):
        found = list(answers(document))
        assert len(found) > 45
        bare = [name for name, _, _, content in found if not list(examples(document, content))]
        assert bare == []
        wrong = {name: faulty for name, _, _, content in found if (faulty := list(faults(document, content)))}
        assert wrong == {}


async def test_an_example_that_does_not_fit_is_found(tmp_path):
    async with whole_box(tmp_path) as (_, _client, document):
        content = document["paths"]["/api/gates/{gate}"]["get"]["responses"]["200"]["content"]["application/json"]
        assert list(faults(document, content)) == []
        content["example"] = {**content["example"], "door": "ajar"}
        assert list(faults(document, content))


async def test_the_document_holds_together(tmp_path):
    async with whole_box(tmp_path) as (_, _client, document):
        names = document["components"]["schemas"].keys()
        asked = set()

        def walk(part):
            for key, value in part.items() if isinstance(part, dict) else enumerate(part):
                if key == "$ref":
                    asked.add(value.rpartition("/")[2])
                elif isinstance(value, dict | list):
                    walk(value)

        walk(document)
        assert asked <= names


async def test_what_is_answered_is_what_is_documented(tmp_path):
    """True answers, against the document."""
    async with whole_box(tmp_path) as (desk, client, document):
        desk.shop.exits.incidents.report(Kind.DOOR_HELD, "exit")
        for path, asked in {
            "/api/shop": "", "/api/devices": "", "/api/incidents": "", "/api/incidents/{incident}": "1", "/api/gates": "",
            "/api/gates/{gate}": "exit", "/api/gates/{gate}/view": "exit", "/api/session": "", "/api/roles": "",
            "/api/users": "", "/api/journal": "", "/api/products": "", "/api/days/{day}": "2026-11-21", "/healthz": "",
        }.items():  # fmt: skip
            url = path[: path.index("{")] + asked + path[path.index("}") + 1 :] if "{" in path else path
            answer = await client.get(url)
            content = document["paths"][path]["get"]["responses"][str(answer.status_code)]["content"]
            assert list(faults(document, content["application/json"], answer.json())) == [], path
