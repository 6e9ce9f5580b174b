"""`paybooth backup` and `paybooth restore`: one file that holds a shop, and a shop out of one file."""

from __future__ import annotations

import dataclasses
import errno
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from . import __version__
from .archive import ENDINGS, ArchiveError, read_manifest, sync_folder, unpack, write
from .config import Config, ConfigError, load
from .ledger.copy import copy_database, head_of
from .ledger.fsck import Report
from .ledger.fsck import fsck as check_ledger
from .ledger.last_backup import note_backup
from .ledger.ledger import Ledger, sqlite_version
from .ledger.migrate import NewerSchemaError, migrations
from .ports import LedgerFault
from .ports_console import Backup
from .terminal import ConfigPath, fail, load_config, progress_bar

LEFT_S = 86_400.0
"""What is older than this in the making was left by a backup that was killed."""
_WORK = ".paybooth-backup-"
_STAGE = ".paybooth-restoring"


# ---------------------------------------------------------------- backup


def backup(file: Path, config: ConfigPath, *, keep: int = 0) -> None:
    """Write everything the shop needs to rise again into one archive. Works beside a running shop.

    Parameters
    ----------
    file
        The archive: NAME.tar.gz, or NAME.tar. A folder: there, named by shop and time.
    config
        The shop's TOML file.
    keep
        With a folder: keep so many of this shop's archives there, the newest; 0 keeps all.

    """
    loaded = load_config(config)
    folder = file if file.is_dir() else file.parent
    if not folder.is_dir():
        fail(f"there is no folder {folder}")
    target = folder / _name(loaded.shop.code) if file.is_dir() else file
    if not target.name.endswith(ENDINGS):
        fail(f"{target.name} must end in {', '.join(ENDINGS)}")
    if keep < 0 or (keep and not file.is_dir()):
        fail("--keep counts archives in a folder: name a folder, and a number of 1 or more")
    try:
        manifest = make_backup(loaded, config, target)
    except (LedgerFault, NewerSchemaError, ArchiveError) as error:
        full = isinstance(error, LedgerFault) and error.reason == "full"
        fail(_disk_full(folder) if full else f"nothing was written: {error}", 1)
    except OSError as error:
        fail(_disk_full(folder) if error.errno == errno.ENOSPC else f"nothing was written: {error}", 1)
    size = target.stat().st_size
    try:
        note_backup(loaded.data, Backup(int(time.time() * 1000), target.name, size))
    except OSError as error:
        print(f"the console will not know of it: {error}", file=sys.stderr)
    for name in manifest["left_out"]:
        print(f"left out: {name}", file=sys.stderr)
    head = manifest["head"]
    print(f"{target}: {len(manifest['files'])} files, {_mb(size)}, journal {head['seq']}:{head['hash'][:12]}")
    for old in _older(folder, loaded.shop.code, keep):
        old.unlink()
        print(f"removed {old.name}")


def _name(code: str) -> str:
    return f"{code}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"


def _older(folder: Path, code: str, keep: int) -> list[Path]:
    """The archives of this shop beyond the newest `keep`; their names sort by time."""
    return sorted(folder.glob(f"{code}-????????T??????Z.tar.gz"))[:-keep] if keep else []


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _disk_full(folder: Path) -> str:
    return f"the disk of {folder} is full; nothing was written. Free some space or name another folder"


