"""Whom a message mentions, as Discord reads it.

https://discord.com/developers/docs/reference#message-formatting
https://discord.com/developers/docs/resources/message#allowed-mentions-object
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sandbox.discord.component_types import walk
from sandbox.discord.errors import JSON
from sandbox.discord.fields import Field
from sandbox.discord.records import Body, Channel, Role, User
from sandbox.discord.rulebook import Rulebook
from sandbox.discord.rules import Rule

KINDS = ("roles", "users", "everyone")
MAX_IDS = 100

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_ALL = re.compile(r"@(?:everyone|here)\b")
_CODE = re.compile(r"(`{1,3}).+?\1", re.DOTALL)


@dataclass(frozen=True)
class Naming:
    """Who can be named in a place, and what its writer may say to all."""

    rules: Rulebook
    users: Mapping[int, User]
    channel: Channel
    # MENTION_EVERYONE: for @everyone and for roles that are not mentionable.
    may_name_all: bool
    # The answers to interactions mention users only, where nothing is said.
    is_answer: bool = False

    def named(self, body: Body, allowed: JSON | None = None) -> Body:
        """Return a body with the mentions that its texts make and that are allowed."""
        text = "\n".join(self._readable(body))
        allowed = self._allowed(allowed)
        roles = tuple(self._roles(text, allowed))
        return replace(
            body,
            mentions=(*self._users(text, allowed), *self._holders(roles)),
            mention_roles=tuple(role.id for role in roles),
            mention_everyone=self._everyone(text, allowed),
        )

    def _holders(self, roles: tuple[Role, ...]) -> tuple[User, ...]:
        named = {role.id for role in roles}
        held = self.channel.guild.roles_of if self.channel.guild else {}
        holders = tuple(self.users[one] for one, its_roles in held.items() if its_roles & named)
        # Who is reached through a role is not listed as mentioned.
        return () if self._strikes(Rule.ROLE_NO_MENTION, holders) else holders

    def _readable(self, body: Body) -> Iterable[str]:
        for text in _texts(body):
            in_code = _CODE.search(text)
            yield _CODE.sub("", text) if self._strikes(Rule.MENTION_IN_CODE, in_code) else text

    def _allowed(self, given: JSON | None) -> JSON:
        everything: JSON = {"parse": list(KINDS)}
        if given is not None:
            return given if self._strikes(Rule.MENTION_ALLOWED, given != everything) else everything
        if self._strikes(Rule.MENTION_DEFAULT, self.is_answer):
            return {"parse": ["users"]}
        return everything

    def _users(self, text: str, allowed: JSON) -> Iterable[User]:
        found = {int(match[1]): None for match in _USER.finditer(text)}
        if not self._strikes(Rule.MENTION_PARSED, found):
            return
        for user_id in found:
            if user_id in self.users and _may(allowed, "users", user_id):
                yield self.users[user_id]

    def _roles(self, text: str, allowed: JSON) -> Iterable[Role]:
        guild = self.channel.guild
        found = {int(match[1]): None for match in _ROLE.finditer(text)}
        if guild is None or not self._strikes(Rule.MENTION_ROLE, found):
            return
        for role_id in found:
            role = guild.roles.get(role_id)
            if role is None or not _may(allowed, "roles", role_id):
                continue
            silent = not role.mentionable and not self.may_name_all
            if not self._strikes(Rule.MENTION_ROLE_PERMISSION, silent):
                yield role

    def _everyone(self, text: str, allowed: JSON) -> bool:
        said = _ALL.search(text) and "everyone" in (allowed.get("parse") or ())
        silent = said and not self.may_name_all
        if self._strikes(Rule.MENTION_EVERYONE_PERMISSION, silent):
            return False
        return self._strikes(Rule.MENTION_EVERYONE, said)

    def _strikes(self, rule: Rule, condition: object) -> bool:
        return self.rules.strikes(rule, condition)


def check_allowed_mentions(allowed: Field) -> None:
    """Check who may be pinged."""
    for kind in allowed["parse"].array(Rule.MENTION_KINDS, 0, len(KINDS), required=False):
        kind.one_of(Rule.MENTION_KINDS, KINDS)
    parse = allowed["parse"].value or ()
    for key in ("users", "roles"):
        for listed in allowed[key].array(Rule.MENTION_IDS, 0, MAX_IDS, required=False):
            listed.snowflake()
        if allowed[key].value and isinstance(parse, list) and key in parse:
            allowed.fail(
                Rule.MENTION_EXCLUSIVE,
                "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
                f'parse:["{key}"] and {key}: [ids...] are mutually exclusive.',
            )


def _texts(body: Body) -> Iterable[str]:
    yield body.content
    for component in walk(body.components):
        if "content" in component:
            yield component["content"]


def _may(allowed: JSON, kind: str, named: int) -> bool:
    listed = {int(one) for one in allowed.get(kind) or ()}
    return kind in (allowed.get("parse") or ()) or named in listed
