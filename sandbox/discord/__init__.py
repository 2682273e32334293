"""A local Discord for trying and testing a bot: REST, gateway, CDN and people."""

from sandbox.discord.api import RecordedRequest
from sandbox.discord.cdn import Upload
from sandbox.discord.errors import ApiError, ClientRefusedError
from sandbox.discord.filling import SeenField, SeenModal
from sandbox.discord.permissions import DEFAULT_PERMISSIONS, Permission
from sandbox.discord.person import Person
from sandbox.discord.records import Channel, Guild, User
from sandbox.discord.seen import Choice, SeenFile, SeenImage, SeenMessage
from sandbox.discord.server import LocalDiscord
from sandbox.discord.use import Use

__all__ = [
    "DEFAULT_PERMISSIONS",
    "ApiError",
    "Channel",
    "Choice",
    "ClientRefusedError",
    "Guild",
    "LocalDiscord",
    "Permission",
    "Person",
    "RecordedRequest",
    "SeenField",
    "SeenFile",
    "SeenImage",
    "SeenMessage",
    "SeenModal",
    "Upload",
    "Use",
    "User",
]
