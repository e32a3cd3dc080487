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


class CheckoutNotFound(Rejected):
    """There is no such checkout session."""

    code: ClassVar[str] = "checkout_session_not_found"


class CheckoutClosed(Rejected):
    """The checkout session is over: it has expired, was closed, or its purchase was made."""

    code: ClassVar[str] = "checkout_session_closed"


class ConsentMissing(Rejected):
    """The market wants a text confirmed that this purchase brings no word about."""

    code: ClassVar[str] = "consent_missing"


class TooManyCouponTries(Rejected):
    """So many coupon codes were tried that no more are looked up, whatever they are."""

    code: ClassVar[str] = "too_many_coupon_tries"


class CheckoutNotOffered(Rejected):
    """No merchant account has card fields of its own for a page of ours."""

    code: ClassVar[str] = "checkout_not_offered"
