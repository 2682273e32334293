"""The bot of the compatibility tests with disnake."""

import asyncio
import os
from io import BytesIO

import disnake
from disnake import ui
from disnake.ext import commands
from disnake.http import Route

Route.BASE = os.environ["REST"] + "/v10"
intents = disnake.Intents(guilds=True, guild_messages=True, dm_messages=True)
bot = commands.InteractionBot(intents=intents, chunk_guilds_at_startup=False)


@bot.slash_command(description="Answer later")
async def draw(inter: disnake.ApplicationCommandInteraction, prompt: str) -> None:
    await inter.response.defer()
    await inter.edit_original_response(f"edited {prompt}")
    await inter.followup.send("followed", file=disnake.File(BytesIO(b"a note"), "note.txt"))


@draw.autocomplete("prompt")
async def suggest(inter: disnake.ApplicationCommandInteraction, typed: str) -> list[str]:
    return [f"{typed} one", f"{typed} two"]


@bot.slash_command(description="Answer privately")
async def whisper(inter: disnake.ApplicationCommandInteraction) -> None:
    await inter.response.send_message("only you", ephemeral=True)


@bot.slash_command(description="Show a card")
async def card(inter: disnake.ApplicationCommandInteraction) -> None:
    options = [disnake.SelectOption(label=name.upper(), value=name) for name in "ab"]
    container = ui.Container(
        ui.TextDisplay("a card"),
        ui.ActionRow(ui.Button(label="Press", custom_id="press")),
        ui.ActionRow(ui.StringSelect(custom_id="pick", options=options)),
    )
    await inter.response.send_message(components=[container])


@bot.listen("on_button_click")
async def press(inter: disnake.MessageInteraction) -> None:
    words = ui.Label("Words", ui.TextInput(custom_id="words"))
    await inter.response.send_modal(title="A form", custom_id="form", components=[words])


@bot.listen("on_dropdown")
async def pick(inter: disnake.MessageInteraction) -> None:
    await inter.response.send_message(f"picked {inter.values[0]}")


@bot.listen("on_modal_submit")
async def submit(inter: disnake.ModalInteraction) -> None:
    await inter.response.send_message(f"said {inter.text_values['words']}")


@bot.message_command(name="Quote")
async def quote(inter: disnake.ApplicationCommandInteraction, message: disnake.Message) -> None:
    await inter.response.send_message(f"quoted {message.content}")


@bot.slash_command(description="Open a thread")
async def thread(inter: disnake.ApplicationCommandInteraction) -> None:
    await inter.response.send_message("opened")
    opened = await inter.channel.create_thread(
        name="a thread", type=disnake.ChannelType.public_thread
    )
    await opened.send("in the thread")


@bot.slash_command(description="Write privately")
async def private(inter: disnake.ApplicationCommandInteraction) -> None:
    await inter.response.send_message("sent")
    await inter.author.send("a direct message")


@bot.slash_command(description="Write much")
async def burst(inter: disnake.ApplicationCommandInteraction) -> None:
    await inter.response.send_message("bursting")
    await asyncio.gather(*(inter.channel.send(f"burst {number}") for number in range(8)))


bot.run(os.environ["TOKEN"])
