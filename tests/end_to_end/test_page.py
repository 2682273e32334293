"""The sandbox's page by plain requests: what it does, what it refuses, what it forgets."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from sandbox.page import Backstage, Page
from sandbox.page.feed import MOST_TABS
from sandbox.page.guard import MOST_CONNECTIONS
from sandbox.process import BotProcess
from tests.patience import PATIENCE_S
from tests.photos import HILL, picture_bytes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.end_to_end.stage import Stage

JSON = dict[str, Any]
MEBIBYTE = 1 << 20


@dataclass
class Tab:
    """What a browser's tab does, without a browser."""

    session: aiohttp.ClientSession
    socket: aiohttp.ClientWebSocketResponse
    scene: JSON

    def channel(self, name: str) -> JSON:
        return next(each for each in self.scene["channels"] if each["name"] == name)

    def said(self, channel: str = "pictures", **more: object) -> JSON:
        return {"person": self.scene["person"], "channel": self.channel(channel)["id"], **more}

    async def act(self, path: str, said: JSON, **files: bytes) -> tuple[int, JSON]:
        """Do something; return the status and the answer."""
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("act", json.dumps(said))
        for name, data in files.items():
            form.add_field(name, io.BytesIO(data), filename=f"{name}.png", content_type="image/png")
        async with self.session.post(
            f"/api/{path}", data=form if files else json.dumps(said)
        ) as it:
            return it.status, await it.json()

    async def messages(self, channel: str = "pictures", **query: str) -> JSON:
        said = self.said(channel)
        asked = {"person": said["person"], "channel": said["channel"], **query}
        async with self.session.get("/api/messages", params=asked) as answer:
            page: JSON = await answer.json()
            return page

    async def told(self, wanted: Callable[[JSON], bool]) -> JSON:
        """Wait until the tab is told something, and return it."""
        while True:
            told: JSON = await self.socket.receive_json(timeout=PATIENCE_S)
            if wanted(told):
                return told


def shows(words: str) -> Callable[[JSON], bool]:
    """Return whether a message is told of that says or shows this."""

    def look(told: JSON) -> bool:
        message = told.get("message") or {}
        return words in json.dumps([message.get("content"), message.get("components")])

    return look


@asynccontextmanager
async def page_of(
    stage: Stage, *, patience_s: float = PATIENCE_S
) -> AsyncIterator[tuple[Page, aiohttp.ClientSession]]:
    bot = BotProcess(("false",), {}, stage.folder / "bot.log")
    backstage = Backstage(stage.discord, stage.flux, bot, stage.folder / "fluxcord.db")
    page = Page(backstage, patience_s=patience_s)
    origin = page.url.rstrip("/")
    async with page, aiohttp.ClientSession(origin, headers={"Origin": origin}) as session:
        yield page, session


@asynccontextmanager
async def tab_of(session: aiohttp.ClientSession, name: str = "Ada") -> AsyncIterator[Tab]:
    async with session.ws_connect("/api/feed") as first:
        people = (await first.receive_json())["people"]
    person = next(each["id"] for each in people if each["global_name"] == name)
    async with session.ws_connect("/api/feed", params={"person": person}) as socket:
        yield Tab(session, socket, await socket.receive_json())