def make_backup(config: Config, path: Path, target: Path) -> dict[str, Any]:
    """The archive of a shop; its manifest but for the sums. Raises LedgerFault, ArchiveError, OSError."""
    ledger = config.data / "ledger.db"
    if not ledger.is_file():
        raise LedgerFault("broken", f"there is no ledger at {ledger}")
    _sweep(target.parent, config.shop.code)
    with tempfile.TemporaryDirectory(prefix=_WORK, dir=target.parent) as made:
        work = Path(made)
        _check_space(config, target)
        files: dict[str, Path] = {}
        for name in ("ledger.db", "staff.db"):  # the ledger first: bills and staff of its last facts are there already
            if (config.data / name).is_file():
                with progress_bar(f"copying {name}") as tell:
                    copy_database(config.data / name, work / name, tell)
                files[f"data/{name}"] = work / name
        seq, digest, schema = head_of(work / "ledger.db")
        key = config.data / "shop.key"
        if key.is_file():
            files["data/shop.key"] = key
        bills = config.data / "bills"
        found = (each for each in sorted(bills.glob("*")) if each.is_file() and each.suffix != ".new")
        files |= {f"data/bills/{each.name}": each for each in found}
        files |= {f"data/pictures/{each.name}": each for each in sorted((config.data / "pictures").glob("*.webp"))}
        files[f"config/{path.name}"] = path
        keys, left_out = _keys(config, path)
        about = {
            "shop": config.shop.code,
            "version": __version__,
            "sqlite": sqlite_version(),
            "schema": schema,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "head": {"seq": seq, "hash": digest.hex()},
            "config": path.name,
            "left_out": left_out,
        }
        with progress_bar("packing") as tell:
            write(target, about, {**files, **keys}, tell)
    return {**about, "files": [*files, *keys]}


def _sweep(folder: Path, code: str) -> None:
    """What a killed backup left behind."""
    for left in (*folder.glob(f"{_WORK}*"), *folder.glob(f".{code}-*.new")):
        with suppress(OSError):
            if left.stat().st_mtime < time.time() - LEFT_S:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _check_space(config: Config, target: Path) -> None:
    """Refuse a disk on which the copy and then the archive cannot stand side by side."""
    each = ("ledger.db", "ledger.db-wal", "staff.db", "staff.db-wal")
    copied = sum((config.data / name).stat().st_size for name in each if (config.data / name).exists())
    kept = sum(found.stat().st_size for folder in ("bills", "pictures") for found in (config.data / folder).glob("*"))
    needed = copied + (copied + kept) // (1 if target.name.endswith(".tar") else 4)
    if shutil.disk_usage(target.parent).free < needed:
        raise OSError(errno.ENOSPC, "no space")


def _keys(config: Config, path: Path) -> tuple[dict[str, Path], list[str]]:
    """The key files inside the configuration's folder; and those left out, with the reason."""
    folder, inside, left_out = path.resolve().parent, {}, []
    named = [
        (f"[pay.{name}] {each.name}", str(value))
        for name, pay in (("wechat", config.wechat), ("alipay", config.alipay))
        if pay is not None
        for each in dataclasses.fields(pay)
        if isinstance(value := getattr(pay, each.name), Path) and value != Path()
    ]
    named += [(f"[[notify]] {target.name} secret", target.secret) for target in config.notify if target.secret]
    named += [(f"[[webhook]] {hook.name} secret", hook.secret) for hook in config.webhooks if hook.secret]
    for where, value in named:
        file = (folder / value).resolve()
        if value.startswith("env:"):
            left_out.append(f"{where}: it is in the environment ({value})")
        elif not file.is_relative_to(folder):
            left_out.append(f"{where}: {value} is outside of {folder}; keep a copy of it yourself")
        elif not file.is_file():
            left_out.append(f"{where}: there is no file {value}")
        else:
            inside[f"config/{file.relative_to(folder).as_posix()}"] = file
    return inside, left_out


# ---------------------------------------------------------------- restore


