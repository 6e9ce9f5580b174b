"""schemathesis over the whole document, with what fits it and what does not: no 5xx, and nothing that is not documented."""

from __future__ import annotations

import asyncio

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .test_openapi import whole_box
from .test_refunds import sell

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]
EXAMPLES = 12
ENDLESS = {"/api/events"}
"""It never ends; tests/web/test_events.py."""

load_all_checks()
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def fuzz(document, base, token):
    """Every operation, so many times; how often all in all, and what was wrong, one word of each operation."""
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=base)
    tried, wrong = 0, {}
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in ENDLESS:
            continue
        for mode in GenerationMode:
            strategy = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def one(case):
                nonlocal tried
                tried += 1
                answer = case.call(headers={"Authorization": f"Bearer {token}"})
                case.validate_response(answer, checks=CHECKS)

            try:
                one()
            except Unsatisfiable:
                continue  # nothing about it can be wrong
            except (FailureGroup, Failure) as error:
                wrong[operation.label, mode.value] = str(error)
    return tried, wrong


async def test_no_input_makes_the_api_stumble(tmp_path):
    async with whole_box(tmp_path) as (desk, client, document):
        await sell(desk)
        tried, wrong = await asyncio.to_thread(fuzz, document, str(client.base_url), "Bo-token")
        assert wrong == {}
        assert tried > 800
        assert desk.shop.ready.is_set()
        assert (await client.get("/healthz")).status_code == 200
