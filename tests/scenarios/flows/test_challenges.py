"""A payer who has to act first is charged once, when they acted, and never when they did not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import pytest
from typing_extensions import override

from ledgerline.base.ids import AttemptId, PaymentId, PurchaseId
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.pay_invoice import pay_invoice
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.start_purchase import Checkout, start_purchase
from ledgerline.flows.withdraw_purchase import withdraw_purchase
from ledgerline.payments.model import (
    Action,
    EvidenceKind,
    Lookup,
    Outcome,
    Reading,
    SentAttempt,
)
from ledgerline.payments.refusals import PaymentInProgress, PaymentNotFound
from ledgerline.rules.quote import Order
from tests.flow_values import Bought, Shopper
from tests.flow_world import World
from tests.relayed_psps import Relayed

RETURN_URL: Final = "https://shop.example/done?basket=7"
CHALLENGE: Final = "tok_challenge"
HALF_AN_HOUR: Final = timedelta(minutes=30)


async def _buy(
    world: World,
    shopper: Shopper,
    *,
    psps: Any = None,
    return_url: str | None = RETURN_URL,
    trial: bool = False,
    plan: str = "individual_monthly",
) -> Bought:
    order = Order(shopper.customer_id, plan, with_trial=trial)
    bought = await start_purchase(
        world.run,
        psps or world.psps,
        order,
        payment_method_id=shopper.method_id,
        checkout=Checkout(return_url=return_url),
    )
    return await world.bought(bought.purchase_id)


async def _attempt(world: World, payment_id: PaymentId | None) -> tuple[Any, ...]:
    [found] = await world.rows(
        """SELECT a.id, a.state, a.action_sealed, a.action_expires_at, a.return_url, a.category,
                  e.kind
             FROM attempt a LEFT JOIN attempt_evidence e ON e.attempt_id = a.id AND e.no = 1
            WHERE a.payment_id = %s ORDER BY a.ordinal DESC LIMIT 1""",
        payment_id,
    )
    return found


async def _url(world: World, payment_id: PaymentId | None) -> str:
    id_, state, sealed, expires_at, _, _, _ = await _attempt(world, payment_id)
    assert state == "requires_action"
    assert expires_at > world.now
    assert b"http" not in sealed
    return open_action(world.run, AttemptId(id_), sealed)


async def _answer(url: str, answer: str) -> tuple[int, str | None]:
    """Be the payer: read the page, answer, and say where it leads."""
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(url) as page,
        browser.post(url, data={"answer": answer}, allow_redirects=False) as end,
    ):
        assert page.status in {200, 410}
        return end.status, end.headers.get("location")


async def _confirm(world: World, bought: Bought) -> None:
    assert bought.payment_id is not None
    await confirm_payment(world.run, world.psps, bought.payment_id)


async def _charges(world: World) -> list[tuple[str, int]]:
    truth = await world.simulator.truth()
    return [(one["status"], one["amount"]) for one in truth if one["kind"] == "charge"]


async def test_a_payer_who_passes_is_charged_once_and_renewed_without_being_asked_again(
    fresh_world: World,
) -> None:
    world = fresh_world
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper)
    # given a purchase whose bank wants to see its buyer: nothing is charged, nothing else is tried
    assert await world.state(bought.subscription_id) == "incomplete"
    assert await world.captures(bought.payment_id) == []
    events = await world.events(shopper.customer_id)
    assert events["payment.action_required"] == 1
    with pytest.raises(PaymentInProgress):
        await pay_invoice(world.run, world.psps, bought.invoice_id)
    # when they come back without having answered, nothing has changed
    url = await _url(world, bought.payment_id)
    await _confirm(world, bought)
    assert await _url(world, bought.payment_id) == url
    # when they pass, they are led back, and what the provider says is what counts
    status, location = await _answer(url, "pass")
    assert status == 303
    assert urlsplit(location or "").netloc == "shop.example"
    assert (location or "").startswith(RETURN_URL + "&charge=")
    await _confirm(world, bought)
    await _confirm(world, bought)  # the page is loaded again
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(bought.payment_id) == [1_199]
    _, state, sealed, expires_at, return_url, _, kind = await _attempt(world, bought.payment_id)
    assert (state, sealed, expires_at, return_url) == ("succeeded", None, None, None)
    assert kind == "status_query"
    # and it answers nothing a second time
    assert (await _answer(url, "pass"))[0] == 303
    assert await _charges(world) == [("succeeded", 1_199)]
    # and the renewal is theirs without them
    await world.advance(world.now + timedelta(days=32))
    assert await world.state(bought.subscription_id) == "active"
    assert [status for status, _ in await _charges(world)] == ["succeeded", "succeeded"]


async def test_a_payer_who_fails_is_charged_nothing_and_buys_anew(fresh_world: World) -> None:
    world = fresh_world
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper)
    await _answer(await _url(world, bought.payment_id), "fail")
    await _confirm(world, bought)
    assert await world.state(bought.subscription_id) == "expired"
    assert (await _attempt(world, bought.payment_id))[5] == "authentication_failed"
    other = await world.method(shopper.customer_id)
    again = await world.buy(shopper._replace(method_id=other))
    assert await world.state(again.subscription_id) == "active"
    assert sorted(await _charges(world)) == [("declined", 1_199), ("succeeded", 1_199)]


async def test_a_payer_who_never_comes_back_is_found_out_by_looking(fresh_world: World) -> None:
    world = fresh_world
    bought = await _buy(world, await world.shopper(token=CHALLENGE))
    await _answer(await _url(world, bought.payment_id), "pass")
    await world.advance(world.now + timedelta(minutes=2))
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(bought.payment_id) == [1_199]


async def test_what_nobody_passes_is_ended_at_the_provider_before_it_is_over_for_us(
    fresh_world: World,
) -> None:
    # given a page that the payer leaves open
    world = fresh_world
    bought = await _buy(world, await world.shopper(token=CHALLENGE))
    url = await _url(world, bought.payment_id)
    # then it stays theirs while the provider waits
    await world.advance(world.now + timedelta(minutes=14))
    assert await _url(world, bought.payment_id) == url
    # when its time is over, the provider confirms that it never will be executed
    await world.advance(world.now + timedelta(minutes=20))
    _, state, _, _, _, _, kind = await _attempt(world, bought.payment_id)
    assert (state, kind) == ("not_executed", "void_confirmed")
    assert await world.state(bought.subscription_id) == "expired"
    assert (await _answer(url, "pass"))[0] == 303
    assert await _charges(world) == [("canceled", 1_199)]


@dataclass(slots=True)
class Mute(Relayed):
    """A provider that says nothing of one kind of question."""

    of: str = "cancel"

    @override
    async def call(self, what: Action) -> Reading:
        if self.of == "lookup" and isinstance(what, Lookup):
            return Reading(Outcome.UNKNOWN, EvidenceKind.STATUS_QUERY, code="mute")
        reading = await self.gateway.call(what)
        if self.of == "charge" and isinstance(what, SentAttempt):
            return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="mute")
        return reading

    @override
    async def cancel(self, subject: Lookup) -> Reading:
        if self.of == "cancel":
            return Reading(Outcome.UNKNOWN, EvidenceKind.TRANSPORT, code="mute")
        return await self.gateway.cancel(subject)


async def test_expiry_is_no_evidence_while_the_provider_confirms_nothing(
    fresh_world: World,
) -> None:
    # given an open challenge at a provider whose clock stands still and that answers no cancel
    world = fresh_world
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper)
    url = await _url(world, bought.payment_id)
    mute = Mute(world.psps)
    # when its time is over by our clock, looked at as often as one likes
    for minutes in (31, 40, 90):
        later = world.run.at(world.now + timedelta(minutes=minutes))
        assert await resolve_attempts(later, mute, buckets=ALL) == 1
    # then it is unknown, not over
    assert (await _attempt(world, bought.payment_id))[1] == "unknown"
    assert await world.state(bought.subscription_id) == "incomplete"
    # and a payer who passes after all has paid
    await _answer(url, "pass")
    await world.advance(world.now + timedelta(hours=3))
    assert await world.state(bought.subscription_id) == "active"
    assert await world.captures(bought.payment_id) == [1_199]


async def test_a_lookup_that_fails_takes_no_payer_their_time(fresh_world: World) -> None:
    world = fresh_world
    bought = await _buy(world, await world.shopper(token=CHALLENGE))
    url = await _url(world, bought.payment_id)
    later = world.run.at(world.now + timedelta(minutes=5))
    assert await resolve_attempts(later, Mute(world.psps, of="lookup"), buckets=ALL) == 1
    assert await _url(world, bought.payment_id) == url


async def test_a_lost_answer_that_asked_for_the_payer_is_heard_by_looking(
    fresh_world: World,
) -> None:
    world = fresh_world
    bought = await _buy(
        world, await world.shopper(token=CHALLENGE), psps=Mute(world.psps, of="charge")
    )
    assert (await _attempt(world, bought.payment_id))[1] == "unknown"
    await world.advance(world.now + timedelta(seconds=30))
    await _answer(await _url(world, bought.payment_id), "pass")
    await _confirm(world, bought)
    assert await _charges(world) == [("succeeded", 1_199)]


@pytest.mark.parametrize("passes", ["before", "after", "never"])
async def test_a_buyer_who_gives_up_is_not_charged_for_it(fresh_world: World, passes: str) -> None:
    # given a buyer with an open challenge who gives the purchase up
    world = fresh_world
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper)
    url = await _url(world, bought.payment_id)
    if passes == "before":
        await _answer(url, "pass")
    await withdraw_purchase(world.run, PurchaseId(bought.purchase_id))
    assert await world.state(bought.subscription_id) == "expired"
    # then it is ended at the provider at the next look
    await world.advance(world.now + timedelta(seconds=1))
    if passes == "after":
        await _answer(url, "pass")
    await world.advance(world.now + timedelta(minutes=1))
    # and what they had confirmed before that goes back by itself
    state = (await _attempt(world, bought.payment_id))[1]
    assert state == ("succeeded" if passes == "before" else "not_executed")
    refunds = [one["amount"] for one in await world.simulator.truth() if one["kind"] == "refund"]
    assert refunds == ([1_199] if passes == "before" else [])
    assert (await world.balances(shopper.customer_id)).get("suspense", 0) == 0


async def test_a_payer_whom_nobody_can_send_anywhere_is_refused(fresh_world: World) -> None:
    world = fresh_world
    bought = await _buy(world, await world.shopper(token=CHALLENGE), return_url=None)
    assert await world.state(bought.subscription_id) == "expired"
    assert (await _attempt(world, bought.payment_id))[5] == "authentication_required"
    assert [status for status, _ in await _charges(world)] == ["declined"]


@pytest.mark.parametrize("answer", ["pass", "fail", "leave"])
async def test_a_renewal_that_needs_its_payer_waits_for_them_with_grace(
    fresh_world: World, answer: str
) -> None:
    # given a trial with a card whose bank wants to see its holder
    world = fresh_world
    shopper = await world.shopper(token=CHALLENGE)
    bought = await _buy(world, shopper, trial=True)
    assert await world.state(bought.subscription_id) == "trialing"
    # when the first renewal is charged without them, no machine tries again and service goes on
    await world.advance(world.now + timedelta(days=32))
    assert await world.state(bought.subscription_id) == "past_due"
    invoice_id, payment_id = (
        await world.rows(
            """SELECT invoice_id, id FROM payment
                WHERE subscription_id = %s AND state = 'processing'""",
            bought.subscription_id,
        )
    )[0]
    await world.advance(world.now + timedelta(days=4))
    assert [status for status, _ in await _charges(world)] == ["declined"]
    # when they pay it and are asked to act
    await pay_invoice(world.run, world.psps, invoice_id, return_url=RETURN_URL)
    url = await _url(world, payment_id)
    if answer != "leave":
        await _answer(url, answer)
        await confirm_payment(world.run, world.psps, payment_id)
    await world.advance(world.now + timedelta(hours=1))
    # then only a payer who passed has paid; for the others nothing has changed
    paid = answer == "pass"
    assert await world.state(bought.subscription_id) == ("active" if paid else "past_due")
    assert await world.captures(payment_id) == ([1_199] if paid else [])
    awaits = await world.value("SELECT awaits_payer FROM payment WHERE id = %s", payment_id)
    assert awaits is not paid
    # and the next renewal needs nobody
    if paid:
        await world.advance(world.now + timedelta(days=32))
        assert await world.state(bought.subscription_id) == "active"


async def test_what_its_buyer_left_is_not_charged_half_an_hour_later(fresh_world: World) -> None:
    # given a charge that never arrived, and a buyer who left without a word
    world = fresh_world
    shopper = await world.shopper(token="tok_500_before")
    bought = await _buy(world, shopper)
    silent = Mute(world.psps, of="lookup")
    for minutes in (1, 10, 29):
        later = world.run.at(world.now + timedelta(minutes=minutes))
        await resolve_attempts(later, silent, buckets=ALL)
    # when it is found after half an hour that the provider knows nothing of it
    await world.advance(world.now + HALF_AN_HOUR + timedelta(hours=2))
    # then it is ended there, so that it is never executed, and the buyer is free
    _, state, _, _, _, _, kind = await _attempt(world, bought.payment_id)
    assert (state, kind) == ("not_executed", "void_confirmed")
    assert await world.state(bought.subscription_id) == "expired"
    assert await _charges(world) == []


async def test_the_first_charge_of_a_series_is_challenged_where_the_law_wants_it(
    fresh_world: World,
) -> None:
    # given a card that nobody has paid with, and a bank under the second payment directive
    world = fresh_world
    shopper = await world.shopper()
    first = await _buy(world, shopper)
    await _answer(await _url(world, first.payment_id), "pass")
    await _confirm(world, first)
    # when it pays again with its holder present, or one of elsewhere pays for the first time
    await world.cancel(first)
    second = await _buy(world, shopper, plan="family_monthly")
    elsewhere = await _buy(world, await world.shopper("US"))
    # then nobody is asked
    for one in (second, elsewhere):
        assert await world.state(one.subscription_id) == "active"
    decided = await world.rows(
        """SELECT d.chosen, a.challenge, h.status, h.challenged, h.version, h.liability_shifted
             FROM decision d JOIN attempt a ON a.id = d.subject_id
             LEFT JOIN attempt_authentication h ON h.attempt_id = a.id
            WHERE d.kind = 'authentication'"""
    )
    assert sorted(decided) == [
        ("challenge", True, "Y", True, "2.2.0", True),
        ("leave", False, None, None, None, None),
        ("leave", False, None, None, None, None),
    ]


async def test_only_a_payment_can_be_gone_on_with(fresh_world: World) -> None:
    world = fresh_world
    unknown = PaymentId(world.run.new_id(world.run.new_bucket()))
    with pytest.raises(PaymentNotFound):
        await confirm_payment(world.run, world.psps, unknown)
    done = await world.buy(await world.shopper())
    await _confirm(world, done)
    assert await world.captures(done.payment_id) == [1_199]
