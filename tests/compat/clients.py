"""The Flux vendor's own clients against the local Flux, in each era of the API."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.flux import ERAS, LocalFlux
from tests.compat.environments import Environment, known
from tests.compat.reports import LackingError, Report, Step
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sandbox.flux import Era

PROGRAMS: Final = Path(__file__).with_name("bots")

CLIENTS: Final = known("flux-pro-cli.txt", "acedatacloud.txt", "mcp-flux-pro.txt")

PROGRAM_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "acedatacloud, sync": ("sdk_client.py", "sync"),
    "acedatacloud, async": ("sdk_client.py", "async"),
    "mcp-flux-pro": ("mcp_client.py",),
}
"""Programs that take a step's name, and fail where the step does."""

LACKS: Final[Mapping[str, Mapping[str, str]]] = {
    "acedatacloud": {
        "ndjson": "the SDK asks for JSON only",
        "batch of tasks": "the SDK asks for one task at a time",
    },
    "mcp-flux-pro": {"ndjson": "the server asks for JSON only"},
}

SIZES: Final[Mapping[Era, str]] = {"documented": "512x256", "current": "16:9"}
"""One size that the default model takes; the eras spell them differently."""


async def play(client: Environment) -> list[Report]:
    """Play a client in every era; an SDK with two faces has a report for each."""
    names = [name for name in PROGRAM_OF if name.startswith(client.name)] or [client.name]
    reports = [Report(name) for name in names]
    for era in ERAS:
        async with await LocalFlux.start(megapixels=0.02, era=era) as flux:
            caller = Caller(client, flux)
            for report in reports:
                await report.play(
                    [Step(f"{name} ({era})", caller.step(report.name, name)) for name in COMMANDS],
                    alive=lambda: True,
                )
    return reports


@dataclass(frozen=True)
class Caller:
    """Runs a client's programs against one local Flux."""

    client: Environment
    flux: LocalFlux

    def step(self, name: str, step: str) -> Callable[[], Awaitable[None]]:
        """Return what takes a step."""
        reason = LACKS.get(self.client.name, {}).get(step)

        async def take() -> None:
            if reason is not None:
                raise LackingError(reason)
            if name in PROGRAM_OF:
                program, *how = PROGRAM_OF[name]
                await self.run(*self.client.command(PROGRAMS / program), *how, step)
            else:
                await COMMANDS[step](self)

        return take

    async def run(self, *command: str, status: int = 0) -> str:
        """Run a program and return what it printed.

        Raises:
            AssertionError: it ended with another status.
        """
        variables = self.client.variables | {
            "ACEDATACLOUD_API_BASE_URL": self.flux.base,
            "ACEDATACLOUD_API_TOKEN": self.flux.token,
            "COLUMNS": "1000",
            "SIZE": SIZES[self.flux.era],
        }
        process = await asyncio.create_subprocess_exec(
            *command, env=variables, cwd=self.client.folder, stdout=-1, stderr=-1
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                said, complaint = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode == status, (said + complaint).decode()[-1000:]
        return said.decode()

    async def flux_pro(self, *arguments: str, status: int = 0) -> str:
        """Run the vendor's command line."""
        return await self.run(str(self.client.tool("flux")), *arguments, status=status)

    async def generate(self, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        """Generate with the vendor's command line."""
        size = SIZES[self.flux.era]
        return json.loads(
            await self.flux_pro("generate", "a fox", "-s", size, "--json", *arguments)
        )


async def _generate_two(caller: Caller) -> None:
    # Sent as 2.0.
    assert len((await caller.generate("-n", "2"))["data"]) == 2


async def _ndjson(caller: Caller) -> None:
    assert (await caller.generate("--accept", "application/x-ndjson"))["success"]


async def _poll(caller: Caller) -> None:
    task_id = (await caller.generate("--async"))["task_id"]
    record = json.loads(await caller.flux_pro("wait", task_id, "--interval", "1", "--json"))
    assert record["response"]["success"]
    assert json.loads(await caller.flux_pro("task", task_id, "--json"))["id"] == task_id


async def _batch(caller: Caller) -> None:
    task_id = (await caller.generate())["task_id"]
    found = json.loads(await caller.flux_pro("tasks", task_id, "unknown", "--json"))
    assert found["count"] == 1


async def _edit(caller: Caller) -> None:
    url = (await caller.generate())["data"][0]["image_url"]
    options = ("--image-url", url, "-s", "1:1", "-n", "2", "--json")
    edited = json.loads(await caller.flux_pro("edit", "make it night", *options))
    assert edited["data"][0]["image_url"] != url


async def _invalid(caller: Caller) -> None:
    said = await caller.flux_pro("generate", "a fox", "-s", "7x7", status=1)
    assert "size is invalid" in said, said


async def _wrong_token(caller: Caller) -> None:
    said = await caller.flux_pro("--token", "wrong", "generate", "a fox", status=1)
    assert "token" in said, said


COMMANDS: Final[Mapping[str, Callable[[Caller], Awaitable[None]]]] = {
    "generate two": _generate_two,
    "ndjson": _ndjson,
    "async and poll": _poll,
    "batch of tasks": _batch,
    "edit": _edit,
    "invalid request": _invalid,
    "wrong token": _wrong_token,
}
"""Every step, as flux-pro-cli takes it."""
