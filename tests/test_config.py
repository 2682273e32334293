"""Settings: what holds without a word, what is refused, and the file that shows them all."""

import re
from dataclasses import FrozenInstanceError, fields
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import pytest
import yarl

from config import Answer, ConfigError, LogFormat, Settings, read_settings
from config_values import LOOPBACK, Role
from domain.amounts import CreditPrice
from flux.catalogue import Contract
from images.files import BucketSettings

EXAMPLE = Path(__file__).parents[1] / ".env.example"

TOKENS = {"DISCORD_TOKEN": "discord-0123.ab-c_d", "FLUX_API_TOKEN": "flux-4567"}

DEFAULTS = Settings(
    discord_token="discord-0123.ab-c_d",
    flux_api_token="flux-4567",
    message_content_intent=False,
    role=Role.ALL,
    shard_count=None,
    shard_ids=(),
    database_path=Path("data/fluxcord.db"),
    database_url="",
    data_dir=Path("data"),
    image_store_url=None,
    aws_endpoint_url=None,
    aws_region="",
    aws_access_key_id="",
    aws_secret_access_key="",
    flux_api_base=yarl.URL("https://api.acedata.cloud"),
    flux_contract=None,
    flux_callback_url=None,
    flux_answer=Answer.POLL,
    public_url=None,
    callback_host="0.0.0.0",  # noqa: S104  # only compared
    callback_port=8080,
    health_host="127.0.0.1",
    health_port=0,
    trusted_proxies=LOOPBACK,
    discord_api_base=yarl.URL("https://discord.com/api/v10"),
    discord_gateway_url=yarl.URL("wss://gateway.discord.gg/"),
    https_proxy=None,
    http_proxy=None,
    no_proxy="",
    fake_ip_ranges=(),
    trusted_image_hosts=frozenset(),
    default_model="flux-dev",
    default_edit_model="flux-kontext-pro",
    max_running_jobs=5,
    max_running_per_user=2,
    max_jobs_per_user=10,
    cooldown_s=0,
    user_credits_per_day=0,
    credits_per_month=0,
    credit_price=None,
    lease_s=30,
    poll_interval_s=1,
    job_timeout_s=600,
    fetch_timeout_s=60,
    picture_cpu_s=8,
    picture_wall_s=15,
    picture_memory_mb=1536,
    spool_max_mb=2000,
    spool_max_mb_per_user=100,
    spool_max_days=30,
    spool_min_free_mb=200,
    retention_days=0,
    log_level="INFO",
    log_format=LogFormat.TEXT,
)

KEYS = [field.name.upper() for field in fields(Settings)]


