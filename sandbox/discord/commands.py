"""The rules of application commands.

https://discord.com/developers/docs/interactions/application-commands
"""

import re
from collections import Counter
from enum import IntEnum

from sandbox.discord.errors import JSON, Refusal
from sandbox.discord.fields import Field
from sandbox.discord.localizing import check_localizations
from sandbox.discord.records import Guild
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_NAME = 32
MAX_DESCRIPTION = 100
MAX_CHOICE_TEXT = 100
MAX_OPTION_LENGTH = 6000
MAX_COMMAND_TEXT = 8000
MAX_CREATES_A_DAY = 200
DAY_S = 24 * 60 * 60
# The number of commands has an error of its own, apart from the form's.
UNLIMITED = 1 << 25
TOO_MANY_COMMANDS = Refusal(400, 30032, "Maximum number of application commands reached")
TOO_MANY_CREATES = Refusal(
    400, 30034, "Maximum number of daily application command creates has been reached (200)"
)

# \w stands for the documented letters and digits of every script.
_SLASH_NAME = re.compile(r"[-_'\w]+")


class CommandType(IntEnum):
    """https://discord.com/developers/docs/interactions/application-commands."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class OptionType(IntEnum):
    """https://discord.com/developers/docs/interactions/application-commands."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


MAX_COMMANDS = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
NESTING = (OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP)
WITH_CHOICES = (OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER)


def overwrite(world: World, body: object, guild: Guild | None = None) -> list[JSON]:
    """Replace every global command, or every one of a guild, after checking all of them."""
    commands = Field(body, world.rules)
    seen: set[tuple[CommandType, str]] = set()
    counts: Counter[CommandType] = Counter()
    for command in commands.array(Rule.FIELD_TYPE, 0, UNLIMITED):
        kind = _check_command(command)
        counts[kind] += 1
        key = (kind, str(command["name"].value))
        if key in seen:
            _fail_duplicate(command)
        seen.add(key)
    commands.raise_problems()
    _check_counts(world, counts)
    known = world.commands_of(guild)
    _count_creates(world, known, seen)
    registered = []
    for command in commands:
        written = command.mapping()
        before = find(known, written.get("type") or CommandType.CHAT_INPUT, written["name"])
        registered.append(_registered(world, written, before, guild))
    world.set_commands(registered, guild)
    return registered


def save(world: World, body: JSON, guild: Guild | None, before: JSON | None = None) -> JSON:
    """Add a command, or replace `before`, or else the one of the same kind and name."""
    field, commands = Field(body, world.rules), world.commands_of(guild)
    kind = _check_command(field)
    namesake = find(commands, kind, str(body.get("name")))
    if before is not None and namesake not in (None, before):
        _fail_duplicate(field)
    field.raise_problems()
    before = before or namesake
    kept = [one for one in commands if one is not before]
    _check_counts(world, Counter(CommandType(one["type"]) for one in [*kept, {"type": kind}]))
    if before is None:
        _count_creates(world, commands, {(kind, body["name"])})
    saved = _registered(world, body, before, guild)
    world.set_commands([*kept, saved], guild)
    return saved


def _fail_duplicate(command: Field) -> None:
    command["name"].fail(Rule.COMMAND_UNIQUE, "APPLICATION_COMMANDS_DUPLICATE_NAME")


def _check_counts(world: World, counts: Counter[CommandType]) -> None:
    for kind, most in MAX_COMMANDS.items():
        refusal = TOO_MANY_COMMANDS._replace(message=f"{TOO_MANY_COMMANDS.message} ({most})")
        world.rules.refuse(Rule.COMMAND_COUNT, counts[kind] > most, refusal)


def _count_creates(world: World, commands: list[JSON], names: set[tuple[CommandType, str]]) -> None:
    """Count the new names of a day; those that stand already are updates."""
    known = {(command["type"], command["name"]) for command in commands}
    now = world.clock.now()
    creates = [made_at for made_at in world.command_creates if made_at > now - DAY_S]
    creates += [now] * len(names - known)
    world.rules.refuse(Rule.COMMAND_CREATES, len(creates) > MAX_CREATES_A_DAY, TOO_MANY_CREATES)
    world.command_creates = creates


def _registered(world: World, command: JSON, before: JSON | None, guild: Guild | None) -> JSON:
    kind = command.get("type") or CommandType.CHAT_INPUT
    permissions = command.get("default_member_permissions")
    # discord.py sends a number.
    if world.rules.strikes(Rule.COMMAND_PERMISSIONS, isinstance(permissions, int)):
        permissions = str(permissions)
    return {
        "description": "",
        "options": [],
        "nsfw": False,
        "contexts": None,
        **{key: value for key, value in command.items() if value is not None},
        "default_member_permissions": permissions,
        "integration_types": command.get("integration_types") or [0],
        "type": int(kind),
        "id": before["id"] if before else str(world.ids.next()),
        "application_id": str(world.bot.id),
        "version": str(world.ids.next()),
        **({"guild_id": str(guild.id)} if guild else {}),
    }


def find(commands: list[JSON], kind: int, name: str) -> JSON | None:
    """Return a registered command."""
    return next(
        (known for known in commands if known["type"] == kind and known["name"] == name), None
    )