@asynccontextmanager
async def connection(page: Page, sent: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Open a connection and begin to send; it is broken off in the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", page.port)
    writer.write(sent.replace(b"ORIGIN", f"127.0.0.1:{page.port}".encode()))
    yield reader
    writer.transport.abort()


def sending(path: str, content_type: str) -> bytes:
    """Return the head of a request whose body is longer than what will come."""
    head = (
        f"POST {path} HTTP/1.1",
        "Host: ORIGIN",
        "Origin: http://ORIGIN",
        f"Content-Type: {content_type}",
        "Content-Length: 1000",
    )
    return "\r\n".join((*head, "", "")).encode()


@pytest.fixture
async def ada(stage: Stage) -> AsyncIterator[Tab]:
    async with page_of(stage) as (_, session), tab_of(session) as tab:
        yield tab


async def test_a_command_ends_in_a_card_that_every_tab_is_told_of(stage: Stage) -> None:
    async with (
        page_of(stage) as (_, session),
        tab_of(session) as ada,
        tab_of(session, "Bob") as bob,
    ):
        options = {"prompt": "a lighthouse", "count": 2}
        status, answer = await ada.act("use", ada.said(command="imagine", options=options))
        done = await ada.told(shows('"label": "Regenerate"'))
        same = await bob.told(shows('"label": "Regenerate"'))

    assert (status, answer["failed"], answer["modal"]) == (200, None, None)
    assert done["id"] == same["id"]
    [card] = done["message"]["components"]
    gallery = next(part for part in card["components"] if part["type"] == 12)
    assert len(gallery["items"]) == 2
    assert gallery["items"][0]["description"] == "Image 1 of 2: a lighthouse"


async def test_a_private_answer_is_told_to_its_reader_alone(stage: Stage) -> None:
    async with (
        page_of(stage) as (_, session),
        tab_of(session) as ada,
        tab_of(session, "Bob") as bob,
    ):
        await ada.act("use", ada.said(command="history", options={}))
        private = await ada.told(lambda told: bool((told.get("message") or {}).get("private")))
        await bob.act("send", bob.said(text="hello"))
        first = await bob.told(lambda told: told["kind"] == "message")
        dismissed = await ada.act("delete", ada.said(message=private["id"]))
        gone = await ada.told(lambda told: told.get("id") == private["id"] and not told["message"])

    assert private["message"]["used"]["name"] == "history"
    assert first["message"]["content"] == "hello"
    assert (dismissed[0], gone["message"]) == (200, None)


async def test_options_are_suggested_and_forms_are_handed_in(ada: Tab) -> None:
    _, suggested = await ada.act(
        "suggest",
        ada.said(command="imagine", option="size", typed="land", options={"model": "flux-dev"}),
    )
    await ada.act("use", ada.said(command="imagine", options={"prompt": "a lighthouse"}))
    done = await ada.told(shows('"label": "Edit prompt"'))
    [card] = done["message"]["components"]
    change = next(
        button
        for button in card["components"][-1]["components"]
        if button["label"] == "Edit prompt"
    )
    _, opened = await ada.act("click", ada.said(message=done["id"], custom_id=change["custom_id"]))
    status, _ = await ada.act(
        "submit",
        ada.said(interaction=opened["modal"]["interaction"], fields={"prompt": "a windmill"}),
    )
    again = await ada.told(shows('"label": "Regenerate"'))

    assert "Landscape 16:9" in [choice["name"] for choice in suggested["choices"]]
    assert opened["modal"]["title"] == "Edit prompt"
    assert status == 200
    assert "a windmill" in json.dumps(again["message"])


async def test_a_file_goes_into_a_command_and_into_a_message(ada: Tab) -> None:
    photo = picture_bytes(HILL)
    options = ada.said(command="edit", options={"prompt": "make it night"})
    status, _ = await ada.act("use", options, image=photo)
    done = await ada.told(shows('"label": "Regenerate"'))
    sent, _ = await ada.act("send", ada.said(text="look"), files=photo)
    shown = await ada.told(shows("look"))

    assert (status, sent) == (200, 200)
    assert "make it night" in json.dumps(done["message"])
    [file] = shown["message"]["attachments"]
    assert (file["width"], file["height"]) == HILL.size


@pytest.mark.parametrize(
    ("megabytes", "status"), [(10, 200), (20.5, 409)], ids=["what Discord takes", "too powerful"]
)
async def test_a_large_file_is_taken_or_refused_as_discord_does(
    ada: Tab, megabytes: float, status: int
) -> None:
    data = bytes(int(megabytes * MEBIBYTE))
    answered, answer = await ada.act("send", ada.said(text="large"), files=data)
    shown = (await ada.messages())["messages"]

    assert answered == status
    assert len(shown) == (1 if status == 200 else 0)
    if status == 409:
        assert answer["refused"] == (
            "Your files are too powerful: the most for one file here is 20 MB."
        )


async def test_five_thousand_messages_are_read_page_by_page(idle_stage: Stage) -> None:
    for number in range(5_000):
        idle_stage.ada.send(f"number {number}")
    async with page_of(idle_stage) as (_, session), tab_of(session) as ada:
        newest = await ada.messages()
        older = await ada.messages(before=newest["messages"][0]["id"])
        after = await ada.messages(after=older["messages"][-1]["id"])

    def numbers(page: JSON) -> list[int]:
        return [int(message["content"].split()[1]) for message in page["messages"]]

    assert numbers(newest) == list(range(4_950, 5_000))
    assert numbers(older) == list(range(4_900, 4_950))
    assert numbers(after) == numbers(newest)
    assert (newest["older"], newest["newer"], older["newer"], after["newer"]) == (
        True,
        False,
        True,
        False,
    )


async def test_a_tab_that_cannot_keep_up_reads_its_channel_anew(idle_stage: Stage) -> None:
    async with page_of(idle_stage) as (_, session), tab_of(session) as ada:
        for number in range(5_000):
            idle_stage.ada.send(f"number {number}")
        anew = await ada.told(lambda told: told["kind"] == "anew")
        last = await ada.told(shows("number 4999"))

    assert anew == {"kind": "anew"}
    assert last["message"]["content"] == "number 4999"


async def test_a_closed_tab_leaves_nothing_behind(stage: Stage) -> None:
    async with page_of(stage) as (page, session):
        news = stage.discord.world.news
        before = len(news._listeners)
        async with tab_of(session), tab_of(session) as ada:
            assert page.tabs == 2
            assert len(news._listeners) == before + 2
            # The tab goes while its command is under way.
            await ada.act("use", ada.said(command="imagine", options={"prompt": "a lighthouse"}))
        await stage.until(lambda: page.tabs == 0 and len(news._listeners) == before)
        await stage.discord.wait_until(
            lambda: any("Regenerate" in seen.buttons for seen in stage.ada.read())
        )


@pytest.mark.parametrize(
    ("content_type", "begun"),
    [
        ("application/json", b'{"person": '),
        (
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name=act\r\n\r\n{",
        ),
    ],
)
async def test_a_tab_that_is_closed_while_it_sends_leaves_no_error(
    idle_stage: Stage, caplog: pytest.LogCaptureFixture, content_type: str, begun: bytes
) -> None:
    async with page_of(idle_stage) as (page, session):
        async with connection(page, sending("/api/send", content_type) + begun):
            await asyncio.sleep(0.1)
        async with tab_of(session) as ada:
            assert (await ada.act("send", ada.said(text="hello")))[0] == 200

    assert [record.getMessage() for record in caplog.records if record.name != "asyncio"] == []


async def test_what_does_not_come_to_an_end_is_not_waited_for(idle_stage: Stage) -> None:
    begun = sending("/api/send", "application/json") + b"{"
    async with (
        page_of(idle_stage, patience_s=0.2) as (page, _),
        connection(page, begun) as reader,
    ):
        answer = await asyncio.wait_for(reader.readuntil(b"}"), PATIENCE_S)

    assert answer.startswith(b"HTTP/1.1 409 ")
    assert answer.endswith(b'{"refused": "This took too long to arrive."}')


async def test_more_connections_than_there_is_room_for_are_told_and_the_tabs_go_on(
    stage: Stage,
) -> None:
    async with page_of(stage) as (page, session), tab_of(session) as ada:
        await ada.messages()  # by a connection that is kept for what is sent next
        async with AsyncExitStack() as crowd:
            for _ in range(MOST_CONNECTIONS):
                reader = await crowd.enter_async_context(connection(page, b"POST "))
            answer = await asyncio.wait_for(reader.read(), PATIENCE_S)
            await ada.act("use", ada.said(command="imagine", options={"prompt": "a lighthouse"}))
            await ada.told(shows('"label": "Regenerate"'))
        async with asyncio.timeout(PATIENCE_S):
            # Until the server has noticed that they are gone.
            while (status := await status_of_index(session)) == 503:
                await asyncio.sleep(0.01)
        assert status == 200

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b"close some tabs, then reload this one.")


async def status_of_index(session: aiohttp.ClientSession) -> int:
    async with session.get("/") as index:
        return index.status


async def test_more_tabs_than_there_is_room_for_are_told_and_wait(idle_stage: Stage) -> None:
    async with page_of(idle_stage) as (page, session), AsyncExitStack() as opened:
        others = [
            await opened.enter_async_context(session.ws_connect("/api/feed"))
            for _ in range(MOST_TABS)
        ]
        for socket in others:
            assert (await socket.receive_json())["kind"] == "scene"
        async with session.ws_connect("/api/feed") as socket:
            turned_away = await socket.receive(timeout=PATIENCE_S)
        await others[0].close()
        await idle_stage.until(lambda: page.tabs == MOST_TABS - 1)
        async with session.ws_connect("/api/feed") as socket:
            assert (await socket.receive_json())["kind"] == "scene"

    assert turned_away.type is aiohttp.WSMsgType.CLOSE
    assert turned_away.extra == (
        "50 tabs are open, which is the most: close one, and this one goes on."
    )


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Host": "fluxcord.example"}, False),
        ({"Host": "127.0.0.1:1"}, False),
        ({"Origin": "https://fluxcord.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
async def test_other_websites_are_kept_out(
    ada: Tab, headers: dict[str, str], *, allowed: bool
) -> None:
    async with ada.session.post(
        "/api/send", data=json.dumps(ada.said(text="hello")), headers=headers
    ) as answer:
        sent = answer.status
    async with ada.session.get("/", headers=headers) as answer:
        policy = answer.headers["Content-Security-Policy"]
        shown = answer.status

    assert (sent, shown) == ((200, 200) if allowed else (403, 403))
    assert "default-src 'none'" in policy
    assert len((await ada.messages())["messages"]) == int(allowed)


async def test_a_post_without_an_origin_is_refused(stage: Stage) -> None:
    async with page_of(stage) as (page, _), aiohttp.ClientSession(page.url) as stranger:
        async with stranger.post("/api/bot", json={"do": "kill"}) as answer:
            assert answer.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await stranger.ws_connect("/api/feed")


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{",
        '{"person": "1", "channel": "2"}',
        '{"person": [], "channel": {}}',
        '{"person": "' + "9" * 5_000 + '"}',
        '{"person": "' + "9" * 300_000 + '"}',
        "[" * 100_000,
    ],
)
async def test_nonsense_is_refused_in_a_sentence(ada: Tab, body: str) -> None:
    async with ada.session.post("/api/send", data=body) as answer:
        assert answer.status == 409
        assert (await answer.json())["refused"].endswith(".")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", "--x\r\n"),
        ("multipart/form-data; boundary=x", "--x\r\nno header\r\n\r\n--x--\r\n"),
    ],
)
async def test_a_broken_form_is_refused_in_a_sentence(
    ada: Tab, content_type: str, body: str
) -> None:
    headers = {"Content-Type": content_type}
    async with ada.session.post("/api/send", data=body, headers=headers) as answer:
        assert answer.status == 409
        assert await answer.json() == {"refused": "This cannot be read."}


