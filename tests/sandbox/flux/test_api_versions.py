"""The two contracts: which models, sizes and edits each takes, and what it makes of `async`."""

import asyncio

import pytest

from flux.catalogue import MODELS as CATALOGUE
from flux.catalogue import RATIOS, Contract
from flux.protocol import spell_size
from sandbox.flux import Charge, LocalFlux, era_named
from sandbox.flux.api_versions import RULES, Era
from sandbox.flux.errors import RefusedError
from sandbox.flux.faults import Hang
from sandbox.flux.models import MODELS, SizeKind
from sandbox.flux.requests import Payload, image_order
from sandbox.flux.sizes import is_allowed
from tests.sandbox.flux.talking import ASYNC, EDIT, GENERATE, Caller, Elsewhere, opened

PICTURE = "http://127.0.0.1/a.png"
NINE = {"21:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:21"}
ELEVEN = NINE | {"4:5", "5:4"}
NAMED = {"1024x1024", "1024x1792", "1792x1024"}
STEPS = {"1024x1024", "256x256", "1440x256", "1344x768", "768x1344"}
NEVER = {
    "", "1:2", "1024X1024", "1024\u00d71024", "1400x900", "224x256", "1472x1024", "1792x1792",
    "16:9\n", " 1:1", "auto",
}  # fmt: skip
ALL_SIZES = ELEVEN | NAMED | STEPS | NEVER

SIZES_OF_KIND = {
    SizeKind.PIXELS: STEPS,
    SizeKind.NAMED_PIXELS_OR_RATIO: NAMED | NINE,
    SizeKind.RATIO: NINE,
    SizeKind.RATIO_OR_NEAR_SQUARE: ELEVEN,
}
SIZES = {
    era: {name: SIZES_OF_KIND[model.sizes] for name, model in rules.models.items()}
    for era, rules in RULES.items()
}
TAKE_PIXELS = {SizeKind.PIXELS, SizeKind.NAMED_PIXELS_OR_RATIO}
BOTH: tuple[Era, ...] = ("documented", "current")


def complaint(era: Era, payload: Payload) -> str | None:
    try:
        image_order(payload, RULES[era])
    except RefusedError as refused:
        return refused.failure.message
    return None


@pytest.mark.parametrize("era", BOTH)
def test_each_era_has_the_models_that_the_bot_s_catalogue_says(era: Era) -> None:
    known = {model.id: model for model in CATALOGUE.values() if Contract(era) in model.contracts}
    assert known.keys() == RULES[era].models.keys()
    for name, model in known.items():
        served = RULES[era].models[name]
        assert served.edits or not model.edits
        assert (served.sizes in TAKE_PIXELS) == model.takes_pixels
        for size in RATIOS:
            assert is_allowed(spell_size(model, size, Contract(era)), served.sizes)


@pytest.mark.parametrize(
    ("era", "model", "kind", "edits"),
    [
        ("documented", "flux-dev", SizeKind.PIXELS, False),
        ("documented", "flux-kontext-pro", SizeKind.RATIO_OR_NEAR_SQUARE, True),
        ("current", "flux-dev", SizeKind.NAMED_PIXELS_OR_RATIO, True),
        ("current", "flux-kontext-pro", SizeKind.RATIO, True),
        ("current", "flux-2-klein", SizeKind.RATIO, False),
    ],
)
def test_models_that_were_seen(
    era: Era,
    model: str,
    kind: SizeKind,
    edits: bool,  # noqa: FBT001
) -> None:
    served = RULES[era].models[model]
    assert (served.sizes, served.edits) == (kind, edits)


@pytest.mark.parametrize("era", BOTH)
@pytest.mark.parametrize("model", [*MODELS, "flux-schnell", "FLUX-DEV"])
def test_each_era_has_its_own_models(era: Era, model: str) -> None:
    size = "1024x1024" if "1024x1024" in SIZES[era].get(model, {"1024x1024"}) else "1:1"
    expected = None if model in SIZES[era] else "model is invalid."
    assert complaint(era, {**GENERATE, "model": model, "size": size}) == expected


@pytest.mark.parametrize(("era", "model"), [(era, model) for era in BOTH for model in SIZES[era]])
def test_each_model_takes_its_sizes_and_no_others(era: Era, model: str) -> None:
    taken = {
        size
        for size in ALL_SIZES - {""}
        if complaint(era, {**GENERATE, "model": model, "size": size}) is None
    }
    assert taken == SIZES[era][model]


