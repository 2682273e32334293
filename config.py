"""Settings: one frozen value, read from `.env` and the environment, every fault named at once."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import yarl

import config_values as parse
from config_values import Role
from domain.limits import Budget, LimitKind, Limits, Whose
from domain.models import MICROCREDITS_PER_CREDIT
from flux.client import MAX_HELD_CALLS, Endpoint
from images.decoder import PictureLimits
from images.files import BucketSettings
from images.inspect import MEGABYTE
from images.retention import SpoolLimits
from jobs.options import JobOptions
from network import Proxies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.amounts import CreditPrice
    from flux.catalogue import Contract

T = TypeVar("T")

ENV_FILE: Final = Path(".env")

AMAZON: Final = yarl.URL("https://s3.amazonaws.com")
"""Which proxy a bucket without an endpoint is reached through is decided by this host."""

CALLBACK_GAP: Final = 10
"""Intervals between two questions about a request that Flux calls back for."""

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


class Answer(StrEnum):
    """How Flux is asked to answer a request."""

    POLL = "poll"
    """At once with a task id, to ask for the result by."""
    STREAM = "stream"
    """By a stream of lines, a picture in each as it is finished."""
    HOLD = "hold"
    """With the result, however long it takes; for endpoints that know nothing else."""


class LogFormat(StrEnum):
    """How the log is written."""

    TEXT = "text"
    """A line for people to read in a terminal."""
    JSON = "json"
    """A JSON object a line, for programs."""


def _setting(parse_text: Callable[[str], T], default: str, *, is_shown: bool = True) -> T:
    """Declare a setting with how its text is parsed, and the text that stands for a missing one."""
    metadata = {"parse": parse_text, "default": default}
    return cast("T", field(metadata=metadata, repr=is_shown))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides. Field names are the keys in lower case.

    `docs/configuration.md` says of each what it is, in which unit, and what an empty one is. Of
    the vendor: 10 requests at once for one token, and at least a second between two polls.
    """

    discord_token: str = field(repr=False)
    message_content_intent: bool = _setting(parse.yes_or_no, "false")
    role: Role = _setting(parse.one_of(Role), "all")
    shard_count: int | None = _setting(parse.optional(parse.whole_number), "")
    shard_ids: tuple[int, ...] = _setting(parse.shard_ids, "")
    flux_api_token: str = field(repr=False)
    database_path: Path = _setting(Path, "data/fluxcord.db")
    database_url: str = _setting(parse.database_url, "", is_shown=False)
    data_dir: Path = _setting(Path, "data")
    image_store_url: yarl.URL | None = _setting(parse.optional(parse.bucket), "")
    aws_endpoint_url: yarl.URL | None = _setting(parse.optional(parse.http_url), "")
    aws_region: str = _setting(str, "")
    aws_access_key_id: str = _setting(str, "", is_shown=False)
    aws_secret_access_key: str = _setting(str, "", is_shown=False)
    flux_api_base: yarl.URL = _setting(parse.http_url, "https://api.acedata.cloud")
    flux_contract: Contract | None = _setting(parse.contract, "auto")
    flux_callback_url: yarl.URL | None = _setting(parse.optional(parse.http_url), "")
    flux_answer: Answer = _setting(parse.one_of(Answer), "poll")
    public_url: yarl.URL | None = _setting(parse.optional(parse.http_url), "")
    callback_host: str = _setting(parse.address, "0.0.0.0")  # noqa: S104
    callback_port: int = _setting(parse.port, "8080")
    health_host: str = _setting(parse.address, "127.0.0.1")
    health_port: int = _setting(parse.port_or_none, "0")
    trusted_proxies: tuple[parse.Network, ...] = _setting(parse.with_loopback, "")
    discord_api_base: yarl.URL = _setting(parse.http_url, "https://discord.com/api/v10")
    discord_gateway_url: yarl.URL = _setting(parse.gateway_url, "wss://gateway.discord.gg/")
    https_proxy: yarl.URL | None = _setting(parse.optional(parse.proxy), "", is_shown=False)
    http_proxy: yarl.URL | None = _setting(parse.optional(parse.proxy), "", is_shown=False)
    no_proxy: str = _setting(str, "")
    fake_ip_ranges: tuple[parse.Network, ...] = _setting(parse.networks, "")
    trusted_image_hosts: frozenset[tuple[str, int]] = _setting(parse.hosts, "")
    default_model: str = _setting(parse.model, "flux-dev")
    default_edit_model: str = _setting(parse.edit_model, "flux-kontext-pro")
    max_running_jobs: int = _setting(parse.whole_number, "5")
    max_running_per_user: int = _setting(parse.whole_number, "2")
    max_jobs_per_user: int = _setting(parse.zero_or(parse.whole_number), "10")
    cooldown_s: float = _setting(parse.zero_or(parse.seconds), "0")
    user_credits_per_day: float = _setting(parse.credit_amount, "0")
    credits_per_month: float = _setting(parse.credit_amount, "0")
    credit_price: CreditPrice | None = _setting(parse.optional(parse.credit_price), "")
    lease_s: float = _setting(parse.seconds, "30")
    poll_interval_s: float = _setting(parse.seconds, "1")
    job_timeout_s: float = _setting(parse.seconds, "600")
    fetch_timeout_s: float = _setting(parse.seconds, "60")
    picture_cpu_s: int = _setting(parse.whole_number, "8")
    picture_wall_s: float = _setting(parse.seconds, "15")
    picture_memory_mb: int = _setting(parse.memory_mb, "1536")
    spool_max_mb: int = _setting(parse.megabytes, "2000")
    spool_max_mb_per_user: int = _setting(parse.megabytes, "100")
    spool_max_days: int = _setting(parse.days, "30")
    spool_min_free_mb: int = _setting(parse.megabytes, "200")
    retention_days: int = _setting(parse.days, "0")
    log_level: str = _setting(parse.log_level, "INFO")
    log_format: LogFormat = _setting(parse.one_of(LogFormat), "text")

    @property
    def database(self) -> Path | str:
        """Where the bot's data is, as `storage.database.Database` takes it."""
        return self.database_url or self.database_path

    @property
    def spool_folder(self) -> Path:
        return self.data_dir / "spool"

    @property
    def bucket(self) -> BucketSettings | None:
        """The bucket that holds the pictures, None where the spool does."""
        if self.image_store_url is None:
            return None
        proxy = self.proxies.of(self.aws_endpoint_url or AMAZON)
        return BucketSettings(
            name=self.image_store_url.host or "",
            prefix=self.image_store_url.path.strip("/"),
            endpoint=str(self.aws_endpoint_url or "").rstrip("/"),
            region=self.aws_region,
            access_key_id=self.aws_access_key_id,
            secret_access_key=self.aws_secret_access_key,
            proxy=str(proxy or ""),
        )

    @property
    def export_folder(self) -> Path:
        return self.data_dir / "exports"

    @property
    def calls_back(self) -> bool:
        return self.public_url is not None and self.flux_answer is Answer.POLL

    @property
    def image_hosts(self) -> frozenset[tuple[str, int]]:
        """Hosts and ports that pictures may be fetched from whatever their address."""
        bases = (self.flux_api_base, self.discord_api_base)
        return self.trusted_image_hosts | {(url.host or "", url.port or 0) for url in bases}

    @property
    def proxies(self) -> Proxies:
        return Proxies(http=self.http_proxy, https=self.https_proxy, bypass=self.no_proxy)

    @property
    def spool_limits(self) -> SpoolLimits:
        return SpoolLimits(
            max_bytes=self.spool_max_mb * MEGABYTE,
            max_user_bytes=self.spool_max_mb_per_user * MEGABYTE,
            max_days=self.spool_max_days,
        )

    @property
    def picture_limits(self) -> PictureLimits:
        return PictureLimits(
            cpu_s=self.picture_cpu_s, wall_s=self.picture_wall_s, memory_mb=self.picture_memory_mb
        )

    @property
    def flux_endpoint(self) -> Endpoint:
        base_url = str(self.flux_api_base).rstrip("/")
        return Endpoint(
            base_url=base_url,
            token=self.flux_api_token,
            contract=self.flux_contract,
            callback_url=str(self.flux_callback_url or f"{base_url}/health"),
            holds=self.flux_answer is Answer.HOLD,
        )

    def job_options(self, callback_path: str) -> JobOptions:
        """Return how jobs are run.

        Args:
            callback_path: at `public_url`, which a job's callback token is added to.
        """
        # A call that is held is at Flux from its first moment, so that no job is stored as sent
        # while it waits for a connection.
        polls = self.flux_answer is Answer.POLL
        most = self.max_running_jobs if polls else min(self.max_running_jobs, MAX_HELD_CALLS)
        callback_base = str(self.public_url).rstrip("/") + callback_path
        return JobOptions(
            interval_s=self.poll_interval_s,
            timeout_s=self.job_timeout_s,
            max_running=most,
            per_user=self.max_running_per_user,
            first_gap_s=CALLBACK_GAP * self.poll_interval_s if self.calls_back else None,
            streams=self.flux_answer is Answer.STREAM,
            callback_base=callback_base if self.calls_back else None,
        )

    @property
    def base_limits(self) -> Limits:
        """What holds for everybody, whatever else is set on Discord."""
        budgets = (
            (Whose.PERSON, LimitKind.CREDITS_PER_DAY, self.user_credits_per_day),
            (Whose.ALL, LimitKind.CREDITS_PER_MONTH, self.credits_per_month),
        )
        return Limits(
            cooldown_s=self.cooldown_s,
            jobs_per_user=self.max_jobs_per_user,
            budgets=tuple(
                Budget(whose=whose, kind=kind, most=round(amount * MICROCREDITS_PER_CREDIT))
                for whose, kind, amount in budgets
                if amount
            ),
        )


