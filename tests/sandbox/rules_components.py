"""Rows for embeds, components and modals."""

from sandbox.discord import Rule
from tests.sandbox.discord.pictures import png
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import (
    JSON,
    V2,
    Ask,
    Bench,
    Row,
    answers,
    button,
    container,
    gallery,
    invalid,
    row,
    select,
    sends,
    text,
    v2,
)

PICTURE = "https://example.com/a.png"
R = Rule


def embed(**fields: object) -> Ask:
    return sends({"embeds": [fields]})


def in_v2(*components: JSON) -> Ask:
    return sends(v2(*components))


def in_row(*components: JSON) -> Ask:
    return in_v2(row(*components))


def with_option(**fields: object) -> Ask:
    return in_row({**select(0), "options": [{"label": "l", "value": "v", **fields}]})


def modal(*components: JSON, **fields: object) -> Ask:
    standing = components or (label(TEXT_INPUT),)
    return answers(9, {"custom_id": "m", "title": "t", "components": list(standing), **fields})


def label(component: JSON, **fields: object) -> JSON:
    return {"type": 18, "label": "l", "component": component, **fields}


def in_label(kind: int, **fields: object) -> Ask:
    return modal(label({"type": kind, "custom_id": "c", **fields}))


TEXT_INPUT: JSON = {"type": 4, "custom_id": "c", "style": 1}
FIELD = "data.components.0.component"
BUTTON = "components.0.components.0"


def group(options: int) -> list[JSON]:
    return [{"label": str(number), "value": str(number)} for number in range(options)]


async def keeps_v2(on: Bench) -> object:
    sent = await on.raw.send(v2(text("x")))
    path = f"{on.raw.messages}/{sent.body['id']}"
    edited = await on.raw.call("PATCH", path, {"flags": 0})
    return edited.body["flags"] & V2


async def takes_a_shown_file_away(on: Bench) -> Answer:
    sent = await on.raw.send(v2(gallery("attachment://a.png")), ("a.png", png(1, 1)))
    path = f"{on.raw.messages}/{sent.body['id']}"
    return await on.raw.call("PATCH", path, {"attachments": []})


