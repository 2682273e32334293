"""What the bot does with an interaction: its one answer, and later its token.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.discord.errors import (
    ALREADY_ACKNOWLEDGED,
    INVALID_WEBHOOK_TOKEN,
    MISSING_PERMISSIONS,
    TOO_MANY_FOLLOWUPS,
    UNKNOWN_INTERACTION,
    UNKNOWN_MESSAGE,
    UNKNOWN_WEBHOOK,
    ApiError,
)
from sandbox.discord.fields import Field
from sandbox.discord.forms import Form
from sandbox.discord.interactions import TOKEN_LIFETIME_S
from sandbox.discord.messages import Place, compose
from sandbox.discord.modals import check_modal
from sandbox.discord.permissions import Permission, bot_may
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
from sandbox.discord.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHOICES = 25
MAX_CHOICE_TEXT = 100
# Only where nothing but a person's own installation allows the interaction.
MAX_USER_INSTALL_FOLLOWUPS = 5
_REPLIES = (CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE)
_UPDATES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE)


class Responses:
    """Takes the bot's answers."""

    def __init__(self, world: World) -> None:
        self._world = world
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
        interaction = self._world.interactions.get(interaction_id)
        if interaction is None or interaction.token != token or interaction.failed:
            raise ApiError(*UNKNOWN_INTERACTION)
        if interaction.callback_type is not None:
            raise ApiError(*ALREADY_ACKNOWLEDGED)
        field = Field(form.payload)
        field["type"].one_of([int(kind) for kind in allowed_answers(interaction)])
        if field["data"].present:
            field["data"].mapping()
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
        interaction = self._world.interaction_of(token)
        if application_id != self._world.bot.id:
            raise ApiError(*UNKNOWN_WEBHOOK)
        if interaction is None:
            raise ApiError(*INVALID_WEBHOOK_TOKEN)
        if self._world.clock.now() >= interaction.created_at + TOKEN_LIFETIME_S:
            raise ApiError(*INVALID_WEBHOOK_TOKEN)
        if interaction.callback_type is None:
            raise ApiError(*UNKNOWN_WEBHOOK)
        return interaction

    def find(self, interaction: Interaction, message_id: str) -> Message:
        """Return a message that an interaction's token reaches."""
        reached = [interaction.response, *interaction.followups, interaction.source]
        if message_id == "@original":
            reached = [interaction.response]
        for message in reached:
            if message is None or message.deleted:
                continue
            if message_id in ("@original", str(message.id)):
                return message
        raise ApiError(*UNKNOWN_MESSAGE)

    def edit(self, interaction: Interaction, message: Message, form: Form) -> Message:
        """Edit a message with an interaction's token."""
        was_thinking = is_thinking(message)
        flags = message.body.flags & ~int(MessageFlag.LOADING)
        before = replace(message.body, flags=flags)
        body = self._compose(interaction, form, before)
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
        if response is not None and not response.deleted and is_thinking(response):
            return self.edit(interaction, response, form)
        capped = set(interaction.owners) == {"1"}
        if capped and len(interaction.followups) >= MAX_USER_INSTALL_FOLLOWUPS:
            raise ApiError(*TOO_MANY_FOLLOWUPS)
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
        if form.files and not bot_may(interaction.channel, Permission.ATTACH_FILES):
            raise ApiError(*MISSING_PERMISSIONS)
        place = Place(interaction.channel, interaction.channel.file_limit, self._world.users)
        return compose(form, place, self._world.cdn, before)

    def _message(self, interaction: Interaction, body: Body, form: Form) -> Message:
        private = is_private(interaction, form)
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
        flags = Field(form.payload, form.path)["flags"]
        if flags.value not in (None, 0, int(MessageFlag.EPHEMERAL)):
            flags.fail("INTERACTION_DEFER_FLAGS_INVALID", "Only the EPHEMERAL flag may be set here")
        flags.raise_problems()
        message = self._message(interaction, Body(flags=int(MessageFlag.LOADING)), form)
        interaction.response = self._world.post(message)

    def _defer_update(self, interaction: Interaction, _form: Form) -> None:
        interaction.response = interaction.source

    def _update(self, interaction: Interaction, form: Form) -> None:
        source = interaction.source
        if source is None or source.deleted:
            raise ApiError(*UNKNOWN_MESSAGE)
        self._world.amend(source, self._compose(interaction, form, source.body))
        interaction.response = source

    def _suggest(self, interaction: Interaction, form: Form) -> None:
        data = Field(form.payload, form.path)
        for choice in data["choices"].array(0, MAX_CHOICES, required=False):
            choice["name"].text(1, MAX_CHOICE_TEXT)
            if choice["value"].required() and isinstance(choice["value"].value, str):
                choice["value"].text(1, MAX_CHOICE_TEXT)
        data.raise_problems()
        interaction.choices = form.payload.get("choices") or []

    def _open_modal(self, interaction: Interaction, form: Form) -> None:
        data = Field(form.payload, form.path)
        check_modal(data)
        data.raise_problems()
        interaction.modal = form.payload


def allowed_answers(interaction: Interaction) -> tuple[CallbackType, ...]:
    """Return the answers that fit an interaction."""
    if interaction.type is InteractionType.AUTOCOMPLETE:
        return (CallbackType.AUTOCOMPLETE_RESULT,)
    if interaction.type is InteractionType.COMMAND:
        return (*_REPLIES, CallbackType.MODAL)
    if interaction.type is InteractionType.COMPONENT:
        return (*_REPLIES, *_UPDATES, CallbackType.MODAL)
    # A modal updates the message whose component opened it.
    return (*_REPLIES, *_UPDATES) if interaction.source is not None else _REPLIES


def is_private(interaction: Interaction, form: Form) -> bool:
    """Tell whether only the person sees an answer.

    https://discord.com/developers/docs/topics/permissions: without USE_EXTERNAL_APPS the answers
    of an app that the server has not installed are private.
    """
    asked = bool((form.payload.get("flags") or 0) & MessageFlag.EPHEMERAL)
    allowed = interaction.channel.person_permissions & Permission.USE_EXTERNAL_APPS
    return asked or (interaction.channel.user_install_only and not allowed)
