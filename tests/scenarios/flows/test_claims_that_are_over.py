"""Claims that the end of collection closed: who pays for them late has the money back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from ledgerline.base.ids import AttemptId, ExceptionId, InvoiceId
from ledgerline.catalog.model import EndPolicy
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.give_up_payments import give_up_payments
from ledgerline.flows.pay_invoice import pay_invoice, preview_payment
from ledgerline.flows.refund_exception import Return, preview_return, refund_exception
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.adapters.gateway import Gateway
from ledgerline.payments.disputes import DisputeEvent, DisputeKind, DisputeReason
from ledgerline.payments.refusals import ExceptionNotDecidable, InvoiceNotPayable
from ledgerline.payments.rows.payments import DuePaymentRow
from tests.disputing import attempt_of, broken, reasons, tell
from tests.flow_values import Bought
from tests.flow_world import World, open_world
from tests.resting import FREE, PAID, ending
from tests.scenarios.flows.test_late_success import Denying, _moved, _tell

END = {EndPolicy.PAUSE: "paused", EndPolicy.DOWNGRADE: "active", EndPolicy.WRITE_OFF: "active"}


async def _give_up(world: World, bought: Bought) -> None:
    """End collection of the first claim, when no other was looked at yet."""
    [first, *_] = await world.rows(
        "SELECT bucket, id, invoice_id, customer_id, payment_method_id FROM payment"
        " WHERE subscription_id = %s AND state = 'processing' ORDER BY created_at",
        bought.subscription_id,
    )
    bucket, payment_id, invoice_id, customer_id, method_id = first
    row = DuePaymentRow(
        bucket=bucket,
        id=payment_id,
        invoice_id=invoice_id,
        customer_id=customer_id,
        subscription_id=bought.subscription_id,
        currency="EUR",
        amount_minor=3000,
        tries=0,
        own_failures=0,
        awaits_payer=True,
        event_seq=0,
        payment_method_id=method_id,
    )
    assert await give_up_payments(world.run, [row]) == 1


@pytest.mark.parametrize(("end", "plans"), [(EndPolicy.PAUSE, ()), (EndPolicy.DOWNGRADE, (FREE,))])
async def test_what_a_pause_or_a_free_plan_closed_takes_no_money(
    end: EndPolicy, plans: tuple[str, ...], fresh_database_url: str, tmp_path: Path
) -> None:
    catalog = ending(end, *plans, slow=True)
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        # given two claims that a provider executed and said that it did not
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, PAID, trial=True)
        denying = replace(world, psps=cast("Gateway", Denying(world.psps)))
        await denying.advance(date(2026, 3, 14))
        world.run = denying.run
        [second] = await world.rows(
            "SELECT p.invoice_id, a.id FROM payment AS p JOIN attempt AS a ON a.payment_id = p.id"
            " WHERE p.state = 'processing' ORDER BY p.created_at DESC, a.sent_at LIMIT 1"
        )
        # when collection of the first has just ended
        ends = await world.value(
            "SELECT min(r.ends_at) FROM retry_plan AS r JOIN payment AS p ON p.id = r.payment_id"
            " WHERE p.state = 'processing'"
        )
        world.run = world.run.at(max(ends, world.now) + timedelta(minutes=1))
        await _give_up(world, bought)
        rests = end is EndPolicy.PAUSE
        assert await world.state(bought.subscription_id) == ("paused" if rests else "past_due")
        # then nobody pays the second any more, and no preview says otherwise
        other = await world.method(shopper.customer_id)
        for act in (pay_invoice, preview_payment):
            with pytest.raises(InvoiceNotPayable):
                await act(world.run, world.psps, InvoiceId(second[0]), method_id=other)
        # and what turns out to have been paid for it goes back
        await _tell(world, AttemptId(second[1]))
        assert await decide_late_successes(world.run, buckets=ALL) == 1
        assert await world.rows("SELECT cause FROM refund") == [("late_success",)]
        # as does everything else that came behind our back
        for (one,) in await world.rows("SELECT id FROM attempt WHERE id <> %s", second[1]):
            await _tell(world, AttemptId(one))
        await world.advance(world.now + timedelta(days=2))
        assert await _moved(world, "refund") == await _moved(world, "charge")
        assert "suspense" not in await world.balances(shopper.customer_id)
        assert await broken(world) == []


@pytest.mark.parametrize(
    ("end", "plans"),
    [(EndPolicy.PAUSE, ()), (EndPolicy.DOWNGRADE, (FREE,)), (EndPolicy.WRITE_OFF, ())],
)
@pytest.mark.parametrize("reason", [DisputeReason.INSUFFICIENT_FUNDS, DisputeReason.ACCOUNT_CLOSED])
async def test_a_purchase_that_a_bank_took_back_ends_as_the_policy_says(
    end: EndPolicy,
    plans: tuple[str, ...],
    reason: DisputeReason,
    fresh_database_url: str,
    tmp_path: Path,
) -> None:
    async with open_world(fresh_database_url, tmp_path, catalog=ending(end, *plans)) as world:
        shopper = await world.shopper("XX")
        bought = await world.buy(shopper, "year")
        broke = await world.method(shopper.customer_id, "tok_decline_insufficient_funds")
        await use_payment_method(world.run, bought.subscription_id, method_id=broke)
        # when a bank takes a purchase back, and nobody pays it again
        await tell(
            world,
            await attempt_of(world, bought),
            DisputeEvent.LOST,
            minor=36_500,
            kind=DisputeKind.BANK_RETURN,
            reason=reason,
        )
        assert await world.state(bought.subscription_id) == "past_due"
        await world.advance(datetime(2026, 3, 1, tzinfo=UTC))
        # then it ends as a renewal would
        assert await world.state(bought.subscription_id) == END[end]
        assert ("purchase", "uncollectible", 36_500) in await world.invoices(bought.subscription_id)
        assert await broken(world) == []


@pytest.mark.parametrize("event", [DisputeEvent.LOST, DisputeEvent.OPENED])
@pytest.mark.parametrize("kind", [DisputeKind.CARD, DisputeKind.BANK_RETURN])
async def test_a_dispute_that_came_before_its_late_money_has_it(
    fresh_world: World, event: DisputeEvent, kind: DisputeKind
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    bought = await world.buy(shopper, trial=True)
    denying = replace(world, psps=cast("Gateway", Denying(world.psps)))
    await denying.advance(date(2026, 2, 2))
    world.run = denying.run
    [(attempt, invoice)] = await world.rows(
        "SELECT a.id, p.invoice_id FROM attempt AS a JOIN payment AS p ON p.id = a.payment_id"
    )
    # given a dispute of a charge that was declined as far as we know
    await tell(world, attempt, event, kind=kind, reason=DisputeReason.ACCOUNT_CLOSED)
    assert "over_returned" in await reasons(world)
    # when its money is told, and pays the renewal
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    # then the dispute has it, and nothing stays in suspense
    assert await world.rows("SELECT held_minor, over_minor FROM dispute") == [(1199, 0)]
    balances = await world.balances(shopper.customer_id)
    assert "suspense" not in balances
    assert {"late_success", "over_returned"}.isdisjoint(await reasons(world))
    states = [("open" if (event, kind) == (DisputeEvent.LOST, DisputeKind.BANK_RETURN) else "paid")]
    assert await world.rows("SELECT state FROM invoice WHERE id = %s", invoice) == [tuple(states)]
    assert await broken(world) == []
    if event is DisputeEvent.OPENED:
        return
    if kind is DisputeKind.CARD:
        assert balances["dispute_loss"] == 1199
        return
    # and what is claimed again is paid once
    other = await world.method(shopper.customer_id)
    await pay_invoice(world.run, world.psps, InvoiceId(invoice), method_id=other)
    assert await world.state(bought.subscription_id) == "active"
    assert await broken(world) == []


async def test_late_money_that_a_dispute_took_back_is_not_given_back_as_well(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper()
    denying = replace(world, psps=cast("Gateway", Denying(world.psps)))
    await denying.buy(shopper)
    attempt = await world.value("SELECT id FROM attempt")
    # given a purchase that never was, whose charge was executed and taken back by its payer
    await tell(world, attempt, DisputeEvent.LOST)
    await _tell(world, attempt)
    await world.advance(world.now + timedelta(minutes=1))
    # then it is not refunded on top, and people end what is left
    assert await _moved(world, "refund") == []
    assert await reasons(world) == ["late_success", "over_returned"]
    # nor can a person refund it by mistake, shown or done
    late = await world.value("SELECT id FROM money_exception WHERE reason = 'late_success'")
    order = Return(exception_id=ExceptionId(late), by="mara", note="give it back")
    for act in (preview_return, refund_exception):
        with pytest.raises(ExceptionNotDecidable, match="dispute of its charge"):
            await act(world.run, order)
    assert await _moved(world, "refund") == []
    assert "suspense" not in await world.balances(shopper.customer_id)
    assert await broken(world) == []
