import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest

from bench.__main__ import BENCHMARKS, main, named
from bench.billing_run import DUE, seed
from bench.stage import Stage, stage
from ledgerline.datasets.audit import audit

SHORT: Final[dict[str, dict[str, Any]]] = {
    "api_list": {"people": 400, "reads": 3},
    "billing_day": {"people": 400, "buckets": 20},
    "billing_run": {"renewals": 300},
    "billing_run_growth": {"sizes": (100, 200)},
    "billing_run_mixed": {"renewals": 400},
    "collection": {"payments": 200},
    "console_lists": {"people": 200, "reads": 2},
    "datasets": {"lines": 6_000},
    "extraction": {"people": 200},
    "fence": {"renewals": 300, "rounds": 1},
    "invoices": {"documents": 5},
    "factur_x": {"documents": 5},
    "ml_churn": {"seeds": (7001,), "customers": 6_000},
    "ml_public": {"splits": (1,)},
    "ml_fees": {"seeds": (6001,), "a_day": 25},
    "ml_fees_volume": {"seeds": (6001,), "a_day": 25},
    "ml_retry": {"seeds": (3001, 3002), "renewals": 500},
    "ml_ope": {"seeds": (4001,), "payments": 4_000, "draws": 100},
    "ml_routing": {"seeds": (2001, 2002), "days": 1, "a_day": 300},
    "ml_routing_parts": {"seeds": (11,), "days": 1, "a_day": 300},
    "ml_rollout": {"seeds": (6001,), "days": 1, "a_day": 1_000, "draws": 2},
    "ml_serving": {"decisions": 300},
    "ml_uplift": {"seeds": (7001,), "customers": 8_000},
    "numbering": {"documents": 1_500},
    "purchase": {"purchases": 32, "warm_up": 32},
    "purchase_beside_billing": {"renewals": 2_000, "seconds": 0.5, "wal_files": 4},
    "receipts": {"documents": 5},
    "routing_decision": {"charges": 200},
    "settlement_import": {"lines": 500},
    "simulated_provider": {"charges": 1_000},
    "slow_provider": {"rounds": 1, "seconds": 0.5, "warm_up": 0.5},
}

HARM: Final = {"% withdrawn without harm"}
"""What should never happen, and does not in a short form."""


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="ledgerline-bench-") as folder:
        Path(folder).chmod(0o711)  # noqa: ASYNC240 - before anything runs
        async with stage(Path(folder)) as prepared:
            yield prepared


def test_every_benchmark_has_a_short_form() -> None:
    assert SHORT.keys() == BENCHMARKS.keys()


def test_some_benchmarks_are_named_by_a_pattern(capsys: pytest.CaptureFixture[str]) -> None:
    assert named(["ml_*"]) == [name for name in BENCHMARKS if name.startswith("ml_")]
    assert named(["fence", "f*"]) == ["fence", "factur_x"]
    assert main(["fence", "nothing_*"]) == 2
    assert "no such benchmark: nothing_*" in capsys.readouterr().err


@pytest.mark.parametrize("name", SHORT)
async def test_benchmark_runs_to_its_figures(here: Stage, name: str) -> None:
    # when the benchmark runs in its short form
    figures = await BENCHMARKS[name](here, **SHORT[name])
    # then it measured something, and a ratio stands wherever there is a limit
    assert figures
    for figure in figures:
        may_be_none = figure.unit in HARM
        assert figure.value > 0 or may_be_none
        assert (figure.limit is None) == (figure.ratio is None)
        assert figure.ratio is None or figure.ratio > 0 or may_be_none


async def test_copied_agreements_are_what_their_logs_make_of_them(here: Stage) -> None:
    # given the clock where those agreements are due, wherever a benchmark before has left it
    await here.run.set_clock(DUE)
    # when
    await seed(here, 50)
    # then nothing is wrong but that time before was never billed and no token is reserved
    broken = {one.invariant.id for one in await audit(here.run) if one.broken}
    assert broken == {"I-03", "I-53"}
