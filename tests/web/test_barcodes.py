"""What a booth would make of a scan: the same router and the same sale, without a basket; no payment code is said back."""

from __future__ import annotations

import pytest

from paybooth.domain.barcode import check_digit

from .test_api import box

pytestmark = pytest.mark.anyio
MILK = "6901234567892"
WRONG = MILK[:-1] + str((check_digit(MILK[:-1]) + 1) % 10)


async def tried(client, text: str, **more) -> dict:
    answer = await client.post("/api/barcodes/try", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_goods_are_what_a_booth_would_add(tmp_path):
    async with box(tmp_path) as (desk, client, _):
        before = desk.kinds()
        found = await tried(client, MILK)
        assert (found["kind"], found["product"]["sku"], found["refusal"], found["amount_fen"]) == (
            "goods",
            "B",
            "",
            1490,
        )
        assert desk.kinds() == before
        await desk.scan(MILK)
        assert desk.view.sale.total_fen == found["amount_fen"]


@pytest.mark.parametrize(
    ("text", "kind", "refusal"),
    [
        (WRONG, "wrong_check_digit", "check_digit"),
        ("4006381333931", "goods", "unknown_barcode"),
        ("16901234567899", "goods", "case_code"),
        ("https://u.wechat.com/x", "link", "not_sold_here"),
        ("\x01\x02abc", "unreadable", "unreadable"),
        (f"(01)0{MILK}(17)200101".replace("(", "").replace(")", ""), "goods", "expired"),
    ],
)
async def test_what_is_refused_has_the_kiosks_own_words(tmp_path, text, kind, refusal):
    async with box(tmp_path) as (_, client, _):
        symbology = "]C1" if text.startswith("01") else None
        found = await tried(client, text, symbology=symbology)
        assert (found["kind"], found["refusal"], found["amount_fen"]) == (kind, refusal, None)


async def test_a_wrong_check_digit_is_put_right(tmp_path):
    async with box(tmp_path) as (_, client, _):
        assert (await tried(client, WRONG))["right"] == MILK


async def test_a_gs1_symbol_says_what_is_in_it(tmp_path):
    async with box(tmp_path) as (_, client, _):
        found = await tried(client, f"010{MILK}17481231" + "10LOT7\x1d21S9", symbology="]C1")
        told = (found["keys"], found["expires"], found["batch"], found["serial"])
        assert told == (["0" + MILK], "2048-12-31", "LOT7", "S9")


async def test_a_payment_code_is_named_and_neither_said_back_nor_logged(tmp_path, capfd):
    code = "134567890123456789"
    async with box(tmp_path) as (desk, client, _):
        answer = await client.post("/api/barcodes/try", json={"text": code})
        assert (answer.json()["kind"], answer.json()["wallet"]) == ("payment", "wechat")
        assert code not in answer.text
        assert not any(code in str(entry.fact) for entry in desk.ledger.journal())
    assert code not in "".join(capfd.readouterr())
