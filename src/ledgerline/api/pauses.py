"""Pause a subscription, and resume it."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from ledgerline.api import previews
from ledgerline.api.operations import Answer, Call, Keyed, Operation
from ledgerline.api.previews import ChangePreview
from ledgerline.api.shapes import Line, Money, ReturnUrl, money, utc
from ledgerline.api.subscriptions import Subscription, answer_of, read
from ledgerline.base.ids import PREFIXES, SubscriptionId, encode
from ledgerline.flows.pause_subscription import pause_subscription, preview_pause
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.rules.resting import Pausing
from ledgerline.subscriptions.model import Anchor


class PauseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pause now; what is paid and not used becomes credit."""

    validate_only: bool = False


class PausePreview(Struct, frozen=True, kw_only=True):
    """What a pause would do: ``ends_on`` is when the subscription ends unless it is resumed."""

    object: str = "subscription_pause_preview"
    livemode: bool
    as_of: datetime
    subscription: str
    ends_on: date
    lines: list[Line]
    credited: Money


class ResumeBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where periods begin, and where the payer comes back to."""

    anchor: Anchor = Anchor.KEEP
    return_url: ReturnUrl | None = None
    validate_only: bool = False


async def pause(call: Call) -> Answer:
    """Pause a subscription now, or show what that would do."""
    body: PauseBody = call.body
    subscription_id = SubscriptionId(call.id("subscription"))
    if body.validate_only:
        return Answer(200, _preview(call, await preview_pause(call.run, subscription_id)))
    await pause_subscription(call.run, subscription_id, command=call.command)
    return Answer(200, await read(call, subscription_id))


async def resume(call: Call) -> Answer:
    """Resume a subscription that is paused, or show what that would cost.

    200 when it runs again, 402 when what was due was declined and it stays paused, 202 while nobody
    knows yet; then a repeat with the same key says what became of it.
    """
    body: ResumeBody = call.body
    asked = Resumption(SubscriptionId(call.id("subscription")), body.anchor)
    if body.validate_only:
        return Answer(200, previews.of_change(call, await preview_resume(call.run, asked)))
    became = await resume_subscription(
        call.run, call.psps, asked, command=call.command, return_url=body.return_url
    )
    return await answer_of(call, asked.subscription_id, became)


def _preview(call: Call, pausing: Pausing) -> PausePreview:
    row = pausing.subscription
    return PausePreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        subscription=encode(PREFIXES["subscription"], row.id),
        ends_on=pausing.ends_on,
        lines=[previews.credit_line(one, row.currency) for one in pausing.credits],
        credited=money(pausing.credited_minor, row.currency),
    )


def _about(call: Call) -> UUID:
    return call.id("subscription")


OPERATIONS: Final = (
    Operation(
        name="pause_subscription", method="POST", path="/v1/subscriptions/{id}/pause",
        summary="Pause a subscription", handle=pause, gives={200: (Subscription, PausePreview)},
        body=PauseBody, keyed=Keyed.REQUIRED, about=_about,
    ),
    Operation(
        name="resume_subscription", method="POST", path="/v1/subscriptions/{id}/resume",
        summary="Resume a subscription", handle=resume,
        gives={200: (Subscription, ChangePreview), 202: Subscription}, body=ResumeBody,
        keyed=Keyed.REQUIRED, about=_about,
    ),
)  # fmt: skip
