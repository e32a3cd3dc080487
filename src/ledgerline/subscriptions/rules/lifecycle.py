"""The state table of a subscription. PostgreSQL holds the same rows."""

from typing import Final

from ledgerline.base.states import machine
from ledgerline.subscriptions.model import SubscriptionEvent as E
from ledgerline.subscriptions.model import SubscriptionState as S

LIFECYCLE: Final = machine(
    "subscription",
    initial=S.INCOMPLETE,
    final={S.CANCELED, S.EXPIRED},
    table={
        (S.INCOMPLETE, E.ACTIVATED): S.ACTIVE,
        (S.INCOMPLETE, E.TRIAL_STARTED): S.TRIALING,
        (S.INCOMPLETE, E.PURCHASE_EXPIRED): S.EXPIRED,
        (S.TRIALING, E.TRIAL_CONVERTED): S.ACTIVE,
        (S.TRIALING, E.CANCELED): S.CANCELED,
        (S.ACTIVE, E.PAYMENT_OVERDUE): S.PAST_DUE,
        (S.ACTIVE, E.CANCELED): S.CANCELED,
        (S.PAST_DUE, E.PAYMENT_SETTLED): S.ACTIVE,
        (S.PAST_DUE, E.CANCELED): S.CANCELED,
        (S.ACTIVE, E.PAUSED): S.PAUSED,
        (S.PAST_DUE, E.PAUSED): S.PAUSED,
        (S.PAUSED, E.RESUMED): S.ACTIVE,
        (S.PAUSED, E.CANCELED): S.CANCELED,
    },
)
