"""Prove the documents of a demo: their chains, and what the published rules say of e-invoices."""

import time
from collections.abc import Callable

from ledgerline.base.run import Run
from ledgerline.cli import output
from ledgerline.cli.demo_report import step
from ledgerline.cli.program import Program
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled
from ledgerline.flows.check_einvoices import check_einvoices
from ledgerline.flows.verify_documents import verify_documents


async def prove_documents(run: Run, of: Program, tell: Callable[[str], None]) -> None:
    """Walk every chain, then have every e-invoice that waits checked; what is wrong is audited."""
    started, done = time.monotonic(), 0

    def watch(count: int) -> None:
        nonlocal done
        done += count
        tell(f"{done:,} documents proven")

    found = await verify_documents(run, watch=watch)
    faults = sum(len(one.faults) for one in found)
    said = f"{done:,} documents in {len(found)} chains, {faults} faults"
    step(said, started, good=faults == 0)
    started, checked = time.monotonic(), 0
    try:
        with of.validation() as validation:
            while count := await check_einvoices(run, validation.validate):
                checked += count
                tell(f"{checked:,} e-invoices checked")
    except EinvoiceNotInstalled as absent:
        output.say(f"e-invoices were not checked: {absent}")
        return
    step(f"{checked:,} e-invoices checked by the published rules", started)
