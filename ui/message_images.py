"""The images of a message, wherever Discord shows them, and the source of an edit among them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import discord
import discord.http
import yarl

from domain.errors import UserError
from domain.models import ImageKind, ImageRequest, Job, MessageRef, PictureRef
from images.inspect import SUFFIXES
from images.store import stem_of
from jobs.requests import UNKNOWN_TYPES, Source
from ui.components import OPTION_CHARACTERS, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from ui.i18n import Words


MAX_PICTURES: Final = 25
"""Of one message that are looked at: Discord's limit on the options of a select."""

MEDIA_HOSTS: Final = frozenset(
    {
        "cdn.discordapp.com",
        "media.discordapp.net",
        "images-ext-1.discordapp.net",
        "images-ext-2.discordapp.net",
    }
)
"""Where Discord keeps files and shows what it has fetched from elsewhere by itself."""

PICTURE_SUFFIXES: Final = frozenset({*SUFFIXES.values(), ".jpeg", ".heif"})
"""Of files whose type and size Discord does not say, as of some that phones make."""

FILM_EMBEDS: Final = frozenset({"gifv", "video"})
"""Kinds of embeds whose image is the still of a film."""

_RESULT: Final = re.compile(r"([0-9a-f]{12})-(?:result|posted)-([1-9])")
"""The name of a result's file without its suffix, as the image store names it."""

_NUMBERED: Final = re.compile(r"\A\s*#?([0-9]{1,2})[:\uff1a](?![0-9])\s*")
"""A picture's number before the words; in "16:9" it is none. Chinese is typed with wide colons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPicture:
    """A picture in a message, as Discord describes it.

    Attributes:
        source: with a URL at Discord's own hosts only, which is good for about a day; its message,
            fetched again, has a fresh one.
        link: the typed link whose preview the image is.
        position: its number for people: from 1, in the order of the message, unless the message
            numbers its images itself.
    """

    source: Source
    file_name: str
    alt: str | None = field(repr=False)
    spoiler: bool
    link: str | None = field(default=None, repr=False)
    position: int = 0

    def name(self, words: Words) -> str:
        name = " ".join((self.alt or self.file_name).split())
        # The bot's own images have their number in their description.
        if not name.startswith(words("picture-number", number=self.position)):
            name = words("picture-number-named", number=self.position, name=name)
        return shorten(name, OPTION_CHARACTERS)


def pictures_in(message: discord.Message, *, is_own: bool = False) -> list[FoundPicture]:
    """Return the pictures of a message and of what it forwards, each once, in order.

    Only URLs of Discord's own hosts are used: any other URL in a message or an embed was chosen by
    a user, and is never fetched.

    Args:
        is_own: whether the bot wrote it: then its results are numbered as on its card, with gaps
            where some are missing. Anybody can give a file the name of a result.
    """
    found: dict[str | None, FoundPicture] = {}
    results: dict[int, FoundPicture] = {}
    ref = MessageRef(channel_id=message.channel.id, message_id=message.id)
    parts: list[discord.Message | discord.MessageSnapshot] = [message, *message.message_snapshots]
    for part in parts:
        for each in _pictures(part, ref):
            if each.source.url not in found and len(found) < MAX_PICTURES:
                picture = replace(each, position=len(found) + 1)
                name = _RESULT.fullmatch(PurePosixPath(picture.file_name).stem) if is_own else None
                if name is not None:
                    parent = PictureRef(job_id=name[1], position=int(name[2]))
                    picture = replace(picture, source=replace(picture.source, parent=parent))
                    results[parent.position] = replace(picture, position=parent.position)
                found[picture.source.url] = picture
    return [*(results if len(results) == len(found) else found).values()]


def is_discords(url: str) -> bool:
    """Whether an address is one of Discord's own for files, or of the server set in its place."""
    try:
        address = yarl.URL(url)
        is_https = address.scheme == "https" and address.port == 443  # noqa: PLR2004  # of https
        if is_https and address.host in MEDIA_HOSTS:
            return True
        return address.origin() == yarl.URL(discord.http.Route.BASE).origin()
    except ValueError:  # it is no address at all
        return False


