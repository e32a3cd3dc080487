"""What a world hands to a test, and takes."""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    InvoiceId,
    PaymentId,
    PaymentMethodId,
    PurchaseId,
    SubscriptionId,
)


class Extras(TypedDict, total=False):
    """What most purchases do without."""

    coupon: str | None
    add_ons: Sequence[str]


class Shopper(NamedTuple):
    """A customer and what they pay with."""

    customer_id: CustomerId
    method_id: PaymentMethodId


class Bought(NamedTuple):
    """What a purchase made."""

    purchase_id: PurchaseId
    bucket: Bucket
    subscription_id: SubscriptionId
    invoice_id: InvoiceId
    payment_id: PaymentId | None
