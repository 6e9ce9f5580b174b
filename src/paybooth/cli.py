"""The command line: `paybooth run | init | backup | restore | check-config | devices | fsck | export | user … | …`.

Every refusal is one sentence on stderr that says what to do; exit 2 for a wrong call or configuration, 1 for a finding.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from . import __version__, drivers
from .about import about
from .app import (
    StartError,
    SystemChance,
    SystemClock,
    open_anchors,
    open_channels,
    open_devices,
    open_hooks,
    open_ledger,
    open_notifiers,
    prove_sale,
)
from .app import run as run_shop
from .backup import backup, restore
from .domain.anchor import Anchor, read_anchor
from .domain.goods import Difference, Product, difference
from .kiosk import kiosk
from .ledger import catalogue as shelves
from .ledger.disk import measure_sync, sync_warning
from .ledger.fsck import fsck as check_ledger
from .ledger.migrate import NewerSchemaError
from .ledger.proof import check_proof
from .people import user_app
from .ports import Health, LedgerFault
from .reconcile import reconcile
from .replay import replay
from .setup_shop import init
from .shop.catalogue import LineFault, read_csv, write_csv
from .tell import tell
from .terminal import ConfigPath, configure_logs, fail, load_config, progress_bar, run_async

app = App(name="paybooth", version=__version__, help="The open staff-less shop.")
catalogue_app = App(name="catalogue", help="Products in and out as CSV.")
app.command(catalogue_app)
app.command(user_app)
app.command(reconcile)
app.command(replay)
app.command(tell)
app.command(backup)
app.command(restore)
app.command(kiosk)
app.command(init)
app.command(about)
FAULTS_SHOWN = 50


@app.command
def run(config: ConfigPath) -> None:
    """Open the shop."""
    configure_logs(service=True)
    loaded = load_config(config)
    run_async(lambda: run_shop(loaded, config.resolve().parent))


@app.command
def check_config(config: ConfigPath) -> None:
    """Check the configuration: keys, key files, device addresses; and whether the disk keeps what it is given."""
    loaded = load_config(config)

    async def check() -> None:
        clock = SystemClock()
        channels = open_channels(loaded, config.resolve().parent, clock, SystemChance())
        devices = open_devices(loaded, clock)
        for channel in channels.values():
            await channel.aclose()
        for keeper in open_anchors(loaded):
            await keeper.aclose()
        for target in open_notifiers(loaded, config.resolve().parent, clock).values():
            await target.aclose()
        for hook in open_hooks(loaded, config.resolve().parent, clock).values():
            await hook.aclose()
        warning = _disk_warning(loaded.data)
        if warning:
            print(f"warning: {warning}.", file=sys.stderr)
        print(f"{config}: good. {len(loaded.shop.booths)} booths, {len(devices)} devices, {len(channels)} channels.")

    run_async(check)


def _disk_warning(data: Path) -> str | None:
    """Measured where the data folder is, or will be made."""
    folder = next(each for each in (data, *data.resolve().parents) if each.is_dir())
    try:
        return sync_warning(measure_sync(folder))
    except OSError as error:
        return f"cannot measure the disk of {data}: {error.strerror}; the shop writes its ledger there"


@app.command
def devices(config: ConfigPath, *, seconds: float = 6.0) -> None:
    """Ask every device and channel of the configuration how it is."""
    loaded = load_config(config)
    configure_logs(verbose=False)

    async def ask() -> None:
        clock = SystemClock()
        found: dict[str, Health] = {}
        channels = open_channels(loaded, config.resolve().parent, clock, SystemChance())
        tasks = [
            asyncio.create_task(device.run(partial(found.__setitem__, name)))
            for name, device in open_devices(loaded, clock).items()
        ]
        for kind, channel in channels.items():
            found[f"pay:{kind}"] = await channel.probe()
            await channel.aclose()
        await asyncio.wait(tasks or [asyncio.create_task(asyncio.sleep(0))], timeout=seconds if tasks else 0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for name in [*loaded.devices, *(f"pay:{c}" for c in channels)]:
            health = found.get(name)
            state = health.state if health else "unknown"
            print(f"{name:<20} {state:<9} {', '.join(health.reasons) if health else 'no answer yet'}")

    run_async(ask)


@app.command(name="drivers")
def list_drivers() -> None:
    """The drivers this installation knows."""
    for card in drivers.cards():
        print(f"{card.scheme:<44} {card.maturity:<6} {card.title}: {', '.join(card.capabilities)}")


@app.command
def fsck(
    config: ConfigPath,
    *,
    anchor: Path | None = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Prove the ledger: hash chain, schema, and that the journal folds to the tables.

    Parameters
    ----------
    config
        The shop's TOML file.
    anchor
        A file of anchors kept outside: proves too that nothing up to the newest was cut off or rewritten.
    as_json
        One JSON object instead of words.

    """
    loaded = load_config(config)
    path = loaded.data / "ledger.db"
    if not path.exists():
        fail(f"there is no ledger at {path}")
    anchors = _anchors(anchor, loaded.shop.code) if anchor else []
    try:
        with progress_bar("checking") as tell:
            report = check_ledger(path, anchors, progress=tell)
    except (LedgerFault, NewerSchemaError) as fault:
        fail(str(fault), 1)
    if as_json:
        print(
            json.dumps(
                {
                    "ok": report.ok,
                    "facts": report.facts,
                    "head": report.head,
                    "anchors": report.anchors,
                    "faults": report.faults,
                }
            )
        )
    else:
        print(f"{report.facts} facts, {report.sales} sales, {report.attempts} attempts, head {report.head}")
        if anchors:
            print(f"{report.anchors} of {len(anchors)} anchors fit, the newest is of {anchors[-1].day}")
        for found in report.faults:
            print(f"  FAULT {found}")
        print("ok" if report.ok else f"{len(report.faults)} faults")
    sys.exit(0 if report.ok else 1)


