"""Photos of products: small, square and bare once kept; nothing is kept of what is no photo."""

from __future__ import annotations

import io
import os
import struct
import zlib
from dataclasses import replace

import pytest
from PIL import Image, ImageDraw

from paybooth.ledger.fsck import fsck
from paybooth.ledger.pictures import PictureFolder
from paybooth.photo import BYTES_MOST, PhotoError, fitted

from ..shop.floor import MILK
from .test_goods import shop
from .test_refunds import bearer

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ORIENTATION = 0x0112


def photo(kind="PNG", size=(640, 480), **how) -> bytes:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", size, "#0000ff")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 2, size[1]), fill="#ff0000")
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is that large, and is a few bytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


def read(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_photo_stands_whole_in_the_middle_of_its_square(kind):
    made = read(fitted(photo(kind)))
    assert (made.format, made.size, made.mode) == ("WEBP", (320, 320), "RGBA")
    assert made.getpixel((160, 10))[3] == 0
    left, right = made.getpixel((40, 160)), made.getpixel((280, 160))
    assert (left[0] > 200, left[2] < 60, right[2] > 200, right[0] < 60) == (True,) * 4


def test_a_phone_held_upright_gives_an_upright_picture_without_its_metadata():
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # turn right to see it
    exif[0x010F] = "Somebody's phone"
    made = read(fitted(photo("JPEG", exif=exif.tobytes())))
    top, bottom = made.getpixel((160, 40)), made.getpixel((160, 280))
    assert (top[0] > 200, bottom[2] > 200) == (True, True)
    assert not made.getexif()
    assert b"phone" not in fitted(photo("JPEG", exif=exif.tobytes()))


def test_palettes_grey_and_transparency_are_photos_too():
    for mode in ("P", "L", "LA", "RGBA", "1"):
        out = io.BytesIO()
        Image.new(mode, (50, 400)).save(out, "PNG")
        assert read(fitted(out.getvalue())).size == (320, 320)
    out = io.BytesIO()
    Image.new("CMYK", (99, 50)).save(out, "JPEG")
    assert read(fitted(out.getvalue())).size == (320, 320)


def test_a_phones_picture_with_a_second_one_inside_is_a_photo():
    """Pillow names such a JPEG after its container (MPO)."""
    out = io.BytesIO()
    first, second = (Image.new("RGB", (300, 200), colour) for colour in ("#ff0000", "#0000ff"))
    first.save(out, "MPO", save_all=True, append_images=[second])
    red, _, blue, _ = read(fitted(out.getvalue())).getpixel((160, 160))
    assert (red > 200, blue < 60) == (True, True)


BAD = {
    "a page with a script, called .png": (SVG, "no PNG, JPEG or WebP"),
    "nothing": (b"", "no PNG, JPEG or WebP"),
    "a GIF": (photo("GIF"), "no PNG, JPEG or WebP"),
    "half a JPEG": (photo("JPEG")[:1500], "damaged or cut off"),
    "half a PNG": (photo("PNG")[:-200], "damaged or cut off"),
    "a bomb": (bomb(30_000, 30_000), "too many pixels"),
    "a small bomb": (bomb(5000, 4000), "5000 × 4000 pixels"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_photo_is_refused(name):
    content, why = BAD[name]
    with pytest.raises(PhotoError, match=why):
        fitted(content)


def test_when_there_are_too_many_the_old_unused_ones_go(tmp_path):
    folder = PictureFolder(tmp_path, most=3)
    first, second, third = (folder.keep(bytes([n]), set()) for n in range(3))
    assert folder.keep(b"fourth", {first, second}) is None, "the third may be meant for somebody"
    for name in (first, second, third):
        os.utime(tmp_path / name, (1, 1))
    assert folder.keep(b"\0", set()) == first, "what is there is there"
    fourth = folder.keep(b"fourth", {second})
    assert {each.name for each in tmp_path.iterdir()} == {first, second, fourth}


@pytest.mark.parametrize("name", ["../ledger.db", "..%2fledger.db", "x.webp", "A" * 32 + ".webp", "", "a" * 32])
def test_only_a_name_of_ours_is_looked_for(tmp_path, name):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "ledger.db").write_text("x")
    (tmp_path / "pictures" / "x.webp").write_text("x")
    assert PictureFolder(tmp_path / "pictures").path(name) is None


# ---------------------------------------------------------------- over REST


@pytest.mark.anyio
async def test_a_photo_becomes_the_picture_of_a_product(tmp_path):
    async with shop(tmp_path) as (desk, client, put):
        kept = await client.post("/api/pictures", content=photo(), headers=bearer("Di"))
        name = kept.json()["picture"]
        assert (await client.post("/api/pictures", content=photo(), headers=bearer("Di"))).json()["picture"] == name
        shown = await client.get(f"/pictures/{name}")
        assert (shown.headers["content-type"], shown.headers["x-content-type-options"]) == ("image/webp", "nosniff")
        assert "immutable" in shown.headers["cache-control"]
        assert read(shown.content).size == (320, 320)
        changed = await put(picture=name)
        assert (changed.status_code, changed.json()["picture"]) == (200, name)
        assert desk.shop.catalogue.product("B").picture == name
        assert (await put(price_fen=1690)).json()["picture"] == name, "callers that do not know pictures keep them"
        assert (await put(price_fen=1690, picture="")).json()["picture"] == ""
        kinds = desk.kinds().count("product.changed")
        assert kinds == 3
    report = fsck(tmp_path / "ledger.db")
    assert report.ok, report.faults


@pytest.mark.anyio
async def test_a_picture_that_is_not_there_cannot_be_set(tmp_path):
    async with shop(tmp_path) as (desk, _, put):
        gone = await put(picture="0" * 32 + ".webp")
        assert gone.status_code == 422
        assert "Nothing was changed" in gone.json()["detail"]
        for odd in ("../x.webp", "a/b", "<script>", "A.webp"):
            assert (await put(picture=odd)).status_code == 422
        assert desk.shop.catalogue.product("B") == replace(MILK, codes=MILK.codes)


@pytest.mark.anyio
async def test_nothing_is_kept_of_a_bad_upload(tmp_path):
    async with shop(tmp_path) as (_, client, _put):
        for content, why in BAD.values():
            refused = await client.post("/api/pictures", content=content, headers=bearer("Di"))
            assert refused.status_code == 422
            assert (refused.json()["why"], why in refused.json()["detail"]) == ("photo", True)
        huge = await client.post("/api/pictures", content=bytes(BYTES_MOST + 1), headers=bearer("Di"))
        assert huge.status_code == 413

        async def endless():
            for _ in range(100):
                yield bytes(1024 * 1024)

        try:
            unsaid = (await client.post("/api/pictures", content=endless(), headers=bearer("Di"))).status_code
        except OSError:  # it hung up on us
            unsaid = 413
        assert unsaid == 413
        assert (await client.post("/api/pictures", content=photo())).status_code == 401
        for name in ("x.webp", "..%2Fledger.db", "0" * 32 + ".webp"):
            assert (await client.get(f"/pictures/{name}")).status_code == 404
        assert not list(tmp_path.glob("pictures/*"))
