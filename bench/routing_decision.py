"""What choosing a merchant account costs, in microseconds a charge."""

import time

from bench.report import Figure
from bench.stage import Stage
from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.routing import (
    Candidate,
    Charge,
    Fee,
    Policy,
    Rule,
    Strategy,
    Then,
    When,
    route,
)

ACCOUNTS = ("aster", "boreal", "cobalt", "dahlia", "ember")
RULES = 20
MARKETS = ("AT", "BE", "CH", "DE", "DK", "ES", "FR", "GB", "IT", "NL")
LIMIT_MICROSECONDS = 50.0


async def routing_decision(stage: Stage, *, charges: int = 50_000) -> list[Figure]:
    """Route charges that the first, some or none of the rules decide."""
    del stage  # rules need no database
    policy = _policy()
    candidates = [Candidate(account) for account in ACCOUNTS]
    asked = [
        Charge(
            key=f"payment {no}",
            market=MARKETS[no % len(MARKETS)],
            currency="EUR",
            amount_minor=500 + no % 3000,
            initiator=Initiator.CUSTOMER if no % 2 else Initiator.MERCHANT,
            brand="visa",
            bin="41111111",
            funding="credit",
            issuer_country="DE",
        )
        for no in range(1000)
    ]
    began = time.process_time()
    for no in range(charges):
        route(asked[no % len(asked)], candidates, policy)
    microseconds = (time.process_time() - began) * 1e6 / charges
    return [
        Figure(
            name="routing_decision",
            value=microseconds,
            unit="µs/decision",
            limit=LIMIT_MICROSECONDS,
            ratio=microseconds / LIMIT_MICROSECONDS,
            note=f"{charges:,} charges, {len(ACCOUNTS)} accounts, {RULES} rules; CPU, mean;"
            " ratio = value / limit",
        )
    ]


def _policy() -> Policy:
    """Return rules of every kind; most of them match a charge in nine of ten conditions."""
    thens = (
        Then(prefer=("boreal", "aster")),
        Then(split={"aster": 500_000, "cobalt": 300_000, "ember": 200_000}),
        Then(exclude=("dahlia",)),
        Then(strategy=Strategy.LEAST_COST),
    )
    rules = tuple(
        Rule(
            f"rule_{no}",
            When(
                market=(MARKETS[no % len(MARKETS)],),
                currency=("EUR",),
                brand=("visa", "mastercard"),
                bin=("4", "51"),
                amount_from=100 * no,
            ),
            thens[no % len(thens)],
        )
        for no in range(RULES)
    )
    fees = {account: {"EUR": Fee(10 + no, 14_000 - no)} for no, account in enumerate(ACCOUNTS)}
    return Policy(default=ACCOUNTS, rules=rules, fees=fees)
