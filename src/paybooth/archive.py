"""A backup's file: a tar whose first member is a manifest with the sum of every other. Knows files, not shops.

Written whole or not at all; read with distrust: only what the manifest names, only plain files below the target, each
with its size and sum. Anything else refuses the whole archive.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_MOST = 32 * 1024 * 1024
BLOCK = 1024 * 1024
ENDINGS = (".tar", ".tar.gz", ".tgz")

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all) now and then."""


class ArchiveError(Exception):
    """Why this is no backup that may be unpacked."""


def digest_of(path: Path) -> tuple[int, str]:
    """(size, SHA-256 in hex) of a file."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            total.update(block)
            size += len(block)
    return size, total.hexdigest()


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Counted:
    """A file that tells how far it was read, and what the sum of it was."""

    def __init__(self, file: IO[bytes] | gzip.GzipFile, told: Callable[[int], None]) -> None:
        self._file, self._told, self.sum, self.size = file, told, hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.sum.update(block)
        self.size += len(block)
        self._told(len(block))
        return block


def write(target: Path, about: Mapping[str, Any], files: Mapping[str, Path], progress: Progress) -> None:
    """Write `files` (name in the archive → where it is) with a manifest; `target` is whole, synced, or untouched.

    Raises OSError, and ArchiveError where a file changed meanwhile.
    """
    sums = {name: digest_of(path) for name, path in files.items()}
    told = {name: {"size": size, "sha256": digest} for name, (size, digest) in sums.items()}
    manifest = json.dumps({"paybooth_backup": FORMAT, **about, "files": told}, ensure_ascii=False, indent=1).encode()
    done, total = 0, sum(size for size, _ in sums.values())

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(done, total)

    partial = target.with_name(f".{target.name}.new")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.fchmod(handle, 0o600)
        with os.fdopen(handle, "wb") as out:
            with tarfile.open(fileobj=out, mode="w" if target.name.endswith(".tar") else "w:gz") as tar:
                tar.addfile(_member(MANIFEST, len(manifest)), io.BytesIO(manifest))
                for name, path in files.items():
                    with path.open("rb") as file:
                        counted = _Counted(file, count)
                        tar.addfile(_member(name, sums[name][0]), counted)
                    if counted.sum.hexdigest() != sums[name][1]:
                        raise ArchiveError(f"{path} changed while it was read; try again")
            out.flush()
            os.fsync(out.fileno())
        partial.rename(target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    sync_folder(target.parent)


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, _Counted]]:
    """The archive as a stream; what a damaged one throws is one ArchiveError."""
    try:
        with path.open("rb") as plain, gzip.GzipFile(fileobj=plain, mode="rb") as zipped:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            stream = _Counted(zipped if packed else plain, lambda _: None)
            with tarfile.open(fileobj=stream, mode="r|") as tar:  # type: ignore[call-overload]  # it only reads
                yield tar, stream
    except (tarfile.TarError, EOFError, zlib.error, UnicodeError) as error:
        raise ArchiveError(f"{path.name} is damaged or no backup: {error}") from error
    except OSError as error:
        if error.errno is not None:  # the disk's; a bad gzip has none
            raise
        raise ArchiveError(f"{path.name} is damaged: {error}") from error


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest, checked in form. Raises ArchiveError, OSError."""
    with _opened(path) as (tar, _):
        member = tar.next()
        if member is None or member.name != MANIFEST or not member.isreg() or member.size > MANIFEST_MOST:
            raise ArchiveError(f"{path.name} is no backup of Paybooth: it does not begin with {MANIFEST}")
        file = tar.extractfile(member)
        assert file is not None, "a regular member has content"
        text = file.read()
    try:
        found = json.loads(text)
        assert isinstance(found, dict)
        if found["paybooth_backup"] > FORMAT:
            raise ArchiveError(f"{path.name} was written by a newer Paybooth ({found.get('version')}): update first")
        for name, each in found["files"].items():
            _check_name(name)
            assert isinstance(each["size"], int)
            assert each["size"] >= 0
            assert re.fullmatch(r"[0-9a-f]{64}", each["sha256"])
        assert isinstance(found["head"]["seq"], int)
        assert re.fullmatch(r"[0-9a-f]{64}", found["head"]["hash"])
        _check_name(f"config/{found['config']}")
    except (ValueError, AssertionError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(f"{path.name}: its manifest does not have the right form") from error
    return found


def _check_name(name: str) -> None:
    """Names that stay below the target, whatever they are joined to."""
    parts = name.split("/")
    fits = len(parts) >= 2 and parts[0] in ("data", "config") and len(name) <= 1024
    if not fits or any(part in ("", ".", "..") or not part.isprintable() or "\\" in part for part in parts):
        raise ArchiveError(f"the archive holds {name!r}, which leads elsewhere; nothing was unpacked")


def unpack(path: Path, manifest: Mapping[str, Any], place: Callable[[str], Path], progress: Progress) -> None:
    """Every file of the manifest to `place(name)`, for the owner alone, synced. Raises ArchiveError, OSError."""
    wanted: dict[str, Any] = dict(manifest["files"])
    total = sum(each["size"] for each in wanted.values())
    done = 0
    with _opened(path) as (tar, stream):
        tar.next()
        while (member := tar.next()) is not None:
            _check_name(member.name)
            expected = wanted.pop(member.name, None)
            if expected is None:
                raise ArchiveError(f"the archive holds {member.name!r} twice, or its manifest does not name it")
            if not member.isreg() or member.size != expected["size"]:
                raise ArchiveError(f"{member.name} is not the plain file of {expected['size']} bytes it should be")
            file = tar.extractfile(member)
            assert file is not None, "a regular member has content"
            if _write_out(file, place(member.name)) != expected["sha256"]:
                raise ArchiveError(f"{member.name} is not what was backed up: its sum differs")
            done += member.size
            progress(done, total)
        while stream.read(BLOCK):  # to its end: the sum of a gzip stands there
            pass
    if stream.size % tarfile.RECORDSIZE:
        raise ArchiveError(f"{path.name} is cut off")
    if wanted:
        raise ArchiveError(f"the archive ends before {next(iter(wanted))}")


def _write_out(file: IO[bytes], target: Path) -> str:
    """The sum of what was written."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    total = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out:
        while block := file.read(BLOCK):
            total.update(block)
            out.write(block)
        out.flush()
        os.fsync(out.fileno())
    sync_folder(target.parent)
    return total.hexdigest()
