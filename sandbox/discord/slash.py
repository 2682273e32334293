"""Typing a command: what Discord's client lets a person send, and in what shape.

https://discord.com/developers/docs/interactions/receiving-and-responding
#interaction-object-application-command-data-structure
"""

import mimetypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from sandbox.discord.cdn import Upload
from sandbox.discord.commands import NESTING, CommandType, OptionType, find
from sandbox.discord.component_types import Component
from sandbox.discord.errors import JSON, ClientRefusedError
from sandbox.discord.messages import place_limit
from sandbox.discord.permissions import Permission
from sandbox.discord.places import role_json, user_json
from sandbox.discord.records import Channel, ChannelType, Role, User
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

Option = str | int | float | bool | Upload | User | Channel | Role
# https://discord.com/developers/docs/interactions/application-commands: STRING options
MAX_STRING = 6000
# An INTEGER option holds what a double can hold exactly.
MAX_INTEGER = 2**53


@dataclass(frozen=True)
class Line:
    """A command, the subcommands on the way to what is called, and its options."""

    command: JSON
    path: tuple[JSON, ...]

    @property
    def options(self) -> list[JSON]:
        """The options of what is called."""
        options: list[JSON] = (self.path[-1] if self.path else self.command).get("options") or []
        return options


def read_line(world: World, typed: str, channel: Channel, *, raw: bool = False) -> Line:
    """Find the command of a line such as 'imagine' or 'limits set'."""
    first, *rest = typed.removeprefix("/").split() or [""]
    command = find(world.offered_in(channel), CommandType.CHAT_INPUT, first)
    if command is None:
        if not raw:
            raise ClientRefusedError(f"there is no command /{first}")
        return Line({"id": str(world.ids.next()), "name": first, "type": 1}, ())
    path: list[JSON] = []
    for word in rest:
        options = (path[-1] if path else command).get("options") or []
        step = next((option for option in options if option["name"] == word), None)
        if step is None:
            raise ClientRefusedError(f"/{typed} has no {word}")
        path.append(step)
    line = Line(command, tuple(path))
    if not raw and any(option["type"] in NESTING for option in line.options):
        raise ClientRefusedError(f"/{typed} needs one of its subcommands")
    return line


def check_place(command: JSON, channel: Channel, held: int) -> None:
    """Refuse a command that is not offered in this channel to a person with these permissions.

    https://discord.com/developers/docs/interactions/application-commands#contexts
    """
    contexts = command.get("contexts")
    offered = contexts is None or channel.context in contexts
    installed = 1 if channel.user_install_only else 0
    # In direct messages with the bot either installation will do.
    if channel.type is not ChannelType.DM:
        offered = offered and installed in command.get("integration_types", [0])
    needed = command.get("default_member_permissions")
    if needed is not None and channel.guild is not None:
        administers = held & Permission.ADMINISTRATOR
        offered = offered and bool(
            administers or (int(needed) and held & int(needed) == int(needed))
        )
    if not offered or (command.get("nsfw") and channel.guild and not channel.nsfw):
        raise ClientRefusedError(f"{command['name']} is not offered here")


class Typing:
    """Builds the data of one command interaction."""

    def __init__(self, world: World, channel: Channel, person: User, *, raw: bool) -> None:
        self._world = world
        self._person = person
        self._channel = channel
        self._raw = raw
        self._resolved: dict[str, JSON] = {}

    def data(self, line: Line, given: dict[str, Option]) -> JSON:
        """Return the data of a command with its options checked."""
        known = {option["name"]: option for option in line.options}
        if not self._raw:
            _check_names(known, given)
        options = [self._option(known.get(name), name, value) for name, value in given.items()]
        return self.wrapped(line, options)

    def partial(self, line: Line, focused: str, typed: str, given: dict[str, Option]) -> JSON:
        """Return the data of an autocomplete: unchecked, with one option still being typed."""
        known = {option["name"]: option for option in line.options}
        if not self._raw and not (known.get(focused) or {}).get("autocomplete"):
            raise ClientRefusedError(f"{focused} suggests nothing")
        options = [self._option(known.get(name), name, value) for name, value in given.items()]
        kind = known.get(focused, {}).get("type", OptionType.STRING)
        options.append({"name": focused, "type": int(kind), "value": typed, "focused": True})
        return self.wrapped(line, options)

    def wrapped(self, line: Line, options: list[JSON]) -> JSON:
        """Put options inside their subcommands and those inside the command."""
        for step in reversed(line.path):
            options = [{"name": step["name"], "type": step["type"], "options": options}]
        command = line.command
        data: JSON = {"id": command["id"], "name": command["name"], "type": 1, "options": options}
        if self._resolved:
            data["resolved"] = self._resolved
        return data

    def _option(self, spec: JSON | None, name: str, value: Option) -> JSON:
        kind = spec["type"] if spec else _natural_type(value)
        if spec is not None and not self._raw:
            value = _checked(spec, value)
        if isinstance(value, Upload):
            file_id = self.upload(value, (spec or {}).get("file_types") or ())
            return {"name": name, "type": int(kind), "value": file_id}
        return {"name": name, "type": int(kind), "value": self._wire(value)}

    def _wire(self, value: Option) -> object:
        if isinstance(value, User):
            self._resolve("users", value.id, user_json(value))
            if self._channel.guild is not None:
                member = self._world.places.member_in(value, self._channel)
                if self._world.rules.strikes(Rule.RESOLVED_MEMBER, member):
                    for key in ("user", "deaf", "mute"):
                        del member[key]
                self._resolve("members", value.id, member)
            return str(value.id)
        if isinstance(value, Channel):
            written = self._world.places.channel_for(value, self._person)
            self._resolve("channels", value.id, written)
            return str(value.id)
        if isinstance(value, Role):
            self._resolve("roles", value.id, role_json(value))
            return str(value.id)
        return value

    def upload(self, value: Upload, file_types: Sequence[str] = ()) -> str:
        """Upload a file for a moment and return its id; its name shows what kind it is."""
        if file_types and not self._raw and not _is_of(value.filename, file_types):
            raise ClientRefusedError(f"{value.filename} is not of {', '.join(file_types)}")
        place = place_limit(self._channel, self._world.rules)
        limit = max(place, self._person.file_limit)
        if len(value.data) > limit and not self._raw:
            raise ClientRefusedError("your files are too powerful")
        file = self._world.cdn.store(value, self._channel.id, ephemeral=True)
        self._resolve("attachments", file.id, self._world.cdn.describe(file))
        return str(file.id)

    def named(self, kind: Component, value: str) -> str:
        """Return the id of what was chosen in a select of people, roles or channels."""
        found = next((one for one in self._offered(kind) if value in (str(one.id), one.name)), None)
        if found is None:
            raise ClientRefusedError(f"there is no {value} to choose")
        if self._world.rules.strikes(Rule.SELECT_RESOLVED, condition=True):
            self._wire(found)
        return str(found.id)

    def _offered(self, kind: Component) -> Iterator[User | Role | Channel]:
        guild = self._channel.guild
        if kind in (Component.USER_SELECT, Component.MENTIONABLE_SELECT):
            yield from self._world.users.values()
        if guild is not None and kind in (Component.ROLE_SELECT, Component.MENTIONABLE_SELECT):
            yield from guild.roles.values()
        if guild is not None and kind is Component.CHANNEL_SELECT:
            yield from self._world.channels_of(guild)

    @property
    def resolved(self) -> dict[str, JSON]:
        """The objects that the values name."""
        return self._resolved

    def _resolve(self, kind: str, object_id: int, written: JSON) -> None:
        self._resolved.setdefault(kind, {})[str(object_id)] = written