def pick(
    words: str, pictures: Sequence[FoundPicture], position: int | None = None
) -> tuple[FoundPicture | None, str]:
    """Return the image that a prompt is about, None if the user has to choose, and the prompt.

    Raises:
        UserError: there is no such picture, or there are no words.
    """
    numbered = _NUMBERED.match(words)
    if numbered:
        words = words[numbered.end() :]
        position = position or int(numbered[1])
    by_number = {}
    for each in pictures:
        by_number[each.position] = each
    if len(pictures) == 1:
        position = position or 1
        by_number[1] = pictures[0]
    if position is not None and position not in by_number:
        raise UserError("so-many-pictures", count=len(pictures))
    picture = by_number[position] if position is not None else None
    for each in pictures:
        if each.link and picture in (None, each):
            words = words.replace(each.link, "")
    if not words.strip():
        raise UserError("say-what")
    return picture, words.strip()


def source_in(message: discord.Message, request: ImageRequest, *, is_own: bool) -> str | None:
    """Return a fresh URL of the image that a request edits, None if the message does not have it.

    Only the signature of a file's URL changes; the rest identifies the image. In the bot's own
    messages a result is identified by its name, also after it was attached again.
    """
    wanted = _unsigned(request.source_url) if request.source_url else None
    for found in pictures_in(message):
        if _unsigned(found.source.url or "") == wanted:
            return found.source.url
    parent = request.parent
    if parent is None or not is_own:
        return None
    kinds = (ImageKind.POSTED, ImageKind.RESULT)
    return _named(message, {stem_of(parent.job_id, kind, parent.position) for kind in kinds})


def own_source_in(message: discord.Message, job: Job) -> str | None:
    """Return the URL of the source that a job's own message shows, None without one."""
    return _named(message, {stem_of(job.id, ImageKind.SOURCE, 1)})


def source_of_attachment(image: discord.Attachment, message: MessageRef | None = None) -> Source:
    return Source(
        url=image.url,
        bytes=image.size,
        width=image.width,
        height=image.height,
        content_type=image.content_type,
        message=message,
    )


def _pictures(
    part: discord.Message | discord.MessageSnapshot, message: MessageRef
) -> Iterator[FoundPicture]:
    for attachment in part.attachments:
        if _is_picture(attachment.content_type, attachment.width, attachment.filename):
            yield FoundPicture(
                source=source_of_attachment(attachment, message),
                file_name=attachment.filename,
                alt=attachment.description,
                spoiler=attachment.is_spoiler(),
            )
    shown: list[tuple[Any, str | None, bool, str | None]] = [
        (media, alt, spoiler, None)
        for media, alt, spoiler in _media(part.components)
        if _is_picture(media.content_type, media.width)
    ]
    for embed in part.embeds:
        image = embed.image or embed.thumbnail
        if image and embed.type not in FILM_EMBEDS:
            shown.append((image, None, False, embed.url if embed.type != "rich" else None))
    for media, alt, spoiler, link in shown:
        # The address itself may be anybody's; then Discord's own copy is beside it.
        if url := next(filter(is_discords, filter(None, (media.url, media.proxy_url))), None):
            source = Source(
                url=url,
                bytes=None,
                width=media.width,
                height=media.height,
                content_type=getattr(media, "content_type", None),
                message=message,
            )
            name = PurePosixPath(yarl.URL(url).path).name
            yield FoundPicture(source=source, file_name=name, alt=alt, spoiler=spoiler, link=link)


def _media(
    components: Iterable[object],
) -> Iterator[tuple[discord.UnfurledMediaItem, str | None, bool]]:
    for component in components:
        match component:
            case discord.MediaGalleryComponent():
                for item in component.items:
                    yield item.media, item.description, item.spoiler
            case discord.ThumbnailComponent():
                yield component.media, component.description, component.spoiler
            case discord.FileComponent():
                yield component.media, None, component.spoiler
            case discord.SectionComponent():
                yield from _media([component.accessory])
            case discord.Container():
                yield from _media(component.children)
            case _:
                pass


def _is_picture(content_type: object, width: int | None, file_name: str = "") -> bool:
    kind = str(content_type or "").casefold()
    if kind in UNKNOWN_TYPES:
        return width is not None or PurePosixPath(file_name).suffix.casefold() in PICTURE_SUFFIXES
    return kind.startswith("image/")


def _named(message: discord.Message, stems: Collection[str]) -> str | None:
    for found in pictures_in(message):
        if PurePosixPath(found.file_name).stem in stems:
            return found.source.url
    return None


def _unsigned(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.netloc, parts.path
