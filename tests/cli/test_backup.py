"""`paybooth backup` and `restore`: a shop in one file, made beside its writer, and refused when anything is off."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import time
from itertools import pairwise
from types import SimpleNamespace

import apsw
import httpx2
import pytest

from paybooth import archive, cli
from paybooth.app import open_vault, shop_key
from paybooth.config import load
from paybooth.ledger.fsck import fsck
from paybooth.ledger.last_backup import last_backup
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.migrate import migrations

from .test_books import CONFIG, call, head, shop

__all__ = ["call", "shop"]

WRITER = """
import itertools, sys
from pathlib import Path
from tests.power.day import Basket, Pen
from tests.power.disk import Tape
from paybooth.ledger.ledger import Ledger
with Ledger(Path(sys.argv[1]), threaded=False) as ledger:
    pen = Pen(ledger, Tape())
    for number in itertools.count(1000):
        basket = Basket(pen, number).fill(1, 2, 1, 3)
        basket.paid(basket.charge()).receipt()
        print(number, flush=True)
"""


@pytest.fixture
def whole(shop):
    """The shop with everything a backup is to hold: staff, key, bills, key files inside and outside."""
    open_vault(shop / "data").close()
    shop_key(shop / "data")
    (shop / "data" / "bills").mkdir()
    (shop / "data" / "bills" / "wechat-2026-11-21.ab.csv").write_text("a bill")
    (shop / "data" / "bills" / "wechat-2026-11-22.cd.csv.new").write_text("half a bill")
    (shop / "data" / "pictures").mkdir()
    (shop / "data" / "pictures" / f"{'ab' * 16}.webp").write_text("a photo")
    (shop / "data" / "pictures" / f"{'cd' * 16}.webp.new").write_text("half a photo")
    (shop / "keys").mkdir()
    (shop / "keys" / "robot.txt").write_text("secret")
    text = (shop / "shop.toml").read_text("utf-8")
    for name, secret in (("near", "keys/robot.txt"), ("far", "/elsewhere/key"), ("air", "env:ROBOT")):
        text += f'[[notify]]\nname = "{name}"\nurl = "webhook+https://office.example"\nsecret = "{secret}"\n'
    text += '[[webhook]]\nname = "books"\nurl = "https://books.example"\nsecret = "keys/books.txt"\n'
    (shop / "keys" / "books.txt").write_text("secret")
    (shop / "shop.toml").write_text(text, "utf-8")
    return shop


@pytest.fixture
def restore(capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.app(["restore", *map(str, words)])
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return run


@pytest.fixture
def made(whole, call):
    assert call("backup", whole / "b.tar")[0] == 0
    return whole / "b.tar"


def members(file):
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def packed(file, found, *, link=""):
    """An archive of these members, as somebody with bad intent would write it."""
    with tarfile.open(file, "w") as tar:
        for name, content in found:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            if name == link:
                member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
            tar.addfile(member, io.BytesIO(content))
    return file


# ---------------------------------------------------------------- the whole way


def test_made_while_sales_are_committed_a_shop_opens_on_it(whole, call, restore, tmp_path_factory):
    before, _ = head(whole)
    command = [sys.executable, "-c", WRITER, str(whole / "data" / "ledger.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            first = int(next(writer.stdout))
            code, out, err = call("backup", whole / "b.tar.gz")
            later = int(next(writer.stdout))
        finally:
            writer.kill()
    assert (code, "journal" in out) == (0, True)
    assert later > first
    assert [line.partition(": ")[2] for line in err.splitlines()] == [
        f"[[notify]] far secret: /elsewhere/key is outside of {whole}; keep a copy of it yourself",
        "[[notify]] air secret: it is in the environment (env:ROBOT)",
    ]
    assert stat.S_IMODE((whole / "b.tar.gz").stat().st_mode) == 0o600
    assert not list(whole.glob(".*"))
    box = tmp_path_factory.mktemp("box")
    code, out, _ = restore(whole / "b.tar.gz", "--to", box)
    assert (code, out.splitlines()[-1]) == (0, "ok")
    seq, digest = head(box)
    assert seq > before
    assert f"head {seq}:{digest.hex()[:12]}" in out
    assert sorted(str(path.relative_to(box)) for path in box.rglob("*") if path.is_file()) == [
        "data/bills/wechat-2026-11-21.ab.csv",
        "data/ledger.db",
        "data/ledger.db.lock",
        f"data/pictures/{'ab' * 16}.webp",
        "data/shop.key",
        "data/staff.db",
        "keys/books.txt",
        "keys/robot.txt",
        "shop.toml",
    ]
    assert {stat.S_IMODE(path.stat().st_mode) for path in box.rglob("*")} == {0o600, 0o700}
    assert shop_key(box / "data") == shop_key(whole / "data")
    opens(box)


def opens(box):
    """A real shop on what was restored says that booths can scan."""
    (box / "shop.toml").write_text(CONFIG.format(port=0), "utf-8")
    command = [sys.executable, "-m", "paybooth", "run", "--config", str(box / "shop.toml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as running:
        try:
            url = next(json.loads(line)["url"] for line in running.stderr if '"serving"' in line)
            assert httpx2.get(f"{url}healthz", trust_env=False).json()["ok"] is True
        finally:
            running.terminate()
            running.stderr.read()
    assert fsck(box / "data" / "ledger.db").faults == []


def test_the_manifest_names_what_and_of_when(whole, made):
    seq, digest = head(whole)
    found = archive.read_manifest(made)
    assert (found["shop"], found["schema"], found["head"]) == (
        "LANE01",
        len(migrations()),
        {"seq": seq, "hash": digest.hex()},
    )
    assert next(iter(members(made))) == "manifest.json"
    assert set(found["files"]) == set(members(made)) - {"manifest.json"}


def test_data_can_go_elsewhere(made, restore, tmp_path):
    code, out, err = restore(made, "--to", tmp_path / "etc", "--data", tmp_path / "var" / "lib")
    assert (code, out.splitlines()[-1]) == (0, "ok")
    assert (tmp_path / "var" / "lib" / "ledger.db").is_file()
    assert f"what was restored is in {tmp_path / 'var' / 'lib'}" in err


def test_a_folder_keeps_the_newest(whole, call):
    folder = whole / "kept"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"LANE01-2026010{day}T000000Z.tar.gz").touch()
    (folder / "other.tar.gz").touch()
    assert call("backup", folder, "--keep", 2)[0] == 0
    names = sorted(path.name for path in folder.iterdir())
    assert (len(names), names[0], names[-1]) == (3, "LANE01-20260103T000000Z.tar.gz", "other.tar.gz")


def test_the_shop_is_told_and_a_restored_one_has_none_yet(whole, call, restore, tmp_path):
    target, data = whole / "told.tar.gz", load(whole / "shop.toml").data
    assert call("backup", target)[0] == 0
    found = last_backup(data)
    assert (found.file, found.size) == ("told.tar.gz", target.stat().st_size)
    assert 0 <= time.time() * 1000 - found.at_ms < 60_000
    assert restore(target, "--to", tmp_path / "box")[0] == 0
    assert not list((tmp_path / "box").rglob("backup.json"))


def test_a_backup_of_which_the_shop_cannot_be_told_is_a_backup(whole, call, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("paybooth.backup.note_backup", full)
    code, out, err = call("backup", whole / "quiet.tar.gz")
    assert (code, "quiet.tar.gz" in out) == (0, True)
    assert "the console will not know of it" in err


# ---------------------------------------------------------------- refused


def refused(answer, target, *, code=1):
    """The sentence, and nothing left behind."""
    assert (answer[0], answer[1]) == (code, "")
    assert not target.exists() or not any(target.iterdir())
    return answer[2]


@pytest.mark.parametrize("part", [0.3, 0.5, 0.9])
def test_a_flipped_byte(made, restore, tmp_path, part):
    content = bytearray(made.read_bytes())
    with tarfile.open(made) as tar:
        ledger = tar.getmember("data/ledger.db")
    content[ledger.offset_data + int(part * ledger.size)] ^= 1
    made.write_bytes(content)
    target = tmp_path / "box"
    assert "data/ledger.db is not what was backed up" in refused(restore(made, "--to", target), target)


def test_a_flipped_byte_of_a_gz(whole, call, restore, tmp_path):
    call("backup", whole / "b.tar.gz")
    content = bytearray((whole / "b.tar.gz").read_bytes())
    content[len(content) // 2] ^= 4
    (whole / "b.tar.gz").write_bytes(content)
    target = tmp_path / "box"
    assert "Nothing was restored" in refused(restore(whole / "b.tar.gz", "--to", target), target)


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
@pytest.mark.parametrize("part", [0.001, 0.02, 0.5, 0.98])
def test_a_truncated_file(whole, call, restore, tmp_path, part, ending):
    file = whole / f"b{ending}"
    call("backup", file)
    os.truncate(file, int(part * file.stat().st_size))
    target = tmp_path / "box"
    assert "Nothing was restored" in refused(restore(file, "--to", target), target)


EVIL = [
    "../evil",
    "data/../../evil",
    "/evil",
    "data//evil",
    "data/./x",
    "data\\x",
    "loose",
    "data/",
    "keys/x",
    "data/a\nb",
]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("name", EVIL)
def test_a_path_that_leads_elsewhere(made, restore, tmp_path, name, named):
    found = members(made)
    manifest = json.loads(found.pop("manifest.json"))
    if named:
        manifest["files"][name] = {"size": 1, "sha256": "0" * 64}
    rest = [("manifest.json", json.dumps(manifest).encode()), (name, b"x"), *found.items()]
    target = tmp_path / "box"
    said = refused(restore(packed(tmp_path / "evil.tar", rest), "--to", target), target)
    assert "leads elsewhere" in said
    assert not (tmp_path / "evil").exists()


def test_a_link_instead_of_a_file(made, restore, tmp_path):
    file = packed(tmp_path / "evil.tar", members(made).items(), link="data/shop.key")
    target = tmp_path / "box"
    assert "is not the plain file" in refused(restore(file, "--to", target), target)


@pytest.mark.parametrize("what", ["twice", "unnamed", "missing", "no ledger"])
def test_members_that_do_not_fit_the_manifest(made, restore, tmp_path, what):
    found = members(made)
    rest = list(found.items())
    if what == "twice":
        rest.append(("data/shop.key", found["data/shop.key"]))
    elif what == "unnamed":
        rest.append(("data/more", b"x"))
    elif what == "missing":
        rest.pop()
    else:
        manifest = json.loads(found.pop("manifest.json"))
        del manifest["files"]["data/ledger.db"], found["data/ledger.db"]
        rest = [("manifest.json", json.dumps(manifest).encode()), *found.items()]
    target = tmp_path / "box"
    assert "Nothing was restored" in refused(restore(packed(tmp_path / "odd.tar", rest), "--to", target), target)


@pytest.mark.parametrize(("key", "value"), [("schema", 999), ("paybooth_backup", 2)])
def test_from_a_newer_paybooth(made, restore, tmp_path, key, value):
    found = members(made)
    manifest = json.loads(found.pop("manifest.json")) | {key: value}
    file = packed(tmp_path / "new.tar", [("manifest.json", json.dumps(manifest).encode()), *found.items()])
    target = tmp_path / "box"
    assert "update first" in refused(restore(file, "--to", target), target)


def test_a_newer_schema_that_the_manifest_hides(whole, call, restore, tmp_path):
    call("backup", whole / "b.tar")
    found = members(whole / "b.tar")
    (tmp_path / "new.db").write_bytes(found["data/ledger.db"])
    db = apsw.Connection(str(tmp_path / "new.db"))
    db.execute("PRAGMA user_version = 999")
    db.close()
    size, digest = archive.digest_of(tmp_path / "new.db")
    manifest = json.loads(found["manifest.json"])
    manifest["files"]["data/ledger.db"] = {"size": size, "sha256": digest}
    found |= {
        "manifest.json": json.dumps(manifest).encode(),
        "data/ledger.db": (tmp_path / "new.db").read_bytes(),
    }
    target = tmp_path / "box"
    said = refused(restore(packed(tmp_path / "new.tar", found.items()), "--to", target), target)
    assert "the ledger has schema 999" in said


def test_no_backup_at_all(restore, tmp_path):
    (tmp_path / "notes.tar").write_bytes(b"hello" * 1000)
    target = tmp_path / "box"
    assert "Nothing was restored" in refused(restore(tmp_path / "notes.tar", "--to", target), target)
    assert "there is no file" in refused(restore(tmp_path / "none.tar", "--to", target), target, code=2)


def test_a_folder_that_is_not_empty(made, restore, tmp_path):
    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "mine.txt").write_text("mine")
    code, _, said = restore(made, "--to", tmp_path / "box")
    assert (code, "is not empty" in said) == (2, True)
    assert [path.name for path in (tmp_path / "box").iterdir()] == ["mine.txt"]


def test_a_faulty_ledger_is_restored_and_named(whole, call, restore, tmp_path):
    db = apsw.Connection(str(whole / "data" / "ledger.db"))
    db.execute("UPDATE sales SET total = total + 1 WHERE id = '20261122-00006'")
    db.close()
    call("backup", whole / "b.tar")
    code, out, _ = restore(whole / "b.tar", "--to", tmp_path / "box")
    assert (code, "FAULT" in out) == (1, True)
    assert (tmp_path / "box" / "data" / "ledger.db").is_file()


# ---------------------------------------------------------------- a backup that cannot be made


def test_a_full_disk_before_it_begins(whole, call, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    code, _, said = call("backup", whole / "b.tar")
    assert (code, "is full; nothing was written" in said) == (1, True)
    assert not list(whole.glob("*.tar")) + list(whole.glob(".*"))


def test_a_disk_that_fills_up_on_the_way(whole, call, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (whole / "b.tar").write_text("the one of yesterday")
    monkeypatch.setattr(archive.tarfile.TarFile, "addfile", full)
    code, _, said = call("backup", whole / "b.tar")
    assert (code, "is full; nothing was written" in said) == (1, True)
    assert (whole / "b.tar").read_text() == "the one of yesterday"
    assert not list(whole.glob(".*"))


def test_what_a_killed_backup_left_is_swept(whole, call):
    for name, age_s in ((".paybooth-backup-old", 90_000), (".paybooth-backup-new", 60)):
        (whole / name).mkdir()
        (whole / name / "ledger.db").touch()
        os.utime(whole / name, (time.time() - age_s,) * 2)
    (whole / ".LANE01-20260101T000000Z.tar.gz.new").touch()
    os.utime(whole / ".LANE01-20260101T000000Z.tar.gz.new", (1, 1))
    assert call("backup", whole / "b.tar")[0] == 0
    assert [path.name for path in whole.glob(".*")] == [".paybooth-backup-new"]


@pytest.mark.parametrize(
    ("words", "why"),
    [(("b.zip",), "must end in"), (("none/b.tar",), "there is no folder"), (("b.tar", "--keep", 3), "--keep counts")],
)
def test_a_wrong_call(whole, call, words, why):
    code, _, said = call("backup", whole / words[0], *words[1:])
    assert (code, why in said) == (2, True)


def test_no_ledger(whole, call):
    (whole / "data" / "ledger.db").unlink()
    assert call("backup", whole / "b.tar")[0] == 1


def test_a_copy_is_one_moment(whole, tmp_path):
    """Commits between two steps of the copy are not in it, and do not make it begin anew."""
    from paybooth.ledger import copy

    steps = []
    with Ledger(whole / "data" / "ledger.db", threaded=False) as ledger:
        before = ledger.head

        def more(done, total):
            from paybooth.domain import facts as f

            steps.append((done, total))
            if len(steps) < 20:
                ledger.commit_now(f.ShopStopped("again"), at_ms=1)

        copy.PAGES, kept = 4, copy.PAGES
        try:
            copy.copy_database(whole / "data" / "ledger.db", tmp_path / "copy.db", more)
        finally:
            copy.PAGES = kept
        assert ledger.head[0] > before[0]
    assert copy.head_of(tmp_path / "copy.db")[:2] == before
    assert len(steps) > 3
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(steps))
    assert fsck(tmp_path / "copy.db").faults == []
