"""What a kiosk may ask for: typed, idempotent by `id`, guarded by the revision the shopper saw.

Decoded by msgspec with `type`/`name` tags; anything else is refused with `malformed`. The same union makes contract.ts.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Short = Annotated[str, Meta(max_length=64)]


class Scanned(Struct, tag_field="name", tag="scan", frozen=True, forbid_unknown_fields=True):
    """A wedge scanner typed this into the page. At most 4,096 characters; longer is refused as unreadable."""

    text: Annotated[str, Meta(max_length=4096)]
    symbology: Annotated[str, Meta(max_length=3)] | None = None


class Touch(Struct, tag_field="name", tag="touch", frozen=True, forbid_unknown_fields=True):
    """The shopper touched the screen: leaves attract, answers “still there?”."""


class SetQuantity(Struct, tag_field="name", tag="set_quantity", frozen=True, forbid_unknown_fields=True):
    line: int
    quantity: int


class Remove(Struct, tag_field="name", tag="remove", frozen=True, forbid_unknown_fields=True):
    line: int


class OpenLine(Struct, tag_field="name", tag="open_line", frozen=True, forbid_unknown_fields=True):
    line: int


class Pay(Struct, tag_field="name", tag="pay", frozen=True, forbid_unknown_fields=True):
    """Confirm the basket at the total the shopper saw; a stale total is refused."""

    total_fen: int


class Choose(Struct, tag_field="name", tag="choose", frozen=True, forbid_unknown_fields=True):
    channel: Literal["wechat", "alipay"]


class Present(Struct, tag_field="name", tag="present", frozen=True, forbid_unknown_fields=True):
    """Show a QR on the booth's screen instead of scanning the phone."""

    channel: Literal["wechat", "alipay"]


class Back(Struct, tag_field="name", tag="back", frozen=True, forbid_unknown_fields=True):
    """One step back: align → choose → shopping. While paying: cancel, where it is safe."""


class Dismiss(Struct, tag_field="name", tag="dismiss", frozen=True, forbid_unknown_fields=True):
    notice: int


class Help(Struct, tag_field="name", tag="help", frozen=True, forbid_unknown_fields=True):
    on: bool


class Heard(Struct, tag_field="name", tag="heard", frozen=True, forbid_unknown_fields=True):
    """The booth's loudspeaker played a spoken message of staff to its end. The page says so, not the shopper."""

    voice: Short


class SetLanguage(Struct, tag_field="name", tag="language", frozen=True, forbid_unknown_fields=True):
    language: Literal["zh-CN", "en"]


class SetComfort(Struct, tag_field="name", tag="comfort", frozen=True, forbid_unknown_fields=True):
    large_text: bool
    high_contrast: bool
    reduced_motion: bool
    quiet: bool


class Member(Struct, tag_field="name", tag="member", frozen=True, forbid_unknown_fields=True):
    """A member number, typed or scanned, for member prices."""

    number: Short


class Finish(Struct, tag_field="name", tag="finish", frozen=True, forbid_unknown_fields=True):
    """Done looking at the success page."""


class Abandon(Struct, tag_field="name", tag="abandon", frozen=True, forbid_unknown_fields=True):
    """Give the whole basket up."""


Action = (
    Scanned
    | Touch
    | SetQuantity
    | Remove
    | OpenLine
    | Pay
    | Choose
    | Present
    | Back
    | Dismiss
    | Help
    | Heard
    | SetLanguage
    | SetComfort
    | Member
    | Finish
    | Abandon
)


class Intent(Struct, tag_field="type", tag="intent", frozen=True, forbid_unknown_fields=True):
    id: Short
    seen_rev: int
    action: Action


class Ping(Struct, tag_field="type", tag="ping", frozen=True, forbid_unknown_fields=True):
    t: float


class Applied(Struct, tag_field="type", tag="applied", frozen=True, forbid_unknown_fields=True):
    """The page painted this revision of a frame of this type, `paint_ms` after it arrived."""

    rev: int
    paint_ms: float
    of: Short = ""


ClientFrame = Intent | Ping | Applied
