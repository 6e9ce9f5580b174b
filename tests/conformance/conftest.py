from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from paybooth.domain.payment import Channel
from paybooth.drivers import alipay, wechat
from paybooth.lab.keys import Merchant, load_or_make

from .pay_bench import PayBench, pay_bench


@pytest.fixture(scope="session")
def merchant_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merchant")
    load_or_make(folder)
    return folder


@pytest.fixture(scope="session")
def merchant(merchant_folder: Path) -> Merchant:
    return load_or_make(merchant_folder)


@pytest.fixture(scope="session", autouse=True)
def keys_read_once() -> Iterator[None]:
    """Checking an RSA key takes 50 ms; the same bytes give the same key."""
    once = cache(load_pem_private_key)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wechat, "load_pem_private_key", once)
        patch.setattr(alipay, "load_pem_private_key", once)
        yield


@pytest.fixture(params=list(Channel), ids=str)
async def bench(
    request: pytest.FixtureRequest, anyio_backend: str, merchant_folder: Path, merchant: Merchant
) -> AsyncIterator[PayBench]:
    async with pay_bench(request.param, merchant_folder, merchant) as made:
        yield made
