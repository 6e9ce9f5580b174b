"""CSV in and out: clear faults by line, nothing half imported, 100,000 lines."""

from __future__ import annotations

import time

import pytest

from paybooth.domain.goods import Changed, FieldChange, difference
from paybooth.lab import shelf
from paybooth.ledger import catalogue as shelves
from paybooth.ledger.fsck import fsck
from paybooth.ledger.ledger import Ledger
from paybooth.shop.catalogue import HEADER, Catalogue, LineFault, read_csv, write_csv

HEAD = "sku,barcodes,name_zh,price\n"


def faults(text):
    return [(x.line, x.what) for x in read_csv(text) if isinstance(x, LineFault)]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("A,6901028075764,x,1.00", "wrong check digit"),
        ("A,6901028075763,x,1.234", "not an amount"),
        ("A,6901028075763,x,0", "price must be above 0"),
        ("A,6901028075763,x,-5", "price must be above 0"),
        ("A,6901028075763,x,1e3", "not an amount"),
        ("A,6901028075763,,1.00", "name_zh is empty"),
        (",6901028075763,x,1.00", "sku is empty"),
        ("A,,x,1.00", "at least one barcode"),
        ("A,6901028075763,x", "fewer fields"),
        ("A,6901028075763,x,1.00,2", "more fields"),
        ("A,6901028075763,x\x07,1.00", "control characters"),
        (f"A,6901028075763,{'x' * 500},1.00", "longer than"),
    ],
)
def test_each_fault_is_named_with_its_line(row, what):
    found = faults(HEAD + "Z,6901234567892,ok,1.00\n" + row + "\n")
    assert len(found) == 1
    assert found[0][0] == 3
    assert what in found[0][1]


def test_duplicates_name_the_first_line():
    found = faults(HEAD + "A,6901028075763,x,1\nB,6901028075763,y,1\nA,6901234567892,z,1\n")
    assert found == [(3, "barcode 6901028075763 is on line 2 already"), (4, "sku A is on line 2 already")]


def test_headers_are_checked():
    assert "missing column price" in faults("sku,barcodes,name_zh\n")[0][1]
    assert "unknown column 'prize'" in faults("sku,barcodes,name_zh,price,prize\n")[0][1]
    assert faults("")


def test_what_is_written_reads_back():
    products = list(read_csv(shelf.csv()))
    assert len(products) >= 60
    assert not [p for p in products if isinstance(p, LineFault)]
    again = list(read_csv("\ufeff" + "".join(write_csv(products))))
    assert again == products


def test_the_column_order_does_not_matter():
    text = "price,name_zh,sku,barcodes\n1.50,奶,A,6901028075763\n"
    (product,) = read_csv(text)
    assert (product.price, product.sku) == (150, "A")


def load(ledger, products):
    done = difference(shelves.load(ledger.reader), products)
    ledger.run_now(lambda c: shelves.replace_all(c, products, done, by="t", reason="r"), at_ms=1)
    return done


def test_import_is_one_fact_and_its_difference_is_told(tmp_path):
    with Ledger(tmp_path / "l.db", threaded=False) as ledger:
        first = list(read_csv(HEAD + "A,6901028075763,薯片,6.50\nB,6901234567892,奶,14.90\n"))
        load(ledger, first)
        second = list(read_csv(HEAD + "A,6901028075763,薯片,6.90\nC,6900000000007,茶,4\n"))
        done = load(ledger, second)
        assert (done.added, done.removed) == (("C",), ("B",))
        assert done.changed == (Changed("A", (FieldChange("price", "6.50", "6.90"),)),)
        assert list(shelves.load(ledger.reader)) == second
        assert [e.kind for e in ledger.journal()] == ["catalogue.imported"] * 2
    assert fsck(tmp_path / "l.db").ok


def test_a_hundred_thousand_products(tmp_path):
    from paybooth.domain.barcode import check_digit

    def row(n):
        body = f"690{n:09d}"
        return f"S{n},{body}{check_digit(body)},商品 {n},{n % 900 + 1}.50\n"

    text = HEAD + "".join(row(n) for n in range(100_000))
    products = list(read_csv(text))
    assert len(products) == 100_000
    with Ledger(tmp_path / "l.db", threaded=False) as ledger:
        load(ledger, products)
        began = time.perf_counter()
        catalogue = Catalogue(shelves.load(ledger.reader))
        assert len(catalogue) == 100_000
        assert time.perf_counter() - began < 10
        code = products[77_777].codes[0]
        assert catalogue.find((code,)).sku == "S77777"


def test_the_header_is_the_documented_one():
    assert next(write_csv([*read_csv(shelf.csv())][:1])).splitlines()[0] == ",".join(HEADER)