EMBEDS = [
    invalid(R.EMBED_COUNT, sends({"embeds": [{"title": "x"}] * 11}), "embeds"),
    invalid(R.EMBED_TOTAL, sends({"embeds": [{"description": "x" * 3001}] * 2}), "embeds"),
    invalid(R.EMBED_TITLE, embed(title="x" * 257), "embeds.0.title"),
    invalid(R.EMBED_DESCRIPTION, embed(description="x" * 4097), "embeds.0.description"),
    Row(R.EMBED_FIELD_EMPTY, embed(fields=[{"name": "", "value": ""}]), (200, None)),
    invalid(R.EMBED_FIELDS, embed(fields=[{"name": "n", "value": "v"}] * 26), "embeds.0.fields"),
    invalid(
        R.EMBED_FIELD_NAME,
        embed(fields=[{"name": "n" * 257, "value": "v"}]),
        "embeds.0.fields.0.name",
    ),
    invalid(
        R.EMBED_FIELD_VALUE,
        embed(fields=[{"name": "n", "value": "v" * 1025}]),
        "embeds.0.fields.0.value",
    ),
    invalid(R.FIELD_REQUIRED, embed(title="x", footer={}), "embeds.0.footer.text"),
    invalid(R.EMBED_FOOTER, embed(footer={"text": "x" * 2049}), "embeds.0.footer.text"),
    invalid(R.EMBED_AUTHOR, embed(author={"name": "x" * 257}), "embeds.0.author.name"),
    invalid(R.EMBED_COLOR, embed(title="x", color=1 << 24), "embeds.0.color"),
    invalid(R.EMBED_MEDIA, embed(image={"url": "attachment://a.png"}), "embeds.0.image.url"),
    invalid(R.EMBED_MEDIA, embed(image={"url": "ftp://example.com"}), "embeds.0.image.url"),
]
COMPONENTS = [
    invalid(R.V2_FLAG, sends({"content": "x", "components": [text("x")]}), "components.0"),
    invalid(R.V2_LEGACY, sends({**v2(text("x")), "content": "x"}), "content"),
    invalid(R.V2_LEGACY, sends({**v2(text("x")), "embeds": [{"title": "x"}]}), "embeds"),
    invalid(R.V2_LEGACY, sends({**v2(text("x")), "poll": {"question": {}}}), "poll"),
    invalid(R.V2_LEGACY, sends({**v2(text("x")), "sticker_ids": ["1"]}), "sticker_ids"),
    Row(R.V2_STAYS, keeps_v2, V2),
    invalid(R.COMPONENT_PLACE, in_v2(container(button())), "components.0.components.0"),
    invalid(R.COMPONENT_PLACE, in_v2(button()), "components.0"),
    invalid(
        R.COMPONENT_TOTAL,
        in_v2(container(*[text("x")] * 20), container(*[text("x")] * 19)),
        "components",
    ),
    invalid(R.COMPONENT_ID, in_v2({**text("x"), "id": 1 << 31}), "components.0.id"),
    invalid(R.TEXT_TOTAL, in_v2(text("x" * 2001), container(text("x" * 2000))), "components"),
    invalid(R.TEXT_LENGTH, in_v2(text("x" * 4001)), "components.0.content"),
    invalid(R.TEXT_LENGTH, in_v2(text("")), "components.0.content"),
    invalid(
        R.LEGACY_ROWS,
        sends({"content": "x", "components": [row(button(str(n))) for n in range(6)]}),
        "components",
    ),
    invalid(R.ROW_LENGTH, in_row(*[button(str(n)) for n in range(6)]), "components.0.components"),
    invalid(R.ROW_SELECT, in_row(select(), button()), "components.0.components"),
    invalid(R.CONTAINER_CHILDREN, in_v2(container()), "components.0.components"),
    invalid(
        R.CONTAINER_COLOR,
        in_v2(container(text("x"), accent_color=1 << 24)),
        "components.0.accent_color",
    ),
    invalid(R.CUSTOM_ID_LENGTH, in_row(button("c" * 101)), f"{BUTTON}.custom_id"),
    invalid(R.CUSTOM_ID_UNIQUE, in_row(button(), button()), "components.0.components.1.custom_id"),
    invalid(R.BUTTON_STYLE, in_row(button(style=7)), f"{BUTTON}.style"),
    invalid(R.BUTTON_LABEL, in_row(button(label="l" * 81)), f"{BUTTON}.label"),
    invalid(R.BUTTON_FACE, in_row(button(label=None)), f"{BUTTON}.label"),
    invalid(R.BUTTON_EMOJI, in_row(button(emoji={"name": "fox"})), f"{BUTTON}.emoji.name"),
    invalid(
        R.BUTTON_URL,
        in_row({"type": 2, "style": 5, "label": "x", "url": f"https://{'x' * 505}"}),
        f"{BUTTON}.url",
    ),
    invalid(R.SELECT_OPTIONS, in_row(select(26)), f"{BUTTON}.options"),
    invalid(R.SELECT_OPTIONS, in_row(select(0)), f"{BUTTON}.options"),
    invalid(R.SELECT_PLACEHOLDER, in_row(select(placeholder="p" * 151)), f"{BUTTON}.placeholder"),
    invalid(R.SELECT_MIN, in_row(select(min_values=-1)), f"{BUTTON}.min_values"),
    invalid(R.SELECT_MAX, in_row(select(max_values=26)), f"{BUTTON}.max_values"),
    invalid(R.SELECT_RANGE, in_row(select(3, min_values=2, max_values=1)), f"{BUTTON}.min_values"),
    invalid(R.OPTION_LABEL, with_option(label="l" * 101), f"{BUTTON}.options.0.label"),
    invalid(
        R.OPTION_DESCRIPTION,
        with_option(description="d" * 101),
        f"{BUTTON}.options.0.description",
    ),
    invalid(R.OPTION_VALUE, with_option(value="v" * 101), f"{BUTTON}.options.0.value"),
    invalid(
        R.OPTION_VALUE_UNIQUE,
        in_row({**select(0), "options": [{"label": "l", "value": "v"}] * 2}),
        f"{BUTTON}.options.1.value",
    ),
    invalid(
        R.SECTION_TEXTS,
        in_v2({"type": 9, "components": [text("x")] * 4, "accessory": button()}),
        "components.0.components",
    ),
    invalid(R.GALLERY_ITEMS, in_v2(gallery(*[PICTURE] * 11)), "components.0.items"),
    invalid(R.GALLERY_ITEMS, in_v2(gallery()), "components.0.items"),
    invalid(
        R.MEDIA_DESCRIPTION,
        in_v2(gallery(PICTURE, description="x" * 1025)),
        "components.0.items.0.description",
    ),
    invalid(
        R.MEDIA_URL_LENGTH,
        in_v2(gallery(f"https://{'x' * 2041}")),
        "components.0.items.0.media.url",
    ),
    invalid(
        R.MEDIA_SCHEME, in_v2(gallery("ftp://example.com/a")), "components.0.items.0.media.url"
    ),
    invalid(
        R.MEDIA_ATTACHED, in_v2(gallery("attachment://a.png")), "components.0.items.0.media.url"
    ),
    invalid(R.MEDIA_KEPT, takes_a_shown_file_away, "attachments"),
    invalid(R.FILE_SCHEME, in_v2({"type": 13, "file": {"url": PICTURE}}), "components.0.file.url"),
    invalid(R.SEPARATOR_SPACING, in_v2({"type": 14, "spacing": 3}), "components.0.spacing"),
]
MODALS = [
    invalid(R.MODAL_TITLE, modal(title="t" * 46), "data.title"),
    invalid(R.MODAL_CUSTOM_ID, modal(custom_id="c" * 101), "data.custom_id"),
    invalid(R.MODAL_COMPONENTS, modal(*[text("x")] * 6), "data.components"),
    invalid(R.MODAL_COMPONENTS, modal(components=[]), "data.components"),
    invalid(R.MODAL_PLACE, modal(container(text("x"))), "data.components.0"),
    invalid(R.MODAL_PLACE, modal(label(button())), FIELD),
    invalid(R.MODAL_DISABLED, in_label(4, style=1, disabled=True), f"{FIELD}.disabled"),
    invalid(R.LABEL_TEXT, modal(label(TEXT_INPUT, label="l" * 46)), "data.components.0.label"),
    invalid(
        R.LABEL_DESCRIPTION,
        modal(label(TEXT_INPUT, description="d" * 101)),
        "data.components.0.description",
    ),
    invalid(R.INPUT_STYLE, in_label(4, style=3), f"{FIELD}.style"),
    invalid(R.INPUT_MIN, in_label(4, style=1, min_length=4001), f"{FIELD}.min_length"),
    invalid(R.INPUT_MAX, in_label(4, style=1, max_length=4001), f"{FIELD}.max_length"),
    invalid(R.INPUT_VALUE, in_label(4, style=1, value="v" * 4001), f"{FIELD}.value"),
    invalid(
        R.INPUT_PLACEHOLDER, in_label(4, style=1, placeholder="p" * 101), f"{FIELD}.placeholder"
    ),
    invalid(R.UPLOAD_MIN, in_label(19, min_values=11), f"{FIELD}.min_values"),
    invalid(R.UPLOAD_MAX, in_label(19, max_values=11), f"{FIELD}.max_values"),
    invalid(R.FILE_TYPES, in_label(19, file_types=["picture"]), f"{FIELD}.file_types.0"),
    invalid(R.RADIO_OPTIONS, in_label(21, options=group(1)), f"{FIELD}.options"),
    invalid(R.RADIO_OPTIONS, in_label(21, options=group(11)), f"{FIELD}.options"),
    invalid(R.CHECKBOX_OPTIONS, in_label(22, options=group(0)), f"{FIELD}.options"),
    invalid(R.CHECKBOX_OPTIONS, in_label(22, options=group(11)), f"{FIELD}.options"),
]
ROWS = EMBEDS + COMPONENTS + MODALS