def faults_of(environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_settings(environ)
    return str(caught.value).splitlines()


def test_two_tokens_are_enough() -> None:
    assert read_settings(TOKENS) == DEFAULTS


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_value_means_the_default(blank: str) -> None:
    assert read_settings({**dict.fromkeys(KEYS, blank), **TOKENS}) == DEFAULTS


def test_unknown_keys_are_somebody_else_s() -> None:
    assert read_settings({**TOKENS, "PATH": "/bin", "default_model": "nonsense"}) == DEFAULTS


def test_every_key_is_read() -> None:
    settings = read_settings(
        {
            "DISCORD_TOKEN": " d ",
            "FLUX_API_TOKEN": "f\n",
            "MESSAGE_CONTENT_INTENT": "True",
            "ROLE": "worker",
            "SHARD_COUNT": "8",
            "SHARD_IDS": "5, 0-2,1",
            "DATABASE_PATH": "/var/lib/fluxcord/a b.db",
            "DATABASE_URL": "postgresql://fluxcord:secret@db.test/fluxcord",
            "DATA_DIR": "/srv/pictures",
            "IMAGE_STORE_URL": "s3://my-bucket/images/of/bot/",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9000/",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "a key",
            "AWS_SECRET_ACCESS_KEY": "a secret",
            "FLUX_API_BASE": "http://127.0.0.1:8001/flux",
            "FLUX_CONTRACT": "documented",
            "FLUX_CALLBACK_URL": "http://127.0.0.1:8001/forget",
            "FLUX_ANSWER": "stream",
            "PUBLIC_URL": "https://bot.example.org/base/",
            "CALLBACK_HOST": "127.0.0.1",
            "CALLBACK_PORT": "8443",
            "HEALTH_HOST": "::1",
            "HEALTH_PORT": "9090",
            "TRUSTED_PROXIES": "10.0.0.5, 172.16.0.0/12,,fd00::/8",
            "DISCORD_API_BASE": "http://127.0.0.1:8002/api/v10",
            "DISCORD_GATEWAY_URL": "ws://127.0.0.1:8003/",
            "HTTPS_PROXY": "http://ada:secret@10.0.0.1:3128",
            "HTTP_PROXY": "127.0.0.1:7890",
            "NO_PROXY": "example.org, .home",
            "FAKE_IP_RANGES": "198.18.0.0/15,, fc00::/18",
            "TRUSTED_IMAGE_HOSTS": "cdn.example.org, 10.0.0.5:8080,,[::1]:81",
            "DEFAULT_MODEL": "flux-2-klein",
            "DEFAULT_EDIT_MODEL": "flux-2-pro",
            "MAX_RUNNING_JOBS": "10",
            "MAX_RUNNING_PER_USER": "4",
            "MAX_JOBS_PER_USER": "0",
            "COOLDOWN_S": "2.5",
            "USER_CREDITS_PER_DAY": "12.5",
            "CREDITS_PER_MONTH": "1000",
            "CREDIT_PRICE": "0.10 usd",
            "LEASE_S": "10",
            "POLL_INTERVAL_S": "0.25",
            "JOB_TIMEOUT_S": "86400",
            "FETCH_TIMEOUT_S": "7.5",
            "PICTURE_CPU_S": "20",
            "PICTURE_WALL_S": "40.5",
            "PICTURE_MEMORY_MB": "2000",
            "SPOOL_MAX_MB": "0",
            "SPOOL_MAX_MB_PER_USER": "0",
            "SPOOL_MAX_DAYS": "365",
            "SPOOL_MIN_FREE_MB": "10000000",
            "RETENTION_DAYS": "90",
            "LOG_LEVEL": "debug",
            "LOG_FORMAT": "json",
        }
    )

    assert settings == Settings(
        discord_token="d",
        flux_api_token="f",
        message_content_intent=True,
        role=Role.WORKER,
        shard_count=8,
        shard_ids=(0, 1, 2, 5),
        database_path=Path("/var/lib/fluxcord/a b.db"),
        database_url="postgresql://fluxcord:secret@db.test/fluxcord",
        data_dir=Path("/srv/pictures"),
        image_store_url=yarl.URL("s3://my-bucket/images/of/bot/"),
        aws_endpoint_url=yarl.URL("http://127.0.0.1:9000/"),
        aws_region="eu-central-1",
        aws_access_key_id="a key",
        aws_secret_access_key="a secret",  # only compared
        flux_api_base=yarl.URL("http://127.0.0.1:8001/flux"),
        flux_contract=Contract.DOCUMENTED,
        flux_callback_url=yarl.URL("http://127.0.0.1:8001/forget"),
        flux_answer=Answer.STREAM,
        public_url=yarl.URL("https://bot.example.org/base/"),
        callback_host="127.0.0.1",
        callback_port=8443,
        health_host="::1",
        health_port=9090,
        trusted_proxies=(
            *LOOPBACK,
            ip_network("10.0.0.5"),
            ip_network("172.16.0.0/12"),
            ip_network("fd00::/8"),
        ),
        discord_api_base=yarl.URL("http://127.0.0.1:8002/api/v10"),
        discord_gateway_url=yarl.URL("ws://127.0.0.1:8003/"),
        https_proxy=yarl.URL("http://ada:secret@10.0.0.1:3128"),
        http_proxy=yarl.URL("http://127.0.0.1:7890"),
        no_proxy="example.org, .home",
        fake_ip_ranges=(ip_network("198.18.0.0/15"), ip_network("fc00::/18")),
        trusted_image_hosts=frozenset({("cdn.example.org", 443), ("10.0.0.5", 8080), ("::1", 81)}),
        default_model="flux-2-klein",
        default_edit_model="flux-2-pro",
        max_running_jobs=10,
        max_running_per_user=4,
        max_jobs_per_user=0,
        cooldown_s=2.5,
        user_credits_per_day=12.5,
        credits_per_month=1000,
        credit_price=CreditPrice(amount=Decimal("0.10"), currency="USD"),
        lease_s=10,
        poll_interval_s=0.25,
        job_timeout_s=86_400,
        fetch_timeout_s=7.5,
        picture_cpu_s=20,
        picture_wall_s=40.5,
        picture_memory_mb=2000,
        spool_max_mb=0,
        spool_max_mb_per_user=0,
        spool_max_days=365,
        spool_min_free_mb=10_000_000,
        retention_days=90,
        log_level="DEBUG",
        log_format=LogFormat.JSON,
    )


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("DISCORD_TOKEN", "Bot abc"),
        ("DISCORD_TOKEN", "abc\x00def"),
        ("IMAGE_STORE_URL", "s3://"),
        ("IMAGE_STORE_URL", "s3://Bucket"),
        ("IMAGE_STORE_URL", "https://bucket.example.org"),
        ("IMAGE_STORE_URL", "s3://bucket/a?b"),
        ("AWS_ENDPOINT_URL", "minio:9000"),
        ("DISCORD_TOKEN", "abc\ndef"),
        ("FLUX_API_TOKEN", "Bearer abc"),
        ("MESSAGE_CONTENT_INTENT", "please"),
        ("ROLE", "gateways"),
        ("SHARD_COUNT", "0"),
        ("SHARD_IDS", "3-1"),
        ("SHARD_IDS", "0 1"),
        ("SHARD_IDS", "0,,1"),
        ("FLUX_API_BASE", "api.acedata.cloud"),
        ("FLUX_CONTRACT", "newest"),
        ("FLUX_ANSWER", "wait"),
        ("PUBLIC_URL", "bot.example.org"),
        ("CALLBACK_PORT", "0"),
        ("CALLBACK_PORT", "65536"),
        ("CALLBACK_PORT", "9" * 5_000),
        ("HEALTH_HOST", "localhost"),
        ("HEALTH_PORT", "65536"),
        ("HEALTH_PORT", "off"),
        ("MAX_RUNNING_PER_USER", "0"),
        ("MAX_JOBS_PER_USER", "-1"),
        ("COOLDOWN_S", "-1"),
        ("USER_CREDITS_PER_DAY", "many"),
        ("CREDITS_PER_MONTH", "-0.5"),
        ("CREDITS_PER_MONTH", "nan"),
        ("CREDIT_PRICE", "0.10"),
        ("CREDIT_PRICE", "$0.10"),
        ("CREDIT_PRICE", "0 USD"),
        ("CREDIT_PRICE", "-1 USD"),
        ("CREDIT_PRICE", "1e3 USD"),
        ("CREDIT_PRICE", "1 dollars"),
        ("FLUX_CALLBACK_URL", "ftp://example.org"),
        ("FLUX_API_BASE", "ftp://api.acedata.cloud"),
        ("FLUX_API_BASE", "https://"),
        ("FLUX_API_BASE", "https://api.acedata.cloud:99999"),
        ("FLUX_API_BASE", "https://[::1"),
        ("DISCORD_API_BASE", "wss://discord.com"),
        ("DISCORD_GATEWAY_URL", "https://gateway.discord.gg/"),
        ("TRUSTED_PROXIES", "proxy.example.org"),
        ("TRUSTED_PROXIES", "10.0.0.5/8"),
        ("TRUSTED_PROXIES", "10.0.0.5:8080"),
        ("HTTPS_PROXY", "https://10.0.0.1:3128"),
        ("HTTPS_PROXY", "socks5://127.0.0.1:7891"),
        ("HTTPS_PROXY", "http://"),
        ("HTTP_PROXY", "http://10.0.0.1:port"),
        ("FAKE_IP_RANGES", "198.18.0.1/15"),
        ("FAKE_IP_RANGES", "cdn.example.org"),
        ("FAKE_IP_RANGES", "198.18.0.0/15 fc00::/18"),
        ("TRUSTED_IMAGE_HOSTS", "https://cdn.example.org"),
        ("TRUSTED_IMAGE_HOSTS", "cdn.example.org/pictures"),
        ("TRUSTED_IMAGE_HOSTS", "cdn.example.org?a=b"),
        ("TRUSTED_IMAGE_HOSTS", "me@cdn.example.org"),
        ("TRUSTED_IMAGE_HOSTS", "cdn.example.org other.example.org"),
        ("TRUSTED_IMAGE_HOSTS", "cdn.example.org, :8080"),
        ("TRUSTED_IMAGE_HOSTS", "cdn.example.org:port"),
        ("DEFAULT_MODEL", "flux-schnell"),
        ("DEFAULT_MODEL", "Flux-Dev"),
        ("DEFAULT_EDIT_MODEL", "flux-dev"),
        ("DEFAULT_EDIT_MODEL", "flux-2-klein"),
        ("MAX_RUNNING_JOBS", "0"),
        ("MAX_RUNNING_JOBS", "1001"),
        ("MAX_RUNNING_JOBS", "-1"),
        ("MAX_RUNNING_JOBS", "2.5"),
        ("MAX_RUNNING_JOBS", "many"),
        ("MAX_RUNNING_JOBS", "9" * 5_000),
        ("POLL_INTERVAL_S", "0"),
        ("POLL_INTERVAL_S", "-1"),
        ("POLL_INTERVAL_S", "1s"),
        ("POLL_INTERVAL_S", "nan"),
        ("JOB_TIMEOUT_S", "inf"),
        ("JOB_TIMEOUT_S", "86400.1"),
        ("FETCH_TIMEOUT_S", "0"),
        ("PICTURE_CPU_S", "0"),
        ("PICTURE_CPU_S", "1.5"),
        ("PICTURE_WALL_S", "0"),
        ("PICTURE_MEMORY_MB", "100"),
        ("PICTURE_MEMORY_MB", "1 GB"),
        ("SPOOL_MAX_MB", "-1"),
        ("SPOOL_MAX_MB", "2 GB"),
        ("SPOOL_MAX_MB_PER_USER", "-1"),
        ("SPOOL_MAX_DAYS", "1.5"),
        ("SPOOL_MAX_DAYS", "36501"),
        ("SPOOL_MIN_FREE_MB", "10000001"),
        ("RETENTION_DAYS", "-1"),
        ("SPOOL_MIN_FREE_MB", "9" * 5_000),
        ("LOG_LEVEL", "loud"),
        ("LOG_LEVEL", "10"),
        ("LOG_FORMAT", "xml"),
    ],
    ids=lambda value: value[:40],
)
def test_a_malformed_value_is_named(key: str, text: str) -> None:
    (fault,) = faults_of({**TOKENS, key: text})

    assert fault.startswith(f"{key} ")
    assert fault != f"{key} "


