"""The shop that runs on this box, as commands ask it: over its own REST, with the token of whoever can read its key."""

from __future__ import annotations

from typing import Any

import httpx2

from .app import StartError, shop_key
from .config import Config
from .ports import LedgerFault
from .web.staff import box_token

ANSWER_S = 20.0


def is_running(error: StartError) -> bool:
    """Whether the ledger could not be opened because a shop has it."""
    return isinstance(error.__cause__, LedgerFault) and error.__cause__.reason == "busy"


def base(config: Config) -> str:
    host = config.web.host
    return f"http://{f'[{host}]' if ':' in host else host}:{config.web.port}"


def headers(config: Config) -> dict[str, str]:
    return {"Authorization": f"Bearer {box_token(shop_key(config.data))}"}


def ask(config: Config, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST; the answer's object, empty where it has none. Raises StartError with the shop's own words."""
    try:
        with httpx2.Client(base_url=base(config), headers=headers(config), timeout=ANSWER_S, trust_env=False) as client:
            answer = client.post(path, json=body)
            found: dict[str, Any] = answer.json() if answer.content else {}
    except (httpx2.HTTPError, ValueError) as error:
        raise StartError(f"a Paybooth holds the ledger but does not answer at {base(config)}: {error}") from error
    if not answer.is_success:
        raise StartError(str(found.get("detail", f"the shop answers HTTP {answer.status_code}")))
    return found
