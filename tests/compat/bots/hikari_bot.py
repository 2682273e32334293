"""The bot of the compatibility tests with hikari."""

import asyncio
import os

import hikari
from hikari import CommandType, ResponseType
from hikari.impl import ContainerComponentBuilder

bot = hikari.GatewayBot(
    os.environ["TOKEN"],
    rest_url=os.environ["REST"] + "/v10",
    banner=None,
    intents=hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES | hikari.Intents.DM_MESSAGES,
)
SLASHES = ("draw", "whisper", "card", "thread", "private", "burst")
MESSAGE = ResponseType.MESSAGE_CREATE


@bot.listen()
async def sync(_event: hikari.StartedEvent) -> None:
    commands = [bot.rest.slash_command_builder(name, f"Try {name}") for name in SLASHES]
    prompt = hikari.CommandOption(
        type=hikari.OptionType.STRING,
        name="prompt",
        description="What",
        is_required=True,
        autocomplete=True,
    )
    commands[0].add_option(prompt)
    quote = bot.rest.context_menu_command_builder(CommandType.MESSAGE, "Quote")
    application = await bot.rest.fetch_application()
    await bot.rest.set_application_commands(application, [*commands, quote])


@bot.listen()
async def on_interaction(event: hikari.InteractionCreateEvent) -> None:
    match event.interaction:
        case hikari.AutocompleteInteraction() as typed:
            value = typed.options[0].value
            await typed.create_response(
                [
                    hikari.impl.AutocompleteChoiceBuilder(f"{value} {end}", f"{value} {end}")
                    for end in ("one", "two")
                ]
            )
        case hikari.CommandInteraction() as used:
            await COMMANDS[used.command_name](used)
        case hikari.ModalInteraction() as submitted:
            words = submitted.components[0].components[0].value
            await submitted.create_initial_response(MESSAGE, f"said {words}")
        case hikari.ComponentInteraction(custom_id="press") as pressed:
            row = bot.rest.build_modal_action_row().add_text_input("words", "Words")
            await pressed.create_modal_response("A form", "form", component=row)
        case hikari.ComponentInteraction() as picked:
            await picked.create_initial_response(MESSAGE, f"picked {picked.values[0]}")


async def draw(used: hikari.CommandInteraction) -> None:
    await used.create_initial_response(ResponseType.DEFERRED_MESSAGE_CREATE)
    await used.edit_initial_response(f"edited {used.options[0].value}")
    await used.execute("followed", attachment=hikari.Bytes(b"a note", "note.txt"))


async def whisper(used: hikari.CommandInteraction) -> None:
    await used.create_initial_response(MESSAGE, "only you", flags=hikari.MessageFlag.EPHEMERAL)


async def card(used: hikari.CommandInteraction) -> None:
    button = bot.rest.build_message_action_row()
    button.add_interactive_button(hikari.ButtonStyle.PRIMARY, "press", label="Press")
    select = bot.rest.build_message_action_row()
    select.add_text_menu("pick").add_option("A", "a").add_option("B", "b")
    container = ContainerComponentBuilder().add_text_display("a card")
    container.add_component(button).add_component(select)
    await used.create_initial_response(MESSAGE, component=container)


async def quote(used: hikari.CommandInteraction) -> None:
    message = next(iter(used.resolved.messages.values()))
    await used.create_initial_response(MESSAGE, f"quoted {message.content}")


async def thread(used: hikari.CommandInteraction) -> None:
    await used.create_initial_response(MESSAGE, "opened")
    opened = await bot.rest.create_thread(
        used.channel_id, hikari.ChannelType.GUILD_PUBLIC_THREAD, "a thread"
    )
    await opened.send("in the thread")


async def private(used: hikari.CommandInteraction) -> None:
    await used.create_initial_response(MESSAGE, "sent")
    await used.user.send("a direct message")


async def burst(used: hikari.CommandInteraction) -> None:
    await used.create_initial_response(MESSAGE, "bursting")
    await asyncio.gather(
        *(bot.rest.create_message(used.channel_id, f"burst {number}") for number in range(8))
    )


COMMANDS = {
    "draw": draw,
    "whisper": whisper,
    "card": card,
    "Quote": quote,
    "thread": thread,
    "private": private,
    "burst": burst,
}
bot.run(check_for_updates=False)
