"""Every card and form in English as it was reviewed, and in every language as Discord takes it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from cogs.images.messages import picker_card
from cogs.styles import style_card, styles_card
from domain.errors import UserError
from domain.models import Action, ImageKind, JobState, MessageRef, PictureRef, Problem
from flux.catalogue import MODELS
from jobs.requests import Draft, Kept, Source
from sandbox.discord import RecordedRequest
from storage.styles import Style, StyleOwner
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.openapi import DESCRIPTION, check_requests
from tests.ui.boards import BOARD_FORMS, BOARDS
from tests.ui.catalogues import LANGUAGES
from tests.ui.drawn import drawn
from tests.ui.pseudo import MARKS, pseudo, unmarked
from ui.components import Card
from ui.errors import explain
from ui.forms import MODEL, FormKind, FormRef, request_form
from ui.gallery import (
    Page,
    View,
    gone_card,
    history_card,
    opened_row,
    private_rows,
    removal_card,
)
from ui.help import help_card
from ui.i18n import ENGLISH, words_for
from ui.job_card import (
    alert_card,
    card_of,
    collect_card,
    partial_card,
    problem_card,
    result_card,
    status_card,
    swept_card,
)
from ui.job_details import Dossier, details_card
from ui.message_images import FoundPicture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from discord import ui

    from tests.reviewed import Snapshots
    from ui.i18n import Words

V2: Final = 1 << 15

TEXTS: Final = {"content", "description", "label", "placeholder", "title"}
"""Keys of what people read, in Discord's components."""

DATA: Final = {
    *"-".join(MODELS).split("-"),
    *("quiet", "lake", "make", "night", "film", "Film", "grain", "Ours", "spam", "gore", "war"),
    "English",
    *("ada", "task", "trace", "imagine", "everyone", "https", "discord", "com", "channels", "UTC"),
}
"""Words of models, prompts, names, languages and ids, of addresses and of times."""

JOB: Final = make_job(request=make_request(prompt="a *quiet* lake", model="flux-pro-1.1", count=4))
WAITING: Final = replace(JOB, id="00000000000a")
RUNNING: Final = replace(JOB, state=JobState.RUNNING, submitted_at=NOON)
DONE: Final = replace(
    JOB,
    state=JobState.DELIVERED,
    fetched_at=NOON + timedelta(seconds=12),
    charged_microcredits=528_000,
    message_id=9001,
    task_id="task-1",
    trace_id="trace-1",
)
EDIT: Final = replace(
    DONE,
    id="0123456789ac",
    request=make_request(
        prompt="make it night",
        model="flux-kontext-pro",
        size="1344x768",
        action=Action.EDIT,
        parent=PictureRef(job_id=DONE.id, position=2),
        source_url="https://cdn.discordapp.com/attachments/1/2/lake.png",
        ticket=make_ticket(interaction_id=1002),
    ),
    created_at=NOON + timedelta(minutes=1),
    fetched_at=NOON + timedelta(minutes=1, seconds=9),
    charged_microcredits=None,
    message_id=9002,
)
PICTURES: Final = [make_image(position=at, file_name=f"result-{at}.png") for at in (1, 2, 3, 4)]
ONE: Final = [make_image(job_id=EDIT.id, file_name="night.png")]
SOURCE: Final = make_image(job_id=EDIT.id, kind=ImageKind.SOURCE, file_name="lake.png")
FILM: Final = Style(
    owner=StyleOwner.USER,
    owner_id=5001,
    name="Film",
    after="film grain",
    model="flux-dev",
    size="16:9",
    saved_by=5001,
    saved_at=NOON,
)
FOUND: Final = [
    FoundPicture(
        source=Source(
            url=f"https://cdn.discordapp.com/{at}.png",
            content_type="image/png",
            bytes=10,
            width=10,
            height=10,
            message=MessageRef(channel_id=1, message_id=2),
        ),
        file_name=f"{at}.png",
        alt=None,
        spoiler=False,
        position=at,
    )
    for at in (1, 2)
]


