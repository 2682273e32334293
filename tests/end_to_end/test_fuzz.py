"""One bot lives through whatever people, Flux and Discord send, and tells nobody of its insides.

Left out, because nothing sends it: numbers of more than 4,300 digits, which Python's JSON refuses.
Status 1xx is no answer but a wait for one.
Halves of characters are among the examples: JSON carries them, though Discord itself sends none.
"""

from __future__ import annotations

import gc
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import PIL.Image
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from domain.models import Problem
from flux.catalogue import MODELS, RATIOS
from sandbox.discord import InteractionResult
from sandbox.discord.records import InteractionType
from sandbox.flux.faults import Say
from sandbox.flux.oddities import saying
from tests.end_to_end.stage import has_picture
from tests.examples import examples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hypothesis.strategies import SearchStrategy

    from sandbox.discord import Channel
    from tests.end_to_end.stage import Stage

LIVES = "a lighthouse that still stands"

INNER_WORDS = ("Traceback", "Error(", "Exception", ".py", "<class ")
"""What nobody typed here, and no sentence of the bot's says."""

TASK_ID = "task-1"

HUGE = 10**400
"""No float holds it."""

# The same plays in every run, so that a red build is red for everybody.
steady = settings(
    derandomize=True,
    deadline=None,
    # To find a smaller example would mean to play on before a bot that has died.
    phases=(Phase.explicit, Phase.generate),
    # One stage for all examples is what these tests are about.
    suppress_health_check=(HealthCheck.function_scoped_fixture,),
)


@dataclass
class Scene:
    """One example: a channel of its own, and all that the bot said in its time."""

    stage: Stage
    caplog: pytest.LogCaptureFixture
    channel: Channel
    first_request: int

    def open(self, kind: InteractionType, data: Any) -> InteractionResult:  # noqa: ANN401  # that is the point
        """Send an interaction that no client of Discord's would send."""
        discord = self.stage.discord
        opened = discord.interactions.open(self.stage.ada.user, self.channel, kind, data)
        discord.gateway.dispatched.clear()  # this event is not one of Discord's
        return InteractionResult(discord.world, opened)

    def said(self) -> str:
        """Return everything that the bot told Discord, whether it still stands or not."""
        requests = self.stage.discord.requests[self.first_request :]
        return json.dumps([request.payload for request in requests], ensure_ascii=False)

    def errors(self) -> Iterator[BaseException]:
        """Yield every exception that was logged, with those that it came from."""
        for record in self.caplog.records:
            error = record.exc_info[1] if record.exc_info else None
            while error is not None:
                yield error
                error = error.__cause__ or error.__context__

    async def end(self) -> None:
        """Check that the bot lives, that no job is left open, and that nothing inner was told."""
        await self.stage.ended()
        self.stage.flux.behave()
        use = self.stage.ada.use("imagine", prompt=LIVES, channel=self.channel)
        await self.stage.ada.wait_for(
            lambda seen: has_picture(seen) and LIVES in seen.text, channel=self.channel
        )
        assert use.failed is None
        # What was odd may have been stored after it.
        rows = [row for row in await self.stage.ended() if row["prompt"] == LIVES]
        assert rows[-1]["state"] == "delivered"
        said = self.said()
        assert not [words for words in INNER_WORDS if words in said]
        # What is shorter could stand in any sentence.
        told = [error for error in self.errors() if len(str(error)) > 8 and str(error) in said]
        assert not told


@pytest.fixture
def begin(stage: Stage, caplog: pytest.LogCaptureFixture) -> Callable[[], Scene]:
    """Begin an example."""
    return scenes(stage, caplog)


@pytest.fixture
def begin_idle(idle_stage: Stage, caplog: pytest.LogCaptureFixture) -> Callable[[], Scene]:
    """Begin an example that starts the bot itself."""
    return scenes(idle_stage, caplog)


def scenes(stage: Stage, caplog: pytest.LogCaptureFixture) -> Callable[[], Scene]:
    def begin() -> Scene:
        caplog.clear()
        requests = stage.discord.requests
        return Scene(stage, caplog, stage.discord.add_channel("scene"), len(requests))

    return begin


