"""Runs a local Discord by itself, for a bot in any language: `python -m sandbox.discord`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

from sandbox.discord.server import LocalDiscord
from sandbox.discord.sessions import Intent
from sandbox.people import People

GRANTS = {
    "--message-content": Intent.MESSAGE_CONTENT,
    "--members": Intent.GUILD_MEMBERS,
    "--presences": Intent.GUILD_PRESENCES,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 1 where a port cannot be used."""
    return asyncio.run(_serve(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.discord",
        description="Runs a local Discord: REST API, gateway, CDN, and an HTTP API that acts as "
        "its users. Nothing is stored. sandbox/README.md describes it.",
    )
    parser.add_argument("--port", type=int, default=0, help="port of Discord (default: any)")
    parser.add_argument("--people-port", type=int, default=0, help="port of the user API")
    parser.add_argument("--name", default="Bot", help="the bot's name (default: %(default)s)")
    parser.add_argument("--id", type=_snowflake, help="the bot's id (default: a new one)")
    parser.add_argument("--token", help="the bot's token (default: a new one)")
    for option, intent in GRANTS.items():
        words = f"grant the privileged intent {intent.name}"
        parser.add_argument(
            option, action="append_const", dest="intents", const=intent, default=[], help=words
        )
    return parser


def _snowflake(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 63:
        raise argparse.ArgumentTypeError("an id is a positive number of at most 63 bits")
    return int(text)


async def _serve(chosen: argparse.Namespace) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with (
            LocalDiscord(
                chosen.port,
                bot_name=chosen.name,
                bot_id=chosen.id,
                bot_token=chosen.token,
                intents=sum(chosen.intents),
            ) as discord,
            People(discord, chosen.people_port) as people,
        ):
            _say(_addresses(discord, people))
            await stopped.wait()
    except (OSError, OverflowError) as error:  # it is taken, or no port at all
        _say(f"The port cannot be used: {str(error.args[-1]).rstrip('.')}. Choose others.")
        return 1
    return 0


def _addresses(discord: LocalDiscord, people: People) -> str:
    bot = discord.world.bot
    return (
        f"REST     {discord.api_base}\n"
        f"Gateway  {discord.gateway_url}\n"
        f"People   {people.url}\n"
        f"Bot      {bot.name} {bot.id}\n"
        f"Token    {discord.bot_token}"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