def restore(file: Path, *, to: Path, data: Annotated[Path | None, Parameter(name="--data")] = None) -> None:
    """Unpack an archive of `paybooth backup` into an empty folder, and prove the ledger in it.

    Exit 0: restored and proven. 1: the archive was refused and nothing is left of it, or fsck found faults in what was
    restored. 2: a wrong call.

    Parameters
    ----------
    file
        The archive.
    to
        Where configuration and keys go; made, or empty.
    data
        Where the data folder goes; `data` in the first by itself.

    """
    if not file.is_file():
        fail(f"there is no file {file}")
    data = data or to / "data"
    for folder in (to, data):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            fail(f"{folder} is not empty; a shop is restored into an empty folder, so that nothing is mixed or lost")
    try:
        manifest, report = _restore(file, to, data)
    except (ArchiveError, LedgerFault, NewerSchemaError) as error:
        fail(f"{error}. Nothing was restored", 1)
    except OSError as error:
        full = "the disk is full" if error.errno == errno.ENOSPC else str(error)
        fail(f"{full}. Nothing was restored", 1)
    made = f"backup of {manifest['made_at']} by Paybooth {manifest['version']}"
    print(f"{to}: shop {manifest['shop']}, {made}, {len(manifest['files'])} files")
    print(f"{report.facts} facts, {report.sales} sales, {report.attempts} attempts, head {report.head}")
    for left in manifest.get("left_out", []):
        print(f"not in the backup: {left}", file=sys.stderr)
    _say_where(to / manifest["config"], data)
    for found in report.faults:
        print(f"  FAULT {found}")
    print("ok" if report.ok else f"{len(report.faults)} faults: the shop's ledger was faulty when it was backed up")
    sys.exit(0 if report.ok else 1)


def _restore(file: Path, to: Path, data: Path) -> tuple[dict[str, Any], Report]:
    manifest = read_manifest(file)
    known = len(migrations())
    if manifest.get("schema", 0) > known:
        raise NewerSchemaError(f"the backup has schema {manifest['schema']}, this Paybooth knows {known}: update first")
    with ExitStack() as undo:
        trays = {"config": undo.enter_context(_tray(to)), "data": undo.enter_context(_tray(data))}
        if shutil.disk_usage(trays["data"]).free < sum(each["size"] for each in manifest["files"].values()):
            raise OSError(errno.ENOSPC, "no space")

        def place(name: str) -> Path:
            first, _, rest = name.partition("/")
            return trays[first] / rest

        with progress_bar("unpacking") as tell:
            unpack(file, manifest, place, tell)
        report = _prove(trays["data"] / "ledger.db", manifest)
        _move({place(name): trays[name.split("/")[0]].parent / name.partition("/")[2] for name in manifest["files"]})
    return manifest, report


def _move(files: dict[Path, Path]) -> None:
    """Each file to its place, all or none; nothing that is there is replaced."""
    if len(set(files.values())) != len(files):
        raise ArchiveError("two files of the archive have the same place")
    moved: list[Path] = []
    try:
        for staged, final in files.items():
            final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged.rename(final)
            moved.append(final)
    except BaseException:
        for final in moved:
            final.unlink()
        raise
    for folder in {final.parent for final in files.values()}:
        sync_folder(folder)


def _prove(ledger: Path, manifest: dict[str, Any]) -> Report:
    """Bring it to this version's schema, as a start would, and fold it."""
    if not ledger.is_file():
        raise ArchiveError("the backup holds no ledger")
    seq, digest, _ = head_of(ledger)
    if (seq, digest.hex()) != (manifest["head"]["seq"], manifest["head"]["hash"]):
        raise ArchiveError(f"the ledger ends at journal {seq}, its manifest says {manifest['head']['seq']}")
    with Ledger(ledger, threaded=False):
        pass
    with progress_bar("checking") as tell:
        report = check_ledger(ledger, progress=tell)
    wal = ledger.with_name("ledger.db-wal")
    assert not wal.exists() or wal.stat().st_size == 0, "closed by its only writer, all is in the file"
    return report


@contextmanager
def _tray(folder: Path) -> Iterator[Path]:
    """A stage inside a folder, so that it is on the same disk; gone afterwards, and the folder too if nothing came."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stage = folder / _STAGE
    try:
        stage.mkdir(mode=0o700)
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        for each in made:
            with suppress(OSError):  # what was restored stays
                each.rmdir()


def _say_where(config: Path, data: Path) -> None:
    """What the owner has to see to before a shop opens on it."""
    try:
        expected = load(config).data
    except ConfigError as error:
        print(f"{error}", file=sys.stderr)
        return
    if expected.resolve() != data.resolve():
        print(f"{config.name} says data = {str(expected)!r}; what was restored is in {data}", file=sys.stderr)
