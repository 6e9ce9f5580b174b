"""`paybooth reconcile`: match a day with the bills, by the running shop or, where it is stopped, by itself."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx2
from cyclopts import Parameter

from .app import StartError, build, open_ledger, real_outside
from .config import Config, ConfigError
from .domain.payment import Channel
from .ports import BillFile
from .running import base, headers, is_running
from .shop import statement as paper
from .shop.days import BEIJING, DayNotBegunError
from .shop.shop import Shop
from .terminal import ConfigPath, configure_logs, fail, load_config, run_async
from .web.days import day_out

RETURNS_S = 30.0
"""How long late money on its way back is waited for; what is left the shop takes up at its next start."""
WHOLE_S = 300.0
"""Two bills of a busy day, fetched and matched."""


def reconcile(
    config: ConfigPath,
    *,
    date: str | None = None,
    wechat_bill: Path | None = None,
    alipay_bill: Path | None = None,
    csv: Path | None = None,
    pdf: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Match the journal, the payments and the channels' bills of one day; exit 0 only where nothing differs.

    Parameters
    ----------
    config
        The shop's TOML file.
    date
        Such as 2026-11-21, or today, in Beijing time, by which the channels cut days; yesterday where left out.
    wechat_bill
        A bill downloaded by hand, instead of asking WeChat Pay. While the shop is stopped.
    alipay_bill
        The same of Alipay: the zip as it came.
    csv
        Write figures and differences there.
    pdf
        Write the one-page report there.
    as_json
        The last line is one JSON object.

    """
    loaded = load_config(config)
    day = _day(date)
    files = _files({Channel.WECHAT: wechat_bill, Channel.ALIPAY: alipay_bill})
    configure_logs(verbose=False)
    found: list[_Found] = []

    async def main() -> None:
        try:
            found.append(await _by_itself(loaded, config.resolve().parent, day, files))
        except _RunningError:
            if files:
                fail("the shop is running: stop it to match bills at hand, or leave them out", 1)
            found.append(await _by_the_shop(loaded, day))

    run_async(main)
    (done,) = found
    for path, content in ((csv, done.csv), (pdf, done.pdf)):
        if path is not None:
            try:
                path.write_bytes(content)
            except OSError as error:
                fail(f"cannot write {path}: {error.strerror}", 1)
    print(done.json if as_json else done.text, end="\n" if as_json else "")
    sys.exit(0 if json.loads(done.json)["clean"] else 1)


class _Found:
    """The day in all its forms."""

    def __init__(self, json_: str, text: str, csv: bytes, pdf: bytes) -> None:
        self.json, self.text, self.csv, self.pdf = json_, text, csv, pdf


class _RunningError(Exception):
    """Another process has the ledger: the shop."""


def _day(word: str | None) -> date:
    today = datetime.now(BEIJING).date()
    if word in (None, "yesterday"):
        return today - timedelta(days=1)
    if word == "today":
        return today
    try:
        day = date.fromisoformat(word)
    except ValueError:
        fail(f"--date {word!r} is not a date; write it as {today - timedelta(days=1)}")
    if day > today:
        fail(f"{day} has not begun; today is {today} in Beijing, by which the wallets cut days")
    return day


def _files(given: dict[Channel, Path | None]) -> dict[Channel, BillFile]:
    files = {}
    for channel, path in given.items():
        if path is not None:
            try:
                files[channel] = BillFile(path.name, path.read_bytes())
            except OSError as error:
                fail(f"cannot read {path}: {error.strerror}", 1)
    return files


async def _by_itself(config: Config, folder: Path, day: date, files: dict[Channel, BillFile]) -> _Found:
    """Till and ledger for the time of the match, no booth. Raises _RunningError where the shop has them."""
    try:
        ledger = open_ledger(config.data)
    except StartError as error:
        if is_running(error):
            raise _RunningError from error
        raise
    with ledger:
        shop = build(config, ledger, real_outside(config, folder))
        missing = [channel for channel in files if channel not in shop.channels]
        if missing:
            raise ConfigError(f"this shop has no {missing[0]}: there is no [pay.{missing[0]}]")
        till = asyncio.create_task(shop.till.run(), name="till")
        try:
            await shop.till.ready.wait()
            await shop.days.match_all(day, files or None)
            await _returns(shop)
            return await _forms(shop, day)
        except DayNotBegunError as error:
            fail(str(error))
        finally:
            till.cancel()
            await asyncio.gather(till, return_exceptions=True)
            await shop.aclose()


async def _returns(shop: Shop) -> None:
    """Late money found in the bill is on its way back: give it time to arrive."""
    until_s = shop.clock.monotonic_s() + RETURNS_S
    while shop.ledger.open_refunds() and shop.clock.monotonic_s() < until_s:
        await shop.clock.sleep(0.2)


async def _forms(shop: Shop, day: date) -> _Found:
    statement = await shop.days.statement(day)
    text = "\n".join(paper.lines(statement)) + "\n"
    csv = ("\ufeff" + paper.as_csv(statement)).encode()
    return _Found(day_out(statement).model_dump_json(), text, csv, paper.as_pdf(statement, shop.settings.language))


async def _by_the_shop(config: Config, day: date) -> _Found:
    """Ask the shop that runs on this box."""
    address, url = base(config), f"/api/days/{day}"
    try:
        async with httpx2.AsyncClient(
            base_url=address, headers=headers(config), timeout=WHOLE_S, trust_env=False
        ) as client:
            answer = await client.post(f"{url}/match")
            if answer.status_code != 200:
                raise StartError(str(answer.json().get("detail", f"the shop answers HTTP {answer.status_code}")))
            forms = [await client.get(f"{url}.{kind}") for kind in ("txt?language=en", "csv", "pdf")]
    except (httpx2.HTTPError, ValueError) as error:
        raise StartError(f"a Paybooth holds the ledger but does not answer at {address}: {error}") from error
    text, csv, pdf = forms
    return _Found(answer.text, text.text, csv.content, pdf.content)
