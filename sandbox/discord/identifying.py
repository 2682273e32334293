"""What a client of the gateway may send, and how it introduces itself.

https://discord.com/developers/docs/events/gateway-events#identify
"""

import json
from typing import Any

from sandbox.discord.errors import JSON
from sandbox.discord.fields import is_whole
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule
from sandbox.discord.sessions import (
    KNOWN_INTENTS,
    PRIVILEGED_INTENTS,
    SENT,
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
# https://discord.com/developers/docs/events/gateway-events#update-presence
PRESENCE: dict[str, Any] = {"since": int | None, "activities": list, "status": str, "afk": bool}


def read_frame(sent: str | bytes, rules: Rulebook) -> tuple[Op | None, Any]:
    """Return a frame's opcode and data; JSON may come in a frame of either kind."""
    # Half a surrogate pair is no text that UTF-8 could hold, and no client that has a fault.
    sent = sent if isinstance(sent, bytes) else sent.encode(errors="surrogatepass")
    if rules.strikes(Rule.GATEWAY_SIZE, len(sent) > MAX_SENT_BYTES):
        raise CloseError(CloseCode.DECODE_ERROR)
    try:
        # NaN and Infinity, which are no JSON, are no whole numbers either.
        frame = json.loads(sent.decode(errors="surrogatepass"), parse_constant=int)
        op, data = frame["op"], frame.get("d")
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        if rules.strikes(Rule.GATEWAY_JSON, condition=True):
            raise CloseError(CloseCode.DECODE_ERROR) from error
        return Op.HEARTBEAT, None
    if is_whole(op) and op in SENT:
        return Op(op), data
    if rules.strikes(Rule.GATEWAY_OPCODE, condition=True):
        raise CloseError(CloseCode.UNKNOWN_OPCODE)
    return None, data


def check_data(op: Op | None, data: Any, rules: Rulebook) -> None:  # noqa: ANN401 - JSON
    """Close the connection of a client whose opcode brings something else than it must.

    https://github.com/discord/discord-api-docs/issues/1372 has the same about members.
    """
    fields = data if isinstance(data, dict) else {}
    if op is Op.PRESENCE_UPDATE:
        described = all(isinstance(fields.get(key, ...), kind) for key, kind in PRESENCE.items())
    elif op is Op.REQUEST_GUILD_MEMBERS:
        asks = isinstance(fields.get("query"), str) or fields.get("user_ids") is not None
        described = asks and (fields.get("limit") is None or is_whole(fields["limit"]))
    else:
        return
    if rules.strikes(Rule.GATEWAY_DATA, not described):
        raise CloseError(CloseCode.UNKNOWN_OPCODE)


def check_identify(data: JSON, world: World) -> None:
    """Close the connection of a client that introduces itself wrongly."""
    strikes = world.rules.strikes
    threshold = data.get("large_threshold", LARGE_THRESHOLDS[0])
    described = isinstance(data.get("properties"), dict) and isinstance(threshold, int)
    described = described and threshold in LARGE_THRESHOLDS
    if strikes(Rule.GATEWAY_IDENTIFY, not described):
        raise CloseError(CloseCode.DECODE_ERROR)
    intents = data.get("intents")
    known = is_whole(intents) and not intents & ~KNOWN_INTENTS
    if strikes(Rule.GATEWAY_INTENTS, not known):
        raise CloseError(CloseCode.INVALID_INTENTS)
    denied = PRIVILEGED_INTENTS & ~world.granted_intents
    if strikes(Rule.GATEWAY_PRIVILEGED, isinstance(intents, int) and intents & denied):
        raise CloseError(CloseCode.DISALLOWED_INTENTS)
    match [0, 1] if data.get("shard") is None else data["shard"]:
        case [number, total] if is_whole(number) and is_whole(total) and 0 <= number < total:
            pass
        case _:
            if strikes(Rule.GATEWAY_SHARD, condition=True):
                raise CloseError(CloseCode.INVALID_SHARD)
            return
    guilds = sum(shard_of(guild.id, total) == number for guild in world.bot_guilds())
    if strikes(Rule.GATEWAY_SHARDING, guilds > MAX_GUILDS_IN_SHARD):
        raise CloseError(CloseCode.SHARDING_REQUIRED)
