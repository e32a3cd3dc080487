"""Collection of one claim ends while another is being paid: what that pays for is not cut."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final, cast

import pytest
from typing_extensions import override

from ledgerline.base.ids import InvoiceId, PaymentId
from ledgerline.catalog.model import EndPolicy
from ledgerline.datasets.audit import audit
from ledgerline.flows.pay_invoice import pay_invoice
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
class _Refusing(_Slow):
    """The same bank, which refuses every other payment."""

    @override
    async def call(self, what: Action) -> Reading:
        if isinstance(what, SentAttempt) and what.payment_id != self.payment:
            category = DeclineCategory.INSUFFICIENT_FUNDS
            return Reading(Outcome.DECLINED, EvidenceKind.RESPONSE, code="no", category=category)
        return await _Slow.call(self, what)


@pytest.mark.parametrize("policy", [EndPolicy.PAUSE, EndPolicy.CANCEL])
async def test_a_last_refusal_waits_as_well_for_another_claim_that_is_being_paid(
    policy: EndPolicy, fresh_database_url: str, tmp_path: Path
) -> None:
    # given a market that ends collection with the last try
    catalog = ending(policy, slow=True)
    [market] = catalog.markets
    last = replace(market.collection, collect_days=max(market.collection.retry_days))
    catalog = replace(catalog, markets=(replace(market, collection=last),))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # and two renewals that are open, of which the bank takes days over the second
        shopper = await world.shopper("XX", f"tok_recover_{TRIES - 1}")
        bought = await world.buy(shopper, PAID, trial=True)
        await world.advance(date(2026, 3, 10))
        (first, payment), (second, slow) = await world.rows(
            "SELECT invoice_id, id FROM payment WHERE subscription_id = %s"
            " AND state = 'processing' ORDER BY created_at",
            bought.subscription_id,
        )
        bank = _Refusing(world.psps, PaymentId(slow))
        world.psps = cast("Gateway", bank)
        await pay_invoice(world.run, world.psps, InvoiceId(second))
        # when the last try of the first is refused meanwhile
        ends = await world.value(
            "SELECT max(ends_at) FROM retry_plan WHERE payment_id = %s", payment
        )
        await world.advance(ends + timedelta(hours=1))
        tries = "SELECT count(*) FROM attempt WHERE payment_id = %s"
        assert await world.value(tries, payment) == 3
        # then it does not end yet
        states = "SELECT state FROM invoice WHERE id IN (%s, %s) ORDER BY id"
        assert await world.rows(states, first, second) == [("open",), ("open",)]
        assert await world.value("SELECT awaits_payer FROM payment WHERE id = %s", payment)
        # and once the second is paid, the first alone is given up and service goes on for it
        bank.is_over = True
        await world.advance(ends + timedelta(days=4))
        assert await world.rows(states, first, second) == [("uncollectible",), ("paid",)]
        assert await world.value(tries, payment) == 3
        assert await world.state(bought.subscription_id) == "active"
        assert (await world.covers(bought.subscription_id))[-1][1] > ends + timedelta(days=4)
        assert await audit(world.run) == []
