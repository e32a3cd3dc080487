"""An operator who imports settlement statements, again where it is not known whether it worked."""

import asyncio
import socket
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

from ledgerline.base.errors import OutcomeUnknown, Rejected, TryAgain, Unavailable
from ledgerline.base.run import Run
from ledgerline.flows.import_settlement import NewSettlement, import_settlement
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.flows.record_payout import BankLine, record_payout
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.refusals import PayoutPaid
from tests.chaos.chance import Chance
from tests.chaos.personalities import PERSONALITIES, connector
from tests.chaos.place import Place
from tests.chaos.running import opened, patiently
from tests.chaos.statements import files

IMPORTED: Final = "imported.ndjson"
_IDLE_SECONDS: Final = 0.1


async def reconcile(place: Place, _slot: int, _chance: Chance, _socket: socket.socket) -> None:
    """Import what comes in, until killed."""

    async def session() -> None:
        async with opened(place, "reconcile", size=2) as (run, _):
            while True:
                for file in waiting(place):
                    await _take(place, await run.at_clock(), file)
                await _bank(await run.at_clock())
                await asyncio.sleep(_IDLE_SECONDS)

    await patiently(session)


def waiting(place: Place) -> list[Path]:
    """List the statements that nobody is known to have imported and matched."""
    done = {line["file"] for line in place.lines(IMPORTED)}
    return [file for file in files(place) if file.name not in done]


async def _bank(run: Run) -> None:
    """Note what the bank says of every payout that was announced: all of it came."""
    async with run.transaction() as tx:
        announced = await reconciliation.read_missed_payouts(tx, before=date.max, limit=99)
    for payout in announced:
        line = BankLine(
            reference=payout.reference,
            amount_minor=payout.amount_minor,
            paid_on=run.now().date(),
            note="a line of the bank",
            psp_account=payout.psp_account,
            currency=payout.currency,
        )
        with suppress(PayoutPaid):
            await record_payout(run, line)


async def _take(place: Place, run: Run, file: Path) -> None:
    account = file.stem.partition("-")[2]
    try:
        with file.open("rb") as raw:
            new = NewSettlement(psp_account=account, raw=raw, seller_code="north")
            done = await import_settlement(run, connector(PERSONALITIES[account].psp), new)
        await match_settlement(run, psp_account=account)
    except (Unavailable, OutcomeUnknown, TryAgain):
        return
    except Rejected as refusal:
        what = {"who": f"reconcile {file.name}", "what": repr(refusal.facts), "trace": ""}
        place.append("defects.ndjson", what)
    else:
        place.append(IMPORTED, {"file": file.name, "state": done.file.state})
        return
    place.append(IMPORTED, {"file": file.name, "state": "refused"})
