"""Takes one step through the vendor's MCP server, as an assistant would; fails where it does."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SERVER = str(Path(sys.executable).with_name("mcp-flux-pro"))
FOX = {"prompt": "a fox", "size": os.environ["SIZE"]}


async def call(session: ClientSession, tool: str, **arguments: object) -> dict[str, Any]:
    result = await session.call_tool(tool, arguments)
    text = result.content[0].text
    if result.isError:
        raise RuntimeError(text)
    return json.loads(text)


async def urls(session: ClientSession, task: dict[str, Any]) -> list[str]:
    """Return the addresses of a task's pictures, which an era without `async` answers at once."""
    found = task
    while "data" not in found:
        found = await call(session, "flux_get_task", task_id=task["task_id"])
        found = found.get("response", found)
    return [item["image_url"] for item in found["data"]]


async def refusal(session: ClientSession, **arguments: object) -> str:
    result = await session.call_tool("flux_generate_image", arguments)
    assert result.isError, result.content
    return result.content[0].text


async def take(session: ClientSession, step: str) -> None:
    match step:
        case "generate two":
            made = await call(session, "flux_generate_image", **FOX, count=2)
            assert len(await urls(session, made)) == 2, made
        case "async and poll":
            made = await call(session, "flux_generate_image", **FOX)
            pictures = await urls(session, made)
            record = await call(session, "flux_get_task", task_id=made["task_id"])
            assert await urls(session, record["response"]) == pictures, record
        case "batch of tasks":
            made = await call(session, "flux_generate_image", **FOX)
            found = await call(session, "flux_get_tasks_batch", task_ids=[made["task_id"], "none"])
            assert found["count"] == 1, found
        case "edit":
            made = await call(session, "flux_generate_image", **FOX)
            night = {"prompt": "make it night", "size": "1:1"}
            url = (await urls(session, made))[0]
            edited = await call(session, "flux_edit_image", **night, image_url=url)
            assert await urls(session, edited) != [url], edited
        case "invalid request":
            text = await refusal(session, prompt="a fox", size="7x7")
            assert "size is invalid" in text, text
        case "wrong token":
            text = await refusal(session, **FOX)
            assert "token" in text, text


async def main(step: str) -> None:
    variables = dict(os.environ)
    if step == "wrong token":
        variables["ACEDATACLOUD_API_TOKEN"] = "wrong"
    server = StdioServerParameters(command=SERVER, env=variables)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        await session.initialize()
        await take(session, step)


asyncio.run(main(sys.argv[1]))
