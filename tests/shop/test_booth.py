"""A booth from scan to receipt, and everything a shopper, a channel or a disk can do to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from msgspec.structs import replace as replaced

from paybooth.domain.money import Fen
from paybooth.domain.payment import Channel, Decline, Declined, Doubt, NeedsUser, Paid, State, Undo, Unknown
from paybooth.ledger.fsck import fsck
from paybooth.ports import LedgerFault, PrintOutcome, PrintState, Scan
from paybooth.shop import intents as i
from paybooth.shop.booth import MAILBOX_MOST
from paybooth.shop.help import StaffHelp
from paybooth.shop.views import Comfort

from .floor import PAID, QUICK, ScriptedChannel, floor

pytestmark = pytest.mark.anyio
WECHAT_CODE, ALIPAY_CODE = "134567890123456789", "281234567890123456"
UNKNOWN = Unknown(Doubt.NO_ANSWER, "x")
SLOW_PARK = replace(QUICK, park_after_s=60, deadline_s=0.1)


async def pay(desk, code=WECHAT_CODE):
    await desk.fill_and_confirm()
    await desk.scan(code)


async def test_scan_confirm_pay_receipt(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm("6901028075763", "6901028075763", "6901234567892")
        assert desk.view.sale.total_fen == 650 * 2 - 325 + 1490
        await desk.scan(WECHAT_CODE)
        view = await desk.until(lambda v: v.phase == "done" and v.receipt.paper == "printed")
        assert view.receipt.url.endswith(desk.shop.receipts.token(view.receipt.number))
        assert len(desk.printer.printed) == 1
        assert fsck(tmp_path / "ledger.db").ok
        # what the shopper saw was on disk before
        kinds = desk.kinds()
        assert kinds.index("attempt.opened") < kinds.index("attempt.settled") < kinds.index("receipt.started")


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("6901028075764", "check_digit"),
        ("6909999999996", "unknown_barcode"),
        ("16901234567899", "case_code"),
        ("6900000000007", "age_restricted"),
        ("6900000000014", "price_missing"),
        ("\x00\x07garbage\x1b", "unreadable"),
        ("\ufffd\ufffd\ufffd", "unreadable"),
        ("x" * 4096, "unreadable"),
        ("https://qr.example.com/p/1", "not_sold_here"),
        (WECHAT_CODE, "payment_code_early"),
        (ALIPAY_CODE, "payment_code_early"),
    ],
)
async def test_every_odd_scan_has_words_and_adds_nothing(tmp_path, text, notice):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        await desk.scan(text)
        assert desk.view.notice.kind == notice
        assert desk.view.sale.count == 1
        assert desk.wechat.made("charge") == 0


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("6212345678901234567", "union_pay"),
        ("0112345678901234567", "ecny"),
        ("https://qr.alipay.com/collect", "collection_code"),
    ],
)
async def test_wrong_codes_at_the_payment_page(tmp_path, text, notice):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm()
        await desk.scan(text)
        assert (desk.view.notice.kind, desk.view.phase) == (notice, "choose")


async def test_no_payment_code_is_ever_written_down(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        await desk.scan(WECHAT_CODE)
        await desk.tap(i.Pay(total_fen=1490))
        await desk.scan(WECHAT_CODE)
        await desk.until(lambda v: v.phase == "done")
    for path in tmp_path.iterdir():
        assert WECHAT_CODE.encode() not in path.read_bytes()


async def test_goods_scanned_at_the_choice_are_just_added(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm()
        await desk.scan("6901028075763")
        assert (desk.view.phase, desk.view.sale.count) == ("shopping", 2)


async def test_goods_scanned_while_paying_wait(tmp_path):
    hold = asyncio.Event()
    wechat = ScriptedChannel(Channel.WECHAT, hold=hold)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.scan("6901028075763")
        assert (desk.view.notice.kind, desk.view.sale.count) == ("goods_while_paying", 1)
        hold.set()
        await desk.until(lambda v: v.phase == "done")


async def test_the_code_decides_which_wallet(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm()
        await desk.tap(i.Choose(channel="wechat"))
        await desk.scan(ALIPAY_CODE)
        await desk.until(lambda v: v.phase == "done")
        assert (desk.wechat.made("charge"), desk.alipay.made("charge")) == (0, 1)


async def test_a_second_scan_of_the_same_code_charges_once(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[Declined(Decline.NO_MONEY, "NOT_ENOUGH")])
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "declined")
        assert desk.view.payment.declined == "no_money"
        await desk.scan(WECHAT_CODE)
        assert desk.view.notice.kind == "code_seen"
        assert desk.wechat.made("charge") == 1


async def test_a_double_tap_confirms_once_and_a_stale_one_not_at_all(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        stale = await desk.tap(i.Pay(total_fen=1))
        assert (stale.ok, stale.code, desk.view.notice.kind) == (False, "stale", "total_changed")
        first = await desk.tap(i.Pay(total_fen=1490), "same")
        assert first.ok
        again = await desk.tap(i.Pay(total_fen=1490), "same")
        assert again.ok
        assert desk.kinds().count("sale.confirmed") == 1


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
async def test_silly_quantities_are_refused(tmp_path, quantity):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        result = await desk.tap(i.SetQuantity(line=1, quantity=quantity))
        assert not result.ok
        assert desk.view.sale.count == 1


async def test_lost_answer_is_settled_by_asking(tmp_path):
    slow = replace(QUICK, first_queries_s=(0.3,), then_every_s=0.1, deadline_s=5)
    wechat = ScriptedChannel(Channel.WECHAT, charges=[UNKNOWN], queries=[UNKNOWN, NeedsUser(), PAID], timing=slow)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "checking")
        await desk.until(lambda v: v.phase == "done")
        assert wechat.made("charge") == 1
        assert wechat.made("undo") == 0


async def test_deadline_takes_back_and_asks_right_before(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], undos=[Undo.NOT_YET, Undo.UNDONE])
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        view = await desk.until(lambda v: v.phase == "declined")
        assert view.payment.declined == "reversed"
        calls = [what for what, _ in wechat.calls]
        assert calls[calls.index("undo") - 1] == "query"
        assert fsck(tmp_path / "ledger.db").ok


async def test_a_failed_payment_that_must_be_taken_back_is_not_waited_for(tmp_path):
    """WeChat's PAYERROR: nothing will come of waiting for the deadline."""
    failed = Unknown(Doubt.FAILED, "PAYERROR")
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], timing=replace(QUICK, deadline_s=60))
    wechat.queries = [NeedsUser(), failed]
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        view = await desk.until(lambda v: v.phase == "declined")
        assert view.payment.declined == "reversed"
        assert wechat.made("undo") == 1
        assert fsck(tmp_path / "ledger.db").ok


