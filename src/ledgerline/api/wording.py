"""Which values and forms the fields of the API take.

A key is the name of a field, or ``Shape.field`` where a shape means something of its own by it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from ledgerline.access.model import PortalPage
from ledgerline.catalog.model import TaxBehavior
from ledgerline.customers.model import TaxIdCheck, TaxStatus
from ledgerline.documents.snapshot import Kind as DocumentKind
from ledgerline.entitlements.model import CoverReason
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceState
from ledgerline.ledger.model import Account
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
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Funding,
    Initiator,
    Outcome,
    PaymentState,
    RefundState,
)
from ledgerline.payments.rules.evidence import Ending, ProposalState
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.rules.routing import Filtered
from ledgerline.payments.setups import SetupState
from ledgerline.pricing.model import LineKind
from ledgerline.purchases.model import PurchaseState
from ledgerline.receipts.model import ReceiptKind
from ledgerline.reconciliation.model import (
    PROVEN,
    WITHDRAWN,
    PayoutEvent,
    PayoutState,
    Teller,
)
from ledgerline.rules.checkout import CheckoutState
from ledgerline.subscriptions.model import AgreementKind, LogKind, SubscriptionState

INSTANT: Final = MappingProxyType(
    {"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]}
)
PRINTABLE: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
"""The form of every text that is sent and has none of its own."""

NUMBERED: Final = ("stamped", "waiting", "none")
SETTLED: Final = (Account.RECEIVABLE, Account.CUSTOMER_CREDIT)
REFUNDED: Final = ("processing", "succeeded", "failed")
SUBJECTS: Final = (
    "payment", "attempt", "refund", "settlement_line", "settlement_file", "payout",
    "merchant_account", "payment_method",
)  # fmt: skip
RETRIES: Final = ("never", "later", "other_method", "authenticate")

IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "exception": "exception",
        "credit_note": "credit_note", "customer": "customer", "invoice": "invoice",
        "payment": "payment", "payment_method": "payment_method", "price": "price",
        "purchase": "purchase", "receipt": "receipt", "refund": "refund",
        "Payout.settlement_file": "settlement_file", "Refund.reversal_receipt": "receipt",
        "subscription": "subscription", "Subscription.pending_change": "invoice",
        "CancelPreview.withdrawn_change": "invoice", "CustomerErasure.id": "customer",
        "CustomerExport.id": "customer", "DisputeEvidence.id": "dispute_evidence",
        "DisputeEvidencePreview.dispute": "dispute",
    }
)  # fmt: skip
"""The kind of object that a field names by its id."""

ENUMS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "AccountBalance.account": tuple(Account),
        "Agreement.kind": tuple(AgreementKind),
        "Attempt.category": tuple(DeclineCategory),
        "Attempt.initiator": tuple(Initiator),
        "PaymentMethodSetup.status": tuple(SetupState),
        "Attempt.status": tuple(AttemptState),
        "AttemptEvidence.kind": tuple(EvidenceKind),
        "AttemptEvidence.outcome": tuple(Outcome),
        "Card.funding": tuple(Funding),
        "Cover.reason": tuple(CoverReason),
        "CreditNote.number_state": NUMBERED,
        "CreditNote.reason": tuple(CreditReason),
        "CreditNote.settles": SETTLED,
        "CreditNoteLine.kind": tuple(LineKind),
        "Customer.tax_status": tuple(TaxStatus),
        "BookEntry.credit": tuple(Account),
        "BookEntry.debit": tuple(Account),
        "Decline.reason": tuple(DeclineCategory),
        "Decline.retry": RETRIES,
        "Document.kind": tuple(DocumentKind),
        "EvidencePreview.state": (*AttemptState, RefundState.REQUESTED, RefundState.FAILED),
        "EvidenceProposal.outcome": tuple(Ending),
        "EvidenceProposal.status": tuple(ProposalState),
        "Health.status": ("live", "ready"),
        "Heard.source": ("evidence", "webhook", "settlement_line"),
        "Intention.kind": tuple(LogKind),
        "CheckoutSession.status": tuple(CheckoutState),
        "PortalLink.leads_to": tuple(PortalPage),
        "Invoice.cause": tuple(InvoiceCause),
        "Invoice.number_state": NUMBERED,
        "Invoice.status": tuple(InvoiceState),
        "InvoiceLine.kind": tuple(LineKind),
        "InvoiceLine.tax_behavior": tuple(TaxBehavior),
        "Dispute.kind": tuple(DisputeKind),
        "Dispute.reason": tuple(DisputeReason),
        "Dispute.stage": tuple(DisputeStage),
        "DisputeEvidence.status": tuple(EvidenceState),
        "DisputeEvidence.stage": tuple(DisputeStage),
        "Dispute.status": tuple(DisputeState),
        "DisputeFact.event": tuple(DisputeEvent),
        "DisputeFact.source": tuple(DisputeSource),
        "Line.kind": (*LineKind, "credit"),
        "MoneyException.reason": tuple(Reason),
        "MoneyException.status": ("open", "closed"),
        "MoneyException.subject_kind": SUBJECTS,
        "Payment.status": tuple(PaymentState),
        "Payout.failed_by": tuple(Teller),
        "Payout.status": tuple(PayoutState),
        "PayoutStep.event": (*PayoutEvent, PROVEN, WITHDRAWN),
        "RouteCandidate.filtered": tuple(Filtered),
        "Purchase.status": tuple(PurchaseState),
        "Purchase.subscription_status": tuple(SubscriptionState),
        "Receipt.kind": tuple(ReceiptKind),
        "Receipt.number_state": NUMBERED,
        "Refund.status": REFUNDED,
        "Subscription.status": tuple(SubscriptionState),
        "Subscription.tax_behavior": tuple(TaxBehavior),
        "TaxId.check": tuple(TaxIdCheck),
        "UndoPreview.kind": tuple(LogKind),
    }
)
"""The values of what is answered as a text; what is sent has its own type."""

_CODE: Final = {"pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"}
_DURATION: Final = {"pattern": "^P[1-9][0-9]*[DWMY]$"}
_HASH: Final = {"pattern": "^[0-9a-f]{64}$"}
_WHERE: Final = {"format": "uri-reference"}
FORMS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "AccountBalance.seller": _CODE, "Card.bin": {"pattern": "^[0-9]{6,8}$"},
        "EvidenceProposal.file_sha256": _HASH,
        "Document.body_sha256": _HASH, "Document.seal": _HASH, "Document.body": _WHERE,
        "CheckoutSession.url": _WHERE,
        "PortalLink.url": _WHERE,
        "Document.xml": _WHERE, "Document.series": {"format": "uuid"},
        "Card.expires": {"pattern": "^[0-9]{4}-(?:0[1-9]|1[0-2])$"},
        "Card.issuer_country": {"pattern": "^[A-Z]{2}$"},
        "FieldProblem.pointer": {"format": "json-pointer"},
        "InvoiceLine.tax_rate": {"pattern": r"^(?:0|1)(?:\.[0-9]{1,6})?$"}, "Offer.per": _DURATION,
        "PaymentMethod.last4": {"pattern": "^[0-9A-Z]{2,4}$"}, "Problem.type": _WHERE,
        "Quote.fingerprint": {"pattern": "^[0-9a-f]{64}$"}, "Subscription.cadence": _DURATION,
        "after": {"pattern": "^[A-Za-z0-9_-]+$"}, "currency": {"pattern": "^[A-Z]{3}$"},
        "market": _CODE, "pdf": _WHERE,
        "pending_plan": _CODE, "plan": _CODE, "psp_account": _CODE,
        "request_id": {"pattern": "^req_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
    }
)  # fmt: skip
"""The form of what is answered as a text; what is sent has its own."""

LISTED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "ExceptionsQuery.status": ("open", "closed"),
        "InvoicesQuery.status": tuple(InvoiceState),
        "PaymentsQuery.status": tuple(PaymentState),
        "PayoutsQuery.status": tuple(PayoutState),
        "RefundsQuery.status": REFUNDED,
        "SubscriptionsQuery.status": tuple(SubscriptionState),
    }
)
"""The values of which a parameter takes several, separated by commas."""

EXAMPLES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "AdoptBody": {"note": "The provider shows it as paid", "validate_only": True},
        "AdvanceBody": {"by": "P1M"},
        "ApproveBody": {"validate_only": True},
        "AssignBody": {"assigned_to": "mara"},
        "CancelBody": {"when": "period_end", "validate_only": True},
        "ChangeBody": {"plan": "family_monthly", "when": "now", "validate_only": True},
        "CheckoutSessionBody": {
            "customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "individual_monthly",
            "return_url": "https://shop.example/thanks",
        },
        "ExpireBody": {},
        "PortalLinkBody": {"leads_to": "pay", "minutes": 60},
        "CloseBody": {"note": "the provider says it holds"},
        "CustomerBody": {
            "market": "DE", "name": "Erika Beispiel", "email": "erika@example.com",
            "billing_address": {
                "line1": "Hauptstrasse 1", "postal_code": "10115", "city": "Berlin",
                "country": "DE",
            },
        },
        "CustomerNoteBody": {"text": "Called twice about a song that does not play"},
        "CustomerPatch": {"version": 1, "email": "erika@example.org"},
        "ErasureBody": {"validate_only": True},
        "EvidenceBody": {
            "subject": "att_01h455vb4pex5vsknk084sn02q", "outcome": "not_executed",
            "note": "ticket 4711: never reached the card network",
        },
        "EvidenceWithdrawBody": {},
        "InstrumentBody": {"psp_account": "boreal", "token": "tok_b41c", "last4": "4242"},
        "PaymentMethodBody": {
            "psp_account": "aster", "token": "tok_8d2f", "brand": "visa", "last4": "4242",
        },
        "SetupBody": {
            "customer": "cus_01h455vb4pex5vsknk084sn02q", "psp_account": "aster",
            "token": "tok_8d2f", "brand": "visa", "last4": "4242",
            "return_url": "https://shop.example/done",
        },
        "CancelSetupBody": {},
        "PaymentRouteBody": {
            "market": "DE", "currency": "EUR", "amount": 1199, "bin": "411111", "brand": "visa",
        },
        "PurchaseBody": {
            "customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "individual_monthly",
            "payment_method": "pm_01h455vb4pex5vsknk084sn02q", "trial": False,
        },
        "QuoteBody": {"customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "individual_monthly"},
        "CreditPayoutBody": {"reason": "The customer asked for it"},
        "CreditGiftBody": {"payment": "pay_01h455vb4pex5vsknk084sn02q", "amount": 500},
        "SendEvidenceBody": {"defence": "SupplyDefenseMaterial/DefenseMaterial"},
        "DisputeAnswerBody": {"note": "Sent the pack of evidence by hand"},
        "RefundBody": {
            "payment": "pay_01h455vb4pex5vsknk084sn02q", "reason": "Ordered twice", "amount": 500,
        },
        "SubscriptionPatch": {"version": 1, "metadata": {"order": "A-1001"}},
        "PayBody": {"validate_only": True},
        "ConfirmBody": {},
        "PaymentMethodChoice": {"payment_method": "pm_01h455vb4pex5vsknk084sn02q"},
        "WithdrawBody": {},
        "DefaultMethodBody": {"payment_method": "pm_01h455vb4pex5vsknk084sn02q"},
        "DetachBody": {},
        "ReturnBody": {"note": "Nothing is owed any more", "validate_only": True},
        "PauseBody": {"validate_only": True},
        "ResumeBody": {"anchor": "restart", "validate_only": True},
        "UndoBody": {"intention": 3, "validate_only": True},
    }
)  # fmt: skip
"""What may be sent as it stands here, by the name of the body."""
