"""Where a charge would go: asked before there is a payment, to know where to tokenise."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api.buyers import Country
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.payment_methods import Bin, Brand
from ledgerline.api.shapes import MINOR_UNITS_MAX, Code
from ledgerline.base.money import currency
from ledgerline.flows.check_market import check_market
from ledgerline.flows.explain_route import explain_route
from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.rules.learned import written
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.routing import Charge

CurrencyText = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
MinorUnits = Annotated[int, Meta(ge=1, le=MINOR_UNITS_MAX)]


class PaymentRouteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known of a charge. Volume splits go by ``reference``: one cart, one account."""

    market: Country
    currency: CurrencyText
    amount: MinorUnits
    initiator: Initiator = Initiator.CUSTOMER
    brand: Brand | None = None
    bin: Bin | None = None
    funding: Funding | None = None
    issuer_country: Country | None = None
    reference: Code | None = None


class RouteCandidate(Struct, frozen=True, kw_only=True):
    """A merchant account: how likely it is to be first, or why it is no choice."""

    psp_account: str
    propensity_ppm: int
    filtered: str | None


class PaymentRoute(Struct, frozen=True, kw_only=True):
    """Where a charge would be tried, first account first, and by which rule."""

    object: str = "payment_route"
    livemode: bool
    psp_accounts: list[str]
    rule: str
    policy_version: int
    candidates: list[RouteCandidate]
    explanation: list[str]


async def create(call: Call) -> Answer:
    """Decide a route; nothing is charged or written. Raises ``UnknownMarket``."""
    body: PaymentRouteBody = call.body
    charge = Charge(
        key=body.reference or call.request_id,
        market=body.market,
        currency=currency(body.currency),
        amount_minor=body.amount,
        initiator=body.initiator,
        brand=body.brand,
        bin=body.bin,
        funding=body.funding,
        issuer_country=body.issuer_country,
    )
    await check_market(call.run, body.market)
    lights = call.psps.lights(now=call.run.now(), to_charge=False)
    found = await explain_route(call.run, charge, lights, model=call.psps.model())
    decision = found.decision
    return Answer(
        200,
        PaymentRoute(
            livemode=call.livemode,
            psp_accounts=list(decision.ordered),
            rule=decision.rule,
            policy_version=decision.version,
            candidates=[
                RouteCandidate(
                    psp_account=account,
                    propensity_ppm=ppm,
                    filtered=decision.reasons.get(account),
                )
                for account, ppm in decision.propensities.items()
            ],
            explanation=[] if found.opinion is None else list(sentences(written(found.opinion))),
        ),
    )


OPERATIONS: Final = (
    Operation(
        name="create_payment_route", method="POST", path="/v1/payment_routes",
        summary="Say which merchant accounts a charge would be tried at", handle=create,
        gives={200: PaymentRoute}, body=PaymentRouteBody,
    ),
)  # fmt: skip
