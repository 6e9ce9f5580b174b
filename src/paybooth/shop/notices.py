"""Which notices wait for a tap, which may not show what was scanned, and which refusal speaks which words."""

from __future__ import annotations

from paybooth.domain import sale as s

from . import views

STICKY = frozenset({"unknown_barcode", "price_missing", "expired", "not_sold_here", "age_restricted", "resumed"})
UNSENT = frozenset({"payment_code_early", "collection_code", "union_pay", "ecny", "wallet_unavailable", "code_seen"})
"""Notices whose scan may hold a payment code: its text is neither shown nor journalled."""


REFUSALS: dict[s.Refusal, views.NoticeKind] = {
    s.Refusal.PRICE_MISSING: "price_missing",
    s.Refusal.EXPIRED: "expired",
    s.Refusal.NOT_SOLD_HERE: "not_sold_here",
    s.Refusal.AGE_RESTRICTED: "age_restricted",
    s.Refusal.ALREADY_SCANNED: "already_scanned",
    s.Refusal.BASKET_FULL: "basket_full",
    s.Refusal.QUANTITY_LIMIT: "quantity_limit",
    s.Refusal.LABEL_PRICE_MISMATCH: "label_price_mismatch",
}
"""Refusals a scan can meet."""
