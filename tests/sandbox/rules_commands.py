"""Rows for application commands."""

from typing import Any

from sandbox.discord import Rule
from tests.sandbox.discord.raw import Answer
from tests.sandbox.rules_bench import JSON, Ask, Bench, Row, calls, commands, invalid, refused

R = Rule
CHINESE = "zh-CN"
CHOICE = {"name": "x", "value": "x"}


def command(*options: JSON, **extra: Any) -> JSON:  # noqa: ANN401 - any field
    return {"name": "imagine", "description": "Make", "options": list(options), **extra}


def option(kind: int = 3, **extra: Any) -> JSON:  # noqa: ANN401 - any field of an option
    return {"type": kind, "name": "prompt", "description": "What", **extra}


def choices(*listed: JSON, kind: int = 3, **extra: Any) -> Ask:  # noqa: ANN401 - any field
    return commands(command(option(kind, choices=list(listed), **extra)))


def menus(kind: int, number: int) -> list[JSON]:
    return [{"type": kind, "name": f"Menu {n}"} for n in range(number)]


async def new_names_all_day(on: Bench) -> Answer:
    answer = Answer(0, None)
    for day_part in range(3):
        listed = [command(name=f"c{day_part}-{n}") for n in range(67)]
        answer = await on.register(listed)
    return answer


async def answered_permissions(on: Bench) -> object:
    return (await on.register([command(default_member_permissions=32)])).body[0][
        "default_member_permissions"
    ]


