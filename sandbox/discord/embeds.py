"""The rules of embeds.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from collections.abc import Collection

from sandbox.discord.components import ATTACHMENT_SCHEME, MAX_COLOR, MAX_MEDIA_URL
from sandbox.discord.fields import Field
from sandbox.discord.rules import Rule

MAX_EMBEDS = 10
MAX_TOTAL = 6000
MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FIELDS = 25
MAX_FIELD_NAME = 256
MAX_FIELD_VALUE = 1024
MAX_FOOTER = 2048
MAX_AUTHOR = 256
EMBED_MEDIA = ("image", "thumbnail")


def check_embeds(embeds: Field, filenames: Collection[str]) -> None:
    """Check the embeds of a message."""
    listed = embeds.array(Rule.EMBED_COUNT, 0, MAX_EMBEDS, required=False)
    total = sum(_check_embed(embed, filenames) for embed in listed)
    if total > MAX_TOTAL:
        embeds.fail(
            Rule.EMBED_TOTAL,
            "MAX_EMBED_SIZE_EXCEEDED",
            f"Embed size exceeds maximum size of {MAX_TOTAL}",
        )


def _check_embed(embed: Field, filenames: Collection[str]) -> int:
    embed.mapping()
    embed["color"].integer(Rule.EMBED_COLOR, 0, MAX_COLOR)
    footer, author = embed["footer"]["text"], embed["author"]["name"]
    texts = [
        embed["title"].text(Rule.EMBED_TITLE, 0, MAX_TITLE, required=False),
        embed["description"].text(Rule.EMBED_DESCRIPTION, 0, MAX_DESCRIPTION, required=False),
        footer.text(Rule.EMBED_FOOTER, 0, MAX_FOOTER, required=embed["footer"].present),
        author.text(Rule.EMBED_AUTHOR, 0, MAX_AUTHOR, required=embed["author"].present),
    ]
    for line in embed["fields"].array(Rule.EMBED_FIELDS, 0, MAX_FIELDS, required=False):
        low = 0 if embed.rules.strikes(Rule.EMBED_FIELD_EMPTY, condition=True) else 1
        texts.append(line["name"].text(Rule.EMBED_FIELD_NAME, low, MAX_FIELD_NAME))
        texts.append(line["value"].text(Rule.EMBED_FIELD_VALUE, low, MAX_FIELD_VALUE))
    for key in EMBED_MEDIA:
        if embed[key].present:
            _check_media(embed[key]["url"], filenames)
    return sum(len(text) for text in texts)


def _check_media(field: Field, filenames: Collection[str]) -> None:
    url = field.text(Rule.MEDIA_URL_LENGTH, 1, MAX_MEDIA_URL)
    if url.startswith(ATTACHMENT_SCHEME):
        if url.removeprefix(ATTACHMENT_SCHEME) not in filenames:
            field.fail(Rule.EMBED_MEDIA, "ATTACHMENT_NOT_FOUND", "Attachment data not found")
    elif not url.startswith(("http://", "https://")):
        field.fail(Rule.EMBED_MEDIA, "URL_TYPE_INVALID_SCHEME")