class ConfigError(Exception):
    """Settings are missing or malformed; the text names all of them, a line each."""


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that these variables make.

    Raises:
        ConfigError: some are missing or malformed; all of them are named.
    """
    faults: list[str] = []
    values = {each.name: _read(each, environ, faults) for each in fields(Settings)}
    # Each is right by itself.
    count, ids, role = values["shard_count"], values["shard_ids"], values["role"]
    if ids and (count is None or ids[-1] >= count):
        faults.append("SHARD_IDS must be below SHARD_COUNT, which has to be set too")
    if role != "all" and not values["database_url"]:
        faults.append(f"DATABASE_URL is missing: --role {role} needs PostgreSQL")
    if faults:
        raise ConfigError("\n".join(faults))
    return Settings(**values)


def read_database(environ: Mapping[str, str]) -> Path | str:
    """Return where the bot's data is alone, for commands that need no token.

    Raises:
        ConfigError: the address of PostgreSQL is malformed.
    """
    faults: list[str] = []
    found: dict[str, Path | str] = {
        each.name: _read(each, environ, faults)
        for each in fields(Settings)
        if each.name in {"database_path", "database_url"}
    }
    if faults:
        raise ConfigError("\n".join(faults))
    return found["database_url"] or found["database_path"]


def _read(setting: Field[Any], environ: Mapping[str, str], faults: list[str]) -> Any:  # noqa: ANN401  # as the field says
    """Return a setting, the default where it is missing or at fault; add what is wrong."""
    key = setting.name.upper()
    if not setting.metadata:
        return _token(key, environ, faults)
    if key in ALSO_LOWER_CASE and environ.get(setting.name, "").strip():
        key = setting.name
    parse_text, default = setting.metadata["parse"], setting.metadata["default"]
    try:
        return parse_text(environ.get(key, "").strip() or default)
    except ValueError as error:
        faults.append(f"{key} {error}")
        return parse_text(default)


def _token(key: str, environ: Mapping[str, str], faults: list[str]) -> str:
    if key == "FLUX_API_TOKEN" and environ.get("ROLE") == "gateway":
        return ""  # which asks Flux nothing
    text = environ.get(key, "").strip()
    if not text:
        faults.append(f"{key} is missing: {WHERE_TO_GET[key]}")
    elif not text.isprintable() or " " in text:
        faults.append(
            f"{key} must be the token alone, without spaces or a word such as Bot before it: "
            f"{WHERE_TO_GET[key]}"
        )
    return text
