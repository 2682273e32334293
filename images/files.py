"""The interface of what stores pictures: `images.folder` on the disk, `images.bucket` on S3."""

from __future__ import annotations

import re
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from domain.models import ImageKind
from images.inspect import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

PART: Final = ".part"
"""Suffix of files that are not whole yet, and of folders with copies that are being read."""

NAME: Final = re.compile(
    rf"\A(?P<job_id>.+)-(?:{'|'.join(ImageKind)})-\d+"
    rf"(?:{'|'.join(map(re.escape, SUFFIXES.values()))})"
)
"""Of the stored pictures; other files at the same place are left alone."""


class StoreUnavailableError(Exception):
    """The folder cannot be written, for lack of room or of permission, or the bucket not used."""


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError where the store cannot be used."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreUnavailableError(error.strerror) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One stored file, as listed.

    Attributes:
        modified_ns: nanoseconds since 1970, by the clock of the machine that stores it.
    """

    name: str
    bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """Where a bucket is, and how it is reached; what is empty is left to obstore.

    Attributes:
        prefix: of the names in it.
        endpoint: of a store that is not Amazon's, with its scheme.
        call_s: seconds for one call that transfers no picture.
        transfer_s: seconds for one picture, to its last byte.
    """

    name: str
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key_id: str = field(default="", repr=False)
    secret_access_key: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    call_s: float = 10.0
    transfer_s: float = 60.0


class PictureFiles(Protocol):
    """Stores whole files under final names, such as `stem_of` returns.

    Every method raises OSError where the store cannot be used now.
    """

    async def open(self) -> None:
        """Get ready.

        Raises:
            StorageError: it cannot be used until the settings or the store are corrected.
        """

    async def close(self) -> None:
        """Release what `open` took."""

    async def keep(self, part: Path, name: str, *, replaces: bool = False) -> bool:
        """Store a local file under its final name, durably, and remove the local file.

        Returns:
            False if another one stays; only where processes share the files.
        """

    def reading(self, names: Sequence[str]) -> AbstractAsyncContextManager[list[Path]]:
        """Lend local files with the contents and the names of stored ones, in order.

        A file that is not there is a FileNotFoundError, here or where it is opened.
        """

    async def stat(self, names: Sequence[str]) -> list[File | None]:
        """Return what is stored under these names, in order; None for what is not."""

    async def list_all(self) -> list[File]:
        """Return every picture that is stored, and parts of pictures."""

    async def names_of(self, job_ids: Collection[str]) -> list[str]:
        """Return the names of every file of these jobs."""

    async def remove(self, names: Iterable[str]) -> set[str]:
        """Remove files and return those that are gone; what stays is logged."""

    async def held_bytes(self) -> int:
        """Return how much the files hold, as of the last list where a list is slow."""
