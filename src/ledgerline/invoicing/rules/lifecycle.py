"""The state table of an invoice; PostgreSQL holds it as a CHECK on the bulk table."""

from typing import Final

from ledgerline.base.states import machine
from ledgerline.invoicing.model import InvoiceEvent as E
from ledgerline.invoicing.model import InvoiceState as S

LIFECYCLE: Final = machine(
    "invoice",
    initial=S.OPEN,
    final={S.VOID, S.UNCOLLECTIBLE},
    table={
        (S.OPEN, E.SETTLED): S.PAID,
        (S.OPEN, E.VOIDED): S.VOID,
        (S.OPEN, E.WRITTEN_OFF): S.UNCOLLECTIBLE,
        (S.PAID, E.REOPENED): S.OPEN,  # a bank took back what had paid it
    },
)