async def test_numbers_and_values_of_any_kind_are_taken_for_none(ada: Tab) -> None:
    long = "9" * 5_000
    assert (await ada.act("delete", ada.said(message=long)))[0] == 409
    chosen = ada.said(message=long, custom_id="x", values=5)
    assert (await ada.act("choose", chosen))[0] == 409
    async with ada.session.get("/api/behind", params={"after": long}) as answer:
        assert answer.status == 200
    async with ada.session.ws_connect("/api/feed", params={"person": long}) as socket:
        assert (await socket.receive_json())["person"] == ada.scene["person"]


async def test_people_do_only_what_they_may(stage: Stage) -> None:
    stage.ada.send("mine")
    async with page_of(stage) as (_, session):
        async with tab_of(session, "Bob") as bob:
            [message] = (await bob.messages())["messages"]
            refused, answer = await bob.act("delete", bob.said(message=message["id"]))
        async with tab_of(session, "Linus") as linus:
            names = {each["name"] for each in linus.scene["channels"]}
            sly = linus.said("corner") | {"channel": bob.channel("pictures")["id"]}
            hidden, _ = await linus.act("send", sly | {"text": "hello"})
            corner = linus.channel("corner")
        async with tab_of(session, "Mia") as mia:
            removed, _ = await mia.act("delete", mia.said(message=message["id"]))

    assert (refused, answer["refused"]) == (409, "This message is someone else's.")
    assert (names, hidden) == ({"corner", "Fluxcord"}, 409)
    assert corner["commands"]
    assert removed == 200
    assert not stage.ada.read()