def test_missing_tokens_are_named_with_where_to_get_them() -> None:
    discord, flux = faults_of({})

    assert discord.startswith("DISCORD_TOKEN is missing: ")
    assert "https://discord.com/developers/applications" in discord
    assert flux.startswith("FLUX_API_TOKEN is missing: ")
    assert "https://platform.acedata.cloud" in flux


def test_all_faults_are_named_at_once_in_the_order_of_the_fields() -> None:
    any_text = {"DATABASE_PATH", "DATA_DIR", "NO_PROXY", "AWS_REGION"}
    any_text |= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    malformed = [key for key in KEYS if key not in any_text]

    faults = faults_of(dict.fromkeys(malformed, "? /"))

    assert [fault.split()[0] for fault in faults] == malformed


@pytest.mark.parametrize("token", ["Bot secret-123", "secret-123\x00"])
def test_faults_do_not_repeat_a_token(token: str) -> None:
    faults = faults_of(dict.fromkeys(TOKENS, token))

    assert len(faults) == 2
    assert "secret-123" not in "".join(faults)


def test_tokens_are_hidden_in_repr() -> None:
    shown = f"{DEFAULTS!r} {DEFAULTS}"

    assert "flux-dev" in shown
    assert not any(token in shown for token in TOKENS.values())


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULTS.log_level = "DEBUG"  # type: ignore[misc]  # what is shown here


