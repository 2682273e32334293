"""What Discord says about the bot: its token, its application, its commands, its channels."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from services.doctor import DEADLINE_S, Finding, Verdict, fine, mend
from ui.client import SPARE_SESSION_STARTS
from ui.i18n import ENGLISH, words_for
from ui.places import FOUND_AGAIN_BY, NEEDED, NEEDED_IN_THREADS, lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from ui.client import FluxcordBot

TOKEN_PARTS: Final = 3
"""A bot's token has two dots in it."""

PORTAL: Final = "https://discord.com/developers/applications, your application"

INVITED: Final = discord.Permissions(
    **dict.fromkeys((*NEEDED, *NEEDED_IN_THREADS, FOUND_AGAIN_BY), True)
)
"""All that the bot needs anywhere."""


async def examine_discord(
    bot: FluxcordBot, token: str, channel_ids: Iterable[int]
) -> AsyncIterator[Finding]:
    """Yield what Discord says; the bot is logged in and stays off the gateway.

    Args:
        bot: with its commands, to compare them with those that Discord knows.
        channel_ids: channels to look into.
    """
    refusal = await log_in(bot, token)
    if refusal is not None:
        yield refusal
        return
    yield fine("Discord", f"{bot.user} is logged in with DISCORD_TOKEN.")
    yield fine("invite", f"Servers take the bot by {invite_link(_application(bot).id)}")
    for examine in (_installs, _interactions, _intents):
        yield examine(bot)
    yield await _asked("gateway", lambda: _gateway(bot))
    yield await _asked("commands", lambda: _commands(bot))
    for channel_id in channel_ids:
        yield await examine_channel(bot, channel_id)


def invite_link(application_id: int) -> str:
    """Return the address by which a server takes the bot, with what it needs and no more."""
    return discord.utils.oauth_url(
        application_id, permissions=INVITED, scopes=("bot", "applications.commands")
    )


async def log_in(bot: FluxcordBot, token: str) -> Finding | None:
    """Log in without the gateway; return why that failed, or None."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await bot.login(token)
    except discord.LoginFailure:
        half = len(token.split(".")) < TOKEN_PARTS
        return mend(
            "Discord",
            "Discord does not accept DISCORD_TOKEN"
            + (", which looks cut off: a token has three parts with dots between." if half else ".")
            + f" Make a new one at {PORTAL}, Bot, Reset Token, and copy it whole into .env.",
        )
    except discord.HTTPException as error:
        return mend("Discord", f"Discord answers with status {error.status}. Try again later.")
    except (TimeoutError, aiohttp.ClientError, OSError):
        return mend(
            "Discord",
            f"{discord.http.Route.BASE} is not reached. Check DISCORD_API_BASE, and this "
            "machine's network, DNS and firewall (TCP 443 to outside).",
        )
    return None


def _installs(bot: FluxcordBot) -> Finding:
    application = _application(bot)
    where = f"{PORTAL}, Installation, Installation Contexts"
    if application.bot_require_code_grant:
        return mend(
            "install",
            f"No server can take the bot: at {PORTAL}, Bot, switch off Requires OAuth2 Code Grant.",
        )
    if application.guild_integration_config is None:
        return mend("install", f"No server can take the bot: at {where}, tick Guild Install.")
    if application.user_integration_config is None:
        return Finding(
            Verdict.NOTE,
            "install",
            "Servers can take the bot; people cannot add it for themselves. If they shall, tick "
            f"User Install at {where}.",
        )
    return fine("install", "Servers can take the bot, and people can add it for themselves.")


def _interactions(bot: FluxcordBot) -> Finding:
    if _application(bot).interactions_endpoint_url:
        return mend(
            "interactions",
            "Discord sends commands and clicks to a web address and not to the bot: at "
            f"{PORTAL}, General Information, empty Interactions Endpoint URL.",
        )
    return fine("interactions", "Commands and clicks come to the bot.")


def _intents(bot: FluxcordBot) -> Finding:
    flags = _application(bot).flags
    given = flags.gateway_message_content or flags.gateway_message_content_limited
    if bot.intents.message_content and not given:
        return mend(
            "intents",
            "MESSAGE_CONTENT_INTENT is on, and the application has not got it: switch it on at "
            f"{PORTAL}, Bot, Message Content Intent, or take the setting out of .env.",
        )
    if given and not bot.intents.message_content:
        return Finding(
            Verdict.NOTE,
            "intents",
            "The application has the Message Content Intent, and MESSAGE_CONTENT_INTENT is off: "
            "the bot does not use it.",
        )
    return fine("intents", "The application has the intents that the settings ask for.")


async def _gateway(bot: FluxcordBot) -> Finding:
    _, _, limit = await bot.http.get_bot_gateway()
    if limit["remaining"] <= SPARE_SESSION_STARTS:
        hours = limit["reset_after"] / 3_600_000
        return mend(
            "gateway",
            f"The bot has {limit['remaining']} of {limit['total']} session starts left and "
            f"connects again when Discord allows more, in {hours:.1f} h. Find out what starts it "
            "so often before then.",
        )
    # Closed at once: the bot that runs has a connection of its own.
    address = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    version = discord.http.INTERNAL_API_VERSION
    socket = await bot.http.ws_connect(str(address.with_query(v=version, encoding="json")))
    try:
        await socket.receive()
    finally:
        await socket.close()
    return fine("gateway", f"It is reached; the bot may start {limit['remaining']} more times.")


async def _commands(bot: FluxcordBot) -> Finding:
    known = {_told(command) for command in await bot.tree.fetch_commands()}
    ours = {_told_by_us(command.to_dict(bot.tree)) for command in bot.tree.get_commands()}
    if known == ours:
        return fine("commands", f"All {len(ours)} are registered as they are here.")
    if not known:
        return mend("commands", "None are registered yet: start the bot once, it registers them.")
    changed = sorted({name for name, *_ in known ^ ours})
    return mend(
        "commands",
        f"Those that Discord knows are another version's ({', '.join(changed)}): start this "
        "version of the bot, it registers them. If it runs already, it is not this version.",
    )


_Told = tuple[str, int, str, tuple[tuple[str, str], ...]]
"""What people see of a command: name, type, description, and its options' names and texts."""


