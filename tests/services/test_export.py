"""Exports as a person unpacks them."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import time
import zipfile
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from clock import Clock
from domain.errors import UserError
from domain.limits import LimitKind, LimitRule, Who
from domain.models import ImageKind, Requester
from images.folder import Folder
from services.export import MAX_VOLUMES, PAGE, Exporter
from storage.database import Database
from storage.drafts import DraftRepository
from storage.errors import StorageError
from storage.exporting import ExportRepository
from storage.jobs import JobRepository
from storage.limits_and_access import RuleRepository
from storage.moderation import Block, ModerationRepository
from storage.preferences import ChoiceRepository
from storage.repository import row_from_record
from storage.styles import Style, StyleOwner, StyleRepository
from tests.examples import examples
from tests.factories import NOON, make_image, make_job, make_request, make_ticket
from tests.patience import PATIENCE_S
from tests.storage.rows import library

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from domain.models import Job
    from storage.sqlite import SqliteConnection
from services.export import Export

ADA: Final = 712_345_678_901_234_567
BOB: Final = 698_765_432_109_876_543

ROOMY: Final = 10 * 1024 * 1024

MANY: Final = examples(10_000)


class House:
    """An exporter with what it reads."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.jobs = JobRepository(database)
        self.spool = folder / "spool"
        self.folder = folder / "exports"
        self.spool.mkdir()
        self.exporter = Exporter(
            exports=ExportRepository(database),
            folder=self.folder,
            pictures=Folder(self.spool),
            clock=Clock(),
        )

    async def add(
        self,
        number: int,
        *,
        user_id: int = ADA,
        pictures: int = 1,
        size: int = 9,
        prompt: str = "a quiet lake 湖",
    ) -> Job:
        request = make_request(
            prompt=prompt,
            requester=Requester(user_id=user_id, user_name="ada"),
            ticket=make_ticket(interaction_id=number, token="a-token"),
        )
        job = make_job(id=f"{number:012x}", request=request, callback_token=f"secret{number}")
        await self.jobs.add(job)
        images = [
            make_image(job_id=job.id, kind=kind, position=position, file_name=name)
            for kind in (ImageKind.RESULT, ImageKind.POSTED)
            for position in range(1, pictures + 1)
            for name in [f"{job.id}-{kind}-{position}.png"]
        ]
        for image in images:
            (self.spool / image.file_name).write_bytes(number.to_bytes(1) * size)
        return await self.jobs.advance(job, job, images)

    async def export(
        self, limit_bytes: int = ROOMY, skip: int = 0
    ) -> tuple[Export, dict[str, bytes]]:
        """Return an export and all that is in its files."""
        content: dict[str, bytes] = {}
        async with self.exporter.export(ADA, limit_bytes, skip) as export:
            for volume in export.volumes:
                assert volume.stat().st_size <= limit_bytes
                with zipfile.ZipFile(volume) as opened:
                    assert opened.testzip() is None
                    content |= {name: opened.read(name) for name in opened.namelist()}
        return export, content

    def left(self) -> list[str]:
        return [path.name for path in self.folder.iterdir()]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with Database(tmp_path / "jobs.db") as database:
        house = House(database, tmp_path)
        await house.exporter.open()
        yield house


def requests(content: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        request
        for name in sorted(content)
        if name.startswith("requests-")
        for request in json.loads(content[name])
    ]


async def test_it_holds_everything_about_one_person(house: House) -> None:
    await house.add(1, pictures=2)
    await house.add(2, user_id=BOB)
    await DraftRepository(house.database).save("d", ADA, "{}", NOON)
    styles = StyleRepository(house.database)
    for owner, owner_id in ((StyleOwner.USER, ADA), (StyleOwner.GUILD, 4001)):
        await styles.save(
            Style(owner=owner, owner_id=owner_id, name="ink", saved_by=ADA, saved_at=NOON)
        )
    await ModerationRepository(house.database).save_block(
        Block(guild_id=1, user_id=ADA, reason="spam", until=None, blocked_by=BOB, blocked_at=NOON)
    )

    await RuleRepository(house.database).set_rule(
        LimitRule(
            guild_id=1,
            who=Who.USER,
            target_id=ADA,
            kind=LimitKind.PICTURES_PER_DAY,
            amount=3,
            set_by=BOB,
            set_at=NOON,
        )
    )
    await ChoiceRepository(house.database).users.change(ADA, private=True)

    export, content = await house.export()

    assert (export.requests, export.requests_left_out) == (1, 0)
    assert (export.pictures, export.pictures_left_out, export.pictures_lost) == (2, 0, 0)
    assert set(content) == {
        "about-you.json",
        "requests-0001.json",
        "pictures/000000000001-result-1.png",
        "pictures/000000000001-result-2.png",
    }
    assert content["pictures/000000000001-result-1.png"] == b"\x01" * 9
    [request] = requests(content)
    assert request["prompt"] == "a quiet lake 湖"
    assert request["user_id"] == ADA
    assert [row["microcredits"] for row in request["ledger"]] == [216_000]
    assert len(request["images"]) == 4
    about = json.loads(content["about-you.json"])
    assert {name: len(rows) for name, rows in about.items() if isinstance(rows, list)} == {
        "settings": 1,
        "drafts": 1,
        "styles": 1,
        "totals": 6,
        "styles_saved_for_servers": 1,
        "word_rules_added": 0,
        "blocks": 1,
        "blocks_made": 0,
        "limits": 1,
        "access_rules": 0,
        "rule_changes_about_you": 1,
        "rules_changed": 0,
    }
    assert about["blocks"][0]["reason"] == "spam"
    assert str(BOB).encode() not in b"".join(content.values())


