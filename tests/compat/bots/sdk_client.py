"""Takes one step with the vendor's SDK, synchronously or not; fails where the step does."""

import asyncio
import os
import sys
from typing import Any

from acedatacloud import (
    AceDataCloud,
    APIError,
    AsyncAceDataCloud,
    AuthenticationError,
    ValidationError,
)

SERVER = {"base_url": os.environ["ACEDATACLOUD_API_BASE_URL"], "max_retries": 0}
FOX: dict[str, Any] = {"action": "generate", "prompt": "a fox", "size": os.environ["SIZE"]}
AT_ONCE = {"async_": False}
POLLED = {"wait": True, "poll_interval": 0.1, "max_wait": 40}
NIGHT = {"action": "edit", "prompt": "make it night", "model": "flux-kontext-pro", "size": "1:1"}
REFUSALS = {
    "invalid request": (ValidationError, "bad_request"),
    "wrong token": (AuthenticationError, "invalid_token"),
}


def synchronously(step: str, token: str) -> None:
    with AceDataCloud(token, **SERVER) as client:
        match step:
            case "generate two":
                assert len(client.flux.generate(**FOX, **AT_ONCE, count=2.0).urls()) == 2
            case "async and poll":
                task = client.flux.generate(**FOX, **POLLED)
                assert len(task.urls()) == 1
                assert client.tasks.get(task.id, service="flux")["id"] == task.id
            case "edit":
                url = client.flux.generate(**FOX, **AT_ONCE).urls()[0]
                assert len(client.flux.generate(**NIGHT, **POLLED, image_url=url).urls()) == 1
            case "invalid request":
                client.flux.generate(**FOX | {"size": "7x7"})
            case "wrong token":
                client.flux.generate(**FOX)


async def asynchronously(step: str, token: str) -> None:
    async with AsyncAceDataCloud(token, **SERVER) as client:
        match step:
            case "generate two":
                made = await client.flux.generate(**FOX, **AT_ONCE, count=2.0)
                assert len(made.urls()) == 2
            case "async and poll":
                task = await client.flux.generate(**FOX, **POLLED)
                assert len(task.urls()) == 1
                assert (await client.tasks.get(task.id, service="flux"))["id"] == task.id
            case "edit":
                url = (await client.flux.generate(**FOX, **AT_ONCE)).urls()[0]
                edited = await client.flux.generate(**NIGHT, **POLLED, image_url=url)
                assert len(edited.urls()) == 1
            case "invalid request":
                await client.flux.generate(**FOX | {"size": "7x7"})
            case "wrong token":
                await client.flux.generate(**FOX)


how, name = sys.argv[1:]
key = "wrong" if name == "wrong token" else os.environ["ACEDATACLOUD_API_TOKEN"]
refusal = None
try:
    if how == "sync":
        synchronously(name, key)
    else:
        asyncio.run(asynchronously(name, key))
except APIError as error:
    refusal = (type(error), error.code)
assert refusal == REFUSALS.get(name), refusal