@pytest.mark.parametrize("size", [None, ""])
def test_a_size_may_be_left_out_of_documented_requests_only(size: str | None) -> None:
    for model in SIZES["documented"]:
        payload = {**GENERATE, "model": model, "size": size}
        assert image_order(payload, RULES["documented"]).size == "1:1"
    for model in SIZES["current"]:
        payload = {**GENERATE, "model": model, "size": size}
        assert complaint("current", payload) == "size is required"


@pytest.mark.parametrize("era", BOTH)
def test_each_era_has_its_own_editors(era: Era) -> None:
    for model, served in RULES[era].models.items():
        size = min(SIZES_OF_KIND[served.sizes])
        payload = {**EDIT, "model": model, "size": size, "image_url": PICTURE}
        expected = None if served.edits else "model does not support edit."
        assert complaint(era, payload) == expected


@pytest.mark.parametrize("kind", SizeKind)
@pytest.mark.parametrize("size", sorted(NEVER - {"auto"}))
def test_no_kind_takes_an_odd_size(kind: SizeKind, size: str) -> None:
    assert not is_allowed(size, kind)


@pytest.mark.parametrize("value", [True, False, "yes", 1, None])
def test_async_is_an_unknown_field_to_the_documented(value: object) -> None:
    assert not image_order({**GENERATE, "size": None, "async": value}, RULES["documented"]
                           ).answers_at_once  # fmt: skip
    order = {**GENERATE, "size": None, "async": value, "callback_url": PICTURE}
    assert image_order(order, RULES["documented"]).answers_at_once


@pytest.mark.parametrize("name", ["", "seed", "Current"])
async def test_an_unknown_era_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="documented, current"):
        era_named(name)
    with pytest.raises(ValueError, match="era"):
        await LocalFlux.start(era=name)  # type: ignore[arg-type] # it is wrong on purpose


async def test_a_documented_submit_is_held_although_it_asks_for_async(documented: Caller) -> None:
    flux = documented.flux
    flux.misbehave("work", Hang())
    held = asyncio.create_task(documented.images({**ASYNC, "size": "512x256"}))
    await flux.reached(1)
    done, _ = await asyncio.wait([held], timeout=0)
    assert not done
    assert flux.untold == [flux.injected[0].subject]
    flux.release()
    body = (await held).data
    assert body.keys() == {"success", "task_id", "trace_id", "data"}
    assert body["data"][0].keys() == {"prompt", "image_url", "seed"}
    assert flux.untold == []
    assert [charge.task_id for charge in flux.charges] == [body["task_id"]]


async def test_a_documented_callback_brings_the_task_id_at_once(
    documented: Caller, elsewhere: Elsewhere
) -> None:
    asked = {**GENERATE, "size": None, "callback_url": f"{elsewhere.base}/done"}
    reply = await documented.images(asked)
    assert (reply.status, reply.data.keys()) == (200, {"task_id"})
    await documented.flux.settled()
    assert elsewhere.called[0]["task_id"] == reply.data["task_id"]


async def test_eras_are_kept_over_http(documented: Caller, current: Caller) -> None:
    ratio, pixels = GENERATE, {**GENERATE, "size": "1344x768"}
    assert (await documented.images(ratio)).error == (400, "bad_request", "size is invalid.")
    assert (await current.images(pixels)).error == (400, "bad_request", "size is invalid.")
    assert (await documented.images(pixels)).status == 200
    assert (await current.images(ratio)).status == 200
    newer = {**GENERATE, "model": "flux-2-klein"}
    assert (await documented.images(newer)).error == (400, "bad_request", "model is invalid.")


async def test_every_model_delivers_every_size_of_its_era(
    documented: Caller, current: Caller
) -> None:
    for caller in (documented, current):
        for model, sizes in SIZES[caller.flux.era].items():
            for size in sorted(sizes):
                body = (await caller.images({**GENERATE, "model": model, "size": size})).data
                assert caller.flux.charges[-1] == Charge(
                    body["task_id"], model, 1, caller.flux.charges[-1].credits
                )
        last = opened((await caller.get(body["data"][0]["image_url"])).body)
        assert last.width > 0