def _check_command(command: Field) -> CommandType:
    command.mapping()
    kind = command["type"].value or CommandType.CHAT_INPUT
    if not command["type"].value or command["type"].one_of(
        Rule.COMMAND_TYPE, [int(known) for known in CommandType]
    ):
        kind = CommandType(int(str(kind)))
    else:
        kind = CommandType.CHAT_INPUT
    for rule, key, known in (
        (Rule.COMMAND_CONTEXTS, "contexts", (0, 1, 2)),
        (Rule.COMMAND_INSTALLS, "integration_types", (0, 1)),
    ):
        for value in command[key].array(rule, 1, len(known), required=False):
            value.one_of(rule, known)
    if kind is not CommandType.CHAT_INPUT:
        _check_menu_name(command["name"])
        check_localizations(command["name_localizations"], _check_menu_name)
        if command["description"].value:
            command["description"].fail(
                Rule.MENU_DESCRIPTION, "APPLICATION_COMMAND_INVALID_DESCRIPTION"
            )
        return kind
    _check_words(command)
    _check_options(command["options"], depth=0)
    if _length(command) > MAX_COMMAND_TEXT:
        command.fail(Rule.COMMAND_TEXT, "APPLICATION_COMMAND_TOO_LARGE")
    return kind


def _check_words(field: Field) -> None:
    _check_slash_name(field["name"])
    _check_description(field["description"])
    check_localizations(field["name_localizations"], _check_slash_name)
    check_localizations(field["description_localizations"], _check_description)


def _check_menu_name(field: Field) -> None:
    field.text(Rule.COMMAND_NAME_LENGTH, 1, MAX_NAME)


def _check_description(field: Field) -> None:
    field.text(Rule.COMMAND_DESCRIPTION, 1, MAX_DESCRIPTION)


def _check_choice_name(field: Field) -> None:
    field.text(Rule.CHOICE_NAME, 1, MAX_CHOICE_TEXT)


def _check_slash_name(field: Field) -> None:
    name = field.text(Rule.COMMAND_NAME_LENGTH, 1, MAX_NAME)
    if name and (not _SLASH_NAME.fullmatch(name) or name != name.lower()):
        field.fail(Rule.COMMAND_NAME, "APPLICATION_COMMAND_INVALID_NAME")


def _check_options(options: Field, depth: int) -> None:
    names: set[object] = set()
    optional_seen = False
    fields = options.array(Rule.OPTION_COUNT, 0, MAX_OPTIONS, required=False)
    nested = {option["type"].value in NESTING for option in fields}
    if len(nested) > 1:
        options.fail(Rule.OPTION_MIXED, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID")
    for option in fields:
        _check_option(option, depth)
        if option["name"].value in names:
            option["name"].fail(Rule.OPTION_UNIQUE, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID")
        names.add(option["name"].value)
        if option["required"].value and optional_seen:
            option.fail(Rule.OPTION_ORDER, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID")
        optional_seen |= not option["required"].value


def _check_option(option: Field, depth: int) -> None:
    option.mapping()
    _check_words(option)
    if not option["type"].one_of(Rule.OPTION_TYPE, [int(kind) for kind in OptionType]):
        return
    kind = option["type"].value
    if kind in NESTING:
        too_deep = depth >= (1 if kind == OptionType.SUB_COMMAND_GROUP else 2)
        if too_deep:
            option["type"].fail(Rule.OPTION_NESTING, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID")
        _check_options(option["options"], depth + 1)
        return
    option["min_length"].integer(Rule.OPTION_MIN_LENGTH, 0, MAX_OPTION_LENGTH)
    option["max_length"].integer(Rule.OPTION_MAX_LENGTH, 1, MAX_OPTION_LENGTH)
    option["file_types"].file_types()
    _check_choices(option)


def _check_choices(option: Field) -> None:
    choices = option["choices"].array(Rule.CHOICE_COUNT, 0, MAX_CHOICES, required=False)
    if choices and option["autocomplete"].value:
        option["choices"].fail(
            Rule.CHOICE_AUTOCOMPLETE, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID"
        )
    if (choices or option["autocomplete"].value) and option["type"].value not in WITH_CHOICES:
        option["type"].fail(Rule.CHOICE_TYPE, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID")
    names: set[object] = set()
    for choice in choices:
        _check_choice_name(choice["name"])
        check_localizations(choice["name_localizations"], _check_choice_name)
        if choice["name"].value in names:
            choice["name"].fail(
                Rule.CHOICE_UNIQUE, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS"
            )
        names.add(choice["name"].value)
        if choice["value"].required() and option["type"].value == OptionType.STRING:
            choice["value"].text(Rule.CHOICE_VALUE, 0, MAX_CHOICE_TEXT)


def _length(field: Field) -> int:
    # The longest of the localisations of a text counts.
    total = 0
    for key in ("name", "description"):
        localized = field[f"{key}_localizations"].value
        texts = [field[key].value, *(localized.values() if isinstance(localized, dict) else ())]
        total += max((len(text) for text in texts if isinstance(text, str)), default=0)
    value = field["value"].value
    total += len(value) if isinstance(value, str) else 0
    children = [*field["options"], *field["choices"]]
    return total + sum(_length(child) for child in children)
