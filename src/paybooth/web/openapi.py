"""What the OpenAPI document says beyond the models: examples of answers, one form of errors, answers that are views."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI

AT = "#/components/schemas/{name}"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "What went wrong, after RFC 9457. Nothing was changed unless it says so",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people"},
        "errors": {
            "type": "array",
            "description": "Of 422: where, and what",
            "items": {"type": "object", "properties": {"at": {"type": "string"}, "what": {"type": "string"}}},
        },
        "confirm": {"type": "boolean", "description": "Prove again who you are, then ask again"},
        "why": {"type": "string", "description": "One word, for programs"},
        "next": {"type": "string", "description": "What is asked for next, such as `code`"},
    },
}
UNKNOWN = {"booth": "There is no such booth", "sale": "There is no such sale", "gate": "There is no such gate"}
"""Part of an address → what its 404 means."""

ALWAYS = {
    "400": "The body cannot be read",
    "401": "Nobody is signed in, or the token is not known",
    "403": "This role may not do that, or the page comes from another origin",
    "413": "The body is longer than 64 KiB",
    "422": "The request does not have the documented form",
}
_VIEWS: dict[str, type] = {}
BINARY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""A file as it is: `openapi_extra` of a route that reads the body itself."""
_NULL = "\0null"
"""Stands for null in examples until the document is made: FastAPI leaves every null out of it."""


def _swapped(shown: Any, old: object, new: object) -> Any:
    """With `new` wherever `old` stood."""
    if isinstance(shown, dict):
        return {key: _swapped(value, old, new) for key, value in shown.items()}
    if isinstance(shown, list):
        return [_swapped(value, old, new) for value in shown]
    return new if shown == old else shown


def example(**fields: Any) -> dict[str, Any]:
    """Of a model: for `ConfigDict(json_schema_extra=…)`."""
    return {"examples": [_swapped(fields, None, _NULL)]}


def answer(shown: Any, view: type | None = None, media: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """Of an operation: what it answers, for `responses=`; `view` where that is one of the screens' own."""
    content: dict[str, Any] = {"example": _swapped(shown, None, _NULL)}
    if view is not None:
        _VIEWS[view.__name__] = view
        content["schema"] = {"$ref": AT.format(name=view.__name__)}
    elif not media.endswith("json"):
        content["schema"] = {"type": "string"}
    return {200: {"content": {media: content}}}


def listed(shown: dict[str, Any], name: str, view: type) -> dict[int | str, dict[str, Any]]:
    """The same where the views are the list `name` in an object."""
    found = answer(shown, view)
    content = found[200]["content"]["application/json"]
    items = {"type": "array", "items": content["schema"]}
    properties = {key: items if key == name else {"type": "string"} for key in shown}
    content["schema"] = {"type": "object", "required": list(shown), "properties": properties}
    return found


def finish(app: FastAPI) -> None:
    """The document from now on has all of this in it."""
    plain = app.openapi

    def whole() -> dict[str, Any]:
        known = app.openapi_schema is not None
        document = plain()
        if not known:
            _complete(document)
            app.openapi_schema = _swapped(document, _NULL, None)
        return app.openapi_schema or document

    app.openapi = whole  # type: ignore[method-assign]  # FastAPI's own way to extend it


def _complete(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas.update(msgspec.json.schema_components(_VIEWS.values(), ref_template=AT)[1])
    schemas["Problem"] = PROBLEM
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            for part, meaning in UNKNOWN.items():
                if f"{{{part}}}" in path:
                    responses.setdefault("404", {"description": meaning})
            if "security" in operation:
                responses.setdefault("401", {"description": ALWAYS["401"]})
                responses.setdefault("403", {"description": ALWAYS["403"]})
            if method != "get":
                responses.setdefault("403", {"description": ALWAYS["403"]})
            if "requestBody" in operation:
                responses.setdefault("400", {"description": ALWAYS["400"]})
                responses.setdefault("413", {"description": ALWAYS["413"]})
            if "422" in responses:
                responses["422"] = {"description": ALWAYS["422"]}
            for status, response in responses.items():
                if int(status) >= HTTPStatus.BAD_REQUEST:
                    response["content"] = {"application/problem+json": _problem(int(status), response["description"])}
            operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int, detail: str) -> dict[str, Any]:
    shown = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return {"schema": {"$ref": AT.format(name="Problem")}, "example": shown}