async def test_paid_at_the_last_question_is_paid(tmp_path):
    wechat = ScriptedChannel(
        Channel.WECHAT, charges=[NeedsUser()], timing=replace(QUICK, first_queries_s=(0.02, 0.04, 9), deadline_s=0.3)
    )
    wechat.queries = [NeedsUser(), NeedsUser(), PAID]
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "done")
        assert wechat.made("undo") == 0


async def test_the_shopper_cancels_and_is_not_charged(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], timing=replace(QUICK, deadline_s=60))
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "paying" and v.payment.cancellable)
        assert (await desk.tap(i.Back())).ok
        await desk.until(lambda v: v.phase == "declined")
        await desk.scan(ALIPAY_CODE)
        await desk.until(lambda v: v.phase == "done")


async def test_the_cancel_button_appears_at_its_time_and_until_then_nothing_is_drawn(tmp_path):
    mute = replace(QUICK, first_queries_s=(60,), then_every_s=60, deadline_s=60, reverse_not_before_s=0.4)
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], timing=mute)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.payment is not None and v.payment.needs_user)
        before = desk.booth.feed.rev
        await desk.until(lambda v: v.payment.cancellable)
        assert desk.booth.feed.rev == before + 1


async def test_cancel_waits_for_the_channels_floor(tmp_path):
    slow = replace(QUICK, deadline_s=60, reverse_not_before_s=0.5)
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], timing=slow)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        assert not desk.view.payment.cancellable
        await desk.tap(i.Back())
        assert wechat.made("undo") == 0
        await desk.until(lambda v: v.phase == "declined")
        assert wechat.made("undo") == 1