ROWS = [
    invalid(R.COMMAND_TYPE, commands(command(type=True)), "0.type"),
    invalid(R.TEXT_TYPE, commands(command(option(name=[]))), "0.options.0.name"),
    Row(R.COMMAND_PERMISSIONS, answered_permissions, "32"),
    refused(R.COMMAND_APPLICATION, calls("PUT", "/applications/1/commands", []), 404, 10002),
    refused(R.COMMAND_COUNT, commands(*menus(3, 16)), 400, 30032),
    refused(R.COMMAND_COUNT, commands(*menus(2, 16)), 400, 30032),
    refused(R.COMMAND_COUNT, commands(*[command(name=f"c{n}") for n in range(101)]), 400, 30032),
    refused(R.COMMAND_CREATES, new_names_all_day, 400, 30034),
    invalid(R.COMMAND_TYPE, commands(command(type=9)), "0.type"),
    invalid(R.COMMAND_NAME, commands(command(name="Imagine")), "0.name"),
    invalid(R.COMMAND_NAME, commands(command(name="two words")), "0.name"),
    invalid(R.COMMAND_NAME, commands(command(option(name="Prompt"))), "0.options.0.name"),
    invalid(R.COMMAND_NAME_LENGTH, commands(command(name="x" * 33)), "0.name"),
    invalid(R.COMMAND_NAME_LENGTH, commands({"type": 3, "name": "x" * 33}), "0.name"),
    invalid(R.COMMAND_UNIQUE, commands(command(), command()), "1.name"),
    invalid(R.COMMAND_DESCRIPTION, commands(command(description="")), "0.description"),
    invalid(R.COMMAND_DESCRIPTION, commands(command(description="x" * 101)), "0.description"),
    invalid(
        R.MENU_DESCRIPTION, commands({"type": 3, "name": "x", "description": "x"}), "0.description"
    ),
    invalid(R.COMMAND_CONTEXTS, commands(command(contexts=[3])), "0.contexts.0"),
    invalid(R.COMMAND_INSTALLS, commands(command(integration_types=[2])), "0.integration_types.0"),
    invalid(
        R.COMMAND_LOCALE,
        commands(command(name_localizations={"zh": "x"})),
        "0.name_localizations.zh",
    ),
    invalid(
        R.COMMAND_LOCALE,
        commands({"type": 3, "name": "Edit", "name_localizations": {"zh_CN": "x"}}),
        "0.name_localizations.zh_CN",
    ),
    invalid(
        R.COMMAND_LOCALE,
        commands(command(option(description_localizations={"xx": "x"}))),
        "0.options.0.description_localizations.xx",
    ),
    invalid(
        R.COMMAND_LOCALE,
        choices({**CHOICE, "name_localizations": {"chinese": "x"}}),
        "0.options.0.choices.0.name_localizations.chinese",
    ),
    invalid(
        R.COMMAND_NAME,
        commands(command(name_localizations={CHINESE: "画 图"})),
        "0.name_localizations.zh-CN",
    ),
    invalid(
        R.COMMAND_NAME,
        commands(command(option(name_localizations={"de": "Wörter"}))),
        "0.options.0.name_localizations.de",
    ),
    invalid(
        R.COMMAND_NAME_LENGTH,
        commands(command(name_localizations={CHINESE: "图" * 33})),
        "0.name_localizations.zh-CN",
    ),
    invalid(
        R.COMMAND_NAME_LENGTH,
        commands({"type": 3, "name": "Edit", "name_localizations": {CHINESE: ""}}),
        "0.name_localizations.zh-CN",
    ),
    invalid(
        R.COMMAND_DESCRIPTION,
        commands(command(description_localizations={CHINESE: "图" * 101})),
        "0.description_localizations.zh-CN",
    ),
    invalid(
        R.CHOICE_NAME,
        choices({**CHOICE, "name_localizations": {CHINESE: "图" * 101}}),
        "0.options.0.choices.0.name_localizations.zh-CN",
    ),
    invalid(
        R.COMMAND_TEXT,
        commands(
            command(
                *[
                    option(
                        name=f"o{n}",
                        choices=[{"name": f"{m:0100}", "value": f"{m:0100}"} for m in range(25)],
                    )
                    for n in range(2)
                ]
            )
        ),
        "0",
    ),
    invalid(
        R.OPTION_COUNT, commands(command(*[option(name=f"o{n}") for n in range(26)])), "0.options"
    ),
    invalid(R.OPTION_TYPE, commands(command(option(99))), "0.options.0.type"),
    invalid(R.OPTION_UNIQUE, commands(command(option(), option())), "0.options.1.name"),
    invalid(
        R.OPTION_ORDER,
        commands(command(option(), option(name="b", required=True))),
        "0.options.1",
    ),
    invalid(R.OPTION_MIXED, commands(command(option(1), option(3, name="b"))), "0.options"),
    invalid(
        R.OPTION_NESTING,
        commands(command(option(2, options=[option(2, name="b")]))),
        "0.options.0.options.0.type",
    ),
    invalid(
        R.OPTION_MIN_LENGTH, commands(command(option(min_length=6001))), "0.options.0.min_length"
    ),
    invalid(
        R.OPTION_MAX_LENGTH, commands(command(option(max_length=6001))), "0.options.0.max_length"
    ),
    invalid(
        R.FILE_TYPES,
        commands(command(option(11, file_types=[".png"] * 11))),
        "0.options.0.file_types",
    ),
    invalid(
        R.FILE_TYPES,
        commands(command(option(11, file_types=["picture"]))),
        "0.options.0.file_types.0",
    ),
    invalid(
        R.CHOICE_COUNT,
        choices(*[{"name": f"{n}", "value": f"{n}"} for n in range(26)]),
        "0.options.0.choices",
    ),
    invalid(
        R.CHOICE_NAME, choices({"name": "n" * 101, "value": "x"}), "0.options.0.choices.0.name"
    ),
    invalid(
        R.CHOICE_VALUE, choices({"name": "x", "value": "v" * 101}), "0.options.0.choices.0.value"
    ),
    invalid(R.CHOICE_UNIQUE, choices(CHOICE, CHOICE), "0.options.0.choices.1.name"),
    invalid(R.CHOICE_TYPE, choices(CHOICE, kind=11), "0.options.0.type"),
    invalid(R.CHOICE_AUTOCOMPLETE, choices(CHOICE, autocomplete=True), "0.options.0.choices"),
]
