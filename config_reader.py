"""Reads the keys of settings, and collects what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field

T = TypeVar("T")

ALSO_LOWER_CASE: Final = frozenset({"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"})
"""Keys whose lower case comes first, as in other programs."""

WHERE_TO_GET: Final = {
    "DISCORD_TOKEN": (
        "the bot's token, from https://discord.com/developers/applications: your application, "
        "Bot, Reset Token"
    ),
    "FLUX_API_TOKEN": (
        "the API token, from https://platform.acedata.cloud: Flux Images API, Credentials"
    ),
}


class ConfigError(Exception):
    """Settings are missing or malformed; the text names all of them, a line each."""


class Reader:
    """Reads keys one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._faults: list[str] = []

    def read_field(self, setting: Field[Any]) -> Any:  # noqa: ANN401  # as the field says
        """Return the value of a field of `Settings`, whose name is its key in lower case."""
        key = setting.name.upper()
        if not setting.metadata:
            is_needed = key == "DISCORD_TOKEN" or self._environ.get("ROLE") != "gateway"
            return self.token(key) if is_needed else ""
        if key in ALSO_LOWER_CASE and self._environ.get(setting.name, "").strip():
            key = setting.name
        return self.read(key, setting.metadata["parse"], default=setting.metadata["default"])

    def token(self, key: str) -> str:
        """Return a required token, empty where it is at fault."""
        text = self._environ.get(key, "").strip()
        if not text:
            self._faults.append(f"{key} is missing: {WHERE_TO_GET[key]}")
        elif not text.isprintable() or " " in text:
            self._faults.append(
                f"{key} must be the token alone, without spaces or a word such as Bot before it: "
                f"{WHERE_TO_GET[key]}"
            )
        return text

    def read(self, key: str, parse: Callable[[str], T], *, default: str) -> T:
        """Return the parsed value, the default's where it is missing or at fault."""
        try:
            return parse(self._environ.get(key, "").strip() or default)
        except ValueError as error:
            self._faults.append(f"{key} {error}")
            return parse(default)

    def check_together(self, values: dict[str, Any]) -> None:
        """Check settings that are right each by itself."""
        count, ids = values["shard_count"], values["shard_ids"]
        if ids and (count is None or ids[-1] >= count):
            self._faults.append("SHARD_IDS must be below SHARD_COUNT, which has to be set too")
        if values["role"] != "all" and not values["database_url"]:
            role = values["role"]
            self._faults.append(f"DATABASE_URL is missing: --role {role} needs PostgreSQL")

    def raise_faults(self) -> None:
        if self._faults:
            raise ConfigError("\n".join(self._faults))