# What people type

texts = st.one_of(
    st.text(min_size=1),
    st.text(min_size=1, max_size=5).map(lambda text: text * 300),
    st.text(alphabet="`*_~|<>#[]()@:.\\\n &!/-0123456789ae\u202e\u200b\u0000", min_size=1),
)
prompts = st.one_of(texts, st.text(min_size=1, max_size=4).map(lambda text: (text * 2001)[:2001]))
sizes = st.one_of(texts, st.sampled_from(RATIOS), st.sampled_from(("1024X1024", "٣:٤", "1x1")))
models = st.one_of(texts, st.sampled_from(sorted(MODELS)))
counts = st.one_of(st.integers(-1, 9), st.sampled_from((HUGE, -HUGE)), texts)


@settings(steady, max_examples=examples(12))
@given(
    st.fixed_dictionaries(
        {"prompt": prompts}, optional={"size": sizes, "model": models, "count": counts}
    )
)
@example({"prompt": "half a character: \ud800"})
@example({"prompt": "\u202e\u200b @everyone ```js\n# [x](https://x.example) <@1>", "count": 4})
async def test_whatever_is_typed_is_drawn_or_refused(
    begin: Callable[[], Scene], options: dict[str, Any]
) -> None:
    scene = begin()
    already = len(scene.stage.flux.requests)
    use = scene.stage.ada.use("imagine", raw=True, channel=scene.channel, **options)
    await use.answered()

    assert use.failed is None
    await scene.stage.ended()
    submits = [
        request.payload["prompt"]
        for request in scene.stage.flux.requests[already:]
        if request.path == "/flux/images"
    ]
    assert submits in ([], [options["prompt"]])
    assert submits or use.message is not None
    await scene.end()


# What Flux says

FIELDS = ("success", "error", "code", "message", "detail", "data", "image_url", "cost", "amount")

LINKS = (
    *("", " ", "/", "//", "http://", "https://", "http://[", "https://127.0.0.1:99999/a.png"),
    *("https://127.0.0.1/a.png", "https://[::1]/a.png", "https://10.0.0.5/", "https://2130706433/"),
    *("file:///etc/passwd", "data:image/png;base64,AAAA", "http://169.254.169.254/latest"),
    *("https://me:secret@127.0.0.1/", "https://\ud800/", "gopher://127.0.0.1/", "\x00"),
)
"""None of them leads out of this computer."""

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(HUGE),
    st.floats(),
    st.text(),
    st.sampled_from(("\ud800", "forbidden", "used_up", "too_many_requests", "size")),
)
anything: SearchStrategy[object] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(FIELDS), st.text()), inner, max_size=4),
    ),
    max_leaves=10,
)
pictures = st.lists(
    st.fixed_dictionaries({"image_url": st.one_of(scalars, st.sampled_from(LINKS))}), max_size=3
)
odd_fields: dict[str, SearchStrategy[Any]] = {
    "success": scalars,
    "trace_id": scalars,
    "error": anything,
    "data": st.one_of(anything, pictures),
    "cost": st.one_of(anything, st.fixed_dictionaries({"amount": scalars})),
}
results = st.fixed_dictionaries(
    {"success": st.just(value=True), "data": pictures}, optional={"cost": odd_fields["cost"]}
)
submissions = st.fixed_dictionaries(
    {}, optional={"task_id": st.sampled_from((TASK_ID, TASK_ID, "", None, 7, "é", "x" * 300))}
).flatmap(lambda known: st.fixed_dictionaries({}, optional=odd_fields).map(known.__or__))
records = st.fixed_dictionaries(
    {"id": st.just(TASK_ID)},
    optional={
        "response": st.one_of(anything, results, st.fixed_dictionaries({}, optional=odd_fields)),
        "trace_id": scalars,
        "finished_at": scalars,
    },
)
batches = st.lists(st.one_of(records, anything), max_size=2).map(lambda items: {"items": items})

