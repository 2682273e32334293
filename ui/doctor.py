"""Checks of the Discord token, the application, its commands and its channels."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from services.doctor import DEADLINE_S, Finding, Verdict, fail, ok
from ui.client import SPARE_SESSION_STARTS, FluxcordBot
from ui.i18n import ENGLISH, words_for
from ui.places import FOUND_AGAIN_BY, NEEDED, NEEDED_IN_THREADS, lacking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping


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
    """Yield what Discord says; the bot, with its commands, is logged in off the gateway."""
    refusal = await log_in(bot, token)
    if refusal is not None:
        yield refusal
        return
    yield ok("Discord", f"DISCORD_TOKEN is valid; logged in as {bot.user}.")
    # What a server gives the bot by it: what it needs, and no more.
    invite = discord.utils.oauth_url(
        _application(bot).id, permissions=INVITED, scopes=("bot", "applications.commands")
    )
    yield ok("invite", f"Invite link: {invite}")
    for examine in (_installs, _interactions, _intents):
        yield examine(bot)
    yield await _asked("gateway", lambda: _gateway(bot))
    yield await _asked("commands", lambda: _commands(bot))
    for channel_id in channel_ids:
        yield await examine_channel(bot, channel_id)


async def log_in(bot: FluxcordBot, token: str) -> Finding | None:
    """Log in without the gateway; return why that failed, or None."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            await bot.login(token)
    except discord.LoginFailure:
        hint = ""
        if len(token.split(".")) < TOKEN_PARTS:
            hint = ", which looks incomplete: a token has three parts separated by dots"
        return fail(
            "Discord",
            f"Discord does not accept DISCORD_TOKEN{hint}. Create a new one at {PORTAL}, Bot, "
            "Reset Token, and copy all of it into .env.",
        )
    except discord.HTTPException as error:
        return fail("Discord", f"Discord returned status {error.status}. Try again later.")
    except (TimeoutError, aiohttp.ClientError, OSError):
        return fail(
            "Discord",
            f"Cannot reach {discord.http.Route.BASE}. Check DISCORD_API_BASE, and this "
            "machine's network, DNS and firewall (outbound TCP 443).",
        )
    return None


def _installs(bot: FluxcordBot) -> Finding:
    application = _application(bot)
    where = f"{PORTAL}, Installation, Installation Contexts"
    if application.bot_require_code_grant:
        return fail(
            "install",
            f"Servers cannot add the bot. At {PORTAL}, Bot, turn off Requires OAuth2 Code Grant.",
        )
    if application.guild_integration_config is None:
        return fail("install", f"Servers cannot add the bot. At {where}, select Guild Install.")
    if application.user_integration_config is None:
        return Finding(
            Verdict.WARN,
            "install",
            "Servers can add the bot, but users cannot. To allow that, select User Install at "
            f"{where}.",
        )
    return ok("install", "Servers and users can add the bot.")


def _interactions(bot: FluxcordBot) -> Finding:
    if _application(bot).interactions_endpoint_url:
        return fail(
            "interactions",
            "Discord sends commands and clicks to a web address instead of the bot. At "
            f"{PORTAL}, General Information, clear Interactions Endpoint URL.",
        )
    return ok("interactions", "Discord sends commands and clicks to the bot.")


def _intents(bot: FluxcordBot) -> Finding:
    flags = _application(bot).flags
    given = flags.gateway_message_content or flags.gateway_message_content_limited
    if bot.intents.message_content and not given:
        return fail(
            "intents",
            "MESSAGE_CONTENT_INTENT is on, but the application lacks this intent. Turn it on at "
            f"{PORTAL}, Bot, Message Content Intent, or remove the setting from .env.",
        )
    if given and not bot.intents.message_content:
        return Finding(
            Verdict.WARN,
            "intents",
            "The application has the Message Content Intent, but MESSAGE_CONTENT_INTENT is off, "
            "so the bot does not use it.",
        )
    return ok("intents", "The application has all required intents.")


