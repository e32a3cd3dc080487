"""Read whether tries succeed as often as models believed, week by week."""

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta

from ledgerline.base.run import Run
from ledgerline.payments import learning
from ledgerline.payments.rules.calibrating import WEEKS_SHOWN, Week, weeks
from ledgerline.payments.scores import Kind


async def read_calibration(run: Run) -> Mapping[Kind, Sequence[Week]]:
    """Read what each kind of model believed of the tries of the last weeks, and what came.

    A try counts in the week in which it was decided, once its end is counted.
    """
    since = run.now().astimezone(UTC).date() - timedelta(weeks=WEEKS_SHOWN)
    async with run.transaction() as tx:
        rows = {kind: await learning.read_beliefs(tx, kind=kind, since=since) for kind in Kind}
    return {kind: weeks(some) for kind, some in rows.items()}
