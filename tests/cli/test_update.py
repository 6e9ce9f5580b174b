"""`deploy/update.sh`: staged, tried on a copy, and back by itself; with real shops, and a systemctl of our own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import apsw
import httpx2
import pytest

from paybooth.config import load
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.ledger.migrate import migrations
from tests.power.day import Basket, Pen
from tests.power.disk import Tape

from .test_books import shop

__all__ = ["shop"]

pytestmark = pytest.mark.timeout(120)
SCRIPT = Path(str(files("paybooth") / "deploy" / "update.sh"))
PROGRAM = Path(__file__).with_name("update_program.py")

SYSTEMCTL = """\
#!/bin/sh
# stop and restart one service, as a process
echo "$*" >>"$HERE/systemctl.log"
if [ -f "$HERE/pid" ]; then
  kill "$(cat "$HERE/pid")" 2>/dev/null
  while kill -0 "$(cat "$HERE/pid")" 2>/dev/null; do sleep 0.05; done
  rm "$HERE/pid"
fi
[ "$1" = restart ] || exit 0
setsid "$PAYBOOTH_ROOT/current/bin/paybooth" run --config "$PAYBOOTH_CONFIG" >>"$HERE/log" 2>&1 </dev/null &
echo $! >"$HERE/pid"
"""
PYTHON = """\
#!/bin/sh
# `python -m venv FOLDER`, in no time: its pip takes a text file for a wheel that says how the program differs
[ "$1 $2" = "-m venv" ] || exit 9
mkdir -p "$3/bin"
ln -s {python} "$3/bin/python"
cat >"$3/bin/pip" <<'PIP'
#!/bin/sh
for wheel; do :; done
folder=$(dirname "$0")
[ "$(cat "$wheel")" != broken ] || exit 1
printf '#!/bin/sh\\nexec {python} {program} %s %s "$@"\\n' \\
  "$(basename "$(dirname "$folder")")" "$(cat "$wheel")" >"$folder/paybooth"
