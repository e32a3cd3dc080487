"""GoCardless's own library takes the simulator for GoCardless."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from gocardless_pro import errors, webhooks

from tests.pspsim.gocardless.face import (
    EUR_10_99,
    WEBHOOK_SECRET,
    ask,
    client,
    every,
    payment,
    under,
    write_debit_world,
)
from tests.pspsim.simulator import Simulator, simulator, write_world

SUBMITTED = "2026-01-01T12:00:00Z"
SETTLED = "2026-01-02T00:00:00Z"
PAID_OUT = "2026-01-03T00:00:00Z"


async def set_up(gc: Any, holder: str) -> str:
    """Create customer, bank account and mandate as an integration does; return the mandate."""
    customer = await ask(gc.customers.create, params={"email": "ada@example.com"})
    account = await ask(
        gc.customer_bank_accounts.create,
        params={
            "account_holder_name": holder,
            "iban": "DE89370400440532013000",
            "links": {"customer": customer.id},
        },
    )
    assert account.account_number_ending == "00"
    mandate = await ask(
        gc.mandates.create,
        params={"scheme": "sepa_core", "links": {"customer_bank_account": account.id}},
    )
    assert (mandate.links.customer, mandate.links.customer_bank_account) == (
        customer.id,
        account.id,
    )
    return str(mandate.id)


async def test_mandate_is_set_up_listed_and_cancelled(debit: Simulator) -> None:
    gc = client(debit)
    mandate = await set_up(gc, "tok_ok_ada")
    assert mandate.startswith("MD")
    found = await ask(gc.mandates.get, mandate)
    assert (found.status, found.scheme) == ("pending_submission", "sepa_core")
    listed = await every(gc.mandates.all, customer=found.links.customer)
    assert [each.id for each in listed] == [mandate]
    waiting = await ask(gc.payments.create, params=payment(mandate))
    cancelled = await ask(gc.mandates.cancel, mandate)
    assert cancelled.status == "cancelled"
    assert (await ask(gc.payments.get, waiting.id)).status == "cancelled"
    with pytest.raises(errors.InvalidStateError) as refusal:
        await ask(gc.payments.create, params=payment(mandate))
    assert refusal.value.errors[0]["reason"] == "mandate_is_inactive"
    with pytest.raises(errors.InvalidStateError):
        await ask(gc.mandates.cancel, mandate)
    told = await every(gc.events.all, mandate=mandate)
    assert [event.action for event in told] == ["cancelled", "created"]


async def test_payment_is_created_read_and_cancelled(debit: Simulator) -> None:
    gc = client(debit)
    created = await ask(gc.payments.create, params=payment(metadata={"reference": "r-1"}))
    assert created.id.startswith("PM")
    assert (created.amount, created.currency, created.status) == (
        EUR_10_99,
        "EUR",
        "pending_submission",
    )
    assert (created.metadata, created.amount_refunded) == ({"reference": "r-1"}, 0)
    assert (created.scheme, created.retry_if_possible) == ("sepa_core", False)
    assert created.links.mandate == "MDtok_ok_x"
    same = await ask(gc.payments.get, created.id)
    assert same.attributes == created.attributes
    cancelled = await ask(gc.payments.cancel, created.id)
    assert cancelled.status == "cancelled"
    with pytest.raises(errors.InvalidStateError):
        await ask(gc.payments.cancel, created.id)
    with pytest.raises(errors.InvalidStateError) as refusal:
        await ask(gc.payments.retry, created.id)
    assert refusal.value.errors[0]["reason"] == "retry_failed"
    told = await every(gc.events.all, payment=created.id)
    assert [event.action for event in told] == ["cancelled", "created"]
    assert (told[0].details.origin, told[0].details.cause) == ("api", "payment_cancelled")


async def test_key_that_was_used_names_what_it_created(debit: Simulator) -> None:
    gc = client(debit)
    first = await ask(gc.payments.create, params=payment(), headers=under("once"))
    again = await ask(gc.payments.create, params=payment(amount=5), headers=under("once"))
    assert again.attributes == first.attributes  # the library fetched what is named
    strict = client(debit, raise_on_idempotency_conflict=True)
    with pytest.raises(errors.IdempotentCreationConflictError) as conflict:
        await ask(strict.payments.create, params=payment(), headers=under("once"))
    assert conflict.value.conflicting_resource_id == first.id
    made = {"email": "a@example.com"}
    customer = await ask(gc.customers.create, params=made, headers=under("a-customer"))
    same = await ask(gc.customers.create, params=made, headers=under("a-customer"))
    assert same.id == customer.id


async def test_errors_are_those_of_the_library(debit: Simulator) -> None:
    gc = client(debit)
    with pytest.raises(errors.AuthenticationError):
        await ask(client(debit, token="nobody").payments.get, "PM1")
    with pytest.raises(errors.InvalidApiUsageError) as missing:
        await ask(gc.payments.get, "PM1")
    assert missing.value.errors[0]["reason"] == "resource_not_found"
    wrong: tuple[tuple[str, object], ...] = (
        ("amount", 0),
        ("amount", "1099"),
        ("currency", "JPY"),
        ("metadata", dict.fromkeys("abcd", "x")),
        ("metadata", {"a": 1}),
        ("links", {}),
        ("links", {"mandate": "MDtok_decline_nonsense"}),
    )
    for name, value in wrong:
        with pytest.raises(errors.ValidationFailedError) as invalid:
            await ask(gc.payments.create, params={**payment(), name: value})
        assert invalid.value.code == 422
        assert invalid.value.errors[0]["field"]
        assert str(invalid.value)
    with pytest.raises(errors.InvalidApiUsageError):
        await ask(gc.payments.create, params=payment("MD1"))
    with pytest.raises(errors.InvalidApiUsageError):
        await ask(gc.payments.list, params={"colour": "red"})


async def test_request_without_version_or_token_is_refused(debit: Simulator) -> None:
    url = f"http://127.0.0.1:{debit.port}/debit/payments"
    token = {"Authorization": "Bearer sandbox_debit_token"}
    for headers, status, reason in (
        ({}, 401, "missing_authorization_header"),
        (token, 400, "missing_version_header"),
        ({**token, "GoCardless-Version": "2014-11-03"}, 400, "version_not_found"),
    ):
        async with debit.session.get(url, headers=headers) as response:
            error = (await response.json())["error"]
        assert (response.status, error["errors"][0]["reason"]) == (status, reason)
        assert error["type"] == "invalid_api_usage"
        assert error["request_id"]
        assert error["documentation_url"].endswith(reason)


async def test_lists_are_cut_into_pages_newest_first(debit: Simulator) -> None:
    gc = client(debit)
    made = [(await ask(gc.payments.create, params=payment("MDtok_ok_pages"))).id for _ in range(7)]
    listed = await every(gc.payments.all, mandate="MDtok_ok_pages", limit=3)
    assert [each.id for each in listed] == made[::-1]
    first = await ask(gc.payments.list, params={"mandate": "MDtok_ok_pages", "limit": 3})
    assert (first.before, first.after) == (None, made[4])
    back = await ask(
        gc.payments.list, params={"mandate": "MDtok_ok_pages", "limit": 3, "before": made[1]}
    )
    assert [each.id for each in back.records] == made[4:1:-1]
    since = await every(
        gc.payments.all, **{"mandate": "MDtok_ok_pages", "created_at[gte]": "2026-01-01T00:00:00Z"}
    )
    later = await every(
        gc.payments.all, **{"mandate": "MDtok_ok_pages", "created_at[gt]": "2026-01-01T00:00:00Z"}
    )
    assert (len(since), len(later)) == (7, 0)


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
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks"
    async with simulator(write_debit_world(folder, **world), folder / "state") as running:
        await running.control("webhooks", {"provider": "debit", "url": url})
        yield running
    await runner.cleanup()


async def test_payment_is_submitted_confirmed_and_paid_out_on_the_clock(tmp_path: Path) -> None:
    inbox = Inbox()
    async with listening(tmp_path, inbox) as running:
        gc = client(running)
        made = await ask(gc.payments.create, params=payment(metadata={"reference": "r-1"}))
        statuses = []
        for at in (SUBMITTED, SETTLED, PAID_OUT):
            await running.control("clock", {"now": at})
            await running.control("drain")
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
        await running.control("clock", {"now": PAID_OUT})
        await running.control("drain")
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
        await running.control("clock", {"now": SETTLED})
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
        await running.control("clock", {"now": SETTLED})
        first = await ask(gc.refunds.create, params=refund(made, 99, total=99))
        second = await ask(gc.refunds.create, params=refund(made, 1000, total=EUR_10_99))
        await running.control("clock", {"now": PAID_OUT})
        await running.control("drain")
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
        await running.control("clock", {"now": SETTLED})
        rates = {"refund_failed": 1_000_000}
        await running.control("faults", {"provider": "debit", "rates": rates})
        asked = {"amount": 99, "total_amount_confirmation": 99, "links": {"payment": made.id}}
        back = await ask(gc.refunds.create, params=asked)
        assert back.status == "created"
        await running.control("clock", {"now": PAID_OUT})
        await running.control("drain")
        assert (await ask(gc.refunds.get, back.id)).status == "bounced"
        assert (await ask(gc.payments.get, made.id)).amount_refunded == 0
    assert [e.action for e in inbox.events() if e.resource_type == "refunds"] == [
        "created",
        "failed",
    ]


async def test_faults_of_the_shared_path_reach_the_library(tmp_path: Path) -> None:
    async with simulator(write_debit_world(tmp_path), tmp_path / "state") as running:
        gc = client(running)

        async def order(**rates: int) -> None:
            await running.control("faults", {"provider": "debit", "rates": rates})

        await order(rate_limit=1_000_000)
        with pytest.raises(errors.RateLimitError):
            await ask(gc.payments.create, params=payment("MDtok_visa_1"), headers=under("k1"))
        await order(rate_limit=0, http_5xx_before=1_000_000)
        with pytest.raises(errors.GoCardlessInternalError):
            await ask(gc.payments.create, params=payment("MDtok_visa_1"), headers=under("k1"))
        assert await running.truth() == []
        await order(http_5xx_before=0, http_5xx_after=1_000_000)
        with pytest.raises(errors.GoCardlessInternalError):
            await ask(gc.payments.create, params=payment("MDtok_visa_1"), headers=under("k1"))
        await order(http_5xx_after=0, lookup_5xx=1_000_000)
        [line] = await running.truth()
        with pytest.raises(errors.GoCardlessInternalError):
            await ask(gc.payments.get, line["id"])
        await order(lookup_5xx=0)
        # the library repeats what got no answer, and then finds what its key created
        made = await ask(gc.payments.create, params=payment("MDtok_hang_after_x"))
        again = await ask(gc.payments.create, params=payment("MDtok_visa_1"), headers=under("k1"))
        assert again.id == line["id"]
        assert sorted(each["id"] for each in await running.truth()) == sorted([line["id"], made.id])


async def test_everything_survives_kill_9_and_goes_on(tmp_path: Path) -> None:
    path, state = write_debit_world(tmp_path), tmp_path / "state"
    async with simulator(path, state) as running:
        gc = client(running)
        mandate = await set_up(gc, "tok_ok_ada")
        paid = await ask(gc.payments.create, params=payment(mandate))
        failed = await ask(gc.payments.create, params=payment("MDtok_decline_insufficient_funds_x"))
        await running.control("clock", {"now": SETTLED})
        running.process.kill()
        await running.process.wait()
    async with simulator(path, state) as running:
        gc = client(running)
        assert (await ask(gc.mandates.get, mandate)).status == "active"
        assert (await ask(gc.payments.get, paid.id)).status == "confirmed"
        assert (await ask(gc.payments.get, failed.id)).status == "failed"
        await running.control("clock", {"now": PAID_OUT})
        assert (await ask(gc.payments.get, paid.id)).status == "paid_out"
        assert (await ask(gc.payments.get, failed.id)).status == "failed"


async def test_two_accounts_at_the_root_are_told_apart_by_their_tokens(tmp_path: Path) -> None:
    accounts = {
        name: {"dialect": "gocardless", "api_secret": f"token-{name}", "webhook_secret": "x" * 8}
        for name in ("north", "south")
    }
    approvals = {"approval_ppm": dict.fromkeys(accounts, 1_000_000)}
    path = write_world(tmp_path, providers=accounts, segments={"*": approvals})
    async with simulator(path, tmp_path / "state") as running:
        made = await ask(client(running, token="token-south").payments.create, params=payment())
        with pytest.raises(errors.InvalidApiUsageError):
            await ask(client(running, token="token-north").payments.get, made.id)
        [line] = await running.truth()
    assert (line["provider"], line["id"]) == ("south", made.id)
