"""What the bot does with an interaction: its one answer, and later its token.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.discord import errors
from sandbox.discord.component_types import numbered
from sandbox.discord.fields import Field
from sandbox.discord.forms import Form
from sandbox.discord.interactions import TOKEN_LIFETIME_S, file_limit
from sandbox.discord.mentions import check_allowed_mentions
from sandbox.discord.messages import Place, compose
from sandbox.discord.modals import check_modal
from sandbox.discord.permissions import Permission
from sandbox.discord.records import (
    Body,
    CallbackType,
    Interaction,
    InteractionType,
    Message,
    MessageFlag,
    MessageType,
)
from sandbox.discord.rendering import is_thinking, response_type
from sandbox.discord.rules import Rule
from sandbox.discord.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHOICES = 25
MAX_CHOICE_TEXT = 100
# Only where nothing but a person's own installation allows the interaction.
MAX_USER_INSTALL_FOLLOWUPS = 5
_UPDATES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)


class Responses:
    """Takes the bot's answers."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules = world.rules
        self._answers: dict[CallbackType, Callable[[Interaction, Form], None]] = {
            CallbackType.MESSAGE: self._reply,
            CallbackType.DEFERRED_MESSAGE: self._defer,
            CallbackType.DEFERRED_UPDATE: self._defer_update,
            CallbackType.UPDATE: self._update,
            CallbackType.AUTOCOMPLETE_RESULT: self._suggest,
            CallbackType.MODAL: self._open_modal,
        }

    def answer(self, interaction_id: int, token: str, form: Form) -> Interaction:
        """Take the one answer to an interaction."""
        known = self._world.interactions.get(interaction_id)
        interaction = self._rules.found(Rule.ANSWER_TOKEN, known, errors.UNKNOWN_INTERACTION)
        foreign = interaction.token != token
        self._rules.refuse(Rule.ANSWER_TOKEN, foreign, errors.UNKNOWN_INTERACTION)
        self._rules.refuse(Rule.ANSWER_IN_TIME, interaction.failed, errors.UNKNOWN_INTERACTION)
        answered = interaction.callback_type is not None
        self._rules.refuse(Rule.ANSWER_ONCE, answered, errors.ALREADY_ACKNOWLEDGED)
        field = Field(form.payload, self._rules)
        check_answer(interaction, field["type"])
        field.raise_problems()
        kind = CallbackType(form.payload["type"])
        self._answers[kind](
            interaction, Form(form.payload.get("data") or {}, form.files, ("data",))
        )
        interaction.callback_type = kind
        if interaction.timer is not None:
            self._world.clock.cancel(interaction.timer)
        self._tell(interaction)
        return interaction

    def by_token(self, application_id: int, token: str) -> Interaction:
        """Return the interaction of a webhook token, or refuse."""
        foreign = application_id != self._world.bot.id
        self._rules.refuse(Rule.TOKEN_APPLICATION, foreign, errors.UNKNOWN_WEBHOOK)
        known = self._world.by_token.get(token)
        interaction = self._rules.found(Rule.TOKEN_KNOWN, known, errors.INVALID_WEBHOOK_TOKEN)
        over = self._world.clock.now() >= interaction.created_at + TOKEN_LIFETIME_S
        self._rules.refuse(Rule.TOKEN_LIFETIME, over, errors.INVALID_WEBHOOK_TOKEN)
        unanswered = interaction.callback_type is None
        self._rules.refuse(Rule.TOKEN_ANSWERED, unanswered, errors.UNKNOWN_WEBHOOK)
        place_is_gone = interaction.channel.id not in self._world.channels
        self._rules.refuse(Rule.UNKNOWN_CHANNEL, place_is_gone, errors.UNKNOWN_CHANNEL)
        return interaction

    def find(self, interaction: Interaction, message_id: str) -> Message:
        """Return a message that an interaction's token reaches."""
        reached = [interaction.response, *interaction.followups, interaction.source]
        if message_id == "@original":
            reached = [interaction.response]
        found = next(
            (
                message
                for message in reached
                if message is not None and message_id in ("@original", str(message.id))
            ),
            None,
        )
        found = self._rules.found(Rule.UNKNOWN_MESSAGE, found, errors.UNKNOWN_MESSAGE)
        self._rules.refuse(Rule.ANSWER_GONE, found.deleted, errors.UNKNOWN_MESSAGE)
        return found

    def edit(self, interaction: Interaction, message: Message, form: Form) -> Message:
        """Edit a message with an interaction's token."""
        was_thinking = is_thinking(message)
        flags = message.body.flags & ~int(MessageFlag.LOADING)
        before = replace(message.body, flags=flags)
        body = self._compose(interaction, form, before)
        self._check_words(interaction, body, private=message.private_to is not None)
        asked = bool((form.payload.get("flags") or 0) & MessageFlag.EPHEMERAL)
        changed = was_thinking and asked != (message.private_to is not None)
        if changed and not self._rules.strikes(Rule.DEFER_DECIDES, changed):
            message.private_to = interaction.person if asked else None
        self._world.amend(message, body, edited=not was_thinking)
        self._tell(interaction)
        return message

    def delete(self, interaction: Interaction, message: Message) -> None:
        """Delete a message with an interaction's token."""
        self._world.remove(message)
        self._tell(interaction)

    def follow_up(self, interaction: Interaction, form: Form) -> Message:
        """Send one more message; straight after a deferral it becomes the deferred answer.

        https://discord.com/developers/docs/interactions/receiving-and-responding
        #create-followup-message
        """
        response = interaction.response
        waits = response is not None and not response.deleted and is_thinking(response)
        if response is not None and self._rules.strikes(Rule.FOLLOWUP_FILLS, waits):
            return self.edit(interaction, response, form)
        capped = interaction.channel.user_install_only
        too_many = capped and len(interaction.followups) >= MAX_USER_INSTALL_FOLLOWUPS
        self._rules.refuse(Rule.FOLLOWUP_COUNT, too_many, errors.TOO_MANY_FOLLOWUPS)
        message = self._message(interaction, self._compose(interaction, form), form)
        message.type = MessageType.REPLY
        message.reply_to = response.id if response is not None else None
        interaction.followups.append(self._world.post(message))
        self._tell(interaction)
        return message

    def _tell(self, interaction: Interaction) -> None:
        interaction.news.tell("INTERACTION", interaction)
        self._world.news.tell("INTERACTION", interaction)

    def _compose(self, interaction: Interaction, form: Form, before: Body | None = None) -> Body:
        # https://discord.com/developers/docs/change-log: since November 2023 the answers to
        # interactions need the app's permissions in the channel.
        world, channel = self._world, interaction.channel
        for rule, used, permission in (
            (Rule.ANSWER_ATTACH, form.files, Permission.ATTACH_FILES),
            (Rule.ANSWER_EMBED, form.payload.get("embeds"), Permission.EMBED_LINKS),
        ):
            denied = used and not world.authority.bot_may(channel, permission)
            self._rules.refuse(rule, denied, errors.MISSING_PERMISSIONS)
        naming = world.naming(world.bot, channel, is_answer=True)
        place = Place(channel, file_limit(world, interaction), self._rules, naming)
        return compose(form, place, world.cdn, before)

    def _check_words(self, interaction: Interaction, body: Body, *, private: bool) -> None:
        """Refuse words that the server lets nobody say in public.

        https://discord.com/developers/docs/change-log, of June 2024: an update of a message may
        be refused so, which matters to deferred ones.
        """
        guild = interaction.channel.guild
        said = f"{body.content} {body.components}"
        blocked = guild and not private and any(word in said for word in guild.blocked_words)
        self._rules.refuse(Rule.ANSWER_AUTOMOD, blocked, errors.BLOCKED_BY_AUTOMOD)

    def _message(self, interaction: Interaction, body: Body, form: Form) -> Message:
        private = self._is_private(interaction, form)
        self._check_words(interaction, body, private=private)
        if private:
            body = replace(body, flags=body.flags | MessageFlag.EPHEMERAL)
        message = self._world.write(interaction.channel, self._world.bot, body)
        message.private_to = interaction.person if private else None
        message.interaction = interaction
        message.type = response_type(interaction)
        if interaction.source is not None and message.type is MessageType.REPLY:
            message.reply_to = interaction.source.id
        return message

    def _reply(self, interaction: Interaction, form: Form) -> None:
        message = self._message(interaction, self._compose(interaction, form), form)
        interaction.response = self._world.post(message)

    def _defer(self, interaction: Interaction, form: Form) -> None:
        data = Field(form.payload, self._rules, form.path)
        # Libraries send their default with each answer; a deferral mentions nobody.
        check_allowed_mentions(data["allowed_mentions"])
        flags = data["flags"]
        if flags.value not in (None, 0, int(MessageFlag.EPHEMERAL)):
            flags.fail(Rule.DEFER_FLAGS, "INTERACTION_DEFER_FLAGS_INVALID")
        flags.raise_problems()
        message = self._message(interaction, Body(flags=int(MessageFlag.LOADING)), form)
        interaction.response = self._world.post(message)

    def _defer_update(self, interaction: Interaction, form: Form) -> None:
        form.whole()
        interaction.response = interaction.source

    def _update(self, interaction: Interaction, form: Form) -> None:
        source = interaction.source
        source = self._rules.found(Rule.ANSWER_UPDATE, source, errors.UNKNOWN_MESSAGE)
        self._rules.refuse(Rule.ANSWER_GONE, source.deleted, errors.UNKNOWN_MESSAGE)
        self._world.amend(source, self._compose(interaction, form, source.body))
        interaction.response = source

    def _suggest(self, interaction: Interaction, form: Form) -> None:
        data = Field(form.payload, self._rules, form.path)
        for choice in data["choices"].array(Rule.SUGGESTION_COUNT, 0, MAX_CHOICES, required=False):
            choice["name"].text(Rule.SUGGESTION_NAME, 1, MAX_CHOICE_TEXT)
            if choice["value"].required() and isinstance(choice["value"].value, str):
                choice["value"].text(Rule.SUGGESTION_VALUE, 1, MAX_CHOICE_TEXT)
        data.raise_problems()
        interaction.choices = form.payload.get("choices") or []

    def _open_modal(self, interaction: Interaction, form: Form) -> None:
        data = Field(form.payload, self._rules, form.path)
        check_modal(data)
        data.raise_problems()
        components = form.payload["components"]
        if self._rules.strikes(Rule.MODAL_IDS, components):
            components = numbered(components)
        interaction.modal = form.payload | {"components": components}

    def _is_private(self, interaction: Interaction, form: Form) -> bool:
        """Tell whether only the person sees an answer.

        https://discord.com/developers/docs/topics/permissions: without USE_EXTERNAL_APPS the
        answers of an app that the server has not installed are private.
        """
        asked = bool((form.payload.get("flags") or 0) & MessageFlag.EPHEMERAL)
        channel, apps = interaction.channel, Permission.USE_EXTERNAL_APPS
        allowed = self._world.authority.may(interaction.person, channel, apps)
        kept_quiet = channel.user_install_only and not allowed
        return self._rules.strikes(Rule.EXTERNAL_APPS, kept_quiet) or asked


def check_answer(interaction: Interaction, kind: Field) -> None:
    """Complain about an answer that does not fit its interaction."""
    fits = [int(known) for known in CallbackType]
    if not kind.one_of(Rule.ANSWER_TYPE, fits):
        return
    suggests = kind.value == CallbackType.AUTOCOMPLETE_RESULT
    suggested = interaction.type is InteractionType.AUTOCOMPLETE
    opens = kind.value == CallbackType.MODAL
    unfit = (
        (Rule.ANSWER_AUTOCOMPLETE, suggests != suggested),
        (Rule.ANSWER_MODAL, opens and interaction.type is InteractionType.MODAL_SUBMIT),
        # A modal updates the message whose component opened it.
        (Rule.ANSWER_UPDATE, kind.value in _UPDATES and not _has_source(interaction)),
    )
    for rule, broken in unfit:
        if broken:
            kind.fail(rule, "BASE_TYPE_CHOICES", "This answer does not fit the interaction.")


def _has_source(interaction: Interaction) -> bool:
    # A message command has a target, but no message that it belongs to.
    return interaction.source is not None and interaction.type is not InteractionType.COMMAND
