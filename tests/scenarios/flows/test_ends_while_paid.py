"""Collection of one claim ends while another is being paid: what that pays for is not cut."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.ids import AttemptId, InvoiceId, PaymentId, bucket_of
from ledgerline.catalog.model import EndPolicy
from ledgerline.datasets.audit import audit
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.settle_attempt import Evidence, settle_attempt
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.model import (
    Action,
    DeclineCategory,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from tests.flow_world import open_world
from tests.relayed_psps import Relayed
from tests.resting import PAID, ending

TRIES: Final = 5  # of both claims in vain, before their payer pays the second


@dataclass(slots=True)
class _Slow(Relayed):
    """A bank that takes days to say of one payment that it was paid."""

    payment: PaymentId
    reference: str | None = None
    is_over: bool = False

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if isinstance(what, SentAttempt) and what.payment_id == self.payment:
            self.reference = what.reference
            return Reading(Outcome.PENDING, EvidenceKind.RESPONSE, psp_ref=reading.psp_ref)
        if isinstance(what, Lookup) and what.reference == self.reference and not self.is_over:
            return Reading(Outcome.PENDING, EvidenceKind.STATUS_QUERY, psp_ref=reading.psp_ref)
        return reading


@pytest.mark.parametrize("policy", [EndPolicy.PAUSE, EndPolicy.CANCEL])
async def test_what_a_later_claim_pays_for_is_not_cut_by_an_earlier_one(
    policy: EndPolicy, fresh_database_url: str, tmp_path: Path
) -> None:
    async with open_world(fresh_database_url, tmp_path, catalog=ending(policy, slow=True)) as world:
        # given two renewals that are open, of which the bank takes days over the second
        shopper = await world.shopper("XX", f"tok_recover_{TRIES}")
        bought = await world.buy(shopper, PAID, trial=True)
        await world.advance(date(2026, 3, 10))
        (first, _), (second, payment) = await world.rows(
            "SELECT invoice_id, id FROM payment WHERE subscription_id = %s"
            " AND state = 'processing' ORDER BY created_at",
            bought.subscription_id,
        )
        ends = await world.value(
            "SELECT max(ends_at) FROM retry_plan AS r JOIN payment AS p ON p.id = r.payment_id"
            " WHERE p.invoice_id = %s",
            first,
        )
        await world.advance(ends - timedelta(hours=3))
        bank = _Slow(world.psps, PaymentId(payment))
        world.psps = cast("Gateway", bank)
        assert await world.value("SELECT count(*) FROM attempt") == TRIES
        await pay_invoice(world.run, world.psps, InvoiceId(second))
        # when collection of the first would end meanwhile
        await world.advance(ends + timedelta(days=1))
        # then it does not end yet
        states = "SELECT state FROM invoice WHERE id IN (%s, %s) ORDER BY id"
        assert await world.rows(states, first, second) == [("open",), ("open",)]
        # and once the second is paid, the first alone is given up and service goes on for it
        bank.is_over = True
        await world.advance(ends + timedelta(days=4))
        assert await world.rows(states, first, second) == [("uncollectible",), ("paid",)]
        assert await world.state(bought.subscription_id) == "active"
        assert (await world.covers(bought.subscription_id))[-1][1] > ends + timedelta(days=4)
        assert await audit(world.run) == []


@dataclass(slots=True)
class _Undecided(Relayed):
    """A bank that says of no payment what became of it, until it is asked for good."""

    is_over: bool = False

    @override
    async def call(self, what: Action) -> Reading:
        reading = await self.gateway.call(what)
        if self.is_over or not isinstance(what, SentAttempt | Lookup):
            return reading
        return Reading(Outcome.PENDING, EvidenceKind.STATUS_QUERY, psp_ref=reading.psp_ref)


async def test_a_last_refusal_waits_as_well_for_another_claim_that_is_being_paid(
    fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = ending(EndPolicy.CANCEL, slow=True)
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # given two renewals that are open, and a last try of the first of which nobody hears
        shopper = await world.shopper("XX", "tok_decline_insufficient_funds")
        bought = await world.buy(shopper, PAID, trial=True)
        await world.advance(date(2026, 3, 10))
        (first, payment, ends), (second, _, _) = await world.rows(
            "SELECT p.invoice_id, p.id, max(r.ends_at) FROM payment AS p"
            " JOIN retry_plan AS r ON r.payment_id = p.id"
            " WHERE p.subscription_id = %s AND p.state = 'processing'"
            " GROUP BY p.invoice_id, p.id, p.created_at ORDER BY p.created_at",
            bought.subscription_id,
        )
        bank = _Undecided(world.psps)
        world.psps = cast("Gateway", bank)
        await world.advance(ends + timedelta(hours=1))
        last = await world.value(
            "SELECT id FROM attempt WHERE payment_id = %s AND resolve_at IS NOT NULL", payment
        )
        # and that its payer pays the second meanwhile
        other = await world.method(shopper.customer_id)
        await pay_invoice(world.run, world.psps, InvoiceId(second), method_id=other)
        # when the first is refused after its plan was over
        no = Reading(
            Outcome.DECLINED, EvidenceKind.WEBHOOK, code="no",
            category=DeclineCategory.INSUFFICIENT_FUNDS,
        )  # fmt: skip
        await settle_attempt(world.run, [Evidence(bucket_of(last), AttemptId(last), no)])
        # then it does not end yet
        states = "SELECT state FROM invoice WHERE id IN (%s, %s) ORDER BY id"
        assert await world.rows(states, first, second) == [("open",), ("open",)]
        await world.advance(world.now + timedelta(hours=1))
        assert await world.rows(states, first, second) == [("open",), ("open",)]
        # and once the second is paid, service goes on, and the new card pays the first as well
        bank.is_over = True
        await world.advance(world.now + timedelta(days=3))
        assert await world.rows(states, first, second) == [("paid",), ("paid",)]
        assert await world.state(bought.subscription_id) == "active"
        assert await audit(world.run) == []
