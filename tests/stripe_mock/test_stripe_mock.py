"""Our requests and readings against stripe-mock; without it, against its recorded verdicts.

stripe-mock checks every parameter against Stripe's own API description and answers with Stripe's
own examples. It keeps nothing, so it proves the words of a conversation and not their order.
"""

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from io import BytesIO
from typing import Any, get_args
from urllib.parse import unquote

import pytest
import pytest_asyncio
import stripe
from stripe import params

from ledgerline.base.http import HttpClient
from ledgerline.payments.adapters import strict_json
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.stripe import outcomes, wire
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import PspRequest
from ledgerline.payments.model import Outcome
from ledgerline.payments.refusals import SettlementFileRefused
from tests.contracts.connectors.stripe import MERCHANT
from tests.stripe_mock.asked import ASKED, REFUSED, send
from tests.stripe_mock.record import asked, recorded, verdicts
from tests.stripe_mock.server import BINARY, MISSING, SPEC, VERSION, stripe_mock
from tests.unit.payments.samples import ATTEMPT, CHARGE_LOOKUP, REFUND, REFUND_LOOKUP

runs = pytest.mark.skipif(not BINARY.is_file(), reason=MISSING)
AGAIN = "a request changed: `make stripe-mock`, then `python -m tests.stripe_mock.record`"
BALANCE = "/v1/balance_transactions?limit=100&expand%5B%5D=data.source"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def url() -> AsyncIterator[str]:
    async with stripe_mock() as address:
        yield address


@runs
async def test_every_request_is_taken_and_what_is_not_documented_is_refused(url: str) -> None:
    async with HttpClient() as client:
        said = await verdicts(client, url)
    assert {name: each["status"] for name, each in said["asked"].items()} == dict.fromkeys(
        ASKED, 200
    )
    assert {name: each["status"] for name, each in said["refused"].items()} == dict.fromkeys(
        REFUSED, 400
    )
    assert said == {kind: recorded()[kind] for kind in said}


@pytest.mark.parametrize("name", sorted(ASKED))
def test_recorded_verdict_is_about_the_request_as_it_is_now(name: str) -> None:
    assert recorded()["asked"][name] == asked(ASKED[name], 200), AGAIN


def test_recorded_verdicts_say_what_gave_them_and_that_it_can_refuse() -> None:
    told = recorded()
    assert (told["stripe_mock"], told["api_version"]) == (VERSION, SPEC)
    assert len(told["recorded_on"]) == len("2026-11-26")
    assert set(told["asked"]) == set(ASKED)
    assert told["refused"] == {name: asked(each, 400) for name, each in REFUSED.items()}, AGAIN


@pytest.mark.parametrize(
    ("names", "documented"),
    [
        (
            (
                *("charge without the payer", "charge with the payer", "charge of a card alone"),
                *("charge whose payer can come back", "charge whose payer has to be seen"),
            ),
            params.PaymentIntentCreateParams,
        ),
        (("cancel of an intent",), params.PaymentIntentCancelParams),
        (("refund of an intent", "refund of a charge"), params.RefundCreateParams),
        (("intent by its id",), params.PaymentIntentRetrieveParams),
        (("search",), params.PaymentIntentSearchParams),
        (("intents of a customer", "the next of them"), params.PaymentIntentListParams),
        (
            ("refunds of an intent", "refunds of a charge", "refunds of a time"),
            params.RefundListParams,
        ),
    ],
)
def test_every_parameter_is_one_of_the_version_that_is_asked_for(
    names: tuple[str, ...], documented: type
) -> None:
    # stripe-mock knows an earlier version; Stripe's own library is of the very one
    for name in names:
        assert _parameters(ASKED[name]) <= set(documented.__annotations__), name


@pytest.mark.parametrize(
    ("read", "documented"),
    [
        (wire.Intent, stripe.PaymentIntent),
        (wire.Refund, stripe.Refund),
        (wire.Problem, stripe.ErrorObject),
        (wire.Card, stripe.Charge.PaymentMethodDetails.Card),
        (wire.ThreeDSecure, stripe.Charge.PaymentMethodDetails.Card.ThreeDSecure),
        (wire.NextAction, stripe.PaymentIntent.NextAction),
        (wire.RedirectToUrl, stripe.PaymentIntent.NextAction.RedirectToUrl),
        (wire.Event, stripe.Event),
        (wire.BalanceTransaction, stripe.BalanceTransaction),
    ],
)
def test_every_field_that_is_read_is_one_of_that_version(read: type[Any], documented: type) -> None:
    assert {field.name for field in fields(read)} <= set(documented.__annotations__)


def test_every_event_that_is_read_is_one_of_that_version() -> None:
    [words] = get_args(params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    assert outcomes.EVENTS.keys() | outcomes.ALARMS.keys() <= set(get_args(words))


@runs
async def test_stripes_own_examples_are_read_and_never_taken_for_ours(url: str) -> None:
    merchant = replace(MERCHANT, settings={"base_url": url})
    refund = replace(REFUND, charge_ref="pi_1")
    async with HttpClient() as client:
        psps = Gateway({"aster_eu": Connection(merchant, Stripe())}, client)
        readings = [
            await psps.call(psps.prepared(ATTEMPT)),
            await psps.call(psps.prepared(refund)),
            await psps.call(replace(CHARGE_LOOKUP, psp_ref="pi_1")),
            await psps.call(replace(REFUND_LOOKUP, psp_ref="re_1")),
        ]
        canceled = await psps.cancel(replace(CHARGE_LOOKUP, psp_ref="pi_1"))
        searched = await psps.call(CHARGE_LOOKUP)
        listed = await psps.call(replace(CHARGE_LOOKUP, psp_token="cus_1/pm_1"))
        refunds = await psps.call(REFUND_LOOKUP)
    # what could not be read would be named by its status; this was read, and is somebody else's
    assert {(each.outcome, each.code) for each in [*readings, canceled]} == {
        (Outcome.UNKNOWN, "reference_mismatch")
    }
    assert {each.outcome for each in (searched, listed, refunds)} == {Outcome.ABSENT}


@runs
async def test_stripes_own_example_of_a_balance_is_read_as_far_as_it_is_one(url: str) -> None:
    async with HttpClient() as client:
        answer = await send(client, url, replace(ASKED["intent by its id"], path=BALANCE))
    found = strict_json.decode(answer.body, wire.Found[wire.BalanceTransaction])
    assert found is not None
    assert [line.type for line in found.data] == ["charge"]
    # the example names an application fee as what is behind a charge
    with pytest.raises(SettlementFileRefused) as refusal:
        list(Stripe().read_settlement(BytesIO(answer.body)))
    assert refusal.value.facts == {"problems": ["line 1: its source is no expanded charge"]}


def _parameters(request: PspRequest) -> set[str]:
    """Name the parameters, without what stands inside them."""
    form = request.body.decode() or request.path.partition("?")[2]
    return {unquote(pair.partition("=")[0]).partition("[")[0] for pair in form.split("&")}
