"""What is drawn and edited: sizes, sameness, difference, and broken sources."""

import io
import statistics
import zlib
from contextlib import suppress
from itertools import combinations

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sandbox.flux import fetching
from sandbox.flux.fetching import fetch_source
from sandbox.flux.models import PictureFormat
from sandbox.flux.renderer import (
    MOOD_BY_WORD,
    UnreadableSourceError,
    decoded,
    draw,
    edit,
    encoded,
    mood_of,
)
from sandbox.flux.sizes import CURRENT_RATIOS, PixelSize, pixels_of
from tests.sandbox.flux.talking import difference, luminance, photo, png

SMALL = PixelSize(160, 160)
EDIT_PROMPTS = (
    *MOOD_BY_WORD, "black and white", "add a hat", "a dragon", "more birds", "put it on a boat",
)  # fmt: skip


def likeness(one: Image.Image, other: Image.Image) -> float:
    return statistics.correlation(luminance(one), luminance(other))


def saved(image: Image.Image, picture_format: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, picture_format, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("1:1", (1024, 1024)),
        ("16:9", (1344, 768)),
        ("9:16", (768, 1344)),
        ("3:2", (1248, 832)),
        ("4:3", (1152, 864)),
        ("21:9", (1536, 640)),
        ("4:5", (896, 1120)),
        ("1024x1792", (1024, 1792)),
        ("256x1440", (256, 1440)),
    ],
)
def test_sizes_become_these_pixels(size: str, expected: tuple[int, int]) -> None:
    pixels = pixels_of(size)
    assert (pixels.width, pixels.height) == expected


@pytest.mark.parametrize("ratio", sorted(CURRENT_RATIOS | {"4:5", "5:4"}))
def test_ratios_are_kept_near_one_megapixel(ratio: str) -> None:
    across, down = map(int, ratio.split(":"))
    full, quarter = pixels_of(ratio), pixels_of(ratio, 0.25)
    assert full.width / full.height == pytest.approx(across / down, rel=0.03)
    assert 0.9 < full.width * full.height / 1024**2 <= 1
    assert full.width % 32 == full.height % 32 == quarter.width % 8 == quarter.height % 8 == 0
    assert quarter.width == pytest.approx(full.width / 2, abs=4)


def test_the_same_request_gives_the_same_bytes() -> None:
    def once() -> bytes:
        return encoded(draw("a cat by the sea", "flux-dev", SMALL, 0), PictureFormat.PNG)

    assert once() == once()


@pytest.mark.parametrize("prompt", ["a white cat", "night", "a red fox", "desert", "\u732b"])
def test_pictures_of_one_request_differ_visibly(prompt: str) -> None:
    pictures = [draw(prompt, "flux-dev", SMALL, index) for index in range(4)]
    assert min(difference(a, b) for a, b in combinations(pictures, 2)) > 4


def test_prompt_model_and_size_each_change_the_picture() -> None:
    first = draw("a hill", "flux-dev", SMALL, 0)
    assert draw("two hills", "flux-dev", SMALL, 0).tobytes() != first.tobytes()
    assert draw("a hill", "flux-pro", SMALL, 0).tobytes() != first.tobytes()
    assert draw("a hill", "flux-dev", PixelSize(160, 128), 0).size == (160, 128)


@pytest.mark.parametrize("word", sorted(MOOD_BY_WORD))
def test_every_word_can_be_drawn_at_every_shape(word: str) -> None:
    for size in (PixelSize(8, 8), PixelSize(240, 104), PixelSize(72, 168)):
        image = draw(f"a cat, {word}", "flux-dev", size, 1)
        assert (image.mode, image.size) == ("RGB", (size.width, size.height))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_stand_in_the_caption(prompt: str) -> None:
    assert draw(prompt, "flux-dev", PixelSize(96, 80), 0).size == (96, 80)


@pytest.mark.parametrize(
    "prompt", ["\ud83d half a pair", "e\u0301" * 900, "\u202eabc\x00", "x" * 9000]
)
def test_odd_text_can_stand_in_the_caption(prompt: str) -> None:
    assert draw(prompt, "flux-dev", SMALL, 0).size == (160, 160)


@pytest.mark.parametrize("prompt", EDIT_PROMPTS)
@pytest.mark.parametrize("kinds", [("room", "street"), ("street", "room")])
@pytest.mark.parametrize("size", [PixelSize(512, 512), PixelSize(104, 104)])
def test_an_edit_shows_its_own_source_and_no_other(
    prompt: str, kinds: tuple[str, str], size: PixelSize
) -> None:
    own, other = (photo(kind, (512, 512)) for kind in kinds)
    result = edit(own, prompt, size)
    assert likeness(result, own) > 0.85
    assert abs(likeness(result, other)) < 0.4


@pytest.mark.parametrize("prompt", EDIT_PROMPTS)
def test_a_dark_drawing_is_still_known_after_an_edit(prompt: str) -> None:
    source = draw("night city", "flux-dev", PixelSize(512, 512), 0)
    assert likeness(edit(source, prompt, PixelSize(512, 512)), source) > 0.85


@pytest.mark.parametrize("prompt", EDIT_PROMPTS)
def test_an_edit_can_be_seen(prompt: str) -> None:
    source = photo("room", (256, 256))
    assert difference(edit(source, prompt, PixelSize(256, 256)), source) > 8