statuses = st.sampled_from((200, 200, 200, 200, 204, 206, 301, 304, 307, 400, 401, 403, 404, 408))
worse_statuses = st.sampled_from((413, 418, 429, 451, 500, 502, 503, 504, 520, 599))
media_types = st.sampled_from(("application/json", "text/html", "image/png", "nonsense"))
headers = st.dictionaries(
    st.sampled_from(("Retry-After", "Location", "Content-Encoding", "X-Odd")),
    # No number above 0, for it would be waited for.
    st.sampled_from(("0", "-1", "nan", "inf", "soon", "gzip", "br", "/files/none.png", "http://[")),
    max_size=2,
)


def answers(value: SearchStrategy[Any]) -> SearchStrategy[Say]:
    """Return answers of every status, most of them with this value as their JSON."""
    bodies = st.one_of(
        value.map(lambda value: json.dumps(value).encode()),
        value.map(lambda value: json.dumps(value).encode()),
        anything.map(lambda value: json.dumps(value).encode()),
        st.binary(),
    )
    return st.builds(
        Say,
        status=st.one_of(statuses, statuses, worse_statuses),
        body=bodies,
        content_type=media_types,
        headers=headers.map(lambda headers: tuple(headers.items())),
    )


BEGUN = saying({"task_id": TASK_ID})
FAILED = saying({"items": [{"id": TASK_ID, "response": {"success": False, "error": "no"}}]})


@settings(steady, max_examples=examples(9))
@given(answers(submissions))
@example(saying({"task_id": TASK_ID, "trace_id": "\ud800"}))
@example(Say(200, b"\xff\xfe", headers=(("Content-Encoding", "gzip"),)))
async def test_whatever_flux_answers_to_a_submit(
    begin_idle: Callable[[], Scene], answer: Say
) -> None:
    scene = begin_idle()
    scene.stage.flux.misbehave("submit", answer)
    # What is surely not begun is sent again.
    scene.stage.flux.misbehave("submit", BEGUN, None)
    scene.stage.flux.misbehave("tasks", FAILED, None)
    async with scene.stage.bot_running():
        await check_told(scene)
    # That Flux refused the account, or had too much to do, is remembered until the next start.
    async with scene.stage.bot_running():
        await scene.end()


@settings(steady, max_examples=examples(9))
@given(st.lists(answers(batches), min_size=1, max_size=3))
@example([saying({"items": [{"id": TASK_ID, "trace_id": "\ud800", "finished_at": 1}]})])
async def test_whatever_flux_tells_about_a_task(
    begin: Callable[[], Scene], answers: Sequence[Say]
) -> None:
    scene = begin()
    scene.stage.flux.misbehave("submit", BEGUN)
    for answer in answers:
        scene.stage.flux.misbehave("tasks", answer)
    scene.stage.flux.misbehave("tasks", FAILED, None)
    await check_answered(scene)


def _png() -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


files = st.one_of(
    st.binary(),
    st.binary(max_size=40).map(lambda odd: _png()[:-20] + odd),
    st.tuples(st.integers(8, 40), st.binary(max_size=12)).map(
        lambda odd: _png()[: odd[0]] + odd[1] + _png()[odd[0] + len(odd[1]) :]
    ),
)


@settings(steady, max_examples=examples(8))
@given(answers(anything), files, st.sampled_from((1, 3, None)))
async def test_whatever_a_link_of_flux_leads_to(
    begin: Callable[[], Scene], answer: Say, file: bytes, times: int | None
) -> None:
    scene = begin()
    scene.stage.flux.misbehave(
        "picture", Say(answer.status, file, answer.content_type, answer.headers), times
    )
    await check_answered(scene)


async def check_answered(scene: Scene) -> None:
    await check_told(scene)
    await scene.end()


