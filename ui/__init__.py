"""Shared parts of the features: client, cards, languages, component router, messenger."""

from typing import Any, TypeAlias

import discord

Interaction: TypeAlias = discord.Interaction[Any]