@pytest.mark.parametrize(
    ("environ", "hosts"),
    [
        ({}, {("api.acedata.cloud", 443), ("discord.com", 443)}),
        (
            {
                "FLUX_API_BASE": "http://127.0.0.1:8001/flux",
                "DISCORD_API_BASE": "http://localhost",
                "TRUSTED_IMAGE_HOSTS": "CDN.example.org",
            },
            {("127.0.0.1", 8001), ("localhost", 80), ("cdn.example.org", 443)},
        ),
    ],
)
def test_pictures_may_come_from_the_apis_and_the_trusted_hosts(
    environ: dict[str, str], hosts: set[tuple[str, int]]
) -> None:
    assert read_settings({**TOKENS, **environ}).image_hosts == hosts


@pytest.mark.parametrize("key", ["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"])
def test_a_proxy_s_key_in_lower_case_comes_first(key: str) -> None:
    environ = {**TOKENS, key: "http://upper.example.org", key.lower(): "http://lower.example.org"}

    assert str(getattr(read_settings(environ), key.lower())).startswith("http://lower.")
    environ[key.lower()] = ""
    assert str(getattr(read_settings(environ), key.lower())).startswith("http://upper.")


def test_a_proxy_s_password_is_hidden() -> None:
    environ = {**TOKENS, "HTTPS_PROXY": "http://ada:secret@10.0.0.1:3128"}

    assert "secret" not in repr(read_settings(environ))
    assert "secret" not in "".join(faults_of({"HTTPS_PROXY": "socks5://ada:secret@10.0.0.1"}))


