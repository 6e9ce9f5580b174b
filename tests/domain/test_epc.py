"""Tags to pieces: the vectors of the standard, and everything that is no SGTIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.barcode import has_valid_check_digit
from paybooth.domain.epc import PARTITIONS, Sgtin, decode, sgtin96

VECTORS = {
    "3074257BF7194E4000001A85": Sgtin("80614141123458", "6789"),
    "3674257BF6B7A659B2C2BF100000000000000000000000000000": Sgtin("70614141123451", "32a/b"),
    "30320E81B407660000000001": Sgtin("06901028075763", "1"),
    "302E92222170900000000001": Sgtin("06901028075763", "1"),
    "30299B5554EB130000000001": Sgtin("06901028075763", "1"),
}
NOT_OURS = ["", "30", "E28011606000020A1B2C3D4E", "0" * 24, "3574257BF7194E4000001A85", "30FC257BF7194E4000001A85",
            "3074257BF7194E4000001A8500", "36" + "00" * 25]  # fmt: skip


@pytest.mark.parametrize("hex_", VECTORS)
def test_the_same_piece_has_several_encodings(hex_):
    assert decode(bytes.fromhex(hex_)) == VECTORS[hex_]


@pytest.mark.parametrize("hex_", NOT_OURS)
def test_other_tags_are_nothing(hex_):
    assert decode(bytes.fromhex(hex_)) is None


@given(st.binary(max_size=40))
def test_no_bytes_raise(epc):
    found = decode(epc)
    assert found is None or has_valid_check_digit(found.gtin14)


@given(st.sampled_from(PARTITIONS), st.integers(0, 10**13 - 1), st.integers(0, (1 << 38) - 1))
def test_what_is_encoded_comes_back(partition, body, serial):
    digits = f"{body:013d}"
    check = -sum(int(d) * (3, 1)[n % 2] for n, d in enumerate(digits)) % 10
    gtin = f"{digits}{check}"
    assert decode(sgtin96(gtin, serial, partition[1])) == (gtin, str(serial))


def test_an_impossible_tag_is_refused():
    with pytest.raises(ValueError, match="no SGTIN-96"):
        sgtin96("06901028075763", 1 << 38, 7)
