"""Messages on Discord keep their custom_ids for years: each is read as what it was sent as."""

from __future__ import annotations

import pytest

from cogs.images.buttons import DeletionFormId
from cogs.images.messages import PickerId
from cogs.limits.rules import ConfirmRuleId
from cogs.moderation.cards import BlockFormId, EntryAction, EntryButtonId, ReportFormId
from cogs.privacy import ForgetButtonId
from cogs.settings.panel import ControlId, PanelName, SaveId
from cogs.usage.cards import PeriodButtonId, Scope
from domain.limits import Who
from domain.models import Action
from storage.usage import Period
from ui.buttons import (
    DraftButtonId,
    JobAction,
    JobButtonId,
    KeptAction,
    KeptButtonId,
    PictureButtonId,
    PositionSelectId,
)
from ui.components import CustomId
from ui.forms import FormKind, FormRef
from ui.gallery import PictureSelectId, View

JOB = "0123456789ab"

SENT_BY_1_0_0: dict[str, CustomId] = {
    **{f"fluxcord:{action}:{JOB}": JobButtonId(action, JOB) for action in JobAction},
    f"fluxcord:edit:{JOB}:4": JobButtonId(JobAction.EDIT, JOB, 4),
    f"fluxcord:picture:{JOB}": PositionSelectId(JOB),
    "fluxcord:draft:0123456789abcdef": DraftButtonId("0123456789abcdef"),
    "fluxcord:pictures": PictureSelectId(),
    "fluxcord:page:5::a:b\nc": View(words="a:b\nc", offset=5),
    "fluxcord:page:99999:edit:": View(kind=Action.EDIT, offset=99_999),
    **{f"fluxcord:kept:{action}:{JOB}": KeptButtonId(action, JOB) for action in KeptAction},
    "fluxcord:choose:1234567890123456789": PickerId(1234567890123456789),
    "fluxcord:forget-me": ForgetButtonId(),
    **{f"fluxcord:entry:{action}:{JOB}": EntryButtonId(action, JOB) for action in EntryAction},
    f"fluxcord:form:edit:{JOB}": FormRef(FormKind.EDIT, JOB),
    f"fluxcord:form:edit:{JOB}:2": FormRef(FormKind.EDIT, JOB, 2),
    f"fluxcord:form:change:{JOB}": FormRef(FormKind.CHANGE, JOB),
    "fluxcord:form:draft:0123456789abcdef": FormRef(FormKind.DRAFT, "0123456789abcdef"),
    f"fluxcord:report:{JOB}:1234567890123456789": ReportFormId(JOB, 1234567890123456789),
    f"fluxcord:block:{JOB}": BlockFormId(JOB),
}

SENT_SINCE: dict[str, CustomId] = {
    f"fluxcord:deletion:{JOB}": DeletionFormId(JOB),
    "fluxcord:panel:server|default_size|16:9|1344x768": ControlId(
        PanelName.SERVER, "default_size", "16:9", "1344x768"
    ),
    "fluxcord:panel:own|counted||off": ControlId(PanelName.OWN, "counted", "", "off"),
    "fluxcord:save:server": SaveId(PanelName.SERVER),
    "fluxcord:allow:role:1234567890123456789:flux-pro-1.1:77": ConfirmRuleId(
        Who.ROLE, 1234567890123456789, "flux-pro-1.1", 77
    ),
    "fluxcord:allow:user:5001::": ConfirmRuleId(Who.USER, 5001, None, None),
    "fluxcord:usage:mine:week": PeriodButtonId(Scope.MINE, Period.WEEK),
    f"fluxcord:open:{JOB}:4": PictureButtonId(JOB, 4),
    f"fluxcord:kept:post:{JOB}:2": KeptButtonId(KeptAction.POST, JOB, 2),
}
SENT = SENT_BY_1_0_0 | SENT_SINCE

KINDS = {type(each) for each in SENT.values()}


@pytest.mark.parametrize("text", SENT)
def test_a_custom_id_of_an_old_message_is_of_one_kind(text: str) -> None:
    parsed = [found for kind in KINDS if (found := kind.parse(text))]

    assert parsed == [SENT[text]]
    assert parsed[0].custom_id == text


def test_every_kind_is_shown_here() -> None:
    assert {kind.__name__ for kind in KINDS} == {
        kind.__name__ for kind in CustomId.__subclasses__()
    }
