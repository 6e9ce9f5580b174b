"""Tags' bytes beside another's library: what we write it reads, what it writes we read."""

from __future__ import annotations

import warnings

from hypothesis import given
from hypothesis import strategies as st

from paybooth.domain.barcode import check_digit
from paybooth.domain.epc import Sgtin, decode, sgtin96

with warnings.catch_warnings():  # its regular expressions are from a time before raw strings
    warnings.simplefilter("ignore")
    import epcpy
    from epcpy.epc_schemes import SGTIN
    from epcpy.epc_schemes.sgtin import SGTINFilterValue

BODIES, PREFIXES = st.integers(0, 10**13 - 1).map("{:013d}".format), st.integers(6, 12)
SERIALS = st.text("ABCZabcz0189-_.:*+", min_size=1, max_size=20)


@given(BODIES, st.integers(0, (1 << 38) - 1), PREFIXES)
def test_what_we_write_another_reads(body, serial, prefix_digits):
    gtin = body + str(check_digit(body))
    other = epcpy.hex_to_tag_encodable(sgtin96(gtin, serial, prefix_digits).hex().upper())
    assert (other.gtin(), other.epc_uri.rsplit(".", 1)[-1]) == (gtin, str(serial))


@given(BODIES, SERIALS, PREFIXES)
def test_text_serials_that_another_wrote_are_read(body, serial, prefix_digits):
    company, item = body[1 : 1 + prefix_digits], body[0] + body[1 + prefix_digits :]
    tag = SGTIN(f"urn:epc:id:sgtin:{company}.{item}.{serial}")
    bits = tag.binary(SGTIN.BinaryCodingScheme.SGTIN_198, SGTINFilterValue.POS_ITEM)
    assert decode(int(bits.ljust(208, "0"), 2).to_bytes(26, "big")) == Sgtin(body + str(check_digit(body)), serial)
