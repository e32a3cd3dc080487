"""GoCardless's own library asks for mandates by billing requests, whose pages people fulfil."""

from pathlib import Path
from typing import Any, Final

import pytest
from gocardless_pro import errors  # type: ignore[import-untyped]  # it has no types of its own

from tests.pspsim.gocardless.face import (
    ask,
    client,
    every,
    move_clock,
    payment,
    under,
    write_debit_world,
)
from tests.pspsim.gocardless.mandate_page import give, leave, look
from tests.pspsim.simulator import Simulator, simulator

BACK: Final = "https://shop.example/done"
LEFT: Final = "https://shop.example/left"


async def asked(gc: Any, currency: str = "EUR", **more: object) -> Any:
    """Ask for a mandate."""
    return await ask(
        gc.billing_requests.create,
        params={
            "mandate_request": {"currency": currency, "metadata": {"of": "mandate"}},
            "metadata": {"reference": "s-1"},
            **more,
        },
    )


async def opened(gc: Any, billing_request: str) -> Any:
    """Open a flow."""
    links = {"billing_request": billing_request}
    return await ask(
        gc.billing_request_flows.create,
        params={"redirect_uri": BACK, "exit_uri": LEFT, "lock_currency": True, "links": links},
    )


async def test_a_request_is_made_and_its_flow_opened(debit: Simulator) -> None:
    gc = client(debit)
    request = await asked(gc)
    assert request.id.startswith("BRQ")
    assert (request.status, request.metadata) == ("pending", {"reference": "s-1"})
    assert (request.mandate_request.scheme, request.mandate_request.currency) == (
        "sepa_core",
        "EUR",
    )
    assert request.links.mandate_request_mandate is None
    flow = await opened(gc, request.id)
    assert flow.id.startswith("BRF")
    assert (flow.redirect_uri, flow.exit_uri) == (BACK, LEFT)
    assert flow.links.billing_request == request.id
    again = await ask(gc.billing_request_flows.initialise, flow.id)
    assert again.authorisation_url == flow.authorisation_url
    assert again.session_token.startswith("sesh_")
    closed = await ask(gc.billing_requests.get, request.id)
    assert closed.attributes == request.attributes


async def test_a_mandate_is_given_on_the_page_of_a_flow(debit: Simulator) -> None:
    gc = client(debit)
    request = await asked(gc)
    flow = await opened(gc, request.id)
    # given a payer who opens it, errs, and then gives the mandate
    status, text = await look(flow.authorisation_url)
    assert (status, "IBAN" in text) == (200, True)
    assert (await give(flow.authorisation_url, account="DE89370400440532013001"))[0] == 422
    assert (await give(flow.authorisation_url, holder=" "))[0] == 422
    assert (await ask(gc.billing_requests.get, request.id)).status == "pending"
    assert await give(flow.authorisation_url) == (303, BACK)
    # then the request is fulfilled, and names what was made
    done = await ask(gc.billing_requests.get, request.id)
    assert done.status == "fulfilled"
    mandate = await ask(gc.mandates.get, done.links.mandate_request_mandate)
    assert (mandate.status, mandate.scheme) == ("pending_submission", "sepa_core")
    assert mandate.metadata == {"of": "mandate"}
    assert done.mandate_request.links["mandate"] == mandate.id
    account = await ask(gc.customer_bank_accounts.get, done.links.customer_bank_account)
    assert (account.account_number_ending, account.account_holder_name) == ("00", "Ada Lovelace")
    assert account.links.customer == mandate.links.customer == done.links.customer
    collected = await ask(gc.payments.create, params=payment(mandate.id))
    assert collected.status == "pending_submission"
    told = await every(gc.events.all, billing_request=request.id)
    assert [event.action for event in told][::-1] == [
        "created",
        "flow_created",
        "flow_visited",
        "fulfilled",
    ]
    assert told[0].links.attributes["mandate_request_mandate"] == mandate.id
    # and the page leads nowhere any more
    assert (await look(flow.authorisation_url))[0] == 410
    assert (await give(flow.authorisation_url))[0] == 410
    with pytest.raises(errors.InvalidStateError):
        await ask(gc.billing_requests.cancel, request.id)


async def test_a_payer_may_leave_and_come_back_by_the_same_page_or_another(
    debit: Simulator,
) -> None:
    gc = client(debit)
    request = await asked(gc, "GBP")
    first, second = await opened(gc, request.id), await opened(gc, request.id)
    assert first.id != second.id
    assert await leave(first.authorisation_url) == (303, LEFT)
    assert (await ask(gc.billing_requests.get, request.id)).status == "pending"
    assert (await give(second.authorisation_url, account="55779911"))[0] == 303
    assert (await look(first.authorisation_url))[0] == 410
    done = await ask(gc.billing_requests.get, request.id)
    mandate = await ask(gc.mandates.get, done.links.mandate_request_mandate)
    assert mandate.scheme == "bacs"
    told = await every(gc.events.all, billing_request=request.id)
    assert "flow_exited" in [event.action for event in told]


async def test_a_request_that_is_cancelled_or_whose_page_is_too_old_leads_nowhere(
    tmp_path: Path,
) -> None:
    async with simulator(write_debit_world(tmp_path), tmp_path / "state") as running:
        gc = client(running)
        request, late = await asked(gc), await asked(gc)
        flow, page = await opened(gc, request.id), await opened(gc, late.id)
        cancelled = await ask(gc.billing_requests.cancel, request.id)
        assert cancelled.status == "cancelled"
        assert (await give(flow.authorisation_url))[0] == 410
        with pytest.raises(errors.ValidationFailedError):
            await opened(gc, request.id)
        await move_clock(running, "2026-01-08T00:00:01Z")
        assert (await give(page.authorisation_url))[0] == 410
        assert (await ask(gc.billing_requests.get, late.id)).status == "pending"
        again = await opened(gc, late.id)
        assert (await give(again.authorisation_url))[0] == 303
        open_, over = [
            [each.id for each in await every(gc.billing_requests.all, status=status)]
            for status in ("fulfilled", "cancelled")
        ]
        assert (open_, over) == ([late.id], [request.id])


async def test_a_used_key_names_its_request_and_what_cannot_be_is_refused(
    debit: Simulator,
) -> None:
    gc = client(debit)
    params = {"mandate_request": {"currency": "EUR"}}
    first = await ask(gc.billing_requests.create, params=params, headers=under("ask-once"))
    again = await ask(gc.billing_requests.create, params=params, headers=under("ask-once"))
    assert again.id == first.id
    with pytest.raises(errors.ValidationFailedError):
        await asked(gc, "JPY")
    with pytest.raises(errors.InvalidApiUsageError):
        await asked(gc, links={"customer": "CU404"})
    with pytest.raises(errors.InvalidApiUsageError):
        await opened(gc, "BRQ404")
    with pytest.raises(errors.InvalidApiUsageError):
        await every(gc.billing_requests.all, **{"created_at[gte]": "2026-01-01T00:00:00Z"})
