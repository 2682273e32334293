"""Settings: one frozen value, read from `.env` and the environment, every fault named at once."""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import yarl

from flux import MODELS, Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

DEFAULT_DATABASE: Final = "data/fluxcord.db"

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the operator decides. Field names are the keys in lower case.

    Attributes:
        database_path: the SQLite file.
        message_content_intent: whether the application has Discord's privileged intent for what
            messages say, so that replies without ping and other people's pictures are seen.
        data_dir: holds the pictures (`spool`).
        flux_contract: which edition of the API the endpoint speaks, None to find out.
        flux_callback_url: told to Flux where it may not know `async`; None stands for `/health`
            of its base.
        flux_answer: how Flux is asked to answer.
        public_url: where Flux reaches the callback port from outside, None without callbacks.
        callback_host: address of this machine that callbacks are listened for at.
        callback_port: port that callbacks are listened for at.
        health_host: address of this machine that health and metrics are told at.
        health_port: port that they are told at, 0 for none.
        trusted_proxies: networks of which one address may have all connections of the bot's own
            ports; this machine is among them.
        https_proxy: proxy for addresses with https and wss; None for none.
        http_proxy: proxy for addresses with http and ws; None for none.
        no_proxy: hosts that are reached without a proxy, with commas between them.
        fake_ip_ranges: ranges that the names of picture hosts may resolve to besides public ones.
        trusted_image_hosts: pairs of host and port besides the two APIs' that pictures may be
            fetched from whatever their address.
        max_running_jobs: requests at Flux at once; the vendor's figure for one token is 10.
        max_running_per_user: of these, how many may be one person's.
        max_jobs_per_user: unfinished requests that one person may have, 0 for no limit.
        cooldown_s: seconds between two requests of one person, 0 for none.
        user_credits_per_day: what one person may spend in a UTC day, 0 for no limit.
        credits_per_month: what all may spend in a UTC month, 0 for no limit.
        poll_interval_s: seconds between two questions to Flux; the vendor asks for at least 1.
        job_timeout_s: seconds after which an unfinished request is given up.
        fetch_timeout_s: seconds for one picture, from the first connection to its last byte.
        picture_cpu_s: seconds of CPU time that decoding one picture may take.
        picture_wall_s: seconds until decoding one picture is given up.
        picture_memory_mb: megabytes of address space that decoding one picture may take.
        spool_max_mb: megabytes over which sources of ended requests, then delivered pictures are
            removed, 0 for no limit.
        spool_max_mb_per_user: megabytes of one person's sources whose requests ended for free over
            which the first are removed, 0 for no limit.
        spool_max_days: days after which the pictures of ended requests are removed, 0 for never.
        retention_days: days after which words and pictures of ended requests are erased where a
            server chose nothing, 0 for never.
        spool_min_free_mb: megabytes of free disk below which no request is taken, 0 for any.
    """

    discord_token: str = field(repr=False)
    message_content_intent: bool
    flux_api_token: str = field(repr=False)
    database_path: Path
    data_dir: Path
    flux_api_base: yarl.URL
    flux_contract: Contract | None
    flux_callback_url: yarl.URL | None
    flux_answer: Answer
    public_url: yarl.URL | None
    callback_host: str
    callback_port: int
    health_host: str
    health_port: int
    trusted_proxies: tuple[Network, ...]
    discord_api_base: yarl.URL
    discord_gateway_url: yarl.URL
    https_proxy: yarl.URL | None = field(repr=False)
    http_proxy: yarl.URL | None = field(repr=False)
    no_proxy: str
    fake_ip_ranges: tuple[Network, ...]
    trusted_image_hosts: frozenset[tuple[str, int]]
    default_model: str
    default_edit_model: str
    max_running_jobs: int
    max_running_per_user: int
    max_jobs_per_user: int
    cooldown_s: float
    user_credits_per_day: float
    credits_per_month: float
    poll_interval_s: float
    job_timeout_s: float
    fetch_timeout_s: float
    picture_cpu_s: int
    picture_wall_s: float
    picture_memory_mb: int
    spool_max_mb: int
    spool_max_mb_per_user: int
    spool_max_days: int
    spool_min_free_mb: int
    retention_days: int
    log_level: str
    log_format: LogFormat

    @property
    def spool_folder(self) -> Path:
        """Where pictures are kept."""
        return self.data_dir / "spool"

    @property
    def export_folder(self) -> Path:
        """Where exports are put together."""
        return self.data_dir / "exports"

    @property
    def calls_back(self) -> bool:
        """Whether Flux is asked to call back."""
        return self.public_url is not None and self.flux_answer is Answer.POLL

    @property
    def image_hosts(self) -> frozenset[tuple[str, int]]:
        """Hosts and ports that pictures may be fetched from whatever their address."""
        bases = (self.flux_api_base, self.discord_api_base)
        return self.trusted_image_hosts | {(url.host or "", url.port or 0) for url in bases}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings that these variables make.

    Raises:
        ConfigError: some are missing or malformed; all of them are named.
    """
    reader = _Reader(environ)
    settings = Settings(
        discord_token=reader.token("DISCORD_TOKEN"),
        message_content_intent=reader.read("MESSAGE_CONTENT_INTENT", _yes_or_no, default="false"),
        flux_api_token=reader.token("FLUX_API_TOKEN"),
        database_path=reader.read("DATABASE_PATH", Path, default=DEFAULT_DATABASE),
        data_dir=reader.read("DATA_DIR", Path, default="data"),
        flux_api_base=reader.read("FLUX_API_BASE", _http_url, default="https://api.acedata.cloud"),
        flux_contract=reader.read("FLUX_CONTRACT", _contract, default="auto"),
        flux_callback_url=reader.read("FLUX_CALLBACK_URL", _optional_http_url, default=""),
        flux_answer=reader.read("FLUX_ANSWER", _answer, default="poll"),
        public_url=reader.read("PUBLIC_URL", _optional_http_url, default=""),
        callback_host=reader.read("CALLBACK_HOST", _address, default="0.0.0.0"),  # noqa: S104
        callback_port=reader.read("CALLBACK_PORT", _port, default="8080"),
        health_host=reader.read("HEALTH_HOST", _address, default="127.0.0.1"),
        health_port=reader.read("HEALTH_PORT", _port_or_none, default="0"),
        trusted_proxies=reader.read("TRUSTED_PROXIES", _with_loopback, default=""),
        discord_api_base=reader.read(
            "DISCORD_API_BASE", _http_url, default="https://discord.com/api/v10"
        ),
        discord_gateway_url=reader.read(
            "DISCORD_GATEWAY_URL", _gateway_url, default="wss://gateway.discord.gg/"
        ),
        https_proxy=reader.read(reader.spelled("HTTPS_PROXY"), _proxy, default=""),
        http_proxy=reader.read(reader.spelled("HTTP_PROXY"), _proxy, default=""),
        no_proxy=reader.read(reader.spelled("NO_PROXY"), str, default=""),
        fake_ip_ranges=reader.read("FAKE_IP_RANGES", _networks, default=""),
        trusted_image_hosts=reader.read("TRUSTED_IMAGE_HOSTS", _hosts, default=""),
        default_model=reader.read("DEFAULT_MODEL", _model, default="flux-dev"),
        default_edit_model=reader.read(
            "DEFAULT_EDIT_MODEL", _edit_model, default="flux-kontext-pro"
        ),
        max_running_jobs=reader.read("MAX_RUNNING_JOBS", _whole_number, default="5"),
        max_running_per_user=reader.read("MAX_RUNNING_PER_USER", _whole_number, default="2"),
        max_jobs_per_user=reader.read("MAX_JOBS_PER_USER", _limit, default="10"),
        cooldown_s=reader.read("COOLDOWN_S", _seconds_or_none, default="0"),
        user_credits_per_day=reader.read("USER_CREDITS_PER_DAY", _credits, default="0"),
        credits_per_month=reader.read("CREDITS_PER_MONTH", _credits, default="0"),
        poll_interval_s=reader.read("POLL_INTERVAL_S", _seconds, default="1"),
        job_timeout_s=reader.read("JOB_TIMEOUT_S", _seconds, default="600"),
        fetch_timeout_s=reader.read("FETCH_TIMEOUT_S", _seconds, default="60"),
        picture_cpu_s=reader.read("PICTURE_CPU_S", _whole_number, default="8"),
        picture_wall_s=reader.read("PICTURE_WALL_S", _seconds, default="15"),
        picture_memory_mb=reader.read("PICTURE_MEMORY_MB", _memory_mb, default="1536"),
        spool_max_mb=reader.read("SPOOL_MAX_MB", _megabytes, default="2000"),
        spool_max_mb_per_user=reader.read("SPOOL_MAX_MB_PER_USER", _megabytes, default="100"),
        spool_max_days=reader.read("SPOOL_MAX_DAYS", _days, default="30"),
        spool_min_free_mb=reader.read("SPOOL_MIN_FREE_MB", _megabytes, default="200"),
        retention_days=reader.read("RETENTION_DAYS", _days, default="0"),
        log_level=reader.read("LOG_LEVEL", _log_level, default="INFO"),
        log_format=reader.read("LOG_FORMAT", _log_format, default="text"),
    )
    reader.raise_faults()
    return settings


