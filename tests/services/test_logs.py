"""Lines of the log: for people and for programs, each with its job."""

from __future__ import annotations

import io
import json
import logging
from contextlib import nullcontext
from typing import Any

import pytest

from services.logs import about, log_handler

ABOUT = "0123456789ab"


def written(message: str, *args: object, as_json: bool, job: str | None, **more: Any) -> str:  # noqa: ANN401  # logging's own
    """Return what is written for one call to a logger."""
    handler = log_handler(as_json=as_json)
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    logger = logging.getLogger("tests.services")
    logger.addHandler(handler)
    try:
        with nullcontext() if job is None else about(job):
            logger.warning(message, *args, **more)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def an_error() -> ValueError:
    """Return an error that was raised, as a traceback needs."""
    try:
        raise ValueError("what went wrong")  # noqa: TRY301  # only its traceback is wanted
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("message", "job", "expected"),
    [
        ("the spool is full", None, "the spool is full"),
        ("the spool is full", ABOUT, f"job={ABOUT} the spool is full"),
        ("job=77 ended", None, "job=77 ended"),
        ("job=77 ended", ABOUT, "job=77 ended"),
    ],
)
def test_a_line_for_people_begins_with_its_job(
    message: str, job: str | None, expected: str
) -> None:
    line = written(message, as_json=False, job=job)

    assert line.endswith(f" WARNING  tests.services: {expected}\n")


@pytest.mark.parametrize(
    ("message", "job", "expected"),
    [
        ("the spool is full", None, {"message": "the spool is full"}),
        ("the spool is full", ABOUT, {"message": "the spool is full", "job": ABOUT}),
        ("job=77 ended", ABOUT, {"message": "ended", "job": "77"}),
        ("two\nlines, an \u00e9", None, {"message": "two\nlines, an \u00e9"}),
    ],
)
def test_a_line_for_programs_has_its_job_in_a_field(
    message: str, job: str | None, expected: dict[str, str]
) -> None:
    text = written(message, as_json=True, job=job)

    line = json.loads(text)
    assert line.pop("time")
    assert line == {"level": "WARNING", "logger": "tests.services", **expected}
    assert text.count("\n") == 1


def test_a_traceback_is_a_field_of_the_same_line() -> None:
    text = written("job=%s failed", "77", as_json=True, job=None, exc_info=an_error())

    line = json.loads(text)
    assert line["job"] == "77"
    assert line["message"] == "failed"
    assert line["error"].startswith("Traceback (most recent call last):\n")
    assert line["error"].endswith("ValueError: what went wrong")
    assert text.count("\n") == 1


def test_a_traceback_for_people_follows_its_line() -> None:
    text = written("failed", as_json=False, job=ABOUT, exc_info=an_error())

    assert f"job={ABOUT} failed\nTraceback (most recent call last):\n" in text
