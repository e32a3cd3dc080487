"""What it costs to ask the model of routing, in microseconds a decision, as a process does."""

import time
from collections.abc import Iterator
from itertools import product
from statistics import mean, quantiles
from typing import Final

from bench.report import Figure
from bench.stage import Stage
from ledgerline.flows.read_router import Learnt
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments.model import Initiator
from ledgerline.payments.rows.learning import DeltaRow, RouterRow
from ledgerline.payments.rules.consulting import Payer, consult
from ledgerline.payments.rules.learned import LEARNED_RULE, written
from ledgerline.payments.rules.routing import Candidate, Charge, Policy
from ledgerline.payments.scores import Mode, Switch

ACCOUNTS: Final = ("aster", "boreal", "cobalt", "dahlia")
MARKETS: Final = ("AT", "DE", "DK", "FR", "IT", "SE")
BRANDS: Final = ("mastercard", "visa")
FUNDINGS: Final = ("credit", "debit")
EURO: Final = {"EUR": 50_000}
TICKS: Final = 144
A_TICK: Final = 10_000
"""Decisions between two things that the model hears of; a tick of 10,000 a day has 70."""
MEAN_LIMIT, P99_LIMIT = 20.0, 1_000.0


async def ml_serving(stage: Stage, *, decisions: int = 50_000) -> list[Figure]:
    """Ask about charges of 24 segments; now and then the model hears of something new."""
    served = ServedRouter(keeps=False)
    took = []
    for no in range(decisions):
        if no % A_TICK == 0:
            await served.learn(stage.run, _learnt(TICKS + no // A_TICK))
        charge, candidates = _charge(no)
        payer = Payer(customer=str(no), key=str(no))
        began = time.thread_time()
        found = consult(served, charge, candidates, Policy(fees={}), payer=payer)
        kept = None if found.opinion is None else written(found.opinion)
        took.append(1e6 * (time.thread_time() - began))
        assert kept is not None
        assert found.decision.rule == LEARNED_RULE or not kept["acts"]
    by_rules = _by_rules(decisions)
    asked = mean(took) - by_rules
    both = (
        ("mean", asked, MEAN_LIMIT, f"of it by rules alone {by_rules:.1f} are not counted"),
        ("p99", quantiles(took, n=100)[98], P99_LIMIT, "with what rules cost"),
    )
    return [
        Figure(
            name=f"ml_serving_{name}",
            value=value,
            unit="µs/decision",
            limit=limit,
            ratio=value / limit,
            note=f"{decisions:,} decisions, 4 accounts, 24 segments; CPU; {note};"
            " ratio = value / limit",
        )
        for name, value, limit, note in both
    ]


def _by_rules(decisions: int) -> float:
    """Measure the same decisions without a model, mean in microseconds."""
    began = time.thread_time()
    for no in range(decisions):
        charge, candidates = _charge(no)
        payer = Payer(customer=str(no), key=str(no))
        consult(None, charge, candidates, Policy(fees={}), payer=payer)
    whole = time.thread_time() - began
    began = time.thread_time()
    for no in range(decisions):
        _charge(no)
    return 1e6 * (whole - (time.thread_time() - began)) / decisions


def _charge(no: int) -> tuple[Charge, list[Candidate]]:
    charge = Charge(
        key=str(no),
        market=MARKETS[no % 6],
        currency="EUR",
        amount_minor=1199,
        initiator=Initiator.MERCHANT,
        brand=BRANDS[no % 2],
        funding=FUNDINGS[no // 6 % 2],
        issuer_country=MARKETS[no % 6],
    )
    return charge, [Candidate(one) for one in ACCOUNTS]


def _learnt(tick: int) -> Learnt:
    switches = dict.fromkeys(MARKETS, Switch(Mode.ON, 95, EURO))
    return Learnt(
        router=RouterRow(tick=tick, upto=tick, age_seconds=1),
        snapshot=None,
        deltas=list(_deltas(tick)),
        shares=(),
        switches=switches,
    )


def _deltas(tick: int) -> Iterator[DeltaRow]:
    """Return what a day told at first, then what each tick told."""
    first = 0 if tick == TICKS else tick - 1
    for of in range(first, tick):
        for (market, brand, funding), (no, account) in product(
            product(MARKETS, BRANDS, FUNDINGS), enumerate(ACCOUNTS)
        ):
            yield DeltaRow(
                upto=of + 1, tick=of, market=market, region="domestic", brand=f"{brand} machine",
                funding=funding, psp_account=account, tries=10, approved=9 - no % 3,
            )  # fmt: skip
