"""Why a document has no e-invoice, and why a file is none that can be read."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class EinvoiceKind(Rejected):
    """Only invoices and credit notes have an e-invoice; receipts prove a payment and have none."""

    code: ClassVar[str] = "einvoice_kind"


class EinvoiceNotNumbered(Rejected):
    """The document has no number yet: a preview, or one that still waits for its number."""

    code: ClassVar[str] = "einvoice_not_numbered"


class En16931Decimals(Rejected):
    """EN 16931 allows two decimals, and the currency of the document has more."""

    code: ClassVar[str] = "en16931_decimals"


class En16931Currency(Rejected):
    """The currency is not in the list of the published rules of EN 16931."""

    code: ClassVar[str] = "en16931_currency"


class En16931Incomplete(Rejected):
    """The document lacks what EN 16931 demands; each missing field is named with its rule."""

    code: ClassVar[str] = "en16931_incomplete"


class En16931Mixed(Rejected):
    """Sales not subject to tax share the document with taxed ones, which EN 16931 forbids."""

    code: ClassVar[str] = "en16931_mixed"


class En16931Broken(Rejected):
    """The amounts of the document break rules of EN 16931; each broken rule is named."""

    code: ClassVar[str] = "en16931_broken"


class EinvoiceUnreadable(Rejected):
    """The file holds no e-invoice that can be checked; ``reason`` says why."""

    code: ClassVar[str] = "einvoice_unreadable"


class EinvoiceNotInstalled(Rejected):
    """The libraries for hybrid PDFs and for checking are not installed."""

    code: ClassVar[str] = "einvoice_not_installed"
