"""An uploaded photo becomes a product's picture: small, square, nothing in it but pixels. Read with distrust."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageOps, UnidentifiedImageError

SIDE_PX = 320
PIXELS_MOST = {"JPEG": 50_000_000, "PNG": 16_000_000, "WEBP": 16_000_000}
"""A JPEG need not be unpacked whole."""
BYTES_MOST = 8 * 1024 * 1024


class PhotoError(Exception):
    """Why this cannot be a picture; the text says what to do."""


def fitted(content: bytes) -> bytes:
    """WebP of 320 × 320, the photo whole in its middle, upright, without metadata. Raises PhotoError."""
    if len(content) > BYTES_MOST:
        raise PhotoError(f"the photo is larger than {BYTES_MOST // 1024 // 1024} MiB; take a smaller one")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(PIXELS_MOST)) as photo:
            if photo.width * photo.height > PIXELS_MOST.get(photo.format or "", PIXELS_MOST["JPEG"]):
                raise PhotoError(f"the photo has {photo.width} × {photo.height} pixels; take a smaller one")
            photo.draft("RGB", (2 * SIDE_PX, 2 * SIDE_PX))
            small = ImageOps.contain(photo.convert("RGBA"), (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
            small = ImageOps.exif_transpose(small)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("the photo has far too many pixels; take a smaller one") from error
    except UnidentifiedImageError as error:
        raise PhotoError("this is no PNG, JPEG or WebP photo") from error
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error) as error:
        raise PhotoError("the photo is damaged or cut off; save it again and try once more") from error
    square = Image.new("RGBA", (SIDE_PX, SIDE_PX), (255, 255, 255, 0))
    square.paste(small, ((SIDE_PX - small.width) // 2, (SIDE_PX - small.height) // 2))
    out = io.BytesIO()
    square.save(out, "WEBP", quality=84, method=4)
    return out.getvalue()
