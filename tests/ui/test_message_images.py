from __future__ import annotations

import io
from typing import TYPE_CHECKING

import discord
import pytest
from discord import ui

from domain.models import MessageRef
from sandbox.discord import Intent, Upload
from tests.photos import HILL, HOUSE, picture_bytes
from ui.message_images import is_discords, pictures_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.discord import SeenMessage
    from tests.ui.office import Office

PHOTO = Upload("photo.png", picture_bytes(HILL))
OTHER = Upload("house.jpg", picture_bytes(HOUSE, "JPEG"))


async def fetched(office: Office, message: SeenMessage) -> discord.Message:
    """Return a message as the bot with the intent for message content gets it."""
    office.discord.grant_intents(Intent.MESSAGE_CONTENT)
    channel = office.client.get_partial_messageable(message.channel_id)
    return await channel.fetch_message(message.id)


async def test_attachments_in_their_order(office: Office) -> None:
    written = office.discord.person().send("look", uploads=[PHOTO, OTHER])
    first, second = pictures_in(await fetched(office, written))

    source = first.source
    assert (first.file_name, source.width, source.height) == ("photo.png", *HILL.size)
    assert (source.content_type, source.bytes) == ("image/png", len(PHOTO.data))
    assert (second.file_name, second.source.content_type) == ("house.jpg", "image/jpeg")
    assert (first.position, second.position) == (1, 2)
    assert source.message == MessageRef(channel_id=written.channel_id, message_id=written.id)
    assert is_discords(source.url or "")


async def test_other_files_and_films_are_no_pictures(office: Office) -> None:
    film = Upload("film.mp4", b"....ftyp", "video/mp4")
    text = Upload("notes.txt", b"hello")
    written = office.discord.person().send("look", uploads=[film, text, PHOTO])

    [found] = pictures_in(await fetched(office, written))
    assert found.file_name == "photo.png"


async def test_a_picture_under_a_spoiler_stays_under_it(office: Office) -> None:
    secret = Upload("SPOILER_photo.png", PHOTO.data)
    [found] = pictures_in(await fetched(office, office.discord.person().send("", uploads=[secret])))

    assert found.spoiler


def a_gallery(container: ui.Container[ui.LayoutView]) -> None:
    items = [
        discord.MediaGalleryItem("attachment://photo.png", description="a hill", spoiler=True),
        discord.MediaGalleryItem("attachment://house.jpg"),
    ]
    container.add_item(ui.MediaGallery(*items))


def a_section(container: ui.Container[ui.LayoutView]) -> None:
    thumbnail = ui.Thumbnail[ui.LayoutView]("attachment://photo.png", description="a hill")
    thumbnail.spoiler = True
    container.add_item(ui.Section("words", accessory=thumbnail))
    container.add_item(ui.File("attachment://house.jpg"))


@pytest.mark.parametrize("show", [a_gallery, a_section])
async def test_components_wherever_they_are_nested(
    office: Office, show: Callable[[ui.Container[ui.LayoutView]], None]
) -> None:
    container = ui.Container[ui.LayoutView](ui.TextDisplay("two pictures"))
    show(container)
    view = ui.LayoutView()
    view.add_item(container)
    channel = office.client.get_partial_messageable(office.discord.channel.id)
    files = [discord.File(_file(upload), upload.filename) for upload in (PHOTO, OTHER)]
    sent = await channel.send(view=view, files=files)

    message = await channel.fetch_message(sent.id)
    first, second = pictures_in(message)
    assert message.attachments == []
    assert (first.file_name, first.alt, first.spoiler) == ("photo.png", "a hill", True)
    source = first.source
    assert (source.width, source.height, source.content_type) == (*HILL.size, "image/png")
    assert (second.file_name, second.alt, second.spoiler) == ("house.jpg", None, False)


