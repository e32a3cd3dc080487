"""The words of states, reasons, roles and kinds that the console shows by their names.

Each value of an enumeration here has its word in every catalogue, and so has each of ``OTHERS``:
names of acts and of what no enumeration holds. A value that is added to one of them is missed by
the test of the catalogues.
"""

from enum import StrEnum
from typing import Final

from ledgerline.access.model import Role, Scope, Way
from ledgerline.access.rules.filters import LISTS
from ledgerline.bulk.model import BulkKind, BulkOutcome, BulkState
from ledgerline.catalog.model import PhaseKind, PlanAudience, PlanStatus
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceState
from ledgerline.ledger.model import Account, Purpose
from ledgerline.mail.model import MailKind, MailState, SkipReason, WaitReason
from ledgerline.payments.contract import LineKind
from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReason,
    DisputeSource,
    DisputeStage,
    DisputeState,
    EvidenceState,
)
from ledgerline.payments.model import (
    Advice,
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Initiator,
    Outcome,
    PaymentState,
    RefundCause,
    RefundState,
)
from ledgerline.payments.rules.drift import Grade
from ledgerline.payments.rules.evidence import Ending, ProposalState, Subject, effect_of
from ledgerline.payments.rules.exceptions import HANDLING, Reason
from ledgerline.payments.rules.learned import Ignored
from ledgerline.payments.rules.refund_proposals import RefundProposalState
from ledgerline.payments.rules.routing import Filtered
from ledgerline.payments.rules.routing_words import NAMES, REASONS
from ledgerline.payments.scores import Kind, Mode
from ledgerline.reconciliation.model import FileState, Match, PayoutState
from ledgerline.subscriptions.model import AgreementKind, LogKind, SubscriptionState

ENUMERATIONS: Final[tuple[type[StrEnum], ...]] = (
    Role, Scope, Way, BulkKind, BulkState, BulkOutcome, PhaseKind, PlanAudience, PlanStatus,
    InvoiceState, InvoiceCause, CreditReason, Account, Purpose, LineKind, DisputeEvent, DisputeKind,
    DisputeReason, DisputeSource, DisputeStage, DisputeState, EvidenceState, Advice, AttemptState,
    DeclineCategory, EvidenceKind, Initiator, Outcome, PaymentState, RefundCause, RefundState,
    Grade, ProposalState, Subject, Reason, Ignored, RefundProposalState, Filtered, Kind, Mode,
    FileState, Match, PayoutState, AgreementKind, LogKind, SubscriptionState,
    MailKind, MailState, SkipReason, WaitReason,
)  # fmt: skip
ACTS: Final = (
    "adopted", "assigned", "billing_paused", "billing_resumed", "bulk_canceled", "bulk_chosen",
    "bulk_paused", "bulk_resumed", "bulk_started", "canceled", "change_begun",
    "change_scheduled", "charged", "clock_advanced", "credit_approved", "credit_given",
    "credit_proposed", "credit_withdrawn",
    "evidence_approved", "evidence_proposed", "evidence_withdrawn", "event_reapplied",
    "exception_closed",
    "filter_kept", "given_back", "invoices_exported", "key_created", "key_revoked", "key_rolled",
    "limit_set",
    "link_made", "mail_resent", "month_closed", "noted", "outage_asked", "paid_out",
    "parked_released", "password_set", "paused", "payments_exported", "person_added",
    "person_disabled", "plan_changed", "portal_link_made",
    "quantity_changed", "refund_approved", "refund_proposed",
    "refund_withdrawn", "refunded", "resumed", "resumption_begun", "role_changed",
    "session_ended", "signed_in", "undone",
)  # fmt: skip
"""What people do, as the log of acts names it."""
OTHERS: Final = (
    "api", "asked", "asset", "checkout", "closed", "day", "done", "expense", "expired", "failed",
    "fresh", "ignored", "liability", "month", "parked", "payment", "portal", "received", "refused",
    "released", "revoked", "running", "stopped", "subscription", "unchanged", "week", "year",
)  # fmt: skip
"""States and kinds that are named by a table, or only here."""


def words() -> frozenset[str]:
    """Return the words, as they are in English."""
    values = {str(value) for kind in ENUMERATIONS for value in kind}
    lists = {path.rpartition("/")[2] for path in LISTS}
    return frozenset(one.replace("_", " ") for one in {*values, *lists, *ACTS, *OTHERS})


def told() -> frozenset[str]:
    """Return the sentences of tables of others that the console shows."""
    effects = {effect_of(of, ending) for of in Subject for ending in Ending}
    endings = {one.ended_by for one in HANDLING.values()}
    return frozenset({*effects, *endings, *REASONS.values(), *NAMES.values()})
