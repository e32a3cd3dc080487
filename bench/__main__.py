"""Run benchmarks: ``python -m bench`` for all, ``billing_run`` for one, ``'ml_*'`` for some."""

import asyncio
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from fnmatch import filter as matching
from pathlib import Path

import uvloop

from bench.api_list import api_list
from bench.billing_day import billing_day
from bench.billing_run import billing_run, billing_run_growth
from bench.billing_run_mixed import billing_run_mixed
from bench.collection import collection
from bench.console_lists import console_lists
from bench.datasets import datasets
from bench.extraction import extraction
from bench.factur_x import factur_x
from bench.fence import fence
from bench.invoices import invoices
from bench.ml_churn import ml_churn
from bench.ml_fees import ml_fees
from bench.ml_fees_volume import ml_fees_volume
from bench.ml_ope import ml_ope
from bench.ml_public import ml_public
from bench.ml_retry import ml_retry
from bench.ml_rollout import ml_rollout
from bench.ml_routing import ml_routing
from bench.ml_serving import ml_serving
from bench.ml_uplift import ml_uplift
from bench.numbering import numbering
from bench.purchase import purchase
from bench.purchase_beside_billing import purchase_beside_billing
from bench.receipts import receipts
from bench.report import Figure, show
from bench.routing_decision import routing_decision
from bench.routing_parts import ml_routing_parts
from bench.settlement_import import settlement_import
from bench.simulated_provider import simulated_provider
from bench.slow_provider import slow_provider
from bench.stage import stage
from ledgerline.base.run import calm_collector

BENCHMARKS: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
    "api_list": api_list,
    "billing_day": billing_day,
    "billing_run": billing_run,
    "billing_run_growth": billing_run_growth,
    "billing_run_mixed": billing_run_mixed,
    "collection": collection,
    "console_lists": console_lists,
    "datasets": datasets,
    "extraction": extraction,
    "fence": fence,
    "invoices": invoices,
    "factur_x": factur_x,
    "ml_churn": ml_churn,
    "ml_public": ml_public,
    "ml_fees": ml_fees,
    "ml_fees_volume": ml_fees_volume,
    "ml_retry": ml_retry,
    "ml_ope": ml_ope,
    "ml_rollout": ml_rollout,
    "ml_routing": ml_routing,
    "ml_routing_parts": ml_routing_parts,
    "ml_serving": ml_serving,
    "ml_uplift": ml_uplift,
    "numbering": numbering,
    "purchase": purchase,
    "purchase_beside_billing": purchase_beside_billing,
    "receipts": receipts,
    "routing_decision": routing_decision,
    "settlement_import": settlement_import,
    "simulated_provider": simulated_provider,
    "slow_provider": slow_provider,
}


FULL = "--full"  # ask for the size of a million where a benchmark has one


async def run_all(names: list[str], *, full: bool) -> None:
    """Run benchmarks one after the other, each on a stage of its own, and show each at once."""
    running = asyncio.current_task()
    assert running is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    for name in names:
        with tempfile.TemporaryDirectory(prefix="ledgerline-bench-") as folder:
            Path(folder).chmod(0o711)  # noqa: ASYNC240 - before anything runs
            async with stage(Path(folder)) as here:
                sizes = {"full": True} if full and name == "billing_day" else {}
                show(await BENCHMARKS[name](here, **sizes))


def named(asked: Sequence[str]) -> list[str]:
    """Return the benchmarks that names or patterns stand for, each once."""
    return list(dict.fromkeys(name for one in asked for name in matching(BENCHMARKS, one)))


def main(arguments: list[str]) -> int:
    """Check the names and run."""
    asked = [name for name in arguments if name not in {"", FULL}] or ["*"]
    unknown = sorted(one for one in asked if not named([one]))
    if unknown:
        sys.stderr.write(f"no such benchmark: {', '.join(unknown)}\nTry: {', '.join(BENCHMARKS)}\n")
        return 2
    calm_collector()  # as every process of the platform does
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run_all(named(asked), full=FULL in arguments))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
