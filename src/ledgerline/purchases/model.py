"""Values of purchases: states and refusals."""

from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class PurchaseState(StrEnum):
    """Where a purchase stands."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class PurchaseEvent(StrEnum):
    """What happens to a purchase."""

    SETTLED = "settled"
    REFUSED = "refused"


class PurchaseNotFound(Rejected):
    """There is no such purchase."""

    code: ClassVar[str] = "purchase_not_found"


class PurchaseNotPending(Rejected):
    """The purchase is completed or has failed: there is nothing to give up."""

    code: ClassVar[str] = "purchase_not_pending"


class PreviewStale(Rejected):
    """The result would differ from the preview the caller saw."""

    code: ClassVar[str] = "preview_stale"
