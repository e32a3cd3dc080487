"""No debit comes unannounced: its payer is told the amount and the day, in time, or it waits."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.pause_subscription import pause_subscription
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.resume_subscription import Resumption, preview_resume, resume_subscription
from ledgerline.flows.use_payment_method import use_payment_method
from ledgerline.payments.refusals import DebitTakesDays, MandateNotChargeable
from ledgerline.subscriptions.model import Anchor
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.scenarios.debits import (
    BY_PROVIDER,
    BY_US,
    DAY,
    HOUR,
    attempts,
    ended,
    notices,
    open_debit_world,
    payer,
    payer_of,
    renewal,
    take_in,
    told,
)


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_debit_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def subscribed(
    world: World, account: str = BY_US, *, agreed_days: int | None = None
) -> tuple[Shopper, Bought]:
    """Let a trial begin by a mandate, and go on to the hour after its end."""
    shopper = await payer(world, account, agreed_days=agreed_days)
    bought = await world.buy(shopper, trial=True)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + HOUR)
    return shopper, bought


async def on(world: World, day: date) -> None:
    """Go on to the evening of a day, one day after the other, as people do."""
    while world.now.date() < day:
        await world.advance(world.now + DAY)
        await take_in(world)
    assert world.now.date() == day


def body_of(rows: list[tuple[Any, ...]]) -> Any:
    [(body,)] = rows
    return body


async def test_a_renewal_is_announced_and_comes_on_its_day(world: World) -> None:
    _, bought = await subscribed(world)
    payment = await renewal(world, bought)
    billed = world.now.date()
    [(no, amount, due)] = await notices(world, payment["id"])
    # fourteen days, or the first bank day after them
    assert (no, amount) == (1, 1199)
    assert timedelta(days=14) <= due - billed <= timedelta(days=18)
    assert due.weekday() < 5
    assert (payment["tries"], payment["withheld_for"]) == (0, "debit_notice")
    assert await told(world, payment["id"]) == ["payment.debit_announced"]
    body = body_of(
        await world.rows(
            "SELECT body FROM event WHERE kind = 'payment.debit_announced' AND aggregate_id = %s",
            payment["id"],
        )
    )
    assert (body["amount"], body["currency"], body["due_on"]) == (1199, "EUR", due.isoformat())
    # it is served meanwhile, sent some bank days before, and collected on its very day
    sent_on = payment["next_try_at"].date()
    assert billed < sent_on < due
    await world.advance(payment["next_try_at"])
    assert await attempts(world, payment["id"]) == [("sent", None, None, due)]
    assert await world.state(bought.subscription_id) == "active"
    await on(world, due + DAY)
    assert await attempts(world, payment["id"]) == [("succeeded", None, None, due)]
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(payment["id"]) == [1199]
    assert await world.value("SELECT last_debit_on FROM mandate") == due


async def test_service_lasts_until_the_day_that_was_announced(world: World) -> None:
    _, bought = await subscribed(world)
    payment = await renewal(world, bought)
    [(_, _, due)] = await notices(world, payment["id"])
    grace = await world.value(
        "SELECT max(ends_at) FROM cover WHERE invoice_id = %s", payment["invoice_id"]
    )
    paid_until = await world.value(
        "SELECT max(paid_until) FROM cover WHERE invoice_id = %s", payment["invoice_id"]
    )
    assert grace.date() >= min(due + timedelta(days=14), paid_until.date() - DAY)


async def test_a_mandate_that_agreed_to_less_is_debited_sooner(world: World) -> None:
    _, bought = await subscribed(world, agreed_days=1)
    payment = await renewal(world, bought)
    [(_, _, due)] = await notices(world, payment["id"])
    # the provider needs four bank days: it was told and sent in one
    assert await attempts(world, payment["id"]) == [("sent", None, None, due)]
    assert await told(world, payment["id"]) == ["payment.debit_announced"]
    assert due - world.now.date() <= timedelta(days=7)


async def test_a_provider_that_tells_payers_itself_is_not_waited_for(world: World) -> None:
    _, bought = await subscribed(world, BY_PROVIDER)
    payment = await renewal(world, bought)
    assert await attempts(world, payment["id"]) == [("sent", None, None, None)]
    assert await notices(world, payment["id"]) == []


async def test_an_outage_past_the_day_announces_another(world: World) -> None:
    _, bought = await subscribed(world)
    payment = await renewal(world, bought)
    [(_, _, first)] = await notices(world, payment["id"])
    # given that nothing is worked off until after the day
    late = datetime.combine(first, payment["next_try_at"].timetz()) + 2 * DAY
    await world.write("UPDATE payment SET next_try_at = %s WHERE id = %s", late, payment["id"])
    await world.advance(late + HOUR)
    # then what was told is void: nothing is sent without another notice, in time
    assert await attempts(world, payment["id"]) == []
    (_, _, second) = (await notices(world, payment["id"]))[-1]
    assert second - world.now.date() >= timedelta(days=14)
    assert await told(world, payment["id"]) == ["payment.debit_announced"] * 2
    await on(world, second + DAY)
    assert await attempts(world, payment["id"]) == [("succeeded", None, None, second)]
    assert await world.captures(payment["id"]) == [1199]


async def test_what_was_refused_is_announced_anew_before_it_is_tried_again(world: World) -> None:
    shopper, bought = await subscribed(world)
    other = await payer_of(world, shopper, "MDtok_decline_insufficient_funds_1", account=BY_US)
    await use_payment_method(world.run, bought.subscription_id, method_id=other)
    payment = await renewal(world, bought)
    [(_, _, void)] = await notices(world, payment["id"])
    await on(world, payment["next_try_at"].date() + DAY)
    # what was told of another mandate is void
    (no, _, first) = (await notices(world, payment["id"]))[-1]
    assert no == 2
    assert first > void
    await on(world, first + DAY)
    assert [row[:2] for row in await attempts(world, payment["id"])] == [
        ("declined", "insufficient_funds")
    ]
    slot = (await renewal(world, bought))["next_try_at"]
    await on(world, slot.date() + DAY)
    assert len(await attempts(world, payment["id"])) == 1
    (no, _, second) = (await notices(world, payment["id"]))[-1]
    assert no == 3
    assert second - slot.date() >= timedelta(days=14)


async def test_an_announced_debit_of_a_mandate_that_ends_is_not_sent(world: World) -> None:
    shopper, bought = await subscribed(world)
    payment = await renewal(world, bought)
    await ended(world, shopper)
    await world.advance(world.now + HOUR)
    assert await attempts(world, payment["id"]) == [("declined", "revoked", "mandate_ended", None)]
    assert (await renewal(world, bought))["awaits_payer"]


async def test_a_payer_who_pays_now_sees_the_day_and_another_means_ends_the_wait(
    world: World,
) -> None:
    _, bought = await subscribed(world)
    payment = await renewal(world, bought)
    [(_, _, due)] = await notices(world, payment["id"])
    # when the payer pays now by the same mandate, it goes for the day that was told
    paid = await pay_invoice(world.run, world.psps, payment["invoice_id"])
    assert paid.payment_id == payment["id"]
    assert await attempts(world, payment["id"]) == [("sent", None, None, due)]
    assert len(await notices(world, payment["id"])) == 1
    # and nothing else collects it
    await on(world, due + DAY)
    assert await attempts(world, payment["id"]) == [("succeeded", None, None, due)]
    assert await world.captures(payment["id"]) == [1199]


async def test_an_amount_that_differs_from_what_was_told_begins_anew(world: World) -> None:
    _, bought = await subscribed(world)
    payment = await renewal(world, bought)
    [(_, _, first)] = await notices(world, payment["id"])
    await world.advance(world.now + 3 * DAY)
    # given that what is owed changed after it was told
    await world.write("SET session_replication_role = replica")  # an amount never changes else
    await world.write("UPDATE payment SET amount_minor = 1198, next_try_at = %s", world.now)
    await world.write("SET session_replication_role = origin")
    await world.advance(world.now + HOUR)
    assert await attempts(world, payment["id"]) == []
    (no, amount, second) = (await notices(world, payment["id"]))[-1]
    assert (no, amount) == (2, 1198)
    assert second > first
    assert second - world.now.date() >= timedelta(days=14)
    await world.write("SET session_replication_role = replica")
    await world.write("UPDATE payment SET amount_minor = 1199")
    await world.write("SET session_replication_role = origin")


async def test_a_purchase_by_mandate_is_announced_as_it_is_made(world: World) -> None:
    shopper = await payer(world, BY_US, agreed_days=3)
    bought = await world.buy(shopper)
    [(state, _, _, due)] = await attempts(world, bought.payment_id)
    assert state == "sent"
    assert await notices(world, bought.payment_id) == [(1, 1199, due)]
    assert "payment.debit_announced" in await told(world, bought.payment_id)
    await on(world, due + DAY)
    assert await world.captures(bought.payment_id) == [1199]
    assert await world.state(bought.subscription_id) == "active"


async def test_a_scheme_that_nobody_can_announce_is_a_failure_of_ours_that_people_hear_of(
    world: World,
) -> None:
    # given that nobody wrote down how long before payers of a scheme are told
    shopper = await payer(world, BY_US)
    bought = await world.buy(shopper, trial=True)
    rules = await world.rows("SELECT * FROM scheme_rule ORDER BY scheme, valid_from")
    await world.write("SET session_replication_role = replica")
    await world.write("CREATE TABLE kept AS SELECT * FROM scheme_rule")
    await world.write("DELETE FROM scheme_rule")
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    # when a renewal is due for some days
    await world.advance(due + 4 * DAY)
    # then nothing was debited, nobody lost service, and people are told once
    payment = await renewal(world, bought)
    assert {(one[0], one[2]) for one in await attempts(world, payment["id"])} == {
        ("not_executed", "no_notice")
    }
    assert await world.captures(payment["id"]) == []
    assert await world.state(bought.subscription_id) == "active"
    open_ = "SELECT reason FROM money_exception WHERE closed_at IS NULL"
    assert await world.rows(open_) == [("account_refuses_us",)]
    # and once it is written down the payer is told, and then debited
    await world.write("INSERT INTO scheme_rule SELECT * FROM kept")
    await world.write("DROP TABLE kept")
    await world.write("SET session_replication_role = origin")
    assert await world.rows("SELECT * FROM scheme_rule ORDER BY scheme, valid_from") == rules
    await world.advance(world.now + 40 * DAY)
    await take_in(world)
    assert len(await world.captures(payment["id"])) == 1
    assert (await told(world, payment["id"])).count("payment.debit_announced") >= 1


async def test_what_was_stored_as_if_it_were_a_card_is_not_debited_unannounced(
    world: World,
) -> None:
    # given a mandate that a process stored which did not know its account
    customer = await world.customer()
    new = NewPaymentMethod(
        customer_id=customer, psp_account=BY_US, psp_token="MD_stored", brand="sepa", last4="4242"
    )
    shopper = Shopper(customer, await add_payment_method(world.run, new))
    # when its payer is here they are refused, and when not, nothing is sent
    with pytest.raises(MandateNotChargeable) as refused:
        await world.buy(shopper)
    assert refused.value.facts["mandate"] == "no_notice"
    bought = await world.buy(shopper, trial=True)
    due = await world.value(
        "SELECT next_bill_at FROM subscription WHERE id = %s", bought.subscription_id
    )
    await world.advance(due + HOUR)
    payment = await renewal(world, bought)
    assert [(one[0], one[2]) for one in await attempts(world, payment["id"])][:1] == [
        ("not_executed", "no_notice")
    ]
    assert await world.captures(payment["id"]) == []


@pytest.mark.parametrize("account", [BY_US, BY_PROVIDER])
async def test_what_waits_a_day_for_its_payment_is_not_begun_by_a_debit_that_takes_longer(
    world: World, account: str
) -> None:
    _, bought = await subscribed(world, account)
    await world.advance(world.now + 26 * DAY)
    await take_in(world)
    assert await world.state(bought.subscription_id) == "active"
    before = await _done(world, bought)
    with pytest.raises(DebitTakesDays):
        await world.change(bought, "family_monthly")
    with pytest.raises(DebitTakesDays):
        await world.preview(bought, "family_monthly")
    await pause_subscription(world.run, bought.subscription_id)
    asked = Resumption(bought.subscription_id, Anchor.RESTART)
    with pytest.raises(DebitTakesDays):
        await preview_resume(world.run, asked)
    with pytest.raises(DebitTakesDays):
        await resume_subscription(world.run, world.psps, asked)
    assert await world.state(bought.subscription_id) == "paused"
    assert await _done(world, bought) == before


async def _done(world: World, bought: Bought) -> tuple[object, object]:
    """Return what was tried and billed so far."""
    tried = await world.value("SELECT count(*) FROM attempt")
    return tried, await world.lines(bought.subscription_id)
