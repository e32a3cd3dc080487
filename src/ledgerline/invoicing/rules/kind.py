"""Which kind of invoice a claim gets, and whether what it claims was served."""

from ledgerline.invoicing.model import InvoiceCause, InvoiceEvent


def names_buyer(*, is_business: bool, total_minor: int, simplified_up_to_minor: int | None) -> bool:
    """Say whether a claim needs a full invoice, which names its buyer, or a simplified one does.

    A business always gets a full one; a consumer only beyond the market's limit, None being none.
    Source: Council Directive 2006/112/EC, articles 220a, 226 and 226b, and their like elsewhere.
    """
    if is_business:
        return True
    return simplified_up_to_minor is not None and total_minor > simplified_up_to_minor


def was_served(cause: str, last_event: str) -> bool:
    """Say whether an open invoice was numbered and served before it is paid.

    So is a renewal, and whatever was paid once and is owed again. A purchase or a change that
    nobody paid never happened.
    """
    return cause == InvoiceCause.RENEWAL or last_event == InvoiceEvent.REOPENED