def test_an_older_caption_does_not_shine_through() -> None:
    image = Image.new("RGB", (400, 400), "white")
    for x in range(0, 400, 4):
        image.paste("black", (x, 0, x + 2, 400))
    edited = edit(image, "\u202e", PixelSize(400, 400))  # nothing of this prompt can be shown
    strip = luminance(edited.crop((20, 310, 380, 390)), side=200)
    above = luminance(edited.crop((20, 20, 380, 280)), side=200)
    assert max(strip) - min(strip) < 20
    assert max(above) - min(above) > 100


def test_night_is_darker_and_bright_is_brighter() -> None:
    source = photo("street", (256, 256))
    usual = statistics.mean(luminance(source))
    assert statistics.mean(luminance(edit(source, "Night!", SMALL))) < usual * 0.6
    assert statistics.mean(luminance(edit(source, "bright", SMALL))) > usual * 1.1


def test_black_and_white_has_no_colour() -> None:
    image = edit(photo("room"), "in black and white", SMALL).crop((20, 20, 140, 120))
    assert all(low == high for low, high in zip(*_extremes(image), strict=True))
    assert mood_of("a white cat") is not mood_of("black and white cat")


def _extremes(image: Image.Image) -> tuple[list[int], list[int]]:
    red, green, blue = (list(channel.tobytes()) for channel in image.split())
    triples = list(zip(red, green, blue, strict=True))
    return [min(each) for each in triples], [max(each) for each in triples]


@pytest.mark.parametrize("shape", [(400, 100), (100, 400)])
def test_a_source_is_cut_from_its_middle(shape: tuple[int, int]) -> None:
    source = Image.new("RGB", shape, "black")
    source.paste("white", (shape[0] // 2 - 50, shape[1] // 2 - 50, shape[0] // 2 + 50,
                           shape[1] // 2 + 50))  # fmt: skip
    assert min(luminance(edit(source, "bright", SMALL), side=8)[9:15]) > 200


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_four_formats_can_be_read(picture_format: str) -> None:
    image = decoded(saved(photo("room"), picture_format))
    assert (image.mode, image.size) == ("RGB", (300, 220))
    assert likeness(image, photo("room")) > 0.95


@pytest.mark.parametrize(
    "source",
    [
        b"",
        b"<html></html>",
        png(photo("room"))[:2000],
        saved(photo("room"), "BMP"),
        saved(photo("room"), "TIFF"),
    ],
    ids=["empty", "page", "cut", "bmp", "tiff"],
)
def test_other_bytes_cannot(source: bytes) -> None:
    with pytest.raises(UnreadableSourceError):
        decoded(source)


@pytest.mark.parametrize("side", [5001, 12_000, 60_000])
def test_a_header_that_promises_too_much_is_not_decoded(side: int) -> None:
    small = png(Image.new("L", (1, 1)))
    # The header's chunk ends with a checksum over its name and content.
    content = b"IHDR" + side.to_bytes(4) * 2 + small[24:29]
    source = small[:12] + content + _crc(content) + small[33:]
    with pytest.raises(UnreadableSourceError):
        decoded(source)


def _crc(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4)


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]))
def test_broken_sources_never_raise_anything_else(data: st.DataObject, picture_format: str) -> None:
    source = bytearray(saved(photo("room").resize((40, 30)), picture_format))
    for _ in range(data.draw(st.integers(1, 6))):
        source[data.draw(st.integers(0, len(source) - 1))] = data.draw(st.integers(0, 255))
    with suppress(UnreadableSourceError):
        assert decoded(bytes(source)).mode == "RGB"


def test_transparent_sources_lie_on_white() -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    assert decoded(png(image)).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (40, 40))
    assert decoded(saved(palette, "GIF", transparency=0)).getpixel((5, 5)) == (255, 255, 255)


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decoded(saved(photo("room"), "JPEG", exif=exif)).size == (220, 300)


async def test_a_fetch_has_a_deadline(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    note, body = await fetch_source(session, f"http://127.0.0.1:{unused_tcp_port}/", deadline_s=0)
    assert (note.status, body) == (0, None)


async def test_a_fetch_stops_at_its_limit(session: aiohttp.ClientSession) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(bytes(1_000_000))

    app = web.Application()
    app.add_routes([web.get("/", endless)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    note, body = await fetch_source(session, url)
    await runner.cleanup()
    assert body is None
    limit = fetching.MAX_SOURCE_BYTES
    assert limit < note.bytes <= limit + fetching.CHUNK_BYTES


async def test_an_address_that_cannot_be_written_is_not_fetched(
    session: aiohttp.ClientSession,
) -> None:
    note, body = await fetch_source(session, "http://127.0.0.1:99999/\ud83d")
    assert (note.status, body) == (0, None)


@pytest.mark.parametrize("size", ["1:1", "16:9", "9:16", "3:2", "2:3", "4:3", "3:4"])
def test_a_source_of_any_shape_is_cut_to_any_size(size: str) -> None:
    for width, height in ((900, 1200), (1500, 1000), (1000, 999), (7, 900), (1344, 768)):
        wanted = pixels_of(size, 0.02)
        edited = edit(Image.new("RGB", (width, height)), "make it night", wanted)

        assert edited.size == (wanted.width, wanted.height)
