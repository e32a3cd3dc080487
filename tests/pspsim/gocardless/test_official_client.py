"""GoCardless's own library takes the simulator for GoCardless."""

from pathlib import Path
from typing import Any

import pytest
from gocardless_pro import errors  # type: ignore[import-untyped]  # it has no types of its own

from tests.pspsim.gocardless.face import (
    EUR_10_99,
    ask,
    client,
    every,
    move_clock,
    payment,
    under,
    write_debit_world,
)
from tests.pspsim.simulator import Simulator, simulator, write_world

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
        await move_clock(running, SETTLED)
        running.process.kill()
        await running.process.wait()
    async with simulator(path, state) as running:
        gc = client(running)
        assert (await ask(gc.mandates.get, mandate)).status == "active"
        assert (await ask(gc.payments.get, paid.id)).status == "confirmed"
        assert (await ask(gc.payments.get, failed.id)).status == "failed"
        await move_clock(running, PAID_OUT)
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


async def test_mandate_is_reinstated_and_a_payment_comes_on_its_day(debit: Simulator) -> None:
    gc = client(debit)
    mandate = await set_up(gc, "tok_ok_grace")
    await ask(gc.mandates.cancel, mandate)
    back = await ask(gc.mandates.reinstate, mandate)
    assert back.status == "active"
    with pytest.raises(errors.InvalidStateError):
        await ask(gc.mandates.reinstate, mandate)
    told = await every(gc.events.all, mandate=mandate)
    assert [each.action for each in told][:2] == ["reinstated", "cancelled"]
    with pytest.raises(errors.ValidationFailedError):
        await ask(gc.payments.create, params=payment(mandate, charge_date="2020-01-01"))
    paid = await ask(gc.payments.create, params=payment(mandate, charge_date="2099-03-16"))
    assert (paid.charge_date, paid.status) == ("2099-03-16", "pending_submission")
