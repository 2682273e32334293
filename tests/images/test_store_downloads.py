"""Where a picture may be fetched from, and how far a redirect is followed."""

import pytest

from domain.models import Image
from images.fetcher import MAX_REDIRECTS, FetchError
from images.store import ImageStore
from tests.images.serving import Door, PictureServer, picture


async def fetch(spool: ImageStore, url: str) -> Image:
    return await spool.fetch(url, job_id="job", position=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_fetch_follows_a_redirect_when_its_target_is_trusted(
    spool: ImageStore, server: PictureServer, status: int
) -> None:
    server.serve("/b.png", picture())
    image = await fetch(spool, server.redirect("/a.png", "b.png", status=status))
    assert image.width == 64
    assert server.asked == ["/a.png", "/b.png"]


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{}/", "https://127.0.0.1:{}/", "https://localhost:{}/", "//127.0.0.1:{}/"],
)
async def test_fetch_knocks_nowhere_when_a_redirect_leads_to_a_private_place(
    spool: ImageStore, server: PictureServer, door: Door, target: str
) -> None:
    with pytest.raises(FetchError):
        await fetch(spool, server.redirect("/a.png", target.format(door.port)))
    assert server.asked == ["/a.png"]
    assert door.knocks == 0


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{}/",
        "https://127.0.0.1:{}/",
        "https://127.1:{}/",
        "https://2130706433:{}/",
        "https://0177.0.0.1:{}/",
        "https://0x7f000001:{}/",
        "https://localhost:{}/",
        "http://localhost:{}/",
        "https://[::ffff:127.0.0.1]:{}/",
        "https://①②⑦.⓪.⓪.①:{}/",
    ],
)
async def test_fetch_knocks_nowhere_when_the_place_is_private(
    spool: ImageStore, door: Door, target: str
) -> None:
    with pytest.raises(FetchError):
        await fetch(spool, target.format(door.port))
    assert door.knocks == 0


@pytest.mark.parametrize("to", ["/a.png", None, "http://[", "ftp://127.0.0.1/a.png"])
async def test_fetch_gives_up_when_redirects_lead_nowhere(
    spool: ImageStore, server: PictureServer, to: str | None
) -> None:
    with pytest.raises(FetchError):
        await fetch(spool, server.redirect("/a.png", to))
    assert len(server.asked) <= 1 + MAX_REDIRECTS


@pytest.mark.parametrize(("steps", "arrives"), [(MAX_REDIRECTS, True), (MAX_REDIRECTS + 1, False)])
async def test_fetch_follows_so_many_redirects_and_no_more(
    spool: ImageStore,
    server: PictureServer,
    steps: int,
    arrives: bool,  # noqa: FBT001
) -> None:
    for step in range(steps):
        server.redirect(f"/{step}", f"/{step + 1}")
    server.serve(f"/{steps}", picture())
    if arrives:
        assert (await fetch(spool, server.url("/0"))).width == 64
    else:
        with pytest.raises(FetchError):
            await fetch(spool, server.url("/0"))
        assert f"/{steps}" not in server.asked
