"""What every field of the API means, in a sentence, with an example; and which values it takes.

A key is the name of a field, or ``Shape.field`` where a shape means something of its own by it.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ledgerline.catalog.model import TaxBehavior
from ledgerline.customers.model import TaxIdCheck, TaxStatus
from ledgerline.entitlements.model import CoverReason
from ledgerline.invoicing.model import CreditReason, InvoiceCause, InvoiceState
from ledgerline.ledger.model import Account
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    EvidenceKind,
    Funding,
    Initiator,
    Outcome,
    PaymentState,
)
from ledgerline.pricing.model import LineKind
from ledgerline.purchases.model import PurchaseState
from ledgerline.receipts.model import ReceiptKind
from ledgerline.subscriptions.model import AgreementKind, LogKind, SubscriptionState


class Word(NamedTuple):
    """What a field means; ``example`` is one of its values."""

    text: str
    example: Any = None


INSTANT: Final = MappingProxyType(
    {"type": "string", "format": "date-time", "examples": ["2026-01-31T12:00:00Z"]}
)
PRINTABLE: Final = r"^[^\u0000-\u001f\u007f-\u009f]*$"
"""The form of every text that is sent and has none of its own."""

NUMBERED: Final = ("stamped", "waiting", "none")
REFUNDED: Final = ("processing", "succeeded", "failed")
RETRIES: Final = ("never", "later", "other_method", "authenticate")

IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "credit_note": "credit_note", "customer": "customer", "invoice": "invoice",
        "payment": "payment", "payment_method": "payment_method", "price": "price",
        "purchase": "purchase", "receipt": "receipt", "refund": "refund",
        "subscription": "subscription", "Subscription.pending_change": "invoice",
        "CancelPreview.withdrawn_change": "invoice", "CustomerErasure.id": "customer",
        "CustomerExport.id": "customer",
    }
)  # fmt: skip
"""The kind of object that a field names by its id."""

ENUMS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "AccountBalance.account": tuple(Account),
        "Agreement.kind": tuple(AgreementKind),
        "Attempt.category": tuple(DeclineCategory),
        "Attempt.initiator": tuple(Initiator),
        "Attempt.status": tuple(AttemptState),
        "AttemptEvidence.kind": tuple(EvidenceKind),
        "AttemptEvidence.outcome": tuple(Outcome),
        "Card.funding": tuple(Funding),
        "Cover.reason": tuple(CoverReason),
        "CreditNote.number_state": NUMBERED,
        "CreditNote.reason": tuple(CreditReason),
        "Customer.tax_status": tuple(TaxStatus),
        "Decline.reason": tuple(DeclineCategory),
        "Decline.retry": RETRIES,
        "Health.status": ("live", "ready"),
        "Intention.kind": tuple(LogKind),
        "Invoice.cause": tuple(InvoiceCause),
        "Invoice.number_state": NUMBERED,
        "Invoice.status": tuple(InvoiceState),
        "InvoiceLine.kind": tuple(LineKind),
        "InvoiceLine.tax_behavior": tuple(TaxBehavior),
        "Line.kind": (*LineKind, "credit"),
        "Payment.status": tuple(PaymentState),
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
_WHERE: Final = {"format": "uri-reference"}
FORMS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "AccountBalance.seller": _CODE, "Card.bin": {"pattern": "^[0-9]{6,8}$"},
        "Card.expires": {"pattern": "^[0-9]{4}-(?:0[1-9]|1[0-2])$"},
        "Card.issuer_country": {"pattern": "^[A-Z]{2}$"},
        "FieldProblem.pointer": {"format": "json-pointer"},
        "InvoiceLine.tax_rate": {"pattern": r"^(?:0|1)(?:\.[0-9]{1,6})?$"}, "Offer.per": _DURATION,
        "PaymentMethod.last4": {"pattern": "^[0-9]{4}$"}, "Problem.type": _WHERE,
        "Quote.fingerprint": {"pattern": "^[0-9a-f]{64}$"}, "Subscription.cadence": _DURATION,
        "after": {"pattern": "^[A-Za-z0-9_-]+$"}, "currency": {"pattern": "^[A-Z]{3}$"},
        "market": _CODE, "pdf": _WHERE,
        "pending_plan": _CODE, "plan": _CODE, "psp_account": _CODE,
        "request_id": {"pattern": "^req_[0-7][0-9a-hjkmnp-tv-z]{25}$"},
    }
)  # fmt: skip
"""The form of what is answered as a text; what is sent has its own."""

FIELDS: Final[Mapping[str, Word]] = MappingProxyType(
    {
        "AccountBalance.credit": Word("The sum of its credits."),
        "AccountBalance.debit": Word("The sum of its debits."),
        "AdvanceBody.by": Word("How far, as a duration.", "P1M"),
        "AdvanceBody.to": Word("To which instant."),
        "Attempt.total": Word("What the provider is asked for."),
        "AttemptEvidence.kind": Word("Where it comes from."),
        "BalanceQuery.at": Word("Up to which instant; now unless given.", "2026-01-31T12:00:00Z"),
        "BalanceQuery.month": Word("Only what is booked in this month.", "2026-01"),
        "CancelPreview.credited": Word("What is given back, with its tax."),
        "CancelPreview.ends_on": Word("The first day without service.", "2026-02-01"),
        "CardBody.fingerprint": Word("What the provider knows the card by.", "fp_7Qm2"),
        "Clock.now": Word("What time it is here."),
        "CreditNote.reason": Word("Why it was issued.", "canceled"),
        "CustomerExport.about": Word("Whose it is and how to read it."),
        "Decline.message": Word("A text for the payer.", "This card has expired."),
        "Decline.reason": Word("The class of the refusal.", "insufficient_funds"),
        "ExportSection.about": Word("What these rows are."),
        "ExportSection.name": Word("What kind they are; `section` takes it.", "payments"),
        "ExportQuery.page": Word("Which page of the section.", 2),
        "ExportQuery.section": Word("Only this section.", "payments"),
        "FieldProblem.code": Word("What is wrong there.", "invalid_value"),
        "How.tax": Word("How the tax was computed.", "199 = round(1199 x 19 / 119)"),
        "Intention.kind": Word("What is planned.", "cancel_scheduled"),
        "Item.ends_on": Word("The first day without it, if that is known.", "2026-02-01"),
        "Money.amount": Word("Whole minor units of the currency.", 1199),
        "NextCharge.on": Word("The day it is due.", "2026-02-01"),
        "Problem.code": Word("What is refused, stable: branch on it.", "invalid_value"),
        "Problem.payment": Word("The payment that was made before the refusal."),
        "Problem.purchase": Word("The purchase that was made before the refusal."),
        "Problem.status": Word("The HTTP status.", 422),
        "Problem.subscription": Word("The subscription it is about."),
        "Problem.type": Word("The page about this code.", "/docs/errors/invalid_value"),
        "PurchaseBody.payment_method": Word("What is charged."),
        "Quote.fingerprint": Word("What `expect` of the purchase takes.", "5e" * 32),
        "RefundBody.amount": Word("How much, in minor units; all that is left unless given.", 500),
        "RefundBody.reason": Word("Why, for whoever reads the books.", "Ordered twice"),
        "Refund.reason": Word("Why.", "Ordered twice"),
        "TaxId.type": Word("What kind of tax id it is.", "eu_vat"),
        "TaxId.value": Word("The tax id in its one spelling.", "DE123456789"),
        "TaxIdBody.type": Word("What kind of tax id it is.", "eu_vat"),
        "TaxIdBody.value": Word("The tax id, in any spelling.", "DE 123 456 789"),
        "TrialBalance.at": Word("Up to which instant."),
        "UndoBody.intention": Word("The number of the intention; the newest unless given.", 3),
        "UnitPrice.amount": Word("Minor units of the currency, for `per` pieces.", 1199),
        "UnitPrice.per": Word("For how many pieces the amount is.", 1),
        "accepted": Word("When it was accepted."),
        "account": Word("The account.", "receivable"),
        "add_ons": Word("What is bought with the plan."),
        "after": Word("Go on behind a page: its `next`.", "AZCG1K2sd0u8zLMCmaBSfg"),
        "agreements": Word("The texts that the payer accepts with it."),
        "as_of": Word("When this was computed."),
        "attempts": Word("Its tries; only where one payment is asked for."),
        "balance": Word("Debit less credit."),
        "billing_address": Word("Where the invoice goes."),
        "bin": Word("How the card's number begins, six to eight digits.", "424242"),
        "brand": Word("The card's brand.", "visa"),
        "cadence": Word("How often it is billed, as a duration (ISO 8601).", "P1M"),
        "captured": Word("What was collected."),
        "card": Word("What is known of the card."),
        "category": Word("The class of the refusal; null when there was none.", "do_not_honor"),
        "cause": Word("What made it.", "renewal"),
        "channel": Word("How it was accepted.", "api"),
        "check": Word("What is known of its form.", "format_ok"),
        "city": Word("City.", "Berlin"),
        "code": Word("The code of the offer.", "WELCOME"),
        "component": Word("The part of the subscription: `base` or an add-on.", "base"),
        "country": Word("Two letters (ISO 3166-1).", "DE"),
        "coupon": Word("The code of a coupon.", "WELCOME"),
        "covers": Word("When service is given; only where one subscription is asked for."),
        "created": Word("When it was made."),
        "credit_after": Word("The customer's credit afterwards."),
        "credit_note": Word("The credit note of it."),
        "credit_notes": Word("Its corrections; only where one invoice is asked for."),
        "credited": Word("What was given back of it by credit notes."),
        "currency": Word("The currency (ISO 4217).", "EUR"),
        "customer": Word("The customer's id."),
        "customer_version": Word("The version of the customer that it names.", 1),
        "data": Word("What was asked for, newest first."),
        "decline": Word("Why the payment was refused; null when it was not."),
        "deletes": Word("How much is deleted, by kind.", {"payment_methods": 2}),
        "detail": Word("A sentence for people.", "expected an integer, not a string"),
        "discount": Word("What was taken off."),
        "due_now": Word("What is charged at once."),
        "due_on": Word("The day it is due.", "2026-01-31"),
        "effective_on": Word("The first day on which it holds.", "2026-02-01"),
        "email": Word("E-mail address.", "erika@example.com"),
        "end": Word("The first day that is not in it.", "2026-03-01"),
        "ended": Word("When it ended; null as long as it has not."),
        "ends_at": Word("When it ends."),
        "ends_on": Word("The first day without service, if that is known.", "2026-02-01"),
        "erased_at": Word("When the customer was erased; null before."),
        "errors": Word("What is wrong where."),
        "evidence": Word("What closed it, or contradicts it."),
        "expect": Word("The fingerprint of the quote that the payer saw.", "5e" * 32),
        "expires": Word("Its last month.", "2029-12"),
        "exported_at": Word("When it was read."),
        "external_id": Word("The caller's own id of it, unique for its kind.", "crm-1001"),
        "facts": Word("The values that made the rule refuse.", {"left_minor": 500}),
        "fields": Word("What their fields mean."),
        "forfeit_credit": Word("Whether the customer gives up what is left of their credit."),
        "formula": Word("The computation.", "1199 x 1"),
        "from_credit": Word("What the customer's credit pays."),
        "from_on": Word("The first day on which it holds.", "2026-01-01"),
        "funding": Word("Whose money the card spends.", "credit"),
        "has_ip": Word("Whether the payer's address was told."),
        "has_more": Word("Whether the list goes on."),
        "how": Word("How the amounts came to be."),
        "id": Word("Its id."),
        "initiator": Word("Who began it.", "customer"),
        "intention": Word("The number of what is planned.", 3),
        "intentions": Word("What is planned; only where one subscription is asked for."),
        "invoice": Word("The invoice's id."),
        "is_balanced": Word("Whether the balances sum to zero."),
        "is_new": Word("Whether it came for the first time."),
        "is_virtual": Word("Whether it is moved by hand."),
        "issued": Word("When it was issued."),
        "issued_on": Word("The day it was issued, for the seller.", "2026-01-31"),
        "issuer_country": Word("Where the card was issued (ISO 3166-1).", "DE"),
        "items": Word("What is had; only where one subscription is asked for."),
        "keeps": Word("How much the law keeps, by kind.", {"invoices": 12}),
        "kept": Word("How long they are kept."),
        "kind": Word("What kind it is."),
        "last4": Word("The last four digits, to be shown.", "4242"),
        "limit": Word("How many at most.", 50),
        "line1": Word("First line.", "Hauptstrasse 1"),
        "line2": Word("Second line.", "2nd floor"),
        "lines": Word("Priced and credited pieces of service time."),
        "livemode": Word("Whether real money moves here."),
        "locale": Word("The language of documents (BCP 47).", "de-DE"),
        "market": Word("The market it is sold in.", "DE"),
        "message": Word("A text for the payer."),
        "metadata": Word("The caller's own notes.", {"order": "A-1001"}),
        "name": Word("Name.", "Erika Beispiel"),
        "net": Word("Without tax."),
        "network_transaction_id": Word("The network's id of its first charge.", "83047512"),
        "next": Word("What `after` takes to go on.", "AZCG1K2sd0u8zLMCmaBSfg"),
        "next_charge": Word("The charge that follows; null when service ends before it."),
        "next_charge_at": Word("When the next charge is due; null when there is none."),
        "next_page": Word("What `page` takes to go on; null when these are the last.", 2),
        "next_try_at": Word("When it is tried again; null when no machine does."),
        "number": Word("Its number, once it has one.", "DE-2026-000001"),
        "number_state": Word("Whether it has its number.", "stamped"),
        "object": Word("What this is."),
        "offers": Word("What reduces it; only where one subscription is asked for."),
        "ordinal": Word("Which try it is, from 1.", 1),
        "outcome": Word("What it says.", "succeeded"),
        "paid": Word("When it was paid; null as long as it is not."),
        "paid_through": Word("The first day that is not paid for.", "2026-02-01"),
        "parked": Word("Why a billing run set it aside; null when none did.", "no_price"),
        "payer_ip": Word("The payer's IP address.", "192.0.2.1"),
        "payment": Word("The payment's id."),
        "payment_method": Word("The payment method's id."),
        "pdf": Word("Where it is printed.", "/v1/receipts/rcp_01h455vb4pex5vsknk084sn02q.pdf"),
        "pending_change": Word("The invoice of a change that waits for its payment."),
        "pending_plan": Word("The plan that a standing change brings.", "family_monthly"),
        "per": Word("The period an amount is off, as a duration.", "P1M"),
        "period": Word("Which days."),
        "place_evidence": Word("Evidence of where the buyer is."),
        "plan": Word("The code of the plan.", "individual_monthly"),
        "plan_name": Word("The name of the plan.", "Individual"),
        "pointer": Word("Where, as a JSON pointer (RFC 6901); empty is all of it.", "/quantity"),
        "postal_code": Word("Postal code.", "10115"),
        "price": Word("The price's id."),
        "provider_code": Word("The provider's own code.", "card_declined"),
        "provider_reference": Word("The provider's id of it.", "ch_1001"),
        "psp_account": Word("The account at the payment provider.", "aster"),
        "purchase": Word("The purchase's id."),
        "quantity": Word("How many.", 1),
        "reason": Word("Why.", "paid"),
        "receipt": Word("The receipt's id."),
        "recorded": Word("When it was recorded."),
        "refund": Word("The refund's id."),
        "refunded": Word("What was given back."),
        "refunding": Word("What is being given back."),
        "region": Word("State or province.", "BE"),
        "request_id": Word("Name it when you ask about it.", "req_01h455vb4pex5vsknk084sn02q"),
        "retry": Word("What may help.", "later"),
        "rows": Word("The rows."),
        "rule": Word("The rule that was applied.", "full"),
        "sca_reference": Word("The proof that its payer was authenticated.", "sca_7f3e"),
        "sections": Word("What is held, by kind."),
        "seller": Word("The code of the seller.", "eu"),
        "sent": Word("When it was sent."),
        "settles": Word("What it is settled with.", "credit"),
        "start": Word("The first day.", "2026-02-01"),
        "starts_at": Word("When it begins."),
        "starts_on": Word("The first day.", "2026-01-01"),
        "status": Word("Its state."),
        "subscription": Word("The subscription's id."),
        "subscription_status": Word("The state of the subscription.", "active"),
        "tax": Word("Tax."),
        "tax_behavior": Word("Whether the price includes tax.", "inclusive"),
        "tax_ids": Word("Tax ids of the buyer."),
        "tax_rate": Word("The rate as a fraction.", "0.19"),
        "tax_status": Word("Who buys.", "consumer"),
        "text": Word("What it is for.", "Individual"),
        "text_version": Word("The version of the text.", "2026-01"),
        "time_zone": Word("The zone days are counted in (IANA).", "Europe/Berlin"),
        "title": Word("What the code means.", "A value is missing"),
        "token": Word("The provider's token, never a card number.", "tok_8d2f"),
        "total": Word("With tax."),
        "trial": Word("Whether a free trial is wanted where the plan has one."),
        "tries": Word("How often it was tried.", 1),
        "type": Word("What kind it is."),
        "unit_price": Word("The price of one."),
        "until_on": Word("The first day on which it no longer holds.", "2026-04-01"),
        "validate_only": Word("Only show what would happen: nothing is done, no key needed."),
        "value": Word("The value."),
        "version": Word("Which version; a change names the one it was read in.", 1),
        "when": Word("When it happens.", "period_end"),
        "withdrawn_change": Word("The invoice of a change that is withdrawn with it."),
        "written_off": Word("The invoices that are given up.", ["inv_01h455vb4pex5vsknk084sn02q"]),
    }
)

LISTED: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "InvoicesQuery.status": tuple(InvoiceState),
        "PaymentsQuery.status": tuple(PaymentState),
        "SubscriptionsQuery.status": tuple(SubscriptionState),
    }
)
"""The values of which a parameter takes several, separated by commas."""

EXAMPLES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "AdvanceBody": {"by": "P1M"},
        "CancelBody": {"when": "period_end", "validate_only": True},
        "ChangeBody": {"plan": "family_monthly", "when": "now", "validate_only": True},
        "CustomerBody": {
            "market": "DE", "name": "Erika Beispiel", "email": "erika@example.com",
            "billing_address": {
                "line1": "Hauptstrasse 1", "postal_code": "10115", "city": "Berlin",
                "country": "DE",
            },
        },
        "CustomerPatch": {"version": 1, "email": "erika@example.org"},
        "ErasureBody": {"validate_only": True},
        "PaymentMethodBody": {
            "psp_account": "aster", "token": "tok_8d2f", "brand": "visa", "last4": "4242",
        },
        "PurchaseBody": {
            "customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "individual_monthly",
            "payment_method": "pm_01h455vb4pex5vsknk084sn02q", "trial": False,
        },
        "QuoteBody": {"customer": "cus_01h455vb4pex5vsknk084sn02q", "plan": "individual_monthly"},
        "RefundBody": {
            "payment": "pay_01h455vb4pex5vsknk084sn02q", "reason": "Ordered twice", "amount": 500,
        },
        "SubscriptionPatch": {"version": 1, "metadata": {"order": "A-1001"}},
        "UndoBody": {"intention": 3, "validate_only": True},
    }
)  # fmt: skip
"""What may be sent as it stands here, by the name of the body."""
