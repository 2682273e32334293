"""Measures what servers and their messages cost a process: `python -m benchmarks.servers`.

The bot is in 2,500 servers, the most of one shard, with 15 channels and 10 roles each. A bot gets
every message of its servers, so the processor time is that of messages that are none of its own.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.process import BOT
from benchmarks.rig import Rig, rig_running
from sandbox.discord import LocalDiscord
from sandbox.discord.records import Channel, ChannelType, Role

SERVERS: Final = 2_500
CHANNELS: Final = 15
ROLES: Final = 10

MESSAGES: Final = 20_000
AT_ONCE: Final = 100

QUIET_S: Final = 1.0
"""Without work, after which the bot counts as done."""

BUSY: Final = 0.02
"""Seconds of processor time in that second that count as no work."""


def fill(discord: LocalDiscord) -> None:
    """Add servers until there are as many as one shard may have."""
    world = discord.world
    for number in range(1, SERVERS):
        guild = discord.add_guild(f"Server {number}")
        for place in range(CHANNELS):
            channel = Channel(world.ids.next(), ChannelType.TEXT, f"channel-{place}", guild)
            world.channels[channel.id] = channel
        for place in range(ROLES):
            role = Role(world.ids.next(), f"Role {place}", 0)
            guild.roles[role.id] = role


async def quiet(rig: Rig) -> float:
    """Wait until the bot has nothing to do; return its processor time so far."""
    used_s = 0.0
    while rig.cpu_s()[0] - used_s > BUSY:
        used_s = rig.cpu_s()[0]
        await asyncio.sleep(QUIET_S)
    return rig.cpu_s()[0]


async def measure(discord: LocalDiscord, *, with_messages: bool) -> tuple[float, float]:
    """Return the bot's memory in MB, and the milliseconds of processor time of a message."""
    with tempfile.TemporaryDirectory() as folder:
        async with rig_running(BOT, Path(folder), discord=discord) as rig:
            discord.limits.off()
            before_s = await quiet(rig)
            memory_mb = rig.memory_mb()
            if not with_messages:
                return memory_mb, 0.0
            for number in range(MESSAGES):
                discord.person("Ada").send(f"hello {number}")
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
            return memory_mb, 1_000 * (await quiet(rig) - before_s) / MESSAGES


async def main() -> None:
    """Print both figures."""
    async with LocalDiscord() as discord:
        empty_mb, _ = await measure(discord, with_messages=False)
        fill(discord)
        full_mb, message_ms = await measure(discord, with_messages=True)
    sys.stdout.write(
        f"1 server: {empty_mb:.0f} MB\n{SERVERS} servers: {full_mb:.0f} MB\n"
        f"a message: {message_ms:.2f} ms\n"
    )


if __name__ == "__main__":
    asyncio.run(main())
