"""The smallest discord.py client that does what an image bot does."""

import asyncio
import re
from io import BytesIO
from typing import Any, Self

import discord
from discord import app_commands, ui

from tests.sandbox.discord.pictures import png


def card(text: str, filename: str, *, job: str = "1") -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
    row.add_item(AgainButton(job))
    row.add_item(ui.Button(label="Docs", url="https://example.com"))
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery(
        discord.MediaGalleryItem(f"attachment://{filename}", description="a fox")
    )
    select: ui.ActionRow[ui.LayoutView] = ui.ActionRow(
        ui.Select(
            custom_id=f"pick:{job}",
            options=[discord.SelectOption(label="First", value="1")],
        )
    )
    container: ui.Container[ui.LayoutView] = ui.Container(
        ui.TextDisplay(text), gallery, ui.Separator(), row, select, accent_color=0x5865F2
    )
    view.add_item(container)
    return view


class AgainButton(
    ui.DynamicItem[ui.Button[ui.LayoutView]], template=re.compile(r"again:(?P<job>\d+)")
):
    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Regenerate", custom_id=f"again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls,
        _interaction: discord.Interaction[Any],
        _item: ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_modal(PromptModal())


class PromptModal(ui.Modal, title="Edit prompt"):
    prompt: ui.Label[Any] = ui.Label(text="Prompt", component=ui.TextInput(default="a fox"))
    files: ui.Label[Any] = ui.Label(text="Files", component=ui.FileUpload(required=False))

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        text_input, upload = self.prompt.component, self.files.component
        assert isinstance(text_input, ui.TextInput)
        assert isinstance(upload, ui.FileUpload)
        sizes = [len(await file.read()) for file in upload.values]
        await interaction.response.send_message(f"{text_input.value} {sizes}", ephemeral=True)


class TinyBot(discord.Client):
    def __init__(self, *, intents: discord.Intents) -> None:
        super().__init__(
            intents=intents,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            chunk_guilds_at_startup=False,
        )
        self.tree = app_commands.CommandTree(
            self,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True),
        )
        self.seen: list[discord.Message] = []
        self.resumes = 0
        self.resumed = asyncio.Event()

    async def setup_hook(self) -> None:
        self.add_dynamic_items(AgainButton)
        self.tree.add_command(imagine)
        self.tree.add_command(describe)
        self.tree.add_command(limits)
        self.tree.add_command(app_commands.ContextMenu(name="Look at", callback=look_at))
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        self.seen.append(message)

    async def on_resumed(self) -> None:
        self.resumes += 1
        self.resumed.set()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type is not discord.InteractionType.component:
            return
        data: dict[str, Any] = {**(interaction.data or {})}
        if data["custom_id"].startswith("pick:"):
            await interaction.response.edit_message(view=plain("picked"), attachments=[])


def plain(text: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    return view


@app_commands.command(description="Make a picture")
@app_commands.describe(prompt="What to show", model="Which model")
async def imagine(
    interaction: discord.Interaction[TinyBot],
    prompt: app_commands.Range[str, 1, 100],
    model: str = "flux",
) -> None:
    del model
    if not interaction.is_guild_integration():
        await interaction.response.defer()
        picture = discord.File(BytesIO(png(8, 6)), "fox.png")
        await interaction.edit_original_response(
            view=card(prompt, "fox.png"), attachments=[picture]
        )
        return
    await interaction.response.defer(ephemeral=True)
    assert isinstance(interaction.channel, discord.TextChannel)
    picture = discord.File(BytesIO(png(8, 6)), "fox.png", description="a fox")
    sent = await interaction.channel.send(view=card(prompt, "fox.png"), file=picture, nonce="job-1")
    partial = interaction.channel.get_partial_message(sent.id)
    better = discord.File(BytesIO(png(32, 16)), "better.png")
    await partial.edit(view=card("done " + prompt, "better.png"), attachments=[better])
    await interaction.delete_original_response()


@imagine.autocomplete("model")
async def models(
    _interaction: discord.Interaction[TinyBot], current: str
) -> list[app_commands.Choice[str]]:
    names = ("flux", "flux-pro", "other")
    return [
        app_commands.Choice(name=name, value=name) for name in names if name.startswith(current)
    ]


@app_commands.command(description="Describe a picture")
async def describe(interaction: discord.Interaction[TinyBot], picture: discord.Attachment) -> None:
    data = await picture.read()
    size = f"{picture.width}x{picture.height}"
    await interaction.response.send_message(f"{size} {picture.content_type} {len(data)}")


limits = app_commands.Group(name="limits", description="Limits")


@limits.command(name="set", description="Set a limit")
async def limits_set(
    interaction: discord.Interaction[TinyBot],
    count: app_commands.Range[int, 1, 10],
    who: discord.Member | None = None,
) -> None:
    await interaction.response.send_message(f"{count} {who}", ephemeral=True)
    await interaction.followup.send("further", ephemeral=True)


async def look_at(interaction: discord.Interaction[TinyBot], message: discord.Message) -> None:
    await interaction.response.send_message(f"{message.content} {len(message.attachments)}")
