"""`paybooth init`: from answers to a configuration that loads; asked on a real terminal, or given as flags."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
import sys

import pytest

from paybooth import cli
from paybooth.config import load
from paybooth.first_config import booths_fault, code_fault, port_fault, text_fault

PRINTER = "escpos+tcp://192.168.1.50:9100?columns=48"
SCANNER = "scanner+tcp://192.168.1.40:4000"
READER = "llrp://192.168.1.60?inner=1,2&outer=3,4"
BOARD = "modbus+tcp://192.168.1.61:502"


@pytest.fixture
def init(tmp_path, capsys):
    """Run it over a folder; (exit code, output, complaints)."""

    def run(*words, yes=True):
        try:
            given = ["init", "--folder", str(tmp_path / "shop"), *map(str, words), *["--yes"] * yes]
            with pytest.raises(SystemExit) as ended:
                cli.app(given)
            code = ended.value.code or 0
        finally:
            told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "shop" / "keys").mkdir(parents=True)
    for name in ("w.pem", "w.txt", "a.pem", "b.pem"):
        (tmp_path / "shop" / "keys" / name).write_text("a key")
    return tmp_path / "shop"


WECHAT = ("--wechat-appid", "wx1", "--wechat-mchid", "1900", "--wechat-serial", "AB12")
WECHAT_KEYS = ("--wechat-private-key", "keys/w.pem", "--wechat-api-key", "keys/w.txt")
ALIPAY = ("--alipay-app-id", "2021", "--alipay-private-key", "keys/a.pem", "--alipay-public-key", "keys/b.pem")


def test_what_is_usual_loads_and_says_what_to_do_next(init, tmp_path):
    code, out, _ = init()
    made = load(tmp_path / "shop" / "shop.toml")
    assert (code, made.shop.code, len(made.shop.booths), made.devices, made.web.port) == (0, "SHOP01", 1, {}, 8080)
    assert (made.wechat, made.alipay, made.shop.gates) == (None, None, ())
    assert made.shop.booths[0].wedge is True
    assert "What to do next:" in out
    assert f"paybooth check-config --config {tmp_path / 'shop' / 'shop.toml'}" in out


def test_modes(init, tmp_path):
    init()
    shop = tmp_path / "shop"
    modes = {name: stat.S_IMODE((shop / name).stat().st_mode) for name in ("shop.toml", "data", "keys")}
    assert modes == {"shop.toml": 0o640, "data": 0o700, "keys": 0o700}


def test_every_answer_as_a_flag(init, keys):
    words = (
        "--code",
        "LANE01",
        "--name-zh",
        "巷口“小店”",
        "--name-en",
        'The "Lane"',
        "--booths",
        "2",
        "--port",
        "8090",
    )
    devices = ("--scanner", SCANNER, "--printer", PRINTER, "--printer", PRINTER, "--gate-reader", READER)
    code, _, err = init(*words, *devices, "--gate-board", BOARD, *WECHAT, *WECHAT_KEYS, *ALIPAY, yes=False)
    assert (code, err) == (
        2,
        "paybooth: there is no terminal to ask on: say --scanner, or --yes to take what is usual\n",
    )
    code, _, err = init(
        *words, *devices, "--scanner", "", "--gate-board", BOARD, *WECHAT, *WECHAT_KEYS, *ALIPAY, yes=False
    )
    assert (code, err) == (0, "")
    made = load(keys / "shop.toml")
    assert (made.shop.code, made.shop.name_zh, made.shop.name_en) == ("LANE01", "巷口“小店”", 'The "Lane"')
    assert made.web.port == 8090
    assert made.devices == {
        "scanner:1:0": SCANNER,
        "printer:1": PRINTER,
        "printer:2": PRINTER,
        "reader:exit:0": READER,
        "board:exit": BOARD,
    }
    assert [booth.wedge for booth in made.shop.booths] == [False, True]
    assert (made.wechat.mchid, made.wechat.private_key) == ("1900", keys / "keys" / "w.pem")
    assert (made.alipay.app_id, made.alipay.public_key) == ("2021", keys / "keys" / "b.pem")


def test_commented_out_parts_load_too(init, tmp_path):
    """Whoever takes the # away gets what the comments promise."""
    init()
    path = tmp_path / "shop" / "shop.toml"
    lines = path.read_text("utf-8").splitlines()
    opened = [line[2:] if line.startswith("# ") and ("=" in line or line.startswith("# [")) else line for line in lines]
    path.write_text("\n".join(line for line in opened if not line.startswith("#")), "utf-8")
    made = load(path)
    assert (made.wechat.private_key.name, made.alipay.app_id) == ("wechat_private.pem", "20…")
    assert [target.name for target in made.notify] == ["duty"]
    assert made.shop.gates[0].booth == "1"
    assert set(made.devices) == {"scanner:1:0", "printer:1", "reader:exit:0", "board:exit"}


