"""What a member reads while a fault of the sandbox's page is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sandbox.page.fault_controls import DISCORD, FLUX, FaultControls
from sandbox.transcript import state_of
from tests.end_to_end.stage import has_picture, says

if TYPE_CHECKING:
    from tests.end_to_end.stage import Stage

FREE = "so nothing was charged."
REFUNDED = "so you were refunded."

READ = {
    "slow": "**Generating**, ready",
    "error": f"Flux has an error (500), {REFUNDED}",
    "refuse": f"Flux's content filter blocked this request, {FREE}",
    "lose": f"The connection to Flux was lost, {REFUNDED}",
    "busy": f"Flux is receiving too many requests, {FREE}",
    "used_up": f"The bot's Flux account has run out of credits, {FREE}",
}

READ_IN_CHINESE = {
    "slow": "**正在生成**，预计",
    "error": "Flux 出错了（500），已退款给你。",
    "refuse": "Flux 的内容过滤器拦截了这个请求，本次没有扣费。",
    "lose": "与 Flux 的连接中断了，已退款给你。",
    "busy": "Flux 收到的请求太多，本次没有扣费。",
    "used_up": "这个机器人的 Flux 账户积分已用完，本次没有扣费。",
}


def test_every_fault_is_read() -> None:
    assert FLUX.keys() == READ.keys() == READ_IN_CHINESE.keys()


@pytest.mark.parametrize("name", FLUX)
@pytest.mark.parametrize("read", [READ, READ_IN_CHINESE], ids=["English", "Chinese"])
async def test_a_fault_of_flux_is_told_as_what_it_is(
    stage: Stage, name: str, read: dict[str, str]
) -> None:
    if read is READ_IN_CHINESE:
        stage.discord.set_locale("zh-CN")
    FaultControls(stage.discord, stage.flux).choose("flux", name, once=False)
    stage.ada.use("imagine", prompt="a lighthouse")
    card = await stage.ada.wait_for(says(read[name]))

    assert state_of(card) == {"slow": "working", "refuse": "refused"}.get(name, "failed")


async def test_a_busy_flux_is_told_while_the_request_is_retried(idle_stage: Stage) -> None:
    idle_stage.more_settings["POLL_INTERVAL_S"] = "60"  # which the first pause takes too
    controls = FaultControls(idle_stage.discord, idle_stage.flux)
    controls.choose("flux", "busy", once=True)
    async with idle_stage.bot_running():
        idle_stage.ada.use("imagine", prompt="a lighthouse")
        card = await idle_stage.ada.wait_for(says("**Flux is busy (429)**, retrying"))

    assert state_of(card) == "working"


@pytest.mark.parametrize("name", ["error", "busy"])
async def test_a_fault_for_one_request_leaves_the_next_alone(stage: Stage, name: str) -> None:
    FaultControls(stage.discord, stage.flux).choose("flux", name, once=True)
    await stage.ada.use("imagine", prompt="a lighthouse").answered()
    await stage.ended()
    stage.ada.use("imagine", prompt="a harbour")
    card = await stage.ada.wait_for(
        lambda message: has_picture(message) and "a harbour" in message.text
    )

    assert state_of(card) == "done"


@pytest.mark.parametrize("name", sorted(DISCORD.keys() - {"limit"}))
async def test_a_fault_of_discord_delays_the_picture(stage: Stage, name: str) -> None:
    FaultControls(stage.discord, stage.flux).choose("discord", name, once=True)
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.ada.wait_for(has_picture)
    [card] = [message for message in stage.ada.read() if not message.thinking]

    assert has_picture(card)
    assert len(stage.flux.charges) == 1


async def test_a_command_that_discord_limits_costs_nothing(stage: Stage) -> None:
    FaultControls(stage.discord, stage.flux).choose("discord", "limit", once=True)
    stage.ada.use("imagine", prompt="a lighthouse")
    await stage.until(lambda: bool(stage.discord.faults.log))
    stage.discord.clock.advance(1)
    await stage.until(lambda: [row["state"] for row in stage.rows()] == ["cancelled"])

    assert [row["credits"] for row in stage.rows()] == [0]
    assert stage.flux.requests == []