def ended(
    problem: Problem,
    state: JobState = JobState.FAILED,
    **changes: Any,  # noqa: ANN401  # replace() checks the names
) -> Callable[..., Card]:
    job = replace(JOB, state=state, problem=problem, charged_microcredits=0, **changes)
    return lambda words: problem_card(job, words)


def sentence(message_id: str, **details: str | int) -> Callable[..., Card]:
    return lambda words: Card(explain(UserError(message_id, **details), words))


CARDS: Final[dict[str, Callable[[Words], Card]]] = {
    "status-in-line": lambda words: status_card(WAITING, words, position=3),
    "status-drawing": lambda words: status_card(RUNNING, words, position=0),
    "status-editing": lambda words: card_of(replace(EDIT, state=JobState.RUNNING), words, [SOURCE]),
    "status-cancelled": lambda words: card_of(replace(RUNNING, cancel_asked_at=NOON), words),
    "status-overdue": lambda words: card_of(replace(RUNNING, overdue_at=NOON), words),
    "status-retrying": lambda words: card_of(replace(JOB, flux_error="429"), words),
    "status-uncertain": lambda words: card_of(
        replace(JOB, state=JobState.UNCERTAIN, flux_error="502"), words
    ),
    "partial": lambda words: partial_card(RUNNING, words, PICTURES[:2]),
    "result": lambda words: result_card(EDIT, words, ONE),
    "result-several": lambda words: result_card(DONE, words, PICTURES[:3]),
    "picture": lambda words: result_card(DONE, words, PICTURES[1:2], is_opened=True),
    "picture-opened": lambda words: result_card(
        DONE,
        words,
        PICTURES[1:2],
        rows=[opened_row(DONE, words, 2, is_own=True)],
        is_opened=True,
    ),
    "swept": lambda words: swept_card(DONE, words),
    "collect": lambda words: collect_card(RUNNING, words),
    "problem-again": ended(Problem.FLUX_UNAVAILABLE, flux_error="503"),
    "problem-differently": ended(Problem.FLUX_REFUSED_CONTENT, JobState.REFUSED),
    "problem-cancelled": ended(Problem.CANCELLED, JobState.CANCELLED),
    "problem-not-shown": ended(Problem.PLACE_FORBIDDEN, fetched_at=NOON),
    "alert": lambda words: alert_card(Problem.FLUX_AUTHENTICATION, words),
    "refusal": lambda words: Card(
        explain(
            UserError(Problem.PERMISSIONS_MISSING, permissions=("send_messages", "attach_files")),
            words,
        )
    ),
    "hint": sentence("say-what"),
    "help": lambda words: help_card(words, generate="mention", edit="requester"),
    "help-all": lambda words: help_card(words, log_channel_id=3001, is_operator=True),
    "help-refused": lambda words: help_card(
        words, refusal=UserError(Problem.PLACE_NOT_ALLOWED, channels=(3001,)), log_channel_id=0
    ),
    "details": lambda words: details_card(
        Dossier(job=DONE, shown=PICTURES, originals=(), left_out=False, family=[DONE]), words
    ),
    "details-edit": lambda words: details_card(
        Dossier(job=EDIT, shown=[SOURCE, *ONE], originals=ONE, left_out=True, family=[DONE, EDIT]),
        words,
    ),
    "history": lambda words: history_card(
        Page(
            view=View(words="lake", kind=Action.EDIT, offset=5),
            entries=[(DONE, PICTURES), (EDIT, [])],
            has_older=True,
            at=NOON + timedelta(days=3),
        ),
        words,
        {DONE.id: "preview.jpg"},
    ),
    "history-empty": lambda words: history_card(
        Page(view=View(), entries=[], has_older=False, at=NOON), words
    ),
    "history-opened": lambda words: result_card(
        EDIT, words, ONE, rows=private_rows(EDIT, words, ONE, is_own=True)
    ),
    "history-gone": lambda words: gone_card(DONE, words),
    "history-remove": lambda words: removal_card(DONE, words),
    "picker": lambda words: picker_card(2, FOUND, words),
    "style-saved": lambda words: style_card(words("style-saved", name="Film"), FILM, words),
    "styles": lambda words: styles_card(
        [FILM, replace(FILM, owner=StyleOwner.GUILD, name="Ours")], words
    ),
    **BOARDS,
}

