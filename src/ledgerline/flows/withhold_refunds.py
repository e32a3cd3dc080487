"""Remember what refunds under way kept from being given back: it is owed should they fail."""

from collections.abc import Sequence

from ledgerline.base.db import Tx
from ledgerline.base.money import Currency, Money
from ledgerline.flows.read_charged import ChargedLines
from ledgerline.payments import withholding
from ledgerline.payments.rows.refunds import WithheldRow
from ledgerline.rules.charged import Withheld


async def withhold_refunds_in(tx: Tx, charged: ChargedLines, withheld: Sequence[Withheld]) -> None:
    """Note on the lines of refunds under way how much less they let a cut give back.

    Called by whatever ends service before the end of a line, under the locks of the invoices.
    Several refunds of one line bear it in proportion to what they reserve. A second cut of a line
    adds what it takes more than the first would have given back.
    """
    rows = []
    for one in withheld:
        reserved = charged.reserved[one.of.invoice_id, one.of.key]
        invoice = charged.invoices[one.of.invoice_id]
        whole = Money(one.amount_minor, Currency(invoice.currency))
        shares = whole.split([row.amount_minor for row in reserved])
        rows += [
            WithheldRow(
                bucket=invoice.bucket,
                refund_id=row.refund_id,
                period_start=row.period_start,
                item_no=row.item_no,
                kind=row.kind,
                from_on=one.cut,
                amount_minor=share.minor,
            )
            for row, share in zip(reserved, shares, strict=True)
            if share.minor > 0
        ]
    await withholding.withhold(tx, rows)
