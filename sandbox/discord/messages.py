"""From a request about a message to what the message then says, or a refusal.

https://discord.com/developers/docs/resources/message#create-message
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, replace

from sandbox.discord import errors
from sandbox.discord.cdn import Cdn, Upload, safe_name
from sandbox.discord.component_types import media_of, numbered, walk
from sandbox.discord.components import ATTACHMENT_SCHEME, MAX_ALT_TEXT, UNLIMITED, check_components
from sandbox.discord.embeds import EMBED_MEDIA, check_embeds
from sandbox.discord.errors import JSON
from sandbox.discord.fields import Field, is_whole
from sandbox.discord.forms import Form
from sandbox.discord.mentions import Naming, check_allowed_mentions
from sandbox.discord.polls import check_poll, shown_poll
from sandbox.discord.records import MEBIBYTE, Body, Channel, MessageFlag, StoredFile
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

MAX_CONTENT = 2000
MAX_ATTACHMENTS = 10
MAX_NONCE = 25
# https://discord.com/developers/docs/reference#uploading-files
TIER_FILE_LIMITS = {2: 50 * MEBIBYTE, 3: 100 * MEBIBYTE}
MAX_FLAGS = 2**53
LEGACY_FIELDS = ("content", "embeds", "poll", "sticker_ids")
# https://discord.com/developers/docs/resources/message#message-object-message-flags
FLAGS_ON_CREATE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.IS_VOICE_MESSAGE
    | MessageFlag.IS_COMPONENTS_V2
)
FLAGS_ON_EDIT = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2


@dataclass(frozen=True)
class Place:
    """Where a message is going to be, and what is limited there."""

    channel: Channel
    file_limit: int
    rules: Rulebook
    naming: Naming


@dataclass(frozen=True)
class _Attached:
    """The files that a message will have: some kept, some new."""

    kept: tuple[StoredFile, ...]
    fresh: tuple[tuple[Upload, str | None, bool], ...]

    @property
    def names(self) -> set[str]:
        new = {safe_name(upload.filename) for upload, _, _ in self.fresh}
        return new | {file.filename for file in self.kept}


def compose(form: Form, place: Place, cdn: Cdn, before: Body | None = None) -> Body:
    """Check a request and return the message's new body.

    Without `before` this is a new message; with it an edit, which keeps what it does not name.
    """
    check_sizes(form, place)
    field = Field(form.payload, place.rules, form.path)
    old = before or Body()
    attached = _attachments(field, old.files, form.files)
    flags = _flags(field, old, FLAGS_ON_EDIT if before else FLAGS_ON_CREATE)
    v2 = bool(flags & MessageFlag.IS_COMPONENTS_V2)
    field["content"].text(Rule.CONTENT_LENGTH, 0, MAX_CONTENT, required=False)
    check_embeds(field["embeds"], attached.names)
    check_allowed_mentions(field["allowed_mentions"])
    if v2:
        _check_no_legacy(field, old)
    check_kept_components(field, old, attached)
    if before is None and not v2:
        check_poll(field["poll"])
    stickers = field["sticker_ids"].array(Rule.FIELD_TYPE, 0, UNLIMITED, required=False)
    if field["components"].value:
        check_components(field["components"], v2=v2, filenames=attached.names)
    field.raise_problems()
    # No server here has a sticker.
    place.rules.refuse(Rule.STICKERS, stickers, errors.INVALID_STICKER)
    body = _build(form.payload, old, flags, _store(attached, place.channel.id, cdn), cdn)
    if before is None and form.payload.get("poll"):
        body = replace(body, poll=shown_poll(form.payload["poll"], cdn.now()))
    place.rules.refuse(Rule.EMPTY_MESSAGE, _is_empty(body), errors.EMPTY_MESSAGE)
    return place.naming.named(body, form.payload.get("allowed_mentions"))


def place_limit(channel: Channel, rules: Rulebook) -> int:
    """Return the most bytes that one file may have in a place, for the bot."""
    by_tier = TIER_FILE_LIMITS.get(channel.guild.tier, 0) if channel.guild else 0
    boosted = rules.strikes(Rule.FILE_SIZE_OF_TIER, by_tier > channel.file_limit)
    return by_tier if boosted else channel.file_limit


def check_sizes(form: Form, place: Place) -> None:
    """Refuse a file over the place's limit.

    https://discord.com/developers/docs/reference#uploading-files
    """
    too_large = any(len(upload.data) > place.file_limit for upload in form.files.values())
    guild = place.channel.guild
    by_file = too_large and guild is not None and guild.calls_files_too_large
    place.rules.refuse(Rule.FILE_SIZE_BY_FILE, by_file, errors.FILE_TOO_LARGE)
    place.rules.refuse(Rule.FILE_SIZE, too_large, errors.TOO_LARGE)


def check_nonce(nonce: Field) -> None:
    """Check a nonce: a whole number or a text, and short."""
    if not is_whole(nonce.value) and not isinstance(nonce.value, str | None):
        words = "This field must be a string or integer."
        nonce.fail(Rule.NONCE_TYPE, "NONCE_TYPE_INVALID_TYPE", words)
    elif nonce.present and len(str(nonce.value)) > MAX_NONCE:
        words = f"Must be {MAX_NONCE} or fewer characters long."
        nonce.fail(Rule.NONCE_LENGTH, "NONCE_TYPE_TOO_LONG", words)


def check_kept_components(field: Field, old: Body, attached: _Attached) -> None:
    """Refuse to take a file away from components that stay."""
    if "components" in field or not old.components:
        return
    kept = {str(file.id) for file in attached.kept}
    if field["attachments"].present:
        kept = {str(listed["id"].value) for listed in field["attachments"]}
    for component in walk(old.components):
        for owner, key in media_of(component):
            used = owner[key].get("attachment_id")
            if used is not None and used not in kept:
                field["attachments"].fail(
                    Rule.MEDIA_KEPT, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
                )


def _attachments(
    field: Field, old: tuple[StoredFile, ...], files: Mapping[int, Upload]
) -> _Attached:
    listed = field["attachments"]
    fresh: dict[int, tuple[Upload, str | None, bool]] = {}
    drops = field.rules.strikes(Rule.ATTACHMENT_UNLISTED, listed.present)
    kept: list[StoredFile] = [] if drops else list(old)
    # What is listed is uploaded or kept, so its number needs no limit.
    for entry in listed.array(Rule.ATTACHMENT_COUNT, 0, UNLIMITED, required=False):
        entry.mapping()
        described = entry["description"]
        description = described.text(Rule.ATTACHMENT_DESCRIPTION, 0, MAX_ALT_TEXT, required=False)
        spoiler = bool(entry["is_spoiler"].value)
        number = entry["id"].snowflake()
        stored = next((file for file in old if file.id == number), None)
        if number in files:
            upload = _renamed(files[number], entry["filename"])
            fresh[number] = (upload, description or None, spoiler)
        elif stored is not None and stored not in kept:
            kept.append(replace(stored, description=description or stored.description))
        elif stored is None:
            entry.fail(Rule.ATTACHMENT_UNKNOWN, "ATTACHMENT_NOT_FOUND", "Attachment data not found")
    for number in sorted(set(files) - set(fresh)):
        fresh[number] = (files[number], None, False)
    total = len(kept) + len(fresh)
    field.rules.refuse(Rule.ATTACHMENT_COUNT, total > MAX_ATTACHMENTS, errors.TOO_MANY_ATTACHMENTS)
    return _Attached(tuple(kept), tuple(fresh.values()))


def _renamed(upload: Upload, filename: Field) -> Upload:
    return replace(
        upload, filename=filename.text(Rule.FIELD_TYPE, 1, 1024, required=False) or upload.filename
    )


def _flags(field: Field, old: Body, settable: MessageFlag) -> int:
    asked = field["flags"].integer(Rule.FIELD_TYPE, 0, MAX_FLAGS)
    if asked is None:
        return old.flags
    fixed = old.flags & ~int(MessageFlag.SUPPRESS_EMBEDS)
    taken_off = fixed & ~asked & MessageFlag.IS_COMPONENTS_V2
    if taken_off and not field.rules.strikes(Rule.V2_STAYS, taken_off):
        fixed &= ~int(MessageFlag.IS_COMPONENTS_V2)
    return fixed | (asked & int(settable))


def _check_no_legacy(field: Field, old: Body) -> None:
    standing = {"content": old.content, "embeds": old.embeds}
    for key in LEGACY_FIELDS:
        value = field[key].value if key in field else standing.get(key)
        if value:
            field[key].fail(
                Rule.V2_LEGACY,
                "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
            )


def _store(attached: _Attached, channel_id: int, cdn: Cdn) -> tuple[StoredFile, ...]:
    for file in attached.kept:
        cdn.keep(file)
    fresh = tuple(
        cdn.store(upload, channel_id, description=description, spoiler=spoiler)
        for upload, description, spoiler in attached.fresh
    )
    return attached.kept + fresh


def _build(payload: JSON, old: Body, flags: int, files: tuple[StoredFile, ...], cdn: Cdn) -> Body:
    body = replace(old, flags=flags, files=files)
    by_name = {file.filename: file for file in files}
    if "content" in payload:
        body = replace(body, content=payload["content"] or "")
    if "embeds" in payload:
        embeds = tuple(_bound_embed(embed, by_name, cdn) for embed in payload["embeds"] or ())
        body = replace(body, embeds=embeds)
    if "components" in payload:
        components = numbered(payload["components"] or ())
        for component in walk(components):
            for owner, key in media_of(component):
                owner[key] = _bound(owner[key]["url"], by_name, cdn)
        body = replace(body, components=tuple(components))
    return body


def _bound(url: str, by_name: Mapping[str, StoredFile], cdn: Cdn) -> JSON:
    if url.startswith(ATTACHMENT_SCHEME):
        shown = by_name.get(url.removeprefix(ATTACHMENT_SCHEME))
        return {"attachment_id": str(shown.id)} if shown else {"url": url}
    elsewhere = cdn.find(url)
    if elsewhere is None:
        return {"id": str(cdn.new_id()), "url": url}
    # A link to this CDN is signed anew whenever it is shown.
    own = any(file.id == elsewhere.id for file in by_name.values())
    cdn.hold(elsewhere)
    return {("attachment_id" if own else "file_id"): str(elsewhere.id)}


def _bound_embed(embed: JSON, by_name: Mapping[str, StoredFile], cdn: Cdn) -> JSON:
    # https://discord.com/developers/docs/resources/message#embed-object-embed-types
    bound = deepcopy(embed) | {"type": "rich"}
    for key in EMBED_MEDIA:
        if bound.get(key):
            bound[key] = _bound(bound[key]["url"], by_name, cdn)
    return bound


def _is_empty(body: Body) -> bool:
    if body.flags & MessageFlag.IS_COMPONENTS_V2:
        return not body.components
    return not (body.content or body.embeds or body.files or body.components or body.poll)