async def test_a_mute_channel_parks_the_charge_and_frees_the_booth(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[UNKNOWN], queries=[UNKNOWN], undos=[Undo.NOT_YET])
    wechat.timing = replace(QUICK, deadline_s=0.1, park_after_s=0.1)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        view = await desk.until(lambda v: v.phase == "staff")
        number = view.sale.number
        assert "staff.alarmed" in desk.kinds()
        await desk.tap(i.Finish())
        assert desk.view.phase == "attract"
        await desk.scan("6901028075763")
        assert desk.view.sale.number != number
        wechat.undos[:] = [Undo.UNDONE]
        async with asyncio.timeout(3):
            while desk.shop.till.in_flight:
                await asyncio.sleep(0.01)
        assert "sale.abandoned" in desk.kinds()
        assert fsck(tmp_path / "ledger.db").ok


async def test_a_parked_charge_that_turns_out_paid_is_given_back(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[UNKNOWN], queries=[UNKNOWN], undos=[Undo.NOT_YET])
    wechat.timing = replace(QUICK, deadline_s=0.1, park_after_s=0.1)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "staff")
        wechat.undos[:], wechat.queries[:] = [Undo.STILL_PAID], [PAID]
        async with asyncio.timeout(3):
            while "refund.settled" not in desk.kinds():
                await asyncio.sleep(0.01)
        assert desk.ledger.takings()["refunded_fen"] == 1490
        assert fsck(tmp_path / "ledger.db").ok


async def test_wrong_amount_calls_staff_and_never_counts_as_paid(tmp_path):
    wechat = ScriptedChannel(Channel.WECHAT, charges=[Unknown(Doubt.INTEGRITY, "amount 1 is not 1490")])
    wechat.queries = [Unknown(Doubt.INTEGRITY, "amount 1 is not 1490")]
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "declined")
        alarms = [e.fact for e in desk.ledger.journal() if e.kind == "staff.alarmed"]
        assert [a.why for a in alarms] == ["integrity"]
        assert desk.ledger.takings()["sales"] == 0