def _anchors(file: Path, shop: str) -> list[Anchor]:
    """The anchors of this shop in a file, oldest first. Exits where there are none: that would prove nothing."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    found = [anchor for line in lines if (anchor := read_anchor(line)) and anchor.shop == shop]
    torn = sum(1 for line in lines if line.strip() and read_anchor(line) is None)
    if torn:
        print(f"{file}: {torn} lines are no anchors (a power cut may tear one)", file=sys.stderr)
    if not found:
        fail(f"{file} holds no anchor of shop {shop}", 1)
    return found


@app.command
def export(
    config: Annotated[Path | None, Parameter(name="--config")] = None,
    *,
    sale: str | None = None,
    whole: bool = False,
    verify: Path | None = None,
    anchor: Path | None = None,
) -> None:
    """Print the proof of one sale as JSON, or check such a file without the ledger.

    Parameters
    ----------
    config
        The shop's TOML file; not needed to check.
    sale
        Sale id, receipt, order number, the channel's transaction, or a sale number (then the newest).
    whole
        Add every row from the sale to the journal's head, so that the path reaches it. Holds other sales too.
    verify
        Check this file instead.
    anchor
        With --verify: a file of anchors kept outside.

    """
    if verify is not None:
        _verify(verify, anchor)
        return
    if config is None or sale is None:
        fail("say --config and --sale, or --verify FILE")
    try:
        found = prove_sale(load_config(config), sale, whole=whole)
    except (StartError, LedgerFault, NewerSchemaError) as error:
        fail(str(error), 1)
    print(json.dumps(found, ensure_ascii=False, indent=2))


def _verify(file: Path, anchor: Path | None) -> None:
    try:
        found = json.loads(file.read_text("utf-8"))
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}")
    except ValueError as error:
        fail(f"{file} is not JSON: {error}", 1)
    shop = str(found.get("shop", "")) if isinstance(found, dict) else ""
    anchors = _anchors(anchor, shop) if anchor else []
    checked = check_proof(found, anchors)
    for fault in checked.faults:
        print(f"  FAULT {fault}")
    if checked.faults:
        print(f"{len(checked.faults)} faults")
        sys.exit(1)
    path = "the chain reaches the journal's head" if checked.reaches_head else "each row by itself"
    met = f", {checked.anchors} anchors met" if anchors else ""
    print(f"ok: sale {checked.sale}, {checked.rows} rows, {path}{met}")


@catalogue_app.command(name="import")
def import_catalogue(
    file: Path,
    config: ConfigPath,
    *,
    dry_run: bool = False,
    by: str = "console",
    reason: str = "import",
) -> None:
    """Replace the catalogue by a CSV file. All or nothing; shows what changes. Run it while the shop is stopped.

    Parameters
    ----------
    file
        The CSV file (UTF-8).
    config
        The shop's TOML file.
    dry_run
        Only show what would change.
    by
        Who imports, for the journal.
    reason
        Why, for the journal.

    """
    loaded = load_config(config)
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        fail(f"{file.name} is not UTF-8 (byte {error.start}); save it as CSV UTF-8", 1)
    except OSError as error:
        fail(f"cannot read {file}: {error.strerror}", 1)
    products = _read_with_progress(text)
    try:
        with open_ledger(loaded.data, threaded=False) as ledger:
            done = difference(shelves.load(ledger.reader), products)
            _show(done)
            if dry_run:
                print("dry run: nothing was changed")
                return
            now_ms = time.time_ns() // 1_000_000
            ledger.run_now(
                lambda cursor: shelves.replace_all(cursor, products, done, by=by, reason=reason), at_ms=now_ms
            )
            print(f"imported {len(products)} products")
    except (StartError, LedgerFault) as error:
        fail(str(error), 1)


def _read_with_progress(text: str) -> list[Product]:
    """All products, or every fault with its line and exit 1."""
    products: list[Product] = []
    faults: list[LineFault] = []
    bar = Progress(
        TextColumn("reading"), BarColumn(), MofNCompleteColumn(), console=Console(stderr=True), transient=True
    )
    with bar:
        task = bar.add_task("reading", total=max(1, text.count("\n") - 1))
        for count, each in enumerate(read_csv(text), 1):
            (products if isinstance(each, Product) else faults).append(each)  # type: ignore[arg-type]  # by its type
            if count % 2000 == 0:
                bar.update(task, completed=count)
    if faults:
        for fault in faults[:FAULTS_SHOWN]:
            print(f"line {fault.line}: {fault.what}", file=sys.stderr)
        more = f" (first {FAULTS_SHOWN} shown)" if len(faults) > FAULTS_SHOWN else ""
        fail(f"{len(faults)} lines have faults{more}; nothing was changed", 1)
    return products


def _show(done: Difference) -> None:
    for sku in done.added[:20]:
        print(f"+ {sku}")
    for each in done.changed[:20]:
        what = ", ".join(f"{field.name} {field.was} → {field.now}" for field in each.fields)
        print(f"~ {each.sku}: {what}")
    for sku in done.removed[:20]:
        print(f"- {sku}")
    print(f"{len(done.added)} added, {len(done.changed)} changed, {len(done.removed)} removed")


@catalogue_app.command(name="export")
def export_catalogue(file: Annotated[Path, Parameter(allow_leading_hyphen=True)], config: ConfigPath) -> None:
    """Write the catalogue as CSV; `-` is standard output."""
    loaded = load_config(config)
    try:
        with open_ledger(loaded.data, threaded=False) as ledger:
            lines = write_csv(shelves.load(ledger.reader))
            if str(file) == "-":
                sys.stdout.writelines(lines)
                return
            with file.open("w", encoding="utf-8", newline="") as out:
                out.writelines(lines)
    except (StartError, OSError) as error:
        fail(str(error), 1)


@app.command
def demo(
    *,
    port: int = 8800,
    data: Path | None = None,
    seed: int = 1,
    tour: bool = False,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """The whole shop with the world around it, on this machine: gateways, phone, printer, scanner.

    Parameters
    ----------
    port
        Where the pages are.
    data
        Keep everything in this folder; a fresh temporary one otherwise.
    seed
        Chance of the lab.
    tour
        Let scripted shoppers go through it all, then stop.
    as_json
        With --tour: the last line is one JSON object.

    """
    import paybooth.lab.demo as lab_demo  # noqa: PLC0415 the lab is loaded for the demo alone

    configure_logs(verbose=False)
    outcome: list[int] = []

    async def main() -> None:
        try:
            outcome.append(await lab_demo.run(port=port, data=data, seed=seed, tour=tour, as_json=as_json))
        except OSError as error:
            fail(f"cannot listen on port {port}: {error.strerror}; try --port {port + 1}")

    run_async(main)
    sys.exit(outcome[0] if outcome else 0)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
