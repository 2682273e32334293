"""What a person sees of a message."""

from dataclasses import dataclass, field

from sandbox.discord.component_types import SELECTS, ButtonStyle, Component, media_of, walk
from sandbox.discord.embeds import EMBED_MEDIA
from sandbox.discord.errors import JSON
from sandbox.discord.records import Message, StoredFile
from sandbox.discord.rendering import Renderer, file_of, is_thinking


@dataclass(frozen=True)
class Choice:
    """One thing to choose: what is shown and what is sent."""

    name: str
    value: str | int | float


@dataclass(frozen=True)
class SeenImage:
    """A picture as it is shown."""

    # A link is signed anew at every look.
    url: str = field(compare=False)
    filename: str
    width: int | None
    height: int | None
    alt: str | None
    spoiler: bool
    data: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class SeenFile:
    """A file that is offered for download."""

    url: str = field(compare=False)
    filename: str
    content_type: str
    data: bytes = field(repr=False, default=b"")


@dataclass(frozen=True)
class SeenMessage:
    """A message as one person sees it at one moment; times are seconds since 1970."""

    id: int
    author: str
    text: str
    images: tuple[SeenImage, ...]
    files: tuple[SeenFile, ...]
    buttons: tuple[str, ...]
    disabled: tuple[str, ...]
    options: tuple[Choice, ...]
    private: bool
    thinking: bool
    accent_color: int | None
    created_at: float
    edited_at: float | None
    reply_to: int | None
    channel_id: int
    raw: JSON = field(repr=False, compare=False)


def see(message: Message, renderer: Renderer) -> SeenMessage:
    """Look at a message; of a forwarded one, at what it shows."""
    shown = message.forwarded or message
    components = tuple(walk(shown.body.components))
    buttons = [part for part in components if part["type"] == Component.BUTTON]
    images, files = _media(shown, renderer, components)
    containers = [part for part in components if part["type"] == Component.CONTAINER]
    return SeenMessage(
        id=message.id,
        author=message.author.name,
        text=_text(shown, components),
        images=images,
        files=files,
        buttons=tuple(button_label(button) for button in buttons),
        disabled=tuple(button_label(button) for button in buttons if button.get("disabled")),
        options=_options(components),
        private=message.private_to is not None,
        thinking=is_thinking(message),
        accent_color=containers[0].get("accent_color") if containers else None,
        created_at=message.created_at,
        edited_at=message.edited_at,
        reply_to=message.reply_to,
        channel_id=message.channel.id,
        raw=renderer.message(message),
    )


def button_label(button: JSON) -> str:
    """Return what stands on a button."""
    label: str = button.get("label") or (button.get("emoji") or {}).get("name") or ""
    return label


def is_clickable(button: JSON) -> bool:
    """Tell whether a click on a button reaches the bot."""
    dead = (ButtonStyle.LINK, ButtonStyle.PREMIUM)
    return not button.get("disabled") and button["style"] not in dead


def _text(message: Message, components: tuple[JSON, ...]) -> str:
    lines: list[str | None] = [message.body.content]
    for embed in message.body.embeds:
        lines += [embed.get("title"), embed.get("description")]
        for line in embed.get("fields") or ():
            lines += [line["name"], line["value"]]
        lines.append((embed.get("footer") or {}).get("text"))
    lines += [part["content"] for part in components if part["type"] == Component.TEXT_DISPLAY]
    return "\n".join(line for line in lines if line)


def _options(components: tuple[JSON, ...]) -> tuple[Choice, ...]:
    return tuple(
        Choice(option["label"], option["value"])
        for part in components
        if part["type"] in SELECTS
        for option in part.get("options") or ()
    )


def _media(
    message: Message, renderer: Renderer, components: tuple[JSON, ...]
) -> tuple[tuple[SeenImage, ...], tuple[SeenFile, ...]]:
    images: list[SeenImage] = []
    files: list[SeenFile] = []
    shown: set[int] = set()
    places = [
        (embed, key) for embed in message.body.embeds for key in EMBED_MEDIA if embed.get(key)
    ]
    places += [place for part in components for place in media_of(part)]
    for owner, key in places:
        file = file_of(owner[key], message, renderer.cdn)
        if file is None:
            images.append(_linked(owner, owner[key].get("url", "")))
            continue
        shown.add(file.id)
        if owner.get("type") == Component.FILE:
            files.append(_file(file, renderer))
        else:
            images.append(_image(file, renderer, owner))
    for file in message.body.files:
        # A message of components shows nothing that they do not name.
        if file.id in shown or renderer.hides_loose_files(message):
            continue
        if file.width is None:
            files.append(_file(file, renderer))
        else:
            images.append(_image(file, renderer, {}))
    return tuple(images), tuple(files)


def _image(file: StoredFile, renderer: Renderer, owner: JSON) -> SeenImage:
    return SeenImage(
        url=renderer.cdn.url(file),
        filename=file.filename,
        width=file.width,
        height=file.height,
        alt=owner.get("description") or file.description,
        spoiler=bool(owner.get("spoiler")) or file.spoiler,
        data=file.data,
    )


def _linked(owner: JSON, url: str) -> SeenImage:
    name = url.rsplit("/", 1)[-1].partition("?")[0]
    return SeenImage(url, name, None, None, owner.get("description"), bool(owner.get("spoiler")))


def _file(file: StoredFile, renderer: Renderer) -> SeenFile:
    return SeenFile(renderer.cdn.url(file), file.filename, file.content_type, file.data)