async def check_told(scene: Scene) -> None:
    use = scene.stage.ada.use("imagine", prompt="a cat", channel=scene.channel)
    await use.answered()
    assert use.failed is None
    rows = await scene.stage.ended()
    # However odd an answer is, it is one of those that have a sentence of their own.
    assert rows[-1]["error_code"] != Problem.INTERNAL
    [card] = scene.stage.ada.read(scene.channel)
    # Somebody who gets no picture gets a sentence.
    assert has_picture(card) == (rows[-1]["state"] == "delivered")
    assert has_picture(card) or ". " in card.text


# What Discord sends

values = st.one_of(anything, st.sampled_from(("1", "a cat", "flux-dev", HUGE, -1)))
options = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "name": st.sampled_from(("prompt", "prompt", "image", "size", "model", "count")),
                "type": st.sampled_from((3, 3, 3, 4, 5, 6, 10, 11)),
                "value": values,
            },
            optional={"focused": st.booleans()},
        ),
        st.fixed_dictionaries(
            {},
            optional={"name": scalars, "type": scalars, "value": values, "options": anything},
        ),
    ),
    max_size=4,
)
attachment_fields: dict[str, SearchStrategy[Any]] = {
    "width": st.one_of(st.integers(1, 64), st.just(HUGE), scalars),
    "height": st.one_of(st.integers(1, 64), st.just(HUGE), scalars),
    "size": st.one_of(st.integers(1, 64), st.just(HUGE), scalars),
    "url": st.one_of(st.sampled_from(LINKS), st.text()),
    "filename": scalars,
    "content_type": scalars,
}
usual_attachment = {
    "id": "1",
    "filename": "a.png",
    "size": 70,
    "url": "https://127.0.0.1/a.png",
    "proxy_url": "https://127.0.0.1/a.png",
    "content_type": "image/png",
    "width": 8,
    "height": 8,
}
attachments = st.one_of(
    st.fixed_dictionaries({}, optional=attachment_fields).map(usual_attachment.__or__),
    st.fixed_dictionaries({}, optional={"id": scalars, **attachment_fields}),
)
odd_commands = st.fixed_dictionaries(
    {"id": st.just("1"), "name": st.one_of(st.sampled_from(("imagine", "edit")), st.text())},
    optional={
        "type": st.sampled_from((1, 1, 1, 2, 3, 99)),
        "options": options,
        "resolved": st.fixed_dictionaries(
            {}, optional={"attachments": st.dictionaries(st.just("1"), attachments)}
        ),
    },
)
odd_edits = attachments.map(
    lambda attachment: {
        "id": "1",
        "name": "edit",
        "type": 1,
        "options": [
            {"name": "image", "type": 11, "value": "1"},
            {"name": "prompt", "type": 3, "value": "make it night"},
        ],
        "resolved": {"attachments": {"1": attachment}},
    }
)


@settings(steady, max_examples=examples(16))
@given(
    st.sampled_from(
        (InteractionType.COMMAND, InteractionType.COMMAND, InteractionType.AUTOCOMPLETE)
    ),
    st.one_of(odd_commands, odd_edits),
)
@example(InteractionType.COMMAND, {"id": "1", "name": "imagine", "type": 1})
@example(InteractionType.COMMAND, {"id": "1", "name": "unheard of", "type": 1, "options": []})
async def test_whatever_discord_says_was_used(
    begin: Callable[[], Scene], kind: InteractionType, data: dict[str, Any]
) -> None:
    scene = begin()
    use = scene.open(kind, data)
    await check_answered_or_dropped(scene, use)


ids = st.one_of(st.text(max_size=100), st.sampled_from(("", "1", "job:1", "\u0000")))
odd_clicks = st.fixed_dictionaries(
    {},
    optional={
        "custom_id": st.one_of(ids, anything),
        "component_type": st.one_of(st.sampled_from((2, 3, 5, 8, 99)), anything),
        "components": anything,
        "values": anything,
        "resolved": anything,
        "id": scalars,
    },
)
CLICKED = {"custom_id": "job:1", "component_type": 2}
SENT = {"custom_id": "job:1", "components": []}


