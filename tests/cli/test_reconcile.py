"""`paybooth reconcile` as an owner calls it while the shop is stopped: bills at hand, bad bills, bad dates."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel
from paybooth.domain.refund import State
from paybooth.lab.bill_files import alipay_zip, wechat_text
from paybooth.lab.bills import day_of, rows_of
from paybooth.lab.keys import load_or_make, serial_hex
from paybooth.lab.models import Bank, BookOrder
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger

from .test_books import call, shop

__all__ = ["call", "shop"]
MCHID, PID = "1900000109", "2088000000000001"
PAY = """
[pay.wechat]
url = "http://127.0.0.1:9"
fallback_url = ""
appid = "wx0000000000000lab"
mchid = "{mchid}"
serial = "{serial}"
private_key = "keys/merchant_key.pem"
api_key = "keys/api_key.txt"
public_key = "keys/wallet_public.pem"
public_key_id = "{key_id}"
fee_permyriad = 60
[pay.alipay]
url = "http://127.0.0.1:9/gateway.do"
app_id = "2021000000000001"
pid = "{pid}"
private_key = "keys/merchant_key.pem"
public_key = "keys/wallet_public.pem"
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("merchant")
    return folder, load_or_make(folder)


@pytest.fixture
def books(shop, keys):
    """(day, the banks' books) that agree with the ledger; the configuration knows both wallets."""
    folder, merchant = keys
    (shop / "keys").symlink_to(folder)
    pay = PAY.format(mchid=MCHID, pid=PID, serial=serial_hex(merchant.certificate), key_id=merchant.public_key_id)
    config = shop / "shop.toml"
    config.write_text(config.read_text("utf-8") + pay, "utf-8")
    banks = {channel: Bank(channel, None) for channel in Channel}
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        for (number,) in ledger.reader.execute("SELECT number FROM attempts WHERE state = 'paid'").fetchall():
            attempt = ledger.attempt(number)
            order = BookOrder(number, attempt.amount, "x", attempt.opened_ms, state="paid", device="1")
            order.transaction, order.paid_ms = attempt.transaction, attempt.paid_at_ms or attempt.settled_ms
            banks[attempt.channel].orders[number] = order
        for refund in ledger.refunds(State.DONE):
            order = banks[ledger.attempt(refund.attempt).channel].orders.setdefault(
                refund.attempt, BookOrder(refund.attempt, refund.amount, "x", refund.opened_ms, state="paid")
            )
            order.paid_ms = order.paid_ms or refund.opened_ms
            order.refunds[refund.number] = refund.amount
            order.refunded_ms[refund.number] = refund.opened_ms
    return day_of(next(iter(banks[Channel.WECHAT].orders.values())).paid_ms), banks


def files(shop, day: date, banks) -> list[str]:
    wechat = wechat_text(rows_of(banks[Channel.WECHAT], day), day, appid="wx0000000000000lab", mchid=MCHID)
    (shop / "wechat.csv").write_bytes(wechat)
    (shop / "alipay.zip").write_bytes(alipay_zip(rows_of(banks[Channel.ALIPAY], day), day, pid=PID))
    return ["--wechat-bill", str(shop / "wechat.csv"), "--alipay-bill", str(shop / "alipay.zip"), "--date", str(day)]


def head(shop) -> int:
    with Ledger(shop / "data" / "ledger.db", threaded=False) as ledger:
        return ledger.journal_head()


def test_a_clean_day(shop, call, books):
    day, banks = books
    words = files(shop, day, banks)
    code, out, err = call("reconcile", *words, "--csv", shop / "day.csv", "--pdf", shop / "day.pdf")
    assert (code, err) == (0, "")
    assert "Every fen is accounted for" in out
    assert out.endswith("Differences\n  None.\n")
    assert (shop / "day.csv").read_text("utf-8-sig").startswith("section,")
    assert (shop / "day.pdf").read_bytes().startswith(b"%PDF")
    told = json.loads(call("reconcile", *words, "--json")[1])
    assert (told["clean"], told["adds_up"], sum(m["rows"] for m in told["matches"]) > 0) == (True, True, True)
    assert fsck(shop / "data" / "ledger.db").faults == []


def test_a_difference_is_named_and_the_exit_says_so(shop, call, books):
    day, banks = books
    next(iter(banks[Channel.WECHAT].orders.values())).amount = Fen(1)
    code, out, _ = call("reconcile", *files(shop, day, banks))
    assert code == 1
    assert "Amount" in out
    assert "0.01" in out


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def other_encoding(data: bytes) -> bytes:
    return data.decode("utf-8-sig").encode("gbk")


def no_column(data: bytes) -> bytes:
    return data.replace("商户订单号".encode(), b"x", 1)


def totals_off(data: bytes) -> bytes:
    lines = data.rstrip().split(b"\n")
    return b"\n".join([*lines[:-1], lines[-1].replace(b"`", b"`9", 1), b""])


@pytest.mark.parametrize(
    "spoil", [cut, other_encoding, no_column, totals_off, lambda _: b"", lambda _: b"\xff\x00" * 99]
)
def test_a_bad_wechat_bill_changes_nothing(shop, call, books, spoil):
    day, banks = books
    words = files(shop, day, banks)
    (shop / "wechat.csv").write_bytes(spoil((shop / "wechat.csv").read_bytes()))
    before = head(shop)
    code, out, _ = call("reconcile", *words[:2], *words[4:])
    assert (code, head(shop)) == (1, before)
    assert "Not matched yet" in out


def test_a_bad_alipay_bill_changes_nothing(shop, call, books):
    day, banks = books
    words = files(shop, day, banks)
    whole = (shop / "alipay.zip").read_bytes()
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("a_业务明细.csv", b"0" * 200_000_000)
    before = head(shop)
    for spoiled in (cut(whole), b"", b"PK", bomb.getvalue()):
        (shop / "alipay.zip").write_bytes(spoiled)
        code, out, _ = call("reconcile", *words[2:])
        assert (code, head(shop)) == (1, before)
        assert "Not matched yet" in out


def test_another_days_bill_changes_nothing(shop, call, books):
    day, banks = books
    words = files(shop, day, banks)
    before = head(shop)
    code, out, _ = call("reconcile", *words[:2], "--date", "2026-01-05")
    assert (code, head(shop)) == (1, before)
    assert "2026-01-05" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--date", "2999-01-01"], "has not begun"),
        (["--date", "31.12.2025"], "is not a date"),
        (["--wechat-bill", "/nowhere.csv"], "cannot read /nowhere.csv"),
    ],
)
def test_what_cannot_be_asked_is_said_and_changes_nothing(shop, call, books, words, says):
    before = head(shop)
    code, out, err = call("reconcile", *words)
    assert (code > 0, out, head(shop)) == (True, "", before)
    assert says in err


def test_a_wallet_that_does_not_answer_is_said(shop, call, books):
    code, out, _ = call("reconcile", "--date", str(datetime.now(UTC).date().replace(day=1)))
    assert code == 1
    assert "gives no bill" in out


def test_with_the_shop_running_but_mute_it_says_where_it_asked(shop, call, books):
    with Ledger(shop / "data" / "ledger.db", threaded=False):
        code, _, err = call("reconcile", "--date", "2026-01-05")
    assert code == 2
    assert "does not answer at http://127.0.0.1:" in err


def test_bills_at_hand_need_a_stopped_shop(shop, call, books):
    day, banks = books
    words = files(shop, day, banks)
    with Ledger(shop / "data" / "ledger.db", threaded=False):
        code, _, err = call("reconcile", *words)
    assert code == 1
    assert "stop it to match bills at hand" in err
