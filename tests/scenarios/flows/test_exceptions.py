"""What no machine may decide alone is opened once, told in full, and ended by fact or person."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

import pytest
from typing_extensions import override

from ledgerline.base.cards import CardNumberRefused
from ledgerline.base.ids import AttemptId, Bucket, bucket_of
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.bear_own_failures import NOBODY, subject_of
from ledgerline.flows.close_exception import Decision, close_exception
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.receive_psp_event import receive_psp_event
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.flows.settle_refund import settle_refund
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import (
    Action,
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    VerifiedEvent,
)
from ledgerline.payments.refusals import ExceptionNotClosable, ExceptionNotFound
from ledgerline.payments.rules.exceptions import Reason
from tests.flow_values import Bought
from tests.flow_world import World
from tests.relayed_psps import Relayed


@dataclass(slots=True)
class Between(Relayed):
    """A gateway that says nothing, and lets something happen meanwhile."""

    happens: Callable[[], Awaitable[None]]

    @override
    async def call(self, what: Action) -> Reading:
        await self.happens()
        return NOTHING


@dataclass(slots=True)
class Alarming(Relayed):
    """A gateway whose provider tells of disputes."""

    reference: str | None
    keys: list[str] = field(default_factory=list)

    @override
    def read_webhook(
        self, account: str, headers: Mapping[str, str], raw: bytes, *, now: datetime
    ) -> Sequence[VerifiedEvent]:
        return [
            VerifiedEvent(
                event_key=key,
                event_type="dispute",
                kind=ChargeKind.CHARGE,
                reference=self.reference,
                reading=None,
                alarm=f"the payer disputes it ({key})",
            )
            for key in self.keys
        ]


@dataclass(slots=True)
class Saying(Relayed):
    """A gateway whose provider says one thing."""

    reading: Reading

    @override
    async def call(self, what: Action) -> Reading:
        return self.reading


NOTHING = Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY)
REFUSED = Reading(
    Outcome.NOT_EXECUTED,
    EvidenceKind.RESPONSE,
    code="invalid_request",
    category=DeclineCategory.REQUEST_REFUSED,
)


async def _attempt(world: World, bought: Bought) -> UUID:
    found: UUID = await world.value(
        "SELECT id FROM attempt WHERE payment_id = %s", bought.payment_id
    )
    return found


async def _tell(world: World, reference: str | None, *keys: str) -> None:
    psps = Alarming(world.psps, reference, list(keys))
    await receive_psp_event(world.run, psps, account="aster", headers={}, raw=b"{}")
    await apply_psp_events(world.run, psps)


async def _opened(world: World) -> list[tuple[str, str, bool]]:
    rows = await world.rows(
        "SELECT reason, detail, closed_at IS NULL FROM money_exception ORDER BY reason"
    )
    return [(reason, detail, is_open) for reason, detail, is_open in rows]


def _decision(subject: UUID, reason: Reason, *, bucket: Bucket | None = None) -> Decision:
    return Decision(
        bucket=bucket_of(subject) if bucket is None else bucket,
        subject_id=subject,
        reason=reason,
        by="mara",
        note="answered",
    )


async def test_what_a_provider_tells_of_a_charge_is_one_exception_with_all_of_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    attempt = await _attempt(world, await world.buy(await world.shopper()))
    # when it tells of two things at once, of one of them twice, and of a third later
    await _tell(world, str(attempt), "d1", "d2")
    await _tell(world, str(attempt), "d1", "d3")
    # then there is one exception of the attempt that says each once
    [(reason, detail, is_open)] = await _opened(world)
    assert (reason, is_open) == (Reason.PROVIDER_TOLD, True)
    assert detail == (
        "aster: the payer disputes it (d1) (event d1); aster: the payer disputes it (d2) (event d2)"
        "; aster: the payer disputes it (d3) (event d3)"
    )
    assert await world.value("SELECT subject_id FROM money_exception") == attempt
    # and when a person closes it and the provider tells more, it opens again with the news alone
    await close_exception(world.run, _decision(attempt, Reason.PROVIDER_TOLD))
    assert await world.rows(
        "SELECT closed_by, resolution FROM money_exception WHERE closed_at IS NOT NULL"
    ) == [("mara", "answered")]
    await _tell(world, str(attempt), "d4")
    assert await _opened(world) == [
        (Reason.PROVIDER_TOLD, "aster: the payer disputes it (d4) (event d4)", True)
    ]
    assert await world.rows("SELECT closed_by, resolution FROM money_exception") == [(None, None)]


@pytest.mark.parametrize("reference", [None, "somebody-elses"])
async def test_what_names_nothing_of_ours_is_told_of_the_account(
    fresh_world: World, reference: str | None
) -> None:
    world = fresh_world
    await _tell(world, reference, "d1")
    if reference is not None:  # it may name what is not committed yet: it is looked at for days
        assert await _opened(world) == []
        await world.write("UPDATE psp_event SET tries = 32767, due_at = received_at")
        await apply_psp_events(world.run, world.psps)
    reasons = [reason for reason, _, _ in await _opened(world)]
    assert Reason.PROVIDER_TOLD in reasons
    assert await world.value(
        "SELECT subject_id FROM money_exception WHERE reason = 'provider_told'"
    ) == subject_of("aster")
    # and it is closed under the account
    decision = _decision(subject_of("aster"), Reason.PROVIDER_TOLD, bucket=NOBODY)
    await close_exception(world.run, decision)
    told = [is_open for reason, _, is_open in await _opened(world) if reason == decision.reason]
    assert told == [False]


async def test_an_attempt_unknown_for_a_day_is_told_once_and_proof_closes_it(
    fresh_world: World,
) -> None:
    # given a charge that was executed, and a provider that does not say so
    world = fresh_world
    bought = await world.buy(await world.shopper(token="tok_500_after"))
    silent = Saying(world.psps, NOTHING)
    for hours, told in ((1, 0), (25, 1), (49, 1)):
        later = world.run.at(world.now + timedelta(hours=hours))
        await resolve_attempts(later, silent, buckets=ALL)
        assert len(await _opened(world)) == told
    [(reason, _, is_open)] = await _opened(world)
    assert (reason, is_open) == (Reason.UNKNOWN_TOO_LONG, True)
    # when somebody closes it by hand, it stays
    attempt = await _attempt(world, bought)
    with pytest.raises(ExceptionNotClosable, match="it ends by itself"):
        await close_exception(world.run, _decision(attempt, Reason.UNKNOWN_TOO_LONG))
    # and when the provider answers, it is closed
    await world.advance(world.now + timedelta(days=4))
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.state(bought.subscription_id) == "active"
    assert [is_open for _, _, is_open in await _opened(world)] == [False]


async def test_what_ends_while_it_is_asked_about_is_told_to_nobody(fresh_world: World) -> None:
    # given a charge that was executed, and a provider that says so to somebody else in between
    world = fresh_world
    bought = await world.buy(await world.shopper(token="tok_500_after"))
    attempt = await _attempt(world, bought)
    later = world.run.at(world.now + timedelta(hours=25))

    async def hear() -> None:
        reading = Reading(Outcome.SUCCEEDED, EvidenceKind.WEBHOOK, psp_ref="ch_heard")
        await settle_attempt(later, [Evidence(bucket_of(attempt), AttemptId(attempt), reading)])

    # when it is asked about, and does not say
    await resolve_attempts(later, Between(world.psps, hear), buckets=ALL)
    # then nobody is asked to find out what is known
    assert await world.value("SELECT state FROM attempt") == "succeeded"
    assert [is_open for _, _, is_open in await _opened(world) if is_open] == []


async def test_a_refund_unknown_for_a_day_is_told_once_and_proof_closes_it(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    silent = Saying(world.psps, NOTHING)
    refund = await request_refund(world.run, silent, RefundOrder(bought.payment_id, 500, "asked"))
    for hours, told in ((1, 0), (25, 1), (49, 1)):
        later = world.run.at(world.now + timedelta(hours=hours))
        await resolve_refunds(later, silent, buckets=ALL)
        assert len(await _opened(world)) == told
    assert await world.value("SELECT subject_id FROM money_exception") == refund
    # when the provider answers, it is closed
    await world.advance(world.now + timedelta(days=4))
    [(reason, _, is_open)] = await _opened(world)
    assert (reason, is_open) == (Reason.UNKNOWN_TOO_LONG, False)
    assert await world.value("SELECT state FROM refund") == "succeeded"


async def test_what_contradicts_the_end_of_a_refund_is_told_once_and_changes_nothing(
    fresh_world: World,
) -> None:
    world, first, then = fresh_world, Outcome.DECLINED, Outcome.SUCCEEDED
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    psps = cast("Gateway", Saying(world.psps, Reading(first, EvidenceKind.RESPONSE)))
    refund = await request_refund(world.run, psps, RefundOrder(bought.payment_id, 500, "asked"))
    before = await world.balances()
    for _ in range(2):
        await settle_refund(
            world.run,
            bucket=bought.bucket,
            refund_id=refund,
            reading=Reading(then, EvidenceKind.WEBHOOK, psp_ref="re_1"),
        )
    assert [(reason, is_open) for reason, _, is_open in await _opened(world)] == [
        (Reason.REFUND_CONTRADICTED, True)
    ]
    assert await world.balances() == before
    # and once it is decided it stays closed
    decision = _decision(refund, Reason.REFUND_CONTRADICTED)
    await close_exception(world.run, decision)
    await settle_refund(
        world.run,
        bucket=bought.bucket,
        refund_id=refund,
        reading=Reading(then, EvidenceKind.STATUS_QUERY, psp_ref="re_1"),
    )
    assert [is_open for _, _, is_open in await _opened(world)] == [False]


@pytest.mark.parametrize("ends", ["canceled", "given up"])
async def test_a_request_that_was_refused_is_told_until_its_payment_is_given_up(
    fresh_world: World, ends: str
) -> None:
    # given a renewal whose first request was not understood
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    refusing = replace(world, psps=cast("Gateway", Saying(world.psps, REFUSED)))
    await refusing.advance(date(2026, 2, 1))
    world.run = refusing.run
    [(reason, _, is_open)] = await _opened(world)
    assert (reason, is_open) == (Reason.REQUEST_REFUSED, True)
    # when nobody tries it any more
    if ends == "canceled":
        await world.cancel(bought)
    else:
        await world.steal_card(shopper)
        await world.advance(date(2026, 4, 1))
    assert await world.state(bought.subscription_id) == "canceled"
    # then nobody has to look at it, for no later fact could end it
    assert [is_open for _, _, is_open in await _opened(world)] == [False]


async def test_what_is_not_open_is_not_closed_and_a_note_bears_no_card(fresh_world: World) -> None:
    world = fresh_world
    attempt = await _attempt(world, await world.buy(await world.shopper()))
    with pytest.raises(ExceptionNotFound):
        await close_exception(world.run, _decision(attempt, Reason.PROVIDER_TOLD))
    await _tell(world, str(attempt), "d1")
    decision = _decision(attempt, Reason.PROVIDER_TOLD)
    with pytest.raises(CardNumberRefused):
        await close_exception(world.run, replace(decision, note="card 4111 1111 1111 1111"))
    assert [is_open for _, _, is_open in await _opened(world)] == [True]
