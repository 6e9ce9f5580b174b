"""What the box's operating system gets: units that systemd takes, a policy that Chromium reads, rules for udev."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from paybooth import box_files, cli

FILLED = box_files.values(
    program=Path("/bin/true"),
    config=Path("/etc/paybooth/shop.toml"),
    data=Path("/var/lib/paybooth"),
    backups=Path("/var/backups/paybooth"),
    port=8080,
)
UNITS = ["paybooth-backup.service", "paybooth-backup.timer", "paybooth-kiosk@.service", "paybooth.service"]


class Parser(configparser.RawConfigParser):
    """systemd's dialect: a key may stand several times; the values are kept in order."""

    def __init__(self):
        super().__init__(strict=False, delimiters=("=",), comment_prefixes=("#",), empty_lines_in_values=False)

    def optionxform(self, optionstr):
        return optionstr


def directives(name):
    parser = Parser()
    parser.read_string(box_files.units(FILLED)[name])
    return {section: dict(parser[section]) for section in parser.sections()}


def test_nothing_is_left_open():
    texts = {**box_files.units(FILLED), **box_files.others(FILLED)}
    assert sorted(texts) == sorted([*UNITS, "70-paybooth-scanner.rules", "chromium-policy.json", "update.sh"])
    for name, text in texts.items():
        assert not re.search(r"@[A-Z]+@", text), name


def test_systemd_takes_them(tmp_path):
    for name, text in box_files.units(FILLED).items():
        (tmp_path / name).write_text(text)
    if shutil.which("systemd-analyze") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no systemd-analyze: apt-get install systemd")
    told = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_the_shop_is_watched_and_walled_in():
    unit = directives("paybooth.service")
    service = unit["Service"]
    assert service["ExecStart"] == "/bin/true run --config /etc/paybooth/shop.toml"
    expected = {
        "Type": "notify", "NotifyAccess": "main", "Restart": "always", "WatchdogSec": "30", "User": "paybooth",
        "ProtectSystem": "strict", "ReadWritePaths": "/var/lib/paybooth", "ProtectHome": "yes", "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "", "SystemCallFilter": "@system-service", "UMask": "0077", "PrivateTmp": "yes",
        "StandardOutput": "null", "StandardError": "journal",
    }  # fmt: skip
    assert {key: service.get(key) for key in expected} == expected
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert "network-online" not in unit["Unit"]["After"]  # a shop without internet sells


def test_the_screen_restarts_for_ever_and_keeps_its_sandbox():
    unit = directives("paybooth-kiosk@.service")
    service = unit["Service"]
    assert service["ExecStart"] == "/bin/true kiosk --booth %i --url http://127.0.0.1:8080"
    expected = {
        "Restart": "always",
        "User": "paybooth-kiosk",
        "PAMName": "login",
        "TTYPath": "/dev/tty1",
        "Type": "simple",
    }
    assert {key: service.get(key) for key in expected} == expected
    assert not {"NoNewPrivileges", "RestrictNamespaces", "SystemCallFilter"} & set(service)
    # the compositor's socket is in /run/user, which ProtectHome= takes away
    assert ("ProtectHome" in service, service["InaccessiblePaths"]) == (False, "-/home -/root")
    assert unit["Unit"]["Conflicts"] == "getty@tty1.service"


def test_the_backup_writes_where_it_may():
    service = directives("paybooth-backup.service")["Service"]
    assert service["ExecStart"] == "/bin/true backup /var/backups/paybooth --config /etc/paybooth/shop.toml --keep 14"
    assert (service["Type"], service["ReadWritePaths"]) == ("oneshot", "/var/lib/paybooth /var/backups/paybooth")
    assert directives("paybooth-backup.timer")["Timer"]["Persistent"] == "true"


def test_the_policy_lets_one_page_in():
    policy = json.loads(box_files.others(FILLED)["chromium-policy.json"])
    assert (policy["URLBlocklist"], policy["URLAllowlist"]) == (["*"], ["http://127.0.0.1:8080"])
    assert (policy["DeveloperToolsAvailability"], policy["DownloadRestrictions"]) == (2, 3)


def test_udev_rules_have_udevs_form():
    part = r'[A-Z]+(\{[A-Za-z_]+\})?(==|!=|=|\+=)"[^"]*"'
    rules = [
        line for line in box_files.others(FILLED)["70-paybooth-scanner.rules"].splitlines() if line[:1] not in ("", "#")
    ]
    assert len(rules) == 3
    assert [rule for rule in rules if not re.fullmatch(rf"{part}(, {part})*", rule)] == []


@pytest.fixture
def init(tmp_path, capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.app(["init", "--yes", *map(str, words)])
        told = capsys.readouterr()
        return ended.value.code or 0, told.out, told.err

    return run


def test_init_lays_them_down_and_keeps_what_was_changed(init, tmp_path, monkeypatch):
    monkeypatch.setattr(box_files, "HIDDEN", ())
    units = tmp_path / "units"
    units.mkdir()
    words = ("--folder", tmp_path / "etc", "--data", tmp_path / "var", "--systemd", units)
    code, out, _ = init(*words)
    assert (code, sorted(path.name for path in units.iterdir())) == (0, UNITS)
    assert f"ReadWritePaths={tmp_path / 'var'}\n" in (units / "paybooth.service").read_text()
    assert (tmp_path / "etc" / "box" / "update.sh").stat().st_mode & 0o111
    assert "systemctl daemon-reload && systemctl enable --now paybooth paybooth-backup.timer" in out
    (units / "paybooth.service").write_text("mine")
    (tmp_path / "etc" / "shop.toml").unlink()
    code, _, err = init(*words)
    assert (code, "it differs from ours" in err, (units / "paybooth.service").read_text()) == (0, True, "mine")
    assert init(*words, "--force")[0] == 0
    assert (units / "paybooth.service").read_text() != "mine"


@pytest.mark.parametrize(("folder", "why"), [("/home/x", "home folder"), ("/tmp/a b", "absolute path of letters")])
def test_init_refuses_what_a_unit_cannot_reach(init, tmp_path, folder, why):
    code, _, err = init("--folder", tmp_path / "etc", "--data", folder, "--systemd", tmp_path)
    assert (code, why in err) == (2, True)
    assert not (tmp_path / "etc").exists()


def test_init_refuses_a_folder_that_is_not_there(init, tmp_path):
    assert init("--folder", tmp_path / "etc", "--systemd", tmp_path / "none")[0] == 2
