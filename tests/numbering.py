"""Number all documents that wait, as the job of a worker does within a moment."""

from ledgerline.base.run import Run
from ledgerline.flows.number_documents import number_documents


async def number_all(run: Run) -> int:
    """Stamp numbers until none waits, and count them."""
    total = 0
    while done := await number_documents(run):
        total += done
    return total