def example_lines() -> list[tuple[str, str]]:
    return re.findall(r"^(?:# ?)?([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(), re.MULTILINE)


def test_the_example_file_shows_every_key_in_the_order_of_the_fields() -> None:
    assert [key for key, _ in example_lines()] == KEYS


def test_the_example_file_shows_the_defaults() -> None:
    shown = dict(example_lines())

    assert not any(shown[key] for key in TOKENS)
    assert read_settings({**shown, **TOKENS}) == DEFAULTS
    empty = {"FLUX_CALLBACK_URL", "PUBLIC_URL", "TRUSTED_IMAGE_HOSTS", "FAKE_IP_RANGES"}
    empty |= {"CREDIT_PRICE", "DATABASE_URL", "SHARD_COUNT", "SHARD_IDS", "IMAGE_STORE_URL"}
    empty |= {key for key in KEYS if key.startswith("AWS_")}
    proxies = {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "TRUSTED_PROXIES"}
    assert {key for key in KEYS if not shown[key]} == {*TOKENS, *empty, *proxies}


@pytest.mark.parametrize("more", [{}, {"SHARD_COUNT": "3"}])
def test_a_process_has_some_of_all_shards(more: dict[str, str]) -> None:
    assert faults_of({**TOKENS, "SHARD_IDS": "0-3", **more}) == [
        "SHARD_IDS must be below SHARD_COUNT, which has to be set too"
    ]


def test_a_bucket_is_reached_as_the_settings_say() -> None:
    store = {"IMAGE_STORE_URL": "s3://my-bucket/images/", "HTTPS_PROXY": "http://10.0.0.1:3128"}
    amazon = read_settings({**TOKENS, **store}).bucket
    assert amazon == BucketSettings(name="my-bucket", prefix="images", proxy="http://10.0.0.1:3128")
    store["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9000/"
    local = read_settings({**TOKENS, **store}).bucket
    assert local is not None
    assert (local.endpoint, local.proxy) == ("http://127.0.0.1:9000", "")
    assert read_settings(TOKENS).bucket is None


def test_a_role_needs_a_database_that_processes_share() -> None:
    assert faults_of({**TOKENS, "ROLE": "worker"}) == [
        "DATABASE_URL is missing: --role worker needs PostgreSQL"
    ]


def test_a_gateway_needs_no_token_of_flux() -> None:
    shared = {"DISCORD_TOKEN": "d", "DATABASE_URL": "postgresql://db.example/fluxcord"}
    settings = read_settings({**shared, "ROLE": "gateway"})

    assert (settings.role, settings.flux_api_token) == (Role.GATEWAY, "")
    assert "FLUX_API_TOKEN is missing" in faults_of({**shared, "ROLE": "worker"})[0]
