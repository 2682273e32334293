"""Drafts come back as they were kept."""

from pathlib import Path

import pytest

from clock import Clock
from domain.models import MessageRef, PictureRef
from jobs.requests import Draft, Drafts, Kept, Source
from storage.database import Database
from storage.drafts import DraftRepository

SOURCE = Source(
    url="https://cdn.discordapp.com/attachments/1/2/a.png?ex=1&is=2&hm=3",
    bytes=None,
    width=640,
    height=480,
    content_type="image/png",
    message=MessageRef(channel_id=1, message_id=2),
    parent=PictureRef(job_id="0123456789ab", position=2),
)
PLAIN = Source(url=None, bytes=7, width=None, height=None)


@pytest.mark.parametrize(
    "kept",
    [
        Kept(draft=Draft(command="imagine", prompt="a 'cat' \"日\"\n", count=4), editing=False),
        Kept(draft=Draft(command="edit", prompt="x", source=SOURCE, spoiler=True), editing=True),
        Kept(
            draft=Draft(command="edit", prompt="x", source=SOURCE, more_sources=(PLAIN, SOURCE)),
            editing=True,
        ),
        Kept(draft=Draft(command="edit", prompt=""), editing=True, sources=(SOURCE, PLAIN)),
        Kept(draft=Draft(command="change", prompt="x", retry_of="0123456789ab"), editing=True),
    ],
)
async def test_a_draft_comes_back_as_it_was_kept(tmp_path: Path, kept: Kept) -> None:
    async with Database(tmp_path / "fluxcord.db") as database:
        drafts = Drafts(DraftRepository(database), clock=Clock())
        await drafts.keep("0123456789abcdef", 5001, kept)

        assert await drafts.find("0123456789abcdef", 5001) == kept
        assert await drafts.find("0123456789abcdef", 5002) is None
