"""Moving to the other engine and back: all rows, and nothing where it is stopped."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

import bot
from domain.limits import LimitKind, LimitRule, Who
from domain.models import JobState
from storage.database import Database
from storage.drafts import DraftRepository
from storage.erasing import ErasureRepository
from storage.errors import StorageError
from storage.jobs import JobRepository
from storage.limits_and_access import RuleRepository
from storage.migrations import TABLES
from storage.moving import move
from storage.preferences import ChoiceRepository
from storage.styles import Style, StyleOwner, StyleRepository
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.migrated import place_database
from tests.storage.test_migrations import PRIMARY_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from storage.connection import Connection
    from tests.postgres import Server

JOBS = 40


@pytest.fixture
def url(postgres: Server) -> Iterator[str]:
    with postgres.database() as url:
        yield url


@pytest.fixture
async def filled(path: Path) -> Path:
    """Fill a database as a bot that was used for a while does."""
    async with Database(place_database(path)) as database:
        jobs, erasures = JobRepository(database), ErasureRepository(database)
        for number in range(JOBS):
            ticket = make_ticket(interaction_id=1001 + number)
            request = make_request(prompt=f"Straße № {number}, 灯台 \U0001f98a", ticket=ticket)
            at = NOON + timedelta(hours=7 * number)
            state = JobState.RUNNING if number % 3 else JobState.QUEUED
            job = make_job(id=f"{number:012x}", request=request, created_at=at, state=state)
            job = await jobs.add(job)
            end = replace(job, state=JobState.CANCELLED, ended_at=at)
            if number % 3:
                fetched_at = at + timedelta(seconds=number)
                end = replace(job, state=JobState.FETCHED, fetched_at=fetched_at)
            job = await jobs.advance(job, end, [make_image(job_id=job.id)] if number % 3 else [])
        await erasures.ask(5002, NOON)
        await DraftRepository(database).save("d", 5001, '{"prompt": "a fox"}', NOON)
        style = Style(
            owner=StyleOwner.USER, owner_id=5001, name="Noir", saved_by=5001, saved_at=NOON
        )
        await StyleRepository(database).save(style)
        choices = ChoiceRepository(database)
        await choices.users.change(5001, private=True)
        await choices.guilds.change(4001, default_model="flux-pro")
        rule = LimitRule(
            guild_id=4001,
            who=Who.ALL,
            target_id=0,
            kind=LimitKind.PICTURES_PER_DAY,
            amount=9,
            set_by=5001,
            set_at=NOON,
        )
        await RuleRepository(database).set_rule(rule)
    return path


async def exported(at: Path | str) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of every table."""

    def select(db: Connection) -> dict[str, list[dict[str, Any]]]:
        return {
            name: db.fetch(f"select * from {name} order by {', '.join(PRIMARY_KEYS[name])}")  # noqa: S608
            for name in TABLES
        }

    async with Database(at) as database:
        return await database.read(select)


async def test_there_and_back_is_every_row_of_every_table(
    filled: Path, url: str, tmp_path: Path
) -> None:
    before = await exported(filled)
    back = tmp_path / "back.db"
    assert bot.main(["move-database", str(filled), url]) == 0
    assert bot.main(["move-database", url, str(back)]) == 0

    assert await exported(back) == before
    assert await exported(url) == before
    assert [len(before[name]) for name in ("jobs", "images")] == [JOBS, JOBS - JOBS // 3 - 1]
    assert {name for name, rows in before.items() if not rows} <= {
        "access_rules",
        "blocks",
        "budget_warnings",
        "processes",
        "word_rules",
    }


async def test_the_bot_goes_on_with_what_was_moved(filled: Path, url: str) -> None:
    move(filled, url, lambda _: None)
    async with Database(url) as database:
        jobs = JobRepository(database)
        ticket = make_ticket(interaction_id=9001)
        job = await jobs.add(make_job(id="f" * 12, request=make_request(ticket=ticket)))
        found = await jobs.search(5001, "STRASSE灯", offset=0, limit=99)
        several = await jobs.search(5001, "灯台", offset=0, limit=99)

    assert job.id == "f" * 12
    assert found == []
    assert len(several) == JOBS - JOBS // 3 - 1


async def test_what_is_stopped_stores_nothing_and_can_be_repeated(filled: Path, url: str) -> None:
    before = await asyncio.to_thread(filled.read_bytes)
    lines: list[str] = []

    def stop(line: str) -> None:
        lines.append(line)
        if line.startswith("ledger"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        move(filled, url, stop)
    assert not any((await exported(url)).values())
    move(filled, url, lambda _: None)

    assert lines[0] == f"jobs: {JOBS} rows"
    assert await asyncio.to_thread(filled.read_bytes) == before
    assert len((await exported(url))["jobs"]) == JOBS


async def test_a_target_with_rows_is_refused(filled: Path, url: str) -> None:
    move(filled, url, lambda _: None)
    with pytest.raises(StorageError, match="not empty"):
        move(filled, url, lambda _: None)


async def test_a_source_that_a_bot_uses_is_refused(filled: Path, url: str, tmp_path: Path) -> None:
    async with Database(filled):
        with pytest.raises(StorageError, match="A bot uses"):
            move(filled, url, lambda _: None)
    async with Database(url):
        with pytest.raises(StorageError, match="A bot uses"):
            move(url, tmp_path / "other.db", lambda _: None)


async def test_a_copy_that_differs_is_not_stored(filled: Path, tmp_path: Path) -> None:
    target = place_database(tmp_path / "other.db")
    with closing(sqlite3.connect(target)) as file, file:
        file.execute(
            "create trigger lose after insert on images begin"
            " delete from images where job_id = new.job_id; end"
        )
    with pytest.raises(StorageError, match=r"differs in images\. Nothing was stored"):
        move(filled, target, lambda _: None)

    assert not any((await exported(target)).values())


@pytest.mark.parametrize(
    ("source", "said"), [("absent.db", "not found"), ("postgresql://127.0.0.1:1/x", "is running")]
)
def test_a_source_that_cannot_be_read_is_explained(
    source: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = source if "://" in source else str(tmp_path / source)
    assert bot.main(["move-database", name, str(tmp_path / "new.db")]) == 1
    assert said in capsys.readouterr().err
