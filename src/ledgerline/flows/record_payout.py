"""Record that the bank received a payout."""

from dataclasses import dataclass
from datetime import date

from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.book_statement import transfers
from ledgerline.flows.open_breaks import tell_of_bank_in
from ledgerline.flows.read_book_days import read_book_days
from ledgerline.ledger import store as ledger
from ledgerline.reconciliation import store as reconciliation
from ledgerline.reconciliation.model import PayoutState
from ledgerline.reconciliation.refusals import PayoutNotFound, PayoutPaid
from ledgerline.reconciliation.rows import PayoutRow
from ledgerline.reconciliation.rules.bookings import of_bank


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """A line of the bank: which payout it names, what came, and when.

    ``psp_account`` and ``currency`` are needed where several payouts have that name.
    """

    reference: str
    amount_minor: int
    paid_on: date
    note: str
    psp_account: str | None = None
    currency: str | None = None


@repeated
async def record_payout(run: Run, line: BankLine) -> PayoutRow:
    """Move a payout from what is in transit to the bank; one bank line a payout.

    Another amount than was announced is booked as it came, and people are told. Raises
    ``PayoutNotFound`` and, the second time, ``PayoutPaid``.
    """
    async with run.transaction() as tx:
        found = await reconciliation.lock_payout(
            tx,
            reference=line.reference,
            psp_account=line.psp_account,
            currency=line.currency,
        )
        if len(found) != 1:
            what = "there are several payouts" if found else "no file announces a payout"
            raise PayoutNotFound(f"{what} {line.reference}", reference=line.reference)
        [payout] = found
        if payout.state != PayoutState.ANNOUNCED:
            raise PayoutPaid("its bank line is in the books", paid_on=payout.paid_on)
        file = await reconciliation.read_file(tx, id=payout.file_id)
        assert file is not None, payout
        totals = await reconciliation.read_totals(tx, file_id=file.id)
        difference = line.amount_minor - payout.amount_minor
        postings = of_bank(
            totals, currency=payout.currency, difference=difference, home=file.seller_code
        )
        days = await read_book_days(tx, now=run.now())
        await reconciliation.pay_out(
            tx, id=payout.id, paid_on=line.paid_on, bank_minor=line.amount_minor,
            bank_note=line.note,
        )  # fmt: skip
        rows = [
            row._replace(n=n)
            for n, one in enumerate(postings)
            for row in transfers(payout.id, one, payout.psp_account, days=days)
        ]
        await ledger.add_transfers(tx, rows)
        paid = payout._replace(
            state=PayoutState.PAID,
            paid_on=line.paid_on,
            bank_minor=line.amount_minor,
            bank_note=line.note,
        )
        await tell_of_bank_in(tx, paid, now=days.now)
    return paid