def test_it_never_overwrites(init, tmp_path):
    init("--code", "LANE01")
    code, out, err = init("--code", "LANE02")
    assert (code, out, "--force replaces it" in err) == (2, "", True)
    assert load(tmp_path / "shop" / "shop.toml").shop.code == "LANE01"
    assert init("--code", "LANE02", "--force")[0] == 0
    assert load(tmp_path / "shop" / "shop.toml").shop.code == "LANE02"
    assert 'code = "LANE01"' in (tmp_path / "shop" / "shop.toml.old").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--code", "lane"), "a shop's code is 2 to 6 capital letters and digits"),
        (("--name-en", " "), "write 1 to 40 letters on one line"),
        (("--booths", "0"), "a shop has 1 to 32 booths"),
        (("--booths", "many"), "a shop has 1 to 32 booths"),
        (("--port", "80"), "a port is a number from 1024 to 65535"),
        (("--scanner", PRINTER), "is no scanner; such as scanner+serial"),
        (("--scanner", "COM3"), "such as scanner+serial"),
        (("--printer", "lp://x"), "such as escpos+tcp"),
        (("--printer", PRINTER, "--printer", PRINTER), "there are 2 of them for 1 booths"),
        (("--gate-reader", BOARD), "is no reader; such as llrp"),
        (("--gate-board", READER), "is no board; such as modbus"),
        (WECHAT, "--wechat-private-key is missing"),
        ((*WECHAT, "--wechat-private-key", "keys/none.pem"), "there is no file"),
        (("--wechat-mchid", "1900"), "--wechat-mchid needs --wechat-appid too"),
    ],
)
def test_an_answer_that_does_not_fit(init, tmp_path, words, why):
    code, out, err = init(*words)
    assert (code, out, why in err) == (2, "", True)
    assert not (tmp_path / "shop" / "shop.toml").exists()


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (code_fault, ["AB", "LANE01"], ["", "A", "LANE012", "ÄB", "AB\n"]),
        (text_fault, ["店", "x" * 40], ["", "x" * 41, "a\nb", " a"]),
        (booths_fault, ["1", "32"], ["", "33", "-1", "1.5", "²"]),
        (port_fault, ["1024", "65535"], ["0", "65536", "http"]),
    ],
)
def test_checks(check, good, bad):
    assert [check(text) for text in good] == [None] * len(good)
    assert all(check(text) for text in bad)


def asked(tmp_path, *answers):
    """A real terminal on which somebody types; (exit code, what stood on it)."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "paybooth", "init", "--folder", str(tmp_path / "shop")]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as wizard:
        os.close(theirs)
        os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # its end is closed: that is how a terminal says end of file
                break
        code = wizard.wait(20)
    os.close(ours)
    return code, shown.decode()


def test_on_a_terminal_it_asks_and_asks_again(tmp_path):
    answers = ["lane", "LANE07", "巷口小店", "", "2", "", PRINTER, SCANNER, "lp", "", "", "", "", "8081"]
    code, shown = asked(tmp_path, *answers)
    assert (code, "a shop's code is 2 to 6 capital letters" in shown) == (0, True)
    assert "Its name in English [My shop]:" in shown
    made = load(tmp_path / "shop" / "shop.toml")
    assert (made.shop.code, made.shop.name_zh, made.shop.name_en, made.web.port) == (
        "LANE07",
        "巷口小店",
        "My shop",
        8081,
    )
    assert made.devices == {"printer:1": PRINTER, "scanner:2:0": SCANNER}


def test_who_stops_has_written_nothing(tmp_path):
    code, shown = asked(tmp_path, "LANE07", "\x04")
    assert (code, "stopped; nothing was written" in shown) == (130, True)
    assert not (tmp_path / "shop").exists()