async def test_nothing_by_which_one_could_pass_for_the_bot_is_in_it(house: House) -> None:
    await house.add(1)
    _, content = await house.export()

    assert not any(b"a-token" in data or b"secret1" in data for data in content.values())


async def test_it_is_removed_at_the_end_and_at_the_next_start(house: House) -> None:
    await house.add(1)
    await house.export()
    assert house.left() == []

    async def fail() -> None:
        async with house.exporter.export(ADA, ROOMY):
            assert len(house.left()) == 1
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert house.left() == []

    (house.folder / "left-by-a-crash").mkdir()
    await house.exporter.open()
    assert house.left() == []


async def test_what_does_not_fit_is_left_out_and_can_be_had_by_the_next(house: House) -> None:
    numbers = range(1, 31)
    for number in numbers:
        await house.add(number, size=40_000)
    first, content = await house.export(limit_bytes=100_000)

    # Two to a file, but for what the words take.
    assert len(first.volumes) == MAX_VOLUMES
    assert 2 * MAX_VOLUMES - 1 <= first.pictures <= 2 * MAX_VOLUMES
    assert (first.requests, first.requests_left_out) == (30, 0)
    assert first.pictures_left_out == 30 - first.pictures
    assert first.next_skip == first.pictures

    had = {name for name in content if name.startswith("pictures/")}
    skip = first.next_skip
    while skip < len(numbers):
        export, content = await house.export(limit_bytes=100_000, skip=skip)
        assert export.requests == 0
        assert not had & set(content)
        had |= set(content)
        skip = export.next_skip
    assert had == {f"pictures/{number:012x}-result-1.png" for number in numbers}


async def test_a_picture_that_is_gone_or_too_large_keeps_no_other_out(house: House) -> None:
    for number, size in ((1, 9), (2, 200_000), (3, 9)):
        await house.add(number, size=size)
    (house.spool / f"{3:012x}-result-1.png").unlink()

    export, content = await house.export(limit_bytes=100_000)

    assert (export.pictures, export.pictures_lost, export.pictures_left_out) == (1, 2, 0)
    assert export.next_skip == 3
    assert f"pictures/{1:012x}-result-1.png" in content


async def test_ten_thousand_requests_are_no_trouble(house: House) -> None:
    row = row_from_record(await house.add(1))

    def insert(db: SqliteConnection) -> None:
        library(db).table("jobs").insert_all(
            {
                **row,
                "id": f"{number:012x}",
                "interaction_id": number,
                "callback_token": None,
                "created_at": (NOON + timedelta(seconds=number // 2)).isoformat(),
            }
            for number in range(2, MANY + 1)
        )

    await house.database.write(insert)
    export, content = await house.export()

    assert (export.requests, export.requests_left_out) == (MANY, 0)
    assert len({request["id"] for request in requests(content)}) == MANY
    assert len(content) == MANY / PAGE + 2
    assert len(export.volumes) == 1


async def test_requests_for_which_there_is_no_room_are_counted(house: House) -> None:
    await house.add(1, prompt=hashlib.shake_256(b"1").hexdigest(1_000))
    export, content = await house.export(limit_bytes=1_500)

    assert (export.requests, export.requests_left_out) == (0, 1)
    assert "about-you.json" in content


async def test_one_person_has_one_at_a_time_and_others_wait(house: House) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(house.exporter.export(ADA, ROOMY))
        with pytest.raises(UserError):
            await stack.enter_async_context(house.exporter.export(ADA, ROOMY))
        await asyncio.wait_for(house_of_bob(house, stack), PATIENCE_S)
    await house.export()


async def house_of_bob(house: House, stack: AsyncExitStack) -> None:
    await stack.enter_async_context(house.exporter.export(BOB, ROOMY))


async def test_a_folder_that_cannot_be_written_is_told(house: House) -> None:
    house.folder.rmdir()
    house.folder.write_text("in the way")

    with pytest.raises(StorageError):
        await house.export()
    with pytest.raises(StorageError):
        await house.exporter.open()


async def test_an_export_of_another_process_stays_where_they_share_a_folder(house: House) -> None:
    (house.folder / "recent").mkdir()
    (house.folder / "old").mkdir()
    two_hours_ago = time.time() - 7_200
    os.utime(house.folder / "old", (two_hours_ago, two_hours_ago))
    for is_shared, left in ((True, ["recent"]), (False, [])):
        exporter = Exporter(
            exports=ExportRepository(house.database),
            folder=house.folder,
            pictures=Folder(house.spool),
            clock=Clock(),
            is_shared=is_shared,
        )
        await exporter.open()
        assert house.left() == left
