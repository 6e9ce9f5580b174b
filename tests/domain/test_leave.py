"""What may leave: rights are made by sales, used up by passages, and never make a paid piece ring."""

from paybooth.domain.leave import Rights, Sold, Standing

HOUR = 3_600_000


def standings(rights, *keys, now_ms=1000):
    return [judged.standing for judged in rights.judge(keys, now_ms)]


def test_a_barcode_releases_one_unit_whichever_piece_it_is():
    rights = Rights(HOUR)
    rights.release("S1", [Sold("tea", None, 2)], 0)
    assert standings(rights, ("tea", "1"), ("tea", "2"), ("tea", "3")) == ["paid", "paid", "unpaid"]
    (judged,) = rights.judge([("tea", "3")], 1000)
    rights.use(("tea", "3"), judged, 1000)
    assert standings(rights, ("tea", "1"), ("tea", "2")) == ["paid", "unpaid"]
    assert standings(rights, ("tea", "3")) == ["sold_before"]


def test_a_serial_is_exact():
    rights = Rights(HOUR)
    rights.release("S1", [Sold("tea", "7", 1)], 0)
    assert standings(rights, ("tea", "7"), ("tea", "8")) == ["paid", "unpaid"]


def test_an_old_right_asks_for_a_person_and_never_for_the_siren():
    rights = Rights(HOUR)
    rights.release("S1", [Sold("tea", None, 1)], 0)
    assert standings(rights, ("tea", "1"), now_ms=HOUR + 1) == ["stale"]
    assert standings(rights, ("tea", "1"), now_ms=-5 * HOUR) == ["paid"]  # the clock was set back


def test_goods_whose_charge_is_in_flight_are_held_until_it_is_known():
    rights = Rights(HOUR)
    rights.begin_charge("S1", [Sold("tea", None, 1), Sold("milk", "9", 1)])
    assert standings(rights, ("tea", "1"), ("tea", "2"), ("milk", "9")) == ["held", "unpaid", "held"]
    rights.end_charge("S1")
    assert standings(rights, ("tea", "1")) == ["unpaid"]
    rights.begin_charge("S1", [Sold("tea", None, 1)])
    rights.release("S1", [Sold("tea", None, 1)], 0)
    assert standings(rights, ("tea", "1"), ("tea", "2")) == ["paid", "unpaid"]


def test_what_came_in_and_what_staff_carry_may_leave():
    rights = Rights(HOUR)
    rights.bring_in(("own", "1"), 0)
    rights.move([("sample", "1")], 500)
    assert standings(rights, ("own", "1"), ("sample", "1"), now_ms=400) == ["brought_in", "staff"]
    assert standings(rights, ("sample", "1"), now_ms=501) == ["unpaid"]


def test_what_is_taken_back_is_for_sale_again():
    rights = Rights(HOUR)
    rights.release("S1", [Sold("tea", "7", 1)], 0)
    (judged,) = rights.judge([("tea", "7")], 0)
    rights.use(("tea", "7"), judged, 0)
    rights.take_back([("tea", "7")])
    assert standings(rights, ("tea", "7")) == [Standing.UNPAID]


def test_old_rights_are_forgotten():
    rights = Rights(HOUR)
    rights.release("S1", [Sold("tea", None, 1), Sold("milk", "9", 1)], 0)
    rights.forget(25 * HOUR, 24 * HOUR)
    assert standings(rights, ("tea", "1"), ("milk", "9"), now_ms=25 * HOUR) == ["unpaid", "unpaid"]