async def test_what_is_behind_the_scenes_is_shown_without_a_secret(stage: Stage, ada: Tab) -> None:
    await ada.act("use", ada.said(command="imagine", options={"prompt": "a secret lighthouse"}))
    await ada.told(shows('"label": "Regenerate"'))
    await stage.ended()
    async with ada.session.get("/api/behind", params={"after": "0"}) as answer:
        text = await answer.text()
    behind = json.loads(text)

    assert {line["service"] for line in behind["requests"]} == {"discord", "flux"}
    assert "/interactions/" in text
    for secret in (stage.discord.bot_token, stage.flux.token):
        assert secret not in text
    jobs = [
        dict(zip(behind["jobs"]["columns"], row, strict=True)) for row in behind["jobs"]["rows"]
    ]
    assert [(job["state"], job["prompt"]) for job in jobs] == [("delivered", "a secret lighthouse")]
    with closing(sqlite3.connect(stage.folder / "fluxcord.db")) as database:
        [[entries]] = database.execute("select count(*) from ledger")
    assert len(behind["ledger"]["rows"]) == entries
    assert behind["charged"] == f"{sum(charge.credits for charge in stage.flux.charges):.3f}"
    by_path = {line["path"].rpartition("/")[2]: line for line in behind["requests"]}
    async with ada.session.get("/api/request", params={"number": "9999"}) as answer:
        assert (await answer.json())["refused"] == "This request is no longer kept."
    for line in behind["requests"]:
        async with ada.session.get(
            "/api/request", params={"number": str(line["number"])}
        ) as answer:
            text = await answer.text()
        for secret in (stage.discord.bot_token, stage.flux.token, "Authorization"):
            assert secret not in text
        if line is by_path["images"]:
            opened = json.loads(text)
    assert opened["body"]["prompt"] == "a secret lighthouse"
    assert opened["body"]["callback_url"] == "(hidden)"
    assert "User-Agent" in opened["headers"]
    assert opened["answer"]
    last = behind["requests"][-1]["number"]
    async with ada.session.get("/api/behind", params={"after": str(last)}) as answer:
        assert not (await answer.json())["requests"]


