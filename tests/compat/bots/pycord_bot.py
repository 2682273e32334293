"""The bot of the compatibility tests with py-cord."""

import asyncio
import os
from io import BytesIO

import discord
from discord import ui
from discord.http import Route

Route.API_BASE_URL = os.environ["REST"] + "/v{API_VERSION}"
intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
bot = discord.Bot(intents=intents, chunk_guilds_at_startup=False)


async def suggest(context: discord.AutocompleteContext) -> list[str]:
    return [f"{context.value} one", f"{context.value} two"]


@bot.slash_command(description="Answer later")
@discord.option("prompt", str, description="What", autocomplete=suggest)
async def draw(context: discord.ApplicationContext, prompt: str) -> None:
    await context.defer()
    await context.interaction.edit_original_response(content=f"edited {prompt}")
    await context.followup.send("followed", file=discord.File(BytesIO(b"a note"), "note.txt"))


@bot.slash_command(description="Answer privately")
async def whisper(context: discord.ApplicationContext) -> None:
    await context.respond("only you", ephemeral=True)


@bot.slash_command(description="Show a card")
async def card(context: discord.ApplicationContext) -> None:
    select = ui.Select(
        discord.ComponentType.string_select,
        custom_id="pick",
        options=[discord.SelectOption(label=name.upper(), value=name) for name in "ab"],
    )
    container = ui.Container(
        ui.TextDisplay("a card"),
        ui.ActionRow(ui.Button(label="Press", custom_id="press")),
        ui.ActionRow(select),
    )
    await context.respond(view=ui.DesignerView(container, timeout=None))


class Form(ui.DesignerModal):
    def __init__(self) -> None:
        words = ui.Label("Words", ui.InputText(custom_id="words"))
        super().__init__(words, title="A form", custom_id="form")

    async def callback(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"said {self.children[0].item.value}")


@bot.event
async def on_interaction(interaction: discord.Interaction) -> None:
    if interaction.type is not discord.InteractionType.component:
        await bot.process_application_commands(interaction)
    elif interaction.custom_id == "press":
        await interaction.response.send_modal(Form())
    else:
        await interaction.response.send_message(f"picked {interaction.data['values'][0]}")


@bot.message_command(name="Quote")
async def quote(context: discord.ApplicationContext, message: discord.Message) -> None:
    await context.respond(f"quoted {message.content}")


@bot.slash_command(description="Open a thread")
async def thread(context: discord.ApplicationContext) -> None:
    await context.respond("opened")
    opened = await context.channel.create_thread(
        name="a thread", type=discord.ChannelType.public_thread
    )
    await opened.send("in the thread")


@bot.slash_command(description="Write privately")
async def private(context: discord.ApplicationContext) -> None:
    await context.respond("sent")
    await context.author.send("a direct message")


@bot.slash_command(description="Write much")
async def burst(context: discord.ApplicationContext) -> None:
    await context.respond("bursting")
    await asyncio.gather(*(context.channel.send(f"burst {number}") for number in range(8)))


bot.run(os.environ["TOKEN"])
