"""What it costs to ask the model of routing, in microseconds a decision, as a process does."""

import time
from collections.abc import Iterator
from itertools import product
from statistics import quantiles
from typing import Final

from bench.report import Figure
from bench.stage import Stage
from ledgerline.flows.read_router import Learnt
from ledgerline.jobs.router import ServedRouter
from ledgerline.payments.model import Initiator
from ledgerline.payments.rows.learning import DeltaRow, RouterRow, ShareRow
from ledgerline.payments.rules.consulting import Payer, consult
from ledgerline.payments.rules.learned import written
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
RULES: Final = Policy(fees={})
MEAN_LIMIT, P99_LIMIT = 20.0, 1_000.0


async def ml_serving(stage: Stage, *, decisions: int = 50_000) -> list[Figure]:
    """Ask about charges of 24 segments; now and then the model hears of something new."""
    served = ServedRouter(keeps=False)
    seconds, took = 0.0, list[float]()
    for no in range(0, decisions, A_TICK):
        await served.learn(stage.run, _learnt(TICKS + no // A_TICK))
        these = range(no, min(no + A_TICK, decisions))
        seconds += _asked(served, these)
        took += _each(served, these)
    by_rules = 1e6 * _asked(None, range(decisions)) / decisions
    asked = 1e6 * seconds / decisions - by_rules
    both = (
        ("mean", asked, MEAN_LIMIT, f"of it by rules alone {by_rules:.1f} are not counted"),
        ("p99", quantiles(took, n=100)[98], P99_LIMIT, "with what rules and the clock cost"),
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


def _asked(model: ServedRouter | None, numbers: range) -> float:
    """Decide about charges, and write down what was said; return the seconds (CPU)."""
    charges = [_charge(no) for no in numbers]
    began = time.thread_time()
    for no, (charge, candidates) in zip(numbers, charges, strict=True):
        _decide(model, no, charge, candidates)
    return time.thread_time() - began


def _each(model: ServedRouter, numbers: range) -> Iterator[float]:
    """Decide once more, and measure each decision in microseconds; the clock costs some of it."""
    for no in numbers:
        charge, candidates = _charge(no)
        began = time.thread_time()
        _decide(model, no, charge, candidates)
        yield 1e6 * (time.thread_time() - began)


def _decide(
    model: ServedRouter | None, no: int, charge: Charge, candidates: list[Candidate]
) -> None:
    payer = Payer(customer=str(no), key=charge.key)
    found = consult(model, charge, candidates, RULES, payer=payer)
    if model is not None:
        assert found.opinion is not None
        written(found.opinion)


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
        shares=[
            ShareRow(
                market=market,
                region="domestic",
                brand=f"{brand} machine",
                funding=funding,
                psp_account=account,
                ppm=250_000,
            )
            for market, brand, funding, account in product(MARKETS, BRANDS, FUNDINGS, ACCOUNTS)
        ],
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
