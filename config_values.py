"""Parsers of single settings: each returns the value, or raises ValueError with what it must be."""

from __future__ import annotations

import ipaddress
import math
import re
from decimal import Decimal
from enum import StrEnum
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import yarl

from domain.amounts import CreditPrice
from flux.catalogue import MODELS, Contract

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

E = TypeVar("E", bound="StrEnum")
T = TypeVar("T")

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK: Final = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

CREDIT_PRICE: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ([A-Za-z]{3})")

SHARDS: Final = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")

BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9._/-]*)?")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html, and a prefix."""

LOG_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


class Role(StrEnum):
    """What a process of the bot does."""

    ALL = "all"
    """Everything; a bot of one process."""
    GATEWAY = "gateway"
    """Holds connections to Discord's gateway, answers, and puts requests into the queue."""
    WORKER = "worker"
    """Runs requests, without a connection to the gateway."""


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    """Return the parser of a setting that may be empty, which is None."""
    return lambda text: parse(text) if text else None


def zero_or(parse: Callable[[str], T]) -> Callable[[str], T | int]:
    """Return the parser of a setting that may be 0, for no limit."""
    return lambda text: 0 if text == "0" else parse(text)


def http_url(text: str) -> yarl.URL:
    return _url(text, {"http", "https"}, "must be an address that begins with http or https")


def bucket(text: str) -> yarl.URL:
    if not BUCKET.fullmatch(text):
        raise ValueError("must be s3://BUCKET or s3://BUCKET/PREFIX")
    if find_spec("obstore") is None:
        raise ValueError("needs obstore: pip install -r requirements-s3.txt")
    return yarl.URL(text)


def database_url(text: str) -> str:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must be empty, or an address such as postgresql://user@host/fluxcord")
    return text


def contract(text: str) -> Contract | None:
    if text == "auto":
        return None
    if text not in list(Contract):
        raise ValueError(f"must be auto, {' or '.join(Contract)}")
    return Contract(text)


def gateway_url(text: str) -> yarl.URL:
    return _url(text, {"ws", "wss"}, "must be an address that begins with ws or wss")


def _url(text: str, schemes: set[str], fault: str) -> yarl.URL:
    try:
        url = yarl.URL(text)
    except ValueError:
        url = yarl.URL()
    if url.scheme not in schemes or not url.host:
        raise ValueError(fault)
    return url


def hosts(text: str) -> frozenset[tuple[str, int]]:
    try:
        hosts = [yarl.URL(f"https://{item.strip()}") for item in text.split(",") if item.strip()]
    except ValueError:
        hosts = [yarl.URL()]
    if any(not url.host or " " in url.host or url != url.origin() for url in hosts):
        raise ValueError("must be hosts such as cdn.example.org or 10.0.0.5:8080, with commas")
    return frozenset((url.host or "", url.port or 0) for url in hosts)


def networks(text: str) -> tuple[Network, ...]:
    try:
        named = [ipaddress.ip_network(item.strip()) for item in text.split(",") if item.strip()]
    except ValueError:
        raise ValueError(
            "must be addresses or networks such as 10.0.0.5 or 172.16.0.0/12, with commas"
        ) from None
    return tuple(named)


def with_loopback(text: str) -> tuple[Network, ...]:
    return (*LOOPBACK, *networks(text))


def proxy(text: str) -> yarl.URL:
    fault = "must be an HTTP proxy such as http://127.0.0.1:7890; SOCKS proxies are not supported"
    return _url(text if "://" in text else f"http://{text}", {"http"}, fault)


def _named(known: Collection[str], text: str) -> str:
    if text not in known:
        raise ValueError(f"must be one of {', '.join(known)}")
    return text


model = partial(_named, MODELS)
edit_model = partial(_named, [model.id for model in MODELS.values() if model.edits])


def yes_or_no(text: str) -> bool:
    if text.casefold() not in {"true", "false"}:
        raise ValueError("must be true or false")
    return text.casefold() == "true"


def _between(least: int, most: int, text: str, *, noun: str = "whole number") -> int:
    if not text.isdecimal() or not least <= int(text[:20]) <= most:
        raise ValueError(f"must be a {noun} from {least} to {most}")
    return int(text)


whole_number = partial(_between, 1, 1_000)
memory_mb = partial(_between, 256, 65_536)
port = partial(_between, 1, 65_535, noun="port")


def shard_ids(text: str) -> tuple[int, ...]:
    ids: list[int] = []
    for item in text.split(",") if text else ():
        found = SHARDS.fullmatch(item.strip())
        if found is None or int(found[1]) > int(found[2] or found[1]):
            raise ValueError("must be shard ids from 0, such as 0-3 or 0,2,5-7")
        ids += range(int(found[1]), int(found[2] or found[1]) + 1)
    return tuple(sorted(set(ids)))


def _number_or_none(most: int, text: str) -> int:
    if not text.isdecimal() or len(text) > len(str(most)) or int(text) > most:
        raise ValueError(f"must be a whole number from 1 to {most}, or 0 for no limit")
    return int(text)


megabytes = partial(_number_or_none, 10_000_000)
days = partial(_number_or_none, 36_500)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def seconds(text: str) -> float:
    if not 0 < _number(text) <= 86_400:  # noqa: PLR2004  # a day
        raise ValueError("must be seconds, more than 0 and at most 86400")
    return float(text)


def credit_amount(text: str) -> float:
    if not 0 <= _number(text) <= 1_000_000:  # noqa: PLR2004  # a sane bound
        raise ValueError("must be credits, from 0 (no limit) to 1000000")
    return float(text)


def credit_price(text: str) -> CreditPrice:
    found = CREDIT_PRICE.fullmatch(text)
    if found is None or not Decimal(found[1]):
        raise ValueError("must be an amount of money and its currency, such as 0.10 USD")
    return CreditPrice(amount=Decimal(found[1]), currency=found[2].upper())


def port_or_none(text: str) -> int:
    if text == "0":
        return 0
    try:
        return port(text)
    except ValueError as error:
        raise ValueError(f"{error}, or 0 for none") from None


def address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("must be an IP address of this machine, 0.0.0.0 for all") from None


def log_level(text: str) -> str:
    return _named(LOG_LEVELS, text.upper())


def one_of(kind: type[E]) -> Callable[[str], E]:
    def parse(text: str) -> E:
        if text not in list(kind):
            raise ValueError(f"must be {' or '.join(kind)}")
        return kind(text)

    return parse