async def test_an_embeds_own_picture(office: Office) -> None:
    channel = office.client.get_partial_messageable(office.discord.channel.id)
    embed = discord.Embed(title="a hill").set_image(url="attachment://photo.png")
    sent = await channel.send(embed=embed, file=discord.File(_file(PHOTO), "photo.png"))

    [found] = pictures_in(await channel.fetch_message(sent.id))
    assert (found.file_name, found.source.width) == ("photo.png", HILL.size[0])


async def test_a_link_is_seen_through_discords_copy_alone(office: Office) -> None:
    ada = office.discord.person()
    written = ada.preview(ada.send("https://example.org/hill"), PHOTO)

    [found] = pictures_in(await fetched(office, written))
    assert is_discords(found.source.url or "")
    assert (found.link, found.source.width) == ("https://example.org/hill", HILL.size[0])


async def test_what_only_somebody_else_has_is_not_found(office: Office) -> None:
    channel = office.client.get_partial_messageable(office.discord.channel.id)
    gallery = ui.MediaGallery[ui.LayoutView](
        discord.MediaGalleryItem("https://example.org/hill.png")
    )
    view = ui.LayoutView()
    view.add_item(gallery)
    components = await channel.send(view=view)
    embed = discord.Embed().set_image(url="https://example.org/hill.png")
    with_embed = await channel.send(embed=embed)

    for sent in (components, with_embed):
        assert pictures_in(await channel.fetch_message(sent.id)) == []


async def test_a_film_behind_a_link_is_no_picture(office: Office) -> None:
    channel = office.client.get_partial_messageable(office.discord.channel.id)
    embed = discord.Embed().set_image(url="attachment://photo.png")
    sent = await channel.send(embed=embed, file=discord.File(_file(PHOTO), "photo.png"))
    message = await channel.fetch_message(sent.id)
    message.embeds[0].type = "gifv"

    assert pictures_in(message) == []


async def test_a_forwarded_message_shows_its_pictures(office: Office) -> None:
    ada = office.discord.person()
    garden = office.discord.add_channel("garden")
    forward = ada.forward(ada.send("look", uploads=[PHOTO]), garden)

    [found] = pictures_in(await fetched(office, forward))
    assert found.file_name == "photo.png"
    assert found.source.message == MessageRef(channel_id=garden.id, message_id=forward.id)


async def test_a_picture_shown_twice_is_found_once(office: Office) -> None:
    channel = office.client.get_partial_messageable(office.discord.channel.id)
    items = [discord.MediaGalleryItem("attachment://photo.png") for _ in range(2)]
    view = ui.LayoutView()
    view.add_item(ui.MediaGallery(*items))
    sent = await channel.send(view=view, file=discord.File(_file(PHOTO), "photo.png"))

    assert len(pictures_in(await channel.fetch_message(sent.id))) == 1


async def test_a_message_that_is_not_shown_holds_nothing(office: Office) -> None:
    written = office.discord.person().send("look", uploads=[PHOTO])
    channel = office.client.get_partial_messageable(written.channel_id)

    assert pictures_in(await channel.fetch_message(written.id)) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1",
        "https://media.discordapp.net/attachments/1/2/a.png",
        "https://images-ext-1.discordapp.net/external/x/https/example.org/a.png",
    ],
)
def test_discords_own_hosts(url: str) -> None:
    assert is_discords(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://cdn.discordapp.com/a.png",
        "https://cdn.discordapp.com:8443/a.png",
        "https://cdn.discordapp.com.example.org/a.png",
        "https://cdn.discordapp.com@example.org/a.png",
        "https://example.org/cdn.discordapp.com/a.png",
        "https://169.254.169.254/latest",
        "http://127.0.0.1/a.png",
        "file:///etc/passwd",
        "//cdn.discordapp.com/a.png",
        "https://[::1",
        "attachment://a.png",
        "",
    ],
)
def test_whatever_else_is_not(url: str) -> None:
    assert not is_discords(url)


def _file(upload: Upload) -> io.BytesIO:
    return io.BytesIO(upload.data)
