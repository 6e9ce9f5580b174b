"""Incidents and exit passes: two people never own one, and only a genuine, fresh pass of this shop is worth anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain import exit_facts as x
from paybooth.domain import exit_pass as p
from paybooth.domain import incident as i

OPENED = x.IncidentOpened(7, "unpaid", "critical", "exit", "", (x.ItemSeen("tea", "茶", "Tea", "", None, 1),), None)


def test_a_claimed_incident_is_its_claimers_alone():
    found = i.begin(OPENED, 1000)
    claimed = i.claim(found, "Amy")
    assert isinstance(claimed, x.IncidentClaimed)
    found = i.apply(found, claimed, 2000)
    assert i.claim(found, "Bo") is i.Refusal.CLAIMED
    assert i.resolve(found, "Bo", "theft", "") is i.Refusal.CLAIMED
    assert isinstance(i.claim(found, "Bo", take_over=True), x.IncidentClaimed)
    assert (found.claimed_by, found.claimed_ms, i.next_action(found)) == ("Amy", 2000, "look")


def test_a_verdict_fits_its_kind_and_other_wants_words():
    found = i.begin(OPENED, 1000)
    assert i.resolve(found, "Amy", "helped", "") is i.Refusal.WRONG_VERDICT
    assert i.resolve(found, "Amy", "other", "  ") is i.Refusal.NO_NOTE
    resolved = i.resolve(found, "Amy", "other", "a child")
    assert isinstance(resolved, x.IncidentResolved)
    found = i.apply(found, resolved, 3000)
    assert i.resolve(found, "Amy", "paid", "") is i.Refusal.RESOLVED
    assert i.claim(found, "Amy") is i.Refusal.RESOLVED


def test_the_same_again_joins_and_equal_goods_are_one_item():
    found = i.apply(i.begin(OPENED, 1000), x.IncidentRepeated(7, "", OPENED.items, None), 2000)
    assert (found.times, found.items[0].count, found.last_ms, found.opened_ms) == (2, 2, 2000, 1000)


@pytest.mark.parametrize("kind", list(i.Kind))
def test_every_kind_has_its_manner(kind):
    assert i.MANNERS[kind].verdicts
    assert i.MANNERS[kind].next


def test_a_pass_is_read_alone_and_behind_a_receipts_address():
    body = p.body("LANE01", "20261122-00417", 1_790_000_000)
    said = p.text(body + bytes(64))
    for scanned in (said, f"https://shop.example/r/x.y#{said}"):
        assert p.read(scanned) == (body, bytes(64))
    assert p.unpack(body) == p.ExitPass(p.shop_mark("LANE01"), "20261122-00417", 1_790_000_000)


@given(st.text(max_size=300))
def test_no_text_raises(text):
    assert p.read(text) is None or len(text) >= 108


@pytest.mark.parametrize(
    ("shop", "now_s", "why"),
    [
        ("LANE01", 1_790_000_100, None),
        ("LANE01", 1_789_999_900, None),
        ("OTHER", 1_790_000_100, p.Refusal.OTHER_SHOP),
        ("LANE01", 1_790_000_000 + p.VALID_S + 1, p.Refusal.EXPIRED),
        ("LANE01", 1_790_000_000 - p.EARLY_S - 1, p.Refusal.EXPIRED),
    ],
)
def test_a_pass_holds_here_and_now_only(shop, now_s, why):
    found = p.unpack(p.body("LANE01", "20261122-00417", 1_790_000_000))
    assert found is not None
    assert p.check(found, shop, now_s) is why