@settings(steady, max_examples=examples(8))
@given(
    st.sampled_from((InteractionType.COMPONENT, InteractionType.MODAL_SUBMIT)),
    st.one_of(odd_clicks, odd_clicks, anything),
)
@example(InteractionType.COMPONENT, None)
@example(InteractionType.COMPONENT, {})
@example(InteractionType.COMPONENT, {"component_type": 2})
@example(InteractionType.COMPONENT, {"custom_id": "job:1"})
@example(InteractionType.COMPONENT, CLICKED | {"custom_id": None})
@example(InteractionType.COMPONENT, CLICKED | {"custom_id": [1]})
@example(InteractionType.COMPONENT, CLICKED | {"component_type": {}})
@example(InteractionType.MODAL_SUBMIT, None)
@example(InteractionType.MODAL_SUBMIT, {})
@example(InteractionType.MODAL_SUBMIT, {"components": []})
@example(InteractionType.MODAL_SUBMIT, {"custom_id": "job:1"})
@example(InteractionType.MODAL_SUBMIT, SENT | {"custom_id": {}})
@example(InteractionType.MODAL_SUBMIT, SENT | {"resolved": None})
@example(InteractionType.COMMAND, None)
@example(InteractionType.COMMAND, {})
@example(InteractionType.COMMAND, {"name": None, "type": 1})
@example(InteractionType.AUTOCOMPLETE, None)
@example(InteractionType.AUTOCOMPLETE, {"name": "imagine", "type": 1, "options": None})
async def test_whatever_discord_says_was_clicked_or_sent(
    begin: Callable[[], Scene],
    kind: InteractionType,
    data: Any,  # noqa: ANN401  # that is the point
) -> None:
    scene = begin()
    use = scene.open(kind, data)
    await check_answered_or_dropped(scene, use)


ENVELOPE = {
    "id": "1",
    "application_id": "2",
    "type": 2,
    "token": "of-nobody",
    "version": 1,
    "data": {"id": "1", "name": "imagine", "type": 1, "options": []},
    "guild_id": "3",
    "channel_id": "4",
    "channel": {"id": "4", "type": 0},
    "member": {"user": {"id": "5", "username": "ada", "discriminator": "0", "avatar": None}},
    "user": None,
    "message": None,
    "app_permissions": "0",
    "locale": "en-GB",
    "entitlements": [],
    "authorizing_integration_owners": {"0": "3"},
    "context": 0,
    "attachment_size_limit": 1,
}


@settings(steady, max_examples=examples(12))
@given(
    st.sampled_from((1, 2, 3, 4, 5, 99)),
    st.dictionaries(st.sampled_from(sorted(ENVELOPE)), anything, max_size=3),
    st.sets(st.sampled_from(sorted(ENVELOPE)), max_size=3),
)
@example(2, {}, {"id"})
@example(2, {}, {"type"})
@example(3, {"data": CLICKED, "message": {}}, set())
@example(4, {"guild_id": "a word"}, set())
@example(5, {"data": SENT, "member": None}, {"channel"})
async def test_whatever_an_interaction_lacks(
    begin: Callable[[], Scene], kind: int, odd: dict[str, Any], missing: set[str]
) -> None:
    scene = begin()
    payload = ENVELOPE | {"type": kind} | odd
    scene.stage.discord.gateway.interaction(
        {key: value for key, value in payload.items() if key not in missing}, None
    )
    await scene.end()
    scene.stage.discord.gateway.dispatched.clear()  # this event is not one of Discord's


async def check_answered_or_dropped(scene: Scene, use: InteractionResult) -> None:
    await scene.end()
    if use.callback_type is None:
        scene.stage.discord.clock.advance(scene.stage.discord.interactions.answer_window_s)
        assert use.failed
        if use.interaction.type is InteractionType.COMMAND:
            assert dropped_by_the_library(scene)
    await scene.stage.ended()


def dropped_by_the_library(scene: Scene) -> bool:
    """Whether discord.py itself could not read an interaction, so that no code of ours ran."""
    gc.collect()  # asyncio tells of a task's error when nobody can ask for it any more
    return any(
        record.name == "ui.errors" and "app_commands/tree.py" in record.getMessage()
        for record in scene.caplog.records
    )