chmod +x "$folder/paybooth"
PIP
chmod +x "$3/bin/pip"
"""


class Site:
    """A box: /opt, the shop's folder, backups, a systemctl on PATH."""

    def __init__(self, shop):
        self.shop, self.root, self.backups, self.tools = shop, shop / "opt", shop / "backups", shop / "tools"
        for folder in (self.root, self.backups, self.tools):
            folder.mkdir()
        self.config = shop / "shop.toml"
        self._tool("systemctl", SYSTEMCTL)
        self._tool("python", PYTHON.format(python=sys.executable, program=PROGRAM))
        checkout = os.pathsep.join([str(Path(__file__).parents[2] / "src"), str(Path(__file__).parents[2])])
        self.environ = {
            **os.environ,
            "PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": checkout,
            "HERE": str(self.shop),
            "PAYBOOTH_ROOT": str(self.root),
            "PAYBOOTH_CONFIG": str(self.config),
            "PAYBOOTH_BACKUPS": str(self.backups),
            "PAYBOOTH_USER": "nobody-of-this-name",
            "PAYBOOTH_WAIT_S": "20",
            "PYTHON": str(self.tools / "python"),
        }

    def _tool(self, name, text):
        (self.tools / name).write_text(text)
        (self.tools / name).chmod(0o755)

    def update(self, *words):
        told = subprocess.run(
            ["sh", str(SCRIPT), *words], env=self.environ, capture_output=True, text=True, check=False, cwd=self.shop
        )
        assert not (self.root / ".updating").exists()
        assert not list(self.backups.glob(".*"))
        return told.returncode, told.stdout + told.stderr

    def wheel(self, version, mode="good"):
        path = self.shop / f"paybooth-{version}-py3-none-any.whl"
        path.write_text(mode)
        return str(path)

    def systemctl(self, word):
        subprocess.run(["systemctl", word, "paybooth"], env=self.environ, check=True)

    @property
    def current(self):
        return str((self.root / "current").readlink())

    @property
    def pid(self):
        return (self.shop / "pid").read_text()

    def answers(self):
        """The version that serves."""
        return httpx2.get(f"http://127.0.0.1:{load(self.config).web.port}/healthz", trust_env=False).json()["version"]

    def schema_and_head(self, folder=None):
        db = apsw.Connection(str((folder or self.shop / "data") / "ledger.db"), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            return db.execute("SELECT (SELECT * FROM pragma_user_version), max(seq) FROM journal").fetchone()
        finally:
            db.close()


@pytest.fixture
def installed(shop):
    """0.1.0 is installed; the shop stands still."""
    made = Site(shop)
    code, said = made.update(made.wheel("0.1.0"))
    assert (code, "0.1.0 is installed. Next:" in said) == (0, True)
    return made


@pytest.fixture
def site(installed):
    """0.1.0 serves."""
    installed.systemctl("restart")
    yield installed
    installed.systemctl("stop")


def test_a_first_installation_points_at_itself(installed):
    assert installed.current == "0.1.0"
    assert not (installed.root / "previous").exists()


def test_a_good_one_turns_green_and_can_be_taken_back(installed):
    site = installed
    with Ledger(site.shop / "data" / "ledger.db", threaded=False) as ledger:
        basket = Basket(Pen(ledger, Tape()), 900).fill(1, 2)
        basket.paid(basket.charge()).receipt()
        sold = ledger.head[0]
    site.systemctl("restart")
    try:
        code, said = site.update(site.wheel("0.2.0"))
        assert (code, "0.2.0 is green" in said) == (0, True), said
        assert (site.current, str((site.root / "previous").readlink()), site.answers()) == ("0.2.0", "0.1.0", "0.2.0")
        (backup,) = site.backups.iterdir()
        assert (site.root / "0.2.0" / "saved-as").read_text().strip() == str(backup)
        code, said = site.update("--rollback")
        assert (code, "back at 0.1.0" in said) == (0, True), said
        assert (site.current, site.answers()) == ("0.1.0", "0.1.0")
        assert site.update("--rollback") == (2, "update: there is no version to go back to\n")
    finally:
        site.systemctl("stop")
    assert site.schema_and_head()[1] > sold
    assert fsck(site.shop / "data" / "ledger.db").faults == []


def test_one_that_dies_is_taken_back(site):
    site.environ["PAYBOOTH_WAIT_S"] = "6"
    code, said = site.update(site.wheel("0.2.0", "dies"))
    assert (code, "0.1.0 runs again" in said) == (1, True), said
    assert (site.current, site.answers()) == ("0.1.0", "0.1.0")
    assert not list(site.shop.glob("data.of-*"))


def test_one_that_moved_the_schema_and_dies_gets_its_data_taken_back_too(site):
    site.environ["PAYBOOTH_WAIT_S"] = "6"
    known = len(migrations())
    code, said = site.update(site.wheel("0.2.0", "moves-dies"))
    assert (code, "restoring" in said) == (1, True), said
    assert (site.current, site.answers()) == ("0.1.0", "0.1.0")
    (aside,) = site.shop.glob("data.of-0.2.0-*")
    assert site.schema_and_head(aside)[0] == known + 1
    assert site.schema_and_head()[0] == known
    site.systemctl("stop")
    assert fsck(site.shop / "data" / "ledger.db").faults == []


def test_sales_are_never_rolled_back_silently(site):
    code, said = site.update(site.wheel("0.2.0", "moves"))
    assert code == 0, said
    code, said = site.update("--rollback")
    assert (code, "--discard-sales" in said) == (2, True)
    assert (site.current, site.answers()) == ("0.2.0", "0.2.0")
    code, said = site.update("--rollback", "--discard-sales")
    assert (code, site.answers()) == (0, "0.1.0"), said
    assert len(list(site.shop.glob("data.of-0.2.0-*"))) == 1


def test_one_that_fails_before_the_switch_leaves_the_shop_alone(site):
    pid = site.pid
    for mode, why in (("broken", "could not be installed"), ("refuses", "does not take")):
        code, said = site.update(site.wheel("0.2.0", mode))
        assert (code, why in said, "0.1.0 runs on" in said) == (1, True, True), said
        assert (site.current, site.pid) == ("0.1.0", pid)
        assert not (site.root / "0.2.0").exists()


def test_faults_in_the_copy_stop_it(installed):
    site = installed
    with Ledger(site.shop / "data" / "ledger.db", threaded=False) as ledger:
        ledger._writer.execute("UPDATE sales SET total = total + 1 WHERE id = '20261122-00006'")
    code, said = site.update(site.wheel("0.2.0"))
    assert (code, "finds faults in a copy" in said) == (1, True), said
    assert site.current == "0.1.0"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say which wheel"),
        (("none.whl",), "there is no file"),
        (("--rollback", "--now"), "is no option"),
        (("odd.whl",), "is not named like a wheel"),
        (("paybooth-0.1.0-py3-none-any.whl",), "is what runs already"),
    ],
)
def test_a_wrong_call(installed, words, why):
    site = installed
    (site.shop / "odd.whl").touch()
    code, said = site.update(*words)
    assert (code, why in said) == (2, True), said


def test_two_at_once(installed):
    site = installed
    (site.root / ".updating").mkdir()
    told = subprocess.run(
        ["sh", str(SCRIPT), "--rollback"], env=site.environ, capture_output=True, text=True, check=False
    )
    (site.root / ".updating").rmdir()
    assert (told.returncode, "another update is under way" in told.stderr) == (1, True)