def read_database_path(environ: Mapping[str, str]) -> Path:
    """Return the SQLite file alone, for commands that need no token."""
    return _Reader(environ).read("DATABASE_PATH", Path, default=DEFAULT_DATABASE)


class _Reader:
    """Reads keys one by one and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._faults: list[str] = []

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

    def spelled(self, key: str) -> str:
        """Return the key in lower case where that is set, as it comes first in other programs."""
        return key.lower() if self._environ.get(key.lower(), "").strip() else key

    def read(self, key: str, parse: Callable[[str], T], *, default: str) -> T:
        """Return the parsed value, the default's where it is missing or at fault."""
        try:
            return parse(self._environ.get(key, "").strip() or default)
        except ValueError as error:
            self._faults.append(f"{key} {error}")
            return parse(default)

    def raise_faults(self) -> None:
        if self._faults:
            raise ConfigError("\n".join(self._faults))


def _http_url(text: str) -> yarl.URL:
    return _url(text, {"http", "https"})


def _optional_http_url(text: str) -> yarl.URL | None:
    return _http_url(text) if text else None


def _contract(text: str) -> Contract | None:
    if text == "auto":
        return None
    if text not in list(Contract):
        raise ValueError(f"must be auto, {' or '.join(Contract)}")
    return Contract(text)


