"""Small copies of kept pictures, to look through many of them at once."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Final

import discord

from images.inspect import UnusablePictureError

if TYPE_CHECKING:
    from domain.models import Image
    from images.store import ImageStore

logger = logging.getLogger(__name__)

PREVIEW_SIDE: Final = 384
"""Pixels; a thumbnail is shown a quarter as wide, or so on a display of twice the density."""


async def preview_of(spool: ImageStore, image: Image) -> discord.File | None:
    """Return a small copy of a picture to attach, None where it cannot be read."""
    try:
        data = await spool.preview(image, PREVIEW_SIDE)
    except UnusablePictureError:
        logger.warning("no thumbnail of %s", image.file_name)
        return None
    return discord.File(io.BytesIO(data), f"{image.job_id}-preview-{image.position}.jpg")