async def test_faults_are_switched_on_and_off_and_one_for_one_request_shows_that_it_waits(
    stage: Stage, ada: Tab
) -> None:
    async def switch(name: str, *, once: bool = False) -> tuple[str, bool]:
        said = json.dumps({"service": "flux", "name": name, "once": once})
        async with ada.session.post("/api/faults", data=said) as answer:
            return await told(answer)

    async def told(answer: aiohttp.ClientResponse) -> tuple[str, bool]:
        faults = (await answer.json()).get("faults") or await answer.json()
        return faults["chosen"]["flux"], "flux" in faults["armed"]

    async def seen() -> tuple[str, bool]:
        async with ada.session.get("/api/behind", params={"after": "0"}) as answer:
            return await told(answer)

    async def imagine() -> str:
        await ada.act("use", ada.said(command="imagine", options={"prompt": "a lighthouse"}))
        await stage.until(lambda: bool(stage.rows("jobs")))
        state: str = (await stage.ended())[-1]["state"]
        return state

    assert await switch("error") == ("error", False)
    assert [await imagine(), await imagine()] == ["failed", "failed"]
    assert await switch("") == ("", False)
    assert await imagine() == "delivered"
    assert await switch("refuse", once=True) == await seen() == ("refuse", True)
    assert await imagine() == "refused"
    assert await seen() == ("", False)
    assert await imagine() == "delivered"
    async with ada.session.post("/api/faults", data='{"service": "flux", "name": "x"}') as answer:
        assert (await answer.json())["refused"] == "Unknown fault."
