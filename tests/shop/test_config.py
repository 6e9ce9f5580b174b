"""Configuration faults name the line and the key, and say what would be right."""

from __future__ import annotations

import pytest

from paybooth.config import ConfigError, load, read_secret

GOOD = """
data = "data"

[web]
port = 8080

[shop]
code = "LANE01"
name_zh = "巷口小店"
name_en = "Corner Lane"
label_layouts = ["22WWWWWEEEEEC"]

[waits]
idle_s = 90

[[booth]]
id = "1"
scanners = ["scanner+tcp://192.168.1.40:4000"]
printer = "escpos+tcp://192.168.1.50:9100"

[[booth]]
id = "2"

[[rule]]
id = "half"
kind = "nth_percent"
label_zh = "第二件半价"
label_en = ""
n = 2
percent = 50
"""


def read(tmp_path, text):
    path = tmp_path / "shop.toml"
    path.write_text(text, "utf-8")
    return load(path)


def test_a_good_file(tmp_path):
    config = read(tmp_path, GOOD)
    assert config.shop.waits.idle_s == 90
    assert config.devices == {
        "scanner:1:0": "scanner+tcp://192.168.1.40:4000",
        "printer:1": "escpos+tcp://192.168.1.50:9100",
    }
    assert config.rules[0].percent == 50
    assert config.data == tmp_path / "data"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("port = 8080", 'port = "x"', 5, "[web] port: 'x' is not a whole number"),
        ("port = 8080", "prot = 8080", 5, "unknown key 'prot'"),
        ("port = 8080", 'port = 8080\nhost = "0.0.0.0"', 6, "loopback only"),
        ('code = "LANE01"', 'code = "lane 1"', 8, "2 to 6 capital letters"),
        ('name_zh = "巷口小店"\n', "", 7, "name_zh is missing"),
        ('"22WWWWWEEEEEC"', '"26WWWWWEEEEENNNNNC"', 11, "look like Alipay payment codes"),
        ("idle_s = 90", "idle_s = true", 14, "not a number"),
        ("idle_s = 90", "idle_s = -1", 14, "not a number, 0 or more"),
        ('id = "2"', 'id = "1"', 22, "two booths have the same id"),
        ('id = "2"', 'id = "a b"', 22, "1 to 8 letters and digits"),
        ('id = "2"', 'id = "2"\nport_side = "up"', 23, "'up' is not one of"),
        ("percent = 50", "percent = 500", 24, "1 to 99"),
        ("n = 2", 'n = "two"', 29, "not a whole number"),
        ('kind = "nth_percent"', 'kind = "magic"', 26, "'magic' is not one of"),
    ],
)
def test_faults_name_line_and_key(tmp_path, old, new, line, says):
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert f"line {line}:" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["[shop\n", "a = \n", "x = 1\nx = 2\n"])
def test_broken_toml_names_the_place(tmp_path, text):
    with pytest.raises(ConfigError, match=r"not valid TOML.*line \d"):
        read(tmp_path, text)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        load(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "x.toml")


def test_secrets_come_from_files_or_the_environment_and_never_show(tmp_path, monkeypatch):
    (tmp_path / "key.txt").write_text("hush\n")
    secret = read_secret("key.txt", tmp_path)
    assert (secret.reveal(), repr(secret), f"{secret}") == ("hush", "Secret(•••)", "Secret(•••)")
    monkeypatch.setenv("PAYBOOTH_KEY", "hush2")
    assert read_secret("env:PAYBOOTH_KEY", tmp_path).reveal() == "hush2"
    with pytest.raises(ConfigError, match="NOT_THERE"):
        read_secret("env:NOT_THERE", tmp_path)
    with pytest.raises(ConfigError, match="cannot read the secret file"):
        read_secret("nothing.txt", tmp_path)