async def _gateway(bot: FluxcordBot) -> Finding:
    _, _, limit = await bot.http.get_bot_gateway()
    if limit["remaining"] <= SPARE_SESSION_STARTS:
        hours = limit["reset_after"] / 3_600_000
        return fail(
            "gateway",
            f"{limit['remaining']} of {limit['total']} session starts left; the bot connects again "
            f"when they reset, in {hours:.1f} h. Find out what restarts it so often.",
        )
    # Closed at once: the bot that runs has a connection of its own.
    address = discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    version = discord.http.INTERNAL_API_VERSION
    socket = await bot.http.ws_connect(str(address.with_query(v=version, encoding="json")))
    try:
        await socket.receive()
    finally:
        await socket.close()
    return ok("gateway", f"Reachable; {limit['remaining']} session starts left.")


async def _commands(bot: FluxcordBot) -> Finding:
    known = {_seen(dict(command.to_dict())) for command in await bot.tree.fetch_commands()}
    ours = {_seen(command.to_dict(bot.tree)) for command in bot.tree.get_commands()}
    if known == ours:
        return ok("commands", f"All {len(ours)} commands are registered and up to date.")
    if not known:
        return fail(
            "commands", "No commands are registered yet. Start the bot once to register them."
        )
    changed = sorted({name for name, *_ in known ^ ours})
    return fail(
        "commands",
        f"The registered commands are of another version ({', '.join(changed)}). Start this "
        "version of the bot to update them; if the bot is running, it is another version.",
    )


def _seen(command: Mapping[str, Any]) -> tuple[str, int, str, tuple[tuple[str, str], ...]]:
    """Return what people see of a command: name, type, description, and those of its options."""
    options = tuple((each["name"], each["description"]) for each in command.get("options", ()))
    return command["name"], command.get("type", 1), command.get("description", ""), options


async def examine_channel(bot: FluxcordBot, channel_id: int) -> Finding:
    return await _asked(f"channel {channel_id}", partial(_channel, bot, channel_id))


async def _channel(bot: FluxcordBot, channel_id: int) -> Finding:
    about = f"channel {channel_id}"
    channel = await bot.fetch_channel(channel_id)
    if isinstance(channel, discord.abc.PrivateChannel):
        return ok(about, "A DM needs no permissions.")
    place: object = channel
    if isinstance(channel, discord.Thread):
        place = await bot.fetch_channel(channel.parent_id)
    assert isinstance(place, discord.abc.GuildChannel)  # noqa: S101  # a thread's parent is one
    guild = await bot.fetch_guild(channel.guild.id)
    # With the roles, which the channel's own does not know; every kind has this slot.
    place.guild = guild  # type: ignore[misc]
    assert bot.user is not None  # noqa: S101  # it came with the login
    granted = place.permissions_for(await guild.fetch_member(bot.user.id))
    needed = NEEDED_IN_THREADS if isinstance(channel, discord.Thread) else NEEDED
    missing = lacking(granted, (*needed, FOUND_AGAIN_BY))
    if missing:
        words = words_for(ENGLISH)
        named = ", ".join(words(f"permission-{name.replace('_', '-')}") for name in missing)
        return fail(
            about,
            f"Missing in #{channel.name} of {guild.name}: {named}. In Discord, open Edit Channel, "
            "Permissions, and allow them for the bot's role.",
        )
    return ok(about, f"The bot has all permissions in #{channel.name} of {guild.name}.")


async def _asked(about: str, ask: Callable[[], Awaitable[Finding]]) -> Finding:
    """Return what an answer of Discord's says, or that there was none."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await ask()
    except discord.NotFound:
        return fail(about, "Channel not found. Get its ID with Copy Channel ID.")
    except discord.Forbidden:
        return fail(
            about,
            "The bot cannot see this channel. Invite it with the link above, and allow View "
            "Channel there.",
        )
    except discord.HTTPException as error:
        return fail(about, f"Discord returned status {error.status}. Try again later.")
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        return fail(
            about,
            f"Cannot reach Discord ({type(error).__name__}). Check DISCORD_GATEWAY_URL, and this "
            "machine's network and firewall.",
        )


def _application(bot: FluxcordBot) -> discord.AppInfo:
    assert bot.application is not None  # noqa: S101  # it came with the login
    return bot.application