def _check_names(known: dict[str, JSON], given: dict[str, Option]) -> None:
    for name in given:
        if name not in known:
            raise ClientRefusedError(f"there is no option {name}")
    for name, spec in known.items():
        if spec.get("required") and name not in given:
            raise ClientRefusedError(f"the option {name} is required")


def _is_of(filename: str, file_types: Sequence[str]) -> bool:
    # Only the name counts: https://discord.com/developers/docs/reference#file-type-filtering
    kind = (mimetypes.guess_type(filename)[0] or "").partition("/")[0]
    extension = PurePath(filename).suffix.lower()
    return kind in file_types or extension in file_types


def _natural_type(value: Option) -> OptionType:
    for kind, option_type in (
        (bool, OptionType.BOOLEAN),
        (int, OptionType.INTEGER),
        (float, OptionType.NUMBER),
        (Upload, OptionType.ATTACHMENT),
        (User, OptionType.USER),
        (Channel, OptionType.CHANNEL),
        (Role, OptionType.ROLE),
    ):
        if isinstance(value, kind):
            return option_type
    return OptionType.STRING


_PYTHON_TYPES: dict[int, tuple[type, ...]] = {
    OptionType.STRING: (str,),
    OptionType.INTEGER: (int,),
    OptionType.BOOLEAN: (bool,),
    OptionType.USER: (User, str),
    OptionType.CHANNEL: (Channel, str),
    OptionType.ROLE: (Role, str),
    OptionType.MENTIONABLE: (User, Role, str),
    OptionType.NUMBER: (int, float),
    OptionType.ATTACHMENT: (Upload,),
}


def _checked(spec: JSON, value: Option) -> Option:
    name, kind = spec["name"], spec["type"]
    if spec.get("choices"):
        return _chosen(spec, value)
    if not isinstance(value, _PYTHON_TYPES[kind]):
        raise ClientRefusedError(f"{value!r} does not fit the option {name}")
    if isinstance(value, bool) and kind != OptionType.BOOLEAN:
        raise ClientRefusedError(f"{value!r} does not fit the option {name}")
    if isinstance(value, str) and kind == OptionType.STRING:
        _check_bounds(name, len(value), spec.get("min_length"), spec.get("max_length", MAX_STRING))
    elif isinstance(value, int | float) and kind in (OptionType.INTEGER, OptionType.NUMBER):
        _check_bounds(name, abs(value), None, MAX_INTEGER)
        _check_bounds(name, value, spec.get("min_value"), spec.get("max_value"))
    return value


def _chosen(spec: JSON, value: Option) -> Option:
    # The client shows names and sends values.
    for key in ("value", "name"):
        for choice in spec["choices"]:
            if choice[key] == value:
                chosen: Option = choice["value"]
                return chosen
    raise ClientRefusedError(f"{value!r} is not among the choices of {spec['name']}")


def _check_bounds(name: str, value: float, low: Any, high: Any) -> None:  # noqa: ANN401 - JSON
    if low is not None and value < low:
        raise ClientRefusedError(f"the option {name} is at least {low}")
    if high is not None and value > high:
        raise ClientRefusedError(f"the option {name} is at most {high}")