FORMS: Final[dict[str, Callable[[Words], ui.Modal]]] = {
    "form-edit": lambda words: request_form(
        FormRef(FormKind.EDIT, DONE.id),
        words,
        Kept(draft=Draft(command="edit", prompt="", model="flux-kontext-pro"), editing=True),
        title="form-edit",
        pictures={number: words("picture-number", number=number) for number in (1, 2)},
    ),
    "form-change": lambda words: request_form(
        FormRef(FormKind.CHANGE, DONE.id),
        words,
        Kept(
            draft=Draft(
                command="change", prompt="a lake", model="flux-dev", size="1344x768", count=4
            ),
            editing=False,
        ),
        title="form-change",
    ),
    **BOARD_FORMS,
}


def sent(path: str, payload: object) -> None:
    check_requests([RecordedRequest("POST", path, payload, (), 200)])


@pytest.mark.parametrize("name", CARDS)
async def test_a_card_is_as_reviewed(snapshots: Snapshots, name: str) -> None:
    snapshots.check(f"{ENGLISH}/{name}", drawn(CARDS[name](words_for(ENGLISH))))


@pytest.mark.parametrize("name", FORMS)
async def test_a_form_is_as_reviewed(snapshots: Snapshots, name: str) -> None:
    form = FORMS[name](words_for(ENGLISH)).to_dict()
    for part in form["components"]:
        shorten_models(part.get("component", {}))
    snapshots.check(f"{ENGLISH}/{name}", form)


def shorten_models(part: Any) -> None:  # noqa: ANN401  # discord.py's payload
    """Leave only the selected one of all models, so that a new model changes no form."""
    if part.get("custom_id") == MODEL:
        assert {option["value"] for option in part["options"]} <= MODELS.keys()
        part["options"] = [option for option in part["options"] if option["default"]]


def test_no_snapshot_is_of_nothing(snapshots: Snapshots) -> None:
    snapshots.check_nothing_else(ENGLISH, [*CARDS, *FORMS])


def shown(part: Any) -> Iterator[str]:  # noqa: ANN401  # discord.py's payload
    """Yield the texts of a payload that people read."""
    for key, value in part.items() if isinstance(part, dict) else ((None, each) for each in part):
        if isinstance(value, dict | list):
            yield from shown(value)
        elif isinstance(value, str) and key in TEXTS:
            yield value


@pytest.mark.parametrize("name", [*CARDS, *FORMS])
async def test_all_text_is_from_the_catalogue(name: str) -> None:
    def payload(words: Words) -> Any:  # noqa: ANN401  # discord.py's payload
        return drawn(CARDS[name](words)) if name in CARDS else FORMS[name](words).to_dict()

    english, marked = ([*shown(payload(words))] for words in (words_for(ENGLISH), pseudo()))
    assert [unmarked(text) for text in marked] == english
    for text in marked:
        words = {*re.findall(r"\b[A-Za-z]{3,}\b", text)} - DATA
        assert not {word for word in words if word.translate(MARKS) != word}, text


@pytest.mark.skipif(not DESCRIPTION.exists(), reason="Discord's OpenAPI description is not here")
@pytest.mark.parametrize("locale", LANGUAGES)
async def test_discord_takes_every_card_and_form(locale: str) -> None:
    words = words_for(locale)
    for card in CARDS.values():
        sent("/channels/1/messages", {"flags": V2, "components": drawn(card(words))})
    for form in FORMS.values():
        sent("/interactions/1/token/callback", {"type": 9, "data": form(words).to_dict()})
