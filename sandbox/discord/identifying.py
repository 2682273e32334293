"""What a client of the gateway may send, and how it introduces itself.

https://discord.com/developers/docs/events/gateway-events#identify
"""

import json
from typing import Any

from sandbox.discord.errors import JSON
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import (
    KNOWN_INTENTS,
    PRIVILEGED_INTENTS,
    CloseCode,
    CloseError,
    Op,
    shard_of,
)
from sandbox.discord.world import World

# https://discord.com/developers/docs/events/gateway#sending-events
MAX_SENT_BYTES = 4096
# https://discord.com/developers/docs/events/gateway#sharding
MAX_GUILDS_IN_SHARD = 2500
# https://discord.com/developers/docs/events/gateway-events#identify-identify-structure
LARGE_THRESHOLDS = range(50, 251)


def read_frame(sent: str | bytes, rules: Rulebook) -> tuple[Op | None, Any]:
    """Return a frame's opcode and data; JSON may come in a frame of either kind."""
    if rules.strikes(Rule.GATEWAY_SIZE, len(_as_bytes(sent)) > MAX_SENT_BYTES):
        raise CloseError(CloseCode.DECODE_ERROR)
    try:
        frame = json.loads(sent)
        op, data = frame["op"], frame.get("d")
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        if rules.strikes(Rule.GATEWAY_JSON, condition=True):
            raise CloseError(CloseCode.DECODE_ERROR) from error
        return Op.HEARTBEAT, None
    if op in [int(known) for known in Op]:
        return Op(op), data
    if rules.strikes(Rule.GATEWAY_OPCODE, condition=True):
        raise CloseError(CloseCode.UNKNOWN_OPCODE)
    return None, data


def _as_bytes(sent: str | bytes) -> bytes:
    # Half a surrogate pair is no text that UTF-8 could hold, and no client that has a fault.
    return sent if isinstance(sent, bytes) else sent.encode(errors="surrogatepass")


def check_identify(data: JSON, world: World) -> None:
    """Close the connection of a client that introduces itself wrongly."""
    strikes = world.rules.strikes
    threshold = data.get("large_threshold", LARGE_THRESHOLDS[0])
    described = isinstance(data.get("properties"), dict) and isinstance(threshold, int)
    described = described and threshold in LARGE_THRESHOLDS
    if strikes(Rule.GATEWAY_IDENTIFY, not described):
        raise CloseError(CloseCode.DECODE_ERROR)
    intents = data.get("intents")
    known = isinstance(intents, int) and not intents & ~KNOWN_INTENTS
    if strikes(Rule.GATEWAY_INTENTS, not known):
        raise CloseError(CloseCode.INVALID_INTENTS)
    denied = PRIVILEGED_INTENTS & ~world.granted_intents
    if strikes(Rule.GATEWAY_PRIVILEGED, isinstance(intents, int) and intents & denied):
        raise CloseError(CloseCode.DISALLOWED_INTENTS)
    match data.get("shard") or [0, 1]:
        case [int(number), int(total)] if 0 <= number < total:
            pass
        case _:
            if strikes(Rule.GATEWAY_SHARD, condition=True):
                raise CloseError(CloseCode.INVALID_SHARD)
            return
    guilds = sum(shard_of(guild.id, total) == number for guild in world.bot_guilds())
    if strikes(Rule.GATEWAY_SHARDING, guilds > MAX_GUILDS_IN_SHARD):
        raise CloseError(CloseCode.SHARDING_REQUIRED)