def _gateway_url(text: str) -> yarl.URL:
    return _url(text, {"ws", "wss"})


def _url(text: str, schemes: set[str]) -> yarl.URL:
    try:
        url = yarl.URL(text)
    except ValueError:
        url = yarl.URL()
    if url.scheme not in schemes or not url.host:
        raise ValueError(f"must be an address that begins with {' or '.join(sorted(schemes))}")
    return url


def _hosts(text: str) -> frozenset[tuple[str, int]]:
    try:
        hosts = [yarl.URL(f"https://{item.strip()}") for item in text.split(",") if item.strip()]
    except ValueError:
        hosts = [yarl.URL()]
    if any(not url.host or " " in url.host or url != url.origin() for url in hosts):
        raise ValueError("must be hosts such as cdn.example.org or 10.0.0.5:8080, with commas")
    return frozenset((url.host or "", url.port or 0) for url in hosts)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        named = [ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip()]
    except ValueError:
        raise ValueError(
            "must be addresses or networks such as 10.0.0.5 or 172.16.0.0/12, with commas"
        ) from None
    return tuple(named)


def _with_loopback(text: str) -> tuple[Network, ...]:
    return (*LOOPBACK, *_networks(text))


def _proxy(text: str) -> yarl.URL | None:
    if not text:
        return None
    try:
        url = yarl.URL(text if "://" in text else f"http://{text}")
    except ValueError:
        url = yarl.URL()
    if url.scheme != "http" or not url.host:
        raise ValueError(
            "must be an HTTP proxy such as http://127.0.0.1:7890; SOCKS proxies are not supported"
        )
    return url


def _model(text: str) -> str:
    if text not in MODELS:
        raise ValueError(f"must be one of {', '.join(MODELS)}")
    return text


def _edit_model(text: str) -> str:
    editing = [model.id for model in MODELS.values() if model.edits]
    if text not in editing:
        raise ValueError(f"must be one of {', '.join(editing)}")
    return text


def _yes_or_no(text: str) -> bool:
    if text.casefold() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.casefold() == "true"


def _whole_number(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000:  # noqa: PLR2004  # a sane bound
        raise ValueError("must be a whole number from 1 to 1000")
    return int(text)


def _memory_mb(text: str) -> int:
    if not text.isdecimal() or not 256 <= int(text) <= 65_536:  # noqa: PLR2004  # a sane bound
        raise ValueError("must be a whole number from 256 to 65536")
    return int(text)


def _number_or_none(most: int, text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(most)) or int(text) > most:
        raise ValueError(f"must be a whole number from 1 to {most}, or 0 for no limit")
    return int(text)


_megabytes = partial(_number_or_none, 10_000_000)
_days = partial(_number_or_none, 36_500)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 86_400:  # noqa: PLR2004  # a day
        raise ValueError("must be seconds, more than 0 and at most 86400")
    return seconds


def _seconds_or_none(text: str) -> float:
    return 0.0 if text == "0" else _seconds(text)


def _credits(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount <= 1_000_000:  # noqa: PLR2004  # a sane bound
        raise ValueError("must be credits, from 0 (no limit) to 1000000")
    return amount


def _limit(text: str) -> int:
    return 0 if text == "0" else _whole_number(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= 65_535:  # noqa: PLR2004  # TCP ports
        raise ValueError("must be a port from 1 to 65535")
    return int(text)


def _port_or_none(text: str) -> int:
    if text == "0":
        return 0
    try:
        return _port(text)
    except ValueError as error:
        raise ValueError(f"{error}, or 0 for none") from None


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("must be an IP address of this machine, 0.0.0.0 for all") from None


def _answer(text: str) -> Answer:
    if text not in list(Answer):
        raise ValueError(f"must be {' or '.join(Answer)}")
    return Answer(text)


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
    return text.upper()


def _log_format(text: str) -> LogFormat:
    if text not in list(LogFormat):
        raise ValueError(f"must be {' or '.join(LogFormat)}")
    return LogFormat(text)
