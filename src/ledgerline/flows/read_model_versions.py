"""Read the versions of all kinds of models as one list."""

from collections.abc import Sequence

from ledgerline.base.run import Run
from ledgerline.payments import learning
from ledgerline.payments.rules.versions import Version, versions
from ledgerline.payments.scores import Kind


async def read_model_versions(run: Run) -> Sequence[Version]:
    """Read what each version was made of, and whether it decides; the newest of a kind first."""
    async with run.transaction() as tx:
        rows = await learning.read_versions(tx)
        held = [row for kind in Kind for row in await learning.read_switches(tx, kind=kind)]
    return versions(rows, held)