def _told(command: discord.app_commands.AppCommand) -> _Told:
    options = tuple((option.name, option.description) for option in command.options)
    return command.name, command.type.value, command.description, options


def _told_by_us(payload: dict[str, object]) -> _Told:
    options = payload.get("options")
    listed = options if isinstance(options, list) else []
    told = tuple((option["name"], option["description"]) for option in listed)
    kind = payload.get("type", 1)
    assert isinstance(kind, int)  # noqa: S101  # discord.py writes it
    return str(payload["name"]), kind, str(payload.get("description", "")), told


async def examine_channel(bot: FluxcordBot, channel_id: int) -> Finding:
    """Check whether the bot may post in a channel; the bot is logged in."""
    return await _asked(f"channel {channel_id}", partial(_channel, bot, channel_id))


async def _channel(bot: FluxcordBot, channel_id: int) -> Finding:
    about = f"channel {channel_id}"
    channel = await bot.fetch_channel(channel_id)
    if isinstance(channel, discord.abc.PrivateChannel):
        return fine(about, "A direct message needs no permissions.")
    in_thread = isinstance(channel, discord.Thread)
    place: object = channel
    if isinstance(channel, discord.Thread):
        place = await bot.fetch_channel(channel.parent_id)
    assert isinstance(place, discord.abc.GuildChannel)  # noqa: S101  # a thread's parent is one
    guild = await bot.fetch_guild(channel.guild.id)
    # With the roles, which the channel's own does not know; every kind has this slot.
    place.guild = guild  # type: ignore[misc]
    granted = place.permissions_for(await guild.fetch_member(_id_of(bot)))
    missing = lacking(granted, in_thread=in_thread)
    if missing:
        words = words_for(ENGLISH)
        named = ", ".join(words(f"permission-{name.replace('_', '-')}") for name in missing)
        return mend(
            about,
            f"In #{channel.name} of {guild.name} the bot lacks {named}. In Discord: "
            "Edit Channel, Permissions, the bot's role, tick them.",
        )
    return fine(about, f"In #{channel.name} of {guild.name} the bot has all that it needs.")


async def _asked(about: str, ask: Callable[[], Awaitable[Finding]]) -> Finding:
    """Return what an answer of Discord's says, or that there was none."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await ask()
    except discord.NotFound:
        return mend(about, "Discord knows no such channel. Copy its number with Copy Channel ID.")
    except discord.Forbidden:
        return mend(
            about,
            "The bot does not see it. Invite it to that server with the link below, and give it "
            "View Channel there.",
        )
    except discord.HTTPException as error:
        return mend(about, f"Discord answers with status {error.status}. Try again later.")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        return mend(
            about,
            f"It is not reached ({type(error).__name__}). Check DISCORD_GATEWAY_URL, and this "
            "machine's network and firewall.",
        )


def _application(bot: FluxcordBot) -> discord.AppInfo:
    assert bot.application is not None  # noqa: S101  # it came with the login
    return bot.application


def _id_of(bot: FluxcordBot) -> int:
    assert bot.user is not None  # noqa: S101  # it came with the login
    return bot.user.id