async def test_the_screens_own_code(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm()
        await desk.tap(i.Present(channel="wechat"))
        view = await desk.until(lambda v: v.phase == "present" and v.payment.qr_svg)
        assert view.payment.qr_svg.startswith("<svg")
        desk.wechat.queries[:] = [PAID]
        await desk.until(lambda v: v.phase == "done")


async def test_a_notification_only_makes_us_ask(tmp_path):
    slow = replace(QUICK, first_queries_s=(60,), then_every_s=60, deadline_s=600)
    wechat = ScriptedChannel(Channel.WECHAT, charges=[NeedsUser()], timing=slow)
    async with floor(tmp_path, wechat=wechat) as desk:
        await pay(desk)
        view = await desk.until(lambda v: v.phase == "paying" and v.payment.needs_user)
        number = desk.ledger.open_attempts()[0].number
        assert number.endswith(view.payment.number_tail)
        desk.shop.till.notified(number)
        await desk.until(lambda v: wechat.made("query") == 1)
        assert desk.view.phase == "paying"
        wechat.queries[:] = [PAID]
        desk.shop.till.notified(number)
        await desk.until(lambda v: v.phase == "done")


async def test_a_late_success_after_a_final_no_goes_back(tmp_path):
    async with floor(tmp_path) as desk:
        desk.wechat.charges[:] = [Declined(Decline.REFUSED, "X")]
        await pay(desk)
        await desk.until(lambda v: v.phase == "declined")
        number = desk.wechat.calls[0][1]
        desk.wechat.queries[:] = [Paid("T", None, Fen(1490))]
        desk.shop.till.notified(number)
        async with asyncio.timeout(3):
            while "refund.settled" not in desk.kinds():
                await asyncio.sleep(0.01)
        desk.shop.till.notified(number)
        await asyncio.sleep(0.05)
        assert desk.ledger.takings()["refunded_fen"] == 1490


@pytest.mark.parametrize(
    ("outcome", "paper"),
    [
        (PrintOutcome(PrintState.NOT_SENT, ("paper_out",)), "digital_only"),
        (PrintOutcome(PrintState.INTERRUPTED, ("paper_out",)), "unconfirmed"),
        (PrintOutcome(PrintState.UNCONFIRMED, ("no_answer",)), "unconfirmed"),
    ],
)
async def test_the_printer_never_holds_up_a_sale_nor_prints_twice(tmp_path, outcome, paper):
    async with floor(tmp_path) as desk:
        desk.printer.outcome = outcome
        await pay(desk)
        await desk.until(lambda v: v.phase == "done" and v.receipt.paper == paper)
        assert len(desk.printer.printed) == 1
        assert desk.ledger.takings()["sales"] == 1


async def test_a_full_disk_refuses_the_scan_before_any_charge(tmp_path, monkeypatch):
    async with floor(tmp_path) as desk:
        await desk.fill_and_confirm()
        good = desk.ledger.commit

        async def full(*facts, at_ms):
            raise LedgerFault("full", "disk")

        monkeypatch.setattr(desk.ledger, "commit", full)
        await desk.scan(WECHAT_CODE)
        assert desk.view.notice.kind == "ledger_full"
        assert desk.view.phase == "choose"
        assert desk.wechat.made("charge") == 0
        monkeypatch.setattr(desk.ledger, "commit", good)
        await desk.scan(ALIPAY_CODE)
        await desk.until(lambda v: v.phase == "done")


async def test_a_full_disk_in_the_middle_loses_no_verdict(tmp_path, monkeypatch):
    hold = asyncio.Event()
    async with floor(tmp_path, wechat=ScriptedChannel(Channel.WECHAT, hold=hold)) as desk:
        await pay(desk)
        good, refused = desk.ledger.commit, []

        async def full_once(*facts, at_ms):
            if not refused:
                refused.append(facts)
                raise LedgerFault("full", "disk")
            return await good(*facts, at_ms=at_ms)

        monkeypatch.setattr(desk.ledger, "commit", full_once)
        hold.set()
        await desk.until(lambda v: v.phase == "done")
        assert refused
        assert desk.wechat.made("charge") == 1


async def test_a_flood_of_scans_is_bounded_and_said(tmp_path):
    async with floor(tmp_path) as desk:
        posted = [desk.booth.post_input(Scan("6901234567892")) for _ in range(MAILBOX_MOST * 3)]
        assert posted.count(True) == MAILBOX_MOST
        await desk.until(lambda v: v.sale is not None and v.sale.count == MAILBOX_MOST)


async def test_two_booths_do_not_mix(tmp_path):
    async with floor(tmp_path) as desk:
        other = desk.shop.booths["2"]
        for _ in range(5):
            desk.booth.post_input(Scan("6901234567892"))
            other.post_input(Scan("6901028075763"))
        await desk.until(lambda v: v.sale is not None and v.sale.count == 5)
        async with asyncio.timeout(3):
            while other.feed.view.sale is None or other.feed.view.sale.count < 5:
                await asyncio.sleep(0.01)
        assert {li.sku for li in desk.view.sale.lines} == {"B"}
        assert other.feed.view.sale.number != desk.view.sale.number


async def test_language_and_comfort_change_nothing_else(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        before = desk.view.sale
        await desk.tap(i.SetLanguage(language="en"))
        await desk.tap(i.SetComfort(large_text=True, high_contrast=True, reduced_motion=True, quiet=True))
        assert (desk.view.language, desk.view.comfort.quiet, desk.view.sale) == ("en", True, before)


async def test_what_somebody_wished_on_the_first_page_goes_with_them(tmp_path):
    async with floor(tmp_path, waits={"empty_s": 0.15}) as desk:
        await desk.tap(i.SetComfort(large_text=True, high_contrast=False, reduced_motion=False, quiet=True))
        await desk.tap(i.SetLanguage(language="en"))
        assert (desk.view.phase, desk.view.comfort.large_text, desk.view.language) == ("attract", True, "en")
        view = await desk.until(lambda v: v.language == "zh-CN")
        assert (view.phase, view.comfort) == ("attract", Comfort())


async def test_help_can_be_called_anywhere_and_ended(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.tap(i.Help(on=True))
        assert desk.view.help.state == "calling"
        await desk.tap(i.Help(on=False))
        assert desk.view.help is None
        assert [k for k in desk.kinds() if k.startswith("help")] == ["help.called", "help.ended"]


async def test_a_seen_call_says_so_and_ends_when_the_shopper_is_helped(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        await desk.tap(i.Help(on=True))
        called = desk.view.help
        for act, wanted in ((StaffHelp("seen"), replaced(called, state="seen")), (StaffHelp("helped"), None)):
            assert desk.booth.post_input(act)
            await desk.until(lambda v, wanted=wanted: v.help == wanted)
        told = [e.fact for e in desk.ledger.journal() if e.kind.startswith("help")]
        assert [getattr(each, "by", "") for each in told] == ["", "staff", "staff"]
        assert {each.sale for each in told} == {desk.booth.visit.session.sale.id}


async def test_staff_acts_without_a_call_change_and_write_nothing(tmp_path):
    async with floor(tmp_path) as desk:
        for done in ("seen", "helped"):
            assert desk.booth.post_input(StaffHelp(done))
        await desk.tap(i.Touch())
        assert desk.view.help is None
        assert not [k for k in desk.kinds() if k.startswith("help")]


async def test_a_call_ends_with_the_visit_and_the_next_shopper_is_not_calling(tmp_path):
    async with floor(tmp_path) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "done")
        await desk.tap(i.Help(on=True))
        await desk.tap(i.Finish())
        assert (desk.view.phase, desk.view.help) == ("attract", None)
        told = [entry.fact for entry in desk.ledger.journal() if entry.kind.startswith("help.")]
        assert [fact.kind for fact in told[-2:]] == ["help.called", "help.ended"]
        assert told[-1].by == "left"


async def test_idle_asks_parks_and_comes_back(tmp_path):
    waits = {"idle_s": 0.15, "idle_ring_s": 0.15}
    async with floor(tmp_path, waits=waits) as desk:
        await desk.scan("6901234567892")
        await desk.until(lambda v: v.idle is not None)
        await desk.tap(i.Touch())
        assert desk.view.idle is None
        await desk.until(lambda v: v.phase == "attract")
        assert "sale.parked" in desk.kinds()
        await desk.scan("6901028075763")
        assert desk.view.sale.count == 2
        assert "sale.resumed" in desk.kinds()
        assert desk.view.notice is not None
        assert desk.view.notice.kind == "resumed"


async def test_a_parked_basket_that_cannot_be_written_back_does_not_stop_the_booth(tmp_path, monkeypatch):
    async with floor(tmp_path, waits={"idle_s": 0.15, "idle_ring_s": 0.15}) as desk:
        await desk.scan("6901234567892")
        await desk.until(lambda v: v.phase == "attract" and "sale.parked" in desk.kinds())
        good = desk.ledger.commit

        async def full(*facts, at_ms):
            raise LedgerFault("full", "disk")

        monkeypatch.setattr(desk.ledger, "commit", full)
        await desk.scan("6901028075763")
        assert desk.view.notice.kind == "ledger_full"
        monkeypatch.setattr(desk.ledger, "commit", good)
        await desk.scan("6901028075763")
        assert desk.view.sale.count == 2
        assert "sale.resumed" in desk.kinds()


async def test_a_parked_basket_grows_old(tmp_path):
    waits = {"idle_s": 0.1, "idle_ring_s": 0.1, "park_s": 0.1}
    async with floor(tmp_path, waits=waits) as desk:
        await desk.scan("6901234567892")
        await desk.until(lambda v: v.phase == "attract")
        await asyncio.sleep(0.15)
        await desk.scan("6901028075763")
        assert desk.view.sale.count == 1
        assert "sale.abandoned" in desk.kinds()


async def test_restart_in_the_middle_of_a_charge(tmp_path):
    hold = asyncio.Event()
    async with floor(tmp_path, wechat=ScriptedChannel(Channel.WECHAT, hold=hold)) as desk:
        await pay(desk)
        assert desk.ledger.open_attempts()
    recovered = ScriptedChannel(Channel.WECHAT, queries=[UNKNOWN, PAID])
    async with floor(tmp_path, wechat=recovered) as desk:
        await desk.until(lambda v: v.phase == "done" and v.receipt.paper == "printed")
        assert recovered.made("charge") == 0
        assert desk.ledger.takings()["sales"] == 1
        assert fsck(tmp_path / "ledger.db").ok


async def test_restart_while_taking_back_goes_on_and_parks_in_the_end(tmp_path):
    mute = ScriptedChannel(Channel.WECHAT, charges=[UNKNOWN], queries=[UNKNOWN], undos=[Undo.NOT_YET], timing=SLOW_PARK)
    async with floor(tmp_path, wechat=mute) as desk:
        await pay(desk)
        await desk.until(lambda v: v.payment and v.payment.reversing)
    again = ScriptedChannel(Channel.WECHAT, undos=[Undo.NOT_YET], timing=replace(QUICK, park_after_s=0.1))
    async with floor(tmp_path, wechat=again) as desk:
        assert desk.view.payment.reversing
        await desk.until(lambda v: v.phase == "staff")
        assert [call for call, _ in again.calls[:2]] == ["query", "undo"]
        assert desk.ledger.open_attempts()[0].state is State.PARKED


async def test_a_caller_who_left_does_not_hold_the_booth(tmp_path):
    async with floor(tmp_path, waits={"done_s": 0.1, "help_s": 0.3}) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "done")
        await desk.tap(i.Help(on=True))
        await desk.until(lambda v: v.phase == "attract" and v.help is None)
        assert desk.kinds().count("help.ended") == 1


async def test_restart_with_a_basket(tmp_path):
    async with floor(tmp_path) as desk:
        await desk.scan("6901234567892")
        await desk.scan("6901028075763")
    async with floor(tmp_path) as desk:
        assert (desk.view.phase, desk.view.sale.count, desk.view.notice.kind) == ("shopping", 2, "resumed")


async def test_restart_after_paying_prints_once_and_never_twice(tmp_path):
    async with floor(tmp_path) as desk:
        await pay(desk)
        await desk.until(lambda v: v.phase == "done" and v.receipt.paper == "printed")
    async with floor(tmp_path) as desk:
        await asyncio.sleep(0.05)
        assert desk.printer.printed == []
        assert desk.view.phase == "attract"


async def test_views_only_rise(tmp_path):
    async with floor(tmp_path) as desk:
        subscriber = desk.booth.feed.subscribe()
        seen = []
        for _ in range(5):
            await desk.scan("6901234567892")
            seen.append(desk.booth.feed.rev)
        assert seen == sorted(set(seen))
        frames = await subscriber.next_frames()
        assert sum(b'"snapshot"' in frame for frame in frames) == 1
        desk.booth.feed.unsubscribe(subscriber)
