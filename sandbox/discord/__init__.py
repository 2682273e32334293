"""A local Discord for trying and testing a bot: REST, gateway, CDN and people."""

from sandbox.discord.api import RecordedRequest
from sandbox.discord.cdn import Upload
from sandbox.discord.errors import ApiError, ClientRefusedError
from sandbox.discord.faults import Aim, Fault, Injected, Trouble
from sandbox.discord.filling import SeenField, SeenModal
from sandbox.discord.interaction_result import InteractionResult
from sandbox.discord.localizing import LOCALES
from sandbox.discord.message_view import Choice, SeenFile, SeenImage, SeenMessage
from sandbox.discord.permissions import DEFAULT_PERMISSIONS, Permission
from sandbox.discord.person import Person
from sandbox.discord.records import Channel, Guild, Role, User
from sandbox.discord.rules import Rule
from sandbox.discord.server import LocalDiscord
from sandbox.discord.sessions import CloseCode, Intent

__all__ = [
    "DEFAULT_PERMISSIONS",
    "LOCALES",
    "Aim",
    "ApiError",
    "Channel",
    "Choice",
    "ClientRefusedError",
    "CloseCode",
    "Fault",
    "Guild",
    "Injected",
    "Intent",
    "InteractionResult",
    "LocalDiscord",
    "Permission",
    "Person",
    "RecordedRequest",
    "Role",
    "Rule",
    "SeenField",
    "SeenFile",
    "SeenImage",
    "SeenMessage",
    "SeenModal",
    "Trouble",
    "Upload",
    "User",
]
