"""What the clock brings, as GoCardless's own library reads it: webhooks, failures, payouts."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from gocardless_pro import (  # type: ignore[import-untyped]  # it has no types of its own
    errors,
    webhooks,
)

from tests.listening import serving
from tests.pspsim.gocardless.face import (
    EUR_10_99,
    WEBHOOK_SECRET,
    ask,
    client,
    every,
    move_clock,
    payment,
    under,
    write_debit_world,
)
from tests.pspsim.simulator import Simulator, simulator

SUBMITTED = "2026-01-01T12:00:00Z"
SETTLED = "2026-01-02T00:00:00Z"
PAID_OUT = "2026-01-03T00:00:00Z"


@dataclass
class Inbox:
    """An endpoint that keeps what it is sent."""

    got: list[tuple[str, bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers["Webhook-Signature"], await request.read()))
        return web.Response(status=204)

    def events(self) -> list[Any]:
        return [
            event
            for signature, body in self.got
            for event in webhooks.parse(body, WEBHOOK_SECRET, signature)
        ]


@asynccontextmanager
async def listening(folder: Path, inbox: Inbox, **world: object) -> AsyncGenerator[Simulator]:
    application = web.Application()
    application.add_routes([web.post("/hooks", inbox.take)])
    async with (
        serving(application) as origin,
        simulator(write_debit_world(folder, **world), folder / "state") as running,
    ):
        await running.control("webhooks", {"provider": "debit", "url": f"{origin}/hooks"})
        yield running


async def test_payment_is_submitted_confirmed_and_paid_out_on_the_clock(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = await ask(gc.payments.create, params=payment(metadata={"reference": "r-1"}))
        statuses = []
        for at in (SUBMITTED, SETTLED, PAID_OUT):
            await move_clock(running, at)
            statuses.append((await ask(gc.payments.get, made.id)).status)
        assert statuses == ["submitted", "confirmed", "paid_out"]
        with pytest.raises(errors.InvalidStateError):
            await ask(gc.payments.cancel, made.id)
        [payout] = await every(gc.payouts.all)
        items = await every(gc.payout_items.all, payout=payout.id)
        one = await ask(gc.payouts.get, payout.id)
        listed = await every(gc.events.all)
        truth = await running.truth()
    assert (payout.amount, payout.deducted_fees, payout.status) == (1068, 31, "paid")
    assert one.attributes == payout.attributes
    assert [(item.type, item.amount, item.links.payment) for item in items] == [
        ("payment_paid_out", "1099.0", made.id),
        ("gocardless_fee", "-31.0", made.id),
    ]
    told = inbox.events()
    assert [(event.resource_type, event.action) for event in told] == [
        ("payments", "created"),
        ("payments", "submitted"),
        ("payments", "confirmed"),
        ("payments", "paid_out"),
        ("payouts", "paid"),
    ]
    assert {event.links.payment for event in told[:4]} == {made.id}
    assert all(event.resource_metadata == {"reference": "r-1"} for event in told[:4])
    assert told[3].links.payout == payout.id
    assert {event.id for event in listed} == {event.id for event in told}
    assert len({event.id for event in told}) == 5
    assert [(line["reference"], line["status"]) for line in truth] == [("r-1", "succeeded")]
    altered = inbox.got[0][1].replace(b"r-1", b"r-2")
    with pytest.raises(errors.InvalidSignatureError):
        webhooks.parse(altered, WEBHOOK_SECRET, inbox.got[0][0])


async def test_what_happens_at_once_is_told_in_one_delivery(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = {
            (await ask(gc.payments.create, params=payment(f"MDtok_ok_{nth}"))).id
            for nth in range(70)
        }
        await running.control("drain")
        before = len(inbox.got)
        await move_clock(running, SETTLED)
    together = [len(webhooks.parse(raw, WEBHOOK_SECRET, of)) for of, raw in inbox.got[before:]]
    assert sum(together) == 140
    assert len(together) < 35  # not one by one, however busy the machine is
    confirmed = [event for event in inbox.events() if event.action == "confirmed"]
    assert {event.links.payment for event in confirmed} == made
    assert len(inbox.events()) == 3 * len(made)


@pytest.mark.parametrize(
    ("currency", "token", "cause", "reason"),
    [
        ("EUR", "insufficient_funds", "insufficient_funds", "AM04"),
        ("EUR", "revocation_of_authorization", "mandate_cancelled", "MD01"),
        ("GBP", "insufficient_funds", "refer_to_payer", "ARUDD-0"),
        ("GBP", "lost_card", "bank_account_closed", "ARUDD-B"),
        ("USD", "invalid_account", "invalid_bank_details", "ACH_RETURN-R03"),
    ],
)
async def test_payment_fails_in_the_words_of_its_scheme(
    tmp_path: Path, currency: str, token: str, cause: str, reason: str
) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        asked = payment(f"MDtok_decline_{token}_x", currency=currency)
        made = await ask(gc.payments.create, params=asked)
        assert made.status == "pending_submission"
        await move_clock(running, PAID_OUT)
        found = await ask(gc.payments.get, made.id)
        [line] = await running.truth()
    assert (found.status, line["status"]) == ("failed", "declined")
    failed = inbox.events()[-1]
    assert (failed.action, failed.details.origin) == ("failed", "bank")
    assert (failed.details.cause, failed.details.reason_code) == (cause, reason)
    assert failed.details.will_attempt_retry is False


def refund(of: str, amount: int, *, total: int) -> dict[str, object]:
    return {
        "amount": amount,
        "total_amount_confirmation": total,
        "metadata": {"reference": f"back-{total}"},
        "links": {"payment": of},
    }


async def refusal_of(gc: Any, asked: dict[str, object]) -> tuple[str, str]:
    """Return type and reason, or field, of the refusal of a refund."""
    with pytest.raises(errors.ApiError) as refusal:
        await ask(gc.refunds.create, params=asked)
    first = refusal.value.errors[0]
    return str(refusal.value.type), str(first.get("reason") or first["field"])


async def test_refund_needs_a_collected_payment_and_the_right_total(tmp_path: Path) -> None:
    async with simulator(write_debit_world(tmp_path), tmp_path / "state") as running:
        gc = client(running)
        made = (await ask(gc.payments.create, params=payment())).id
        early = await refusal_of(gc, refund(made, 99, total=99))
        await move_clock(running, SETTLED)
        first = await ask(
            gc.refunds.create, params=refund(made, 99, total=99), headers=under("back")
        )
        assert (first.status, first.links.payment) == ("created", made)
        same = await ask(
            gc.refunds.create, params=refund(made, 99, total=99), headers=under("back")
        )
        assert same.id == first.id
        wrong = await refusal_of(gc, refund(made, 100, total=100))
        await ask(gc.refunds.create, params=refund(made, 1000, total=EUR_10_99))
        more = await refusal_of(gc, refund(made, 1, total=1100))
        unsaid = await refusal_of(gc, {"amount": 1, "links": {"payment": made}})
        assert (await ask(gc.payments.get, made)).amount_refunded == EUR_10_99
    assert early == ("invalid_state", "refund_payment_invalid_state")
    assert wrong == ("invalid_state", "total_amount_confirmation_invalid")
    assert more == ("validation_failed", "amount")
    assert unsaid == ("validation_failed", "total_amount_confirmation")


async def test_refund_is_paid_and_deducted_from_a_payout(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = (await ask(gc.payments.create, params=payment())).id
        await move_clock(running, SETTLED)
        first = await ask(gc.refunds.create, params=refund(made, 99, total=99))
        second = await ask(gc.refunds.create, params=refund(made, 1000, total=EUR_10_99))
        await move_clock(running, PAID_OUT)
        listed = await every(gc.refunds.all, payment=made)
        [payout] = await every(gc.payouts.all)
        items = await every(gc.payout_items.all, payout=payout.id)
    assert [(each.id, each.status) for each in listed] == [(second.id, "paid"), (first.id, "paid")]
    refunded = [item for item in items if item.type == "payment_refunded"]
    assert [(item.amount, item.links.refund) for item in refunded] == [
        ("-99.0", first.id),
        ("-1000.0", second.id),
    ]
    assert payout.amount == -31
    told = [event.action for event in inbox.events() if event.resource_type == "refunds"]
    assert sorted(told) == sorted(["created", "created", *["paid", "refund_settled"] * 2])


async def test_refund_that_bounces_gives_its_share_back(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = await ask(gc.payments.create, params=payment("MDtok_visa_1"))
        await move_clock(running, SETTLED)
        rates = {"refund_failed": 1_000_000}
        await running.control("faults", {"provider": "debit", "rates": rates})
        asked = {"amount": 99, "total_amount_confirmation": 99, "links": {"payment": made.id}}
        back = await ask(gc.refunds.create, params=asked)
        assert back.status == "created"
        await move_clock(running, PAID_OUT)
        assert (await ask(gc.refunds.get, back.id)).status == "bounced"
        assert (await ask(gc.payments.get, made.id)).amount_refunded == 0
    assert [e.action for e in inbox.events() if e.resource_type == "refunds"] == [
        "created",
        "failed",
    ]


@pytest.mark.parametrize(
    ("scenario", "action", "cause", "reason"),
    [
        ("payment_charged_back", "charged_back", "authorisation_disputed", "MD01"),
        ("payment_late_failure", "failed", "bank_account_closed", "AC04"),
    ],
)
async def test_bank_takes_back_what_was_paid_out(
    tmp_path: Path, scenario: str, action: str, cause: str, reason: str
) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = await ask(gc.payments.create, params=payment())
        about = {"links": {"resource": made.id}}
        with pytest.raises(errors.ValidationFailedError):
            await ask(gc.scenario_simulators.run, scenario, params=about)
        await move_clock(running, SETTLED)
        await move_clock(running, PAID_OUT)
        assert (await ask(gc.scenario_simulators.run, scenario, params=about)).id == scenario
        with pytest.raises(errors.ValidationFailedError):
            await ask(gc.scenario_simulators.run, scenario, params=about)
        await running.control("drain")
        assert (await ask(gc.payments.get, made.id)).status == action
        newest = (await every(gc.events.all, payment=made.id))[0]
        [line] = await running.truth()
    told = inbox.events()[-1]
    assert (told.id, told.action) == (newest.id, newest.action)
    assert (newest.action, newest.details.origin) == (action, "bank")
    assert (newest.details.cause, newest.details.reason_code) == (cause, reason)
    assert line["status"] == "succeeded"  # it was executed, and taken back after that
