"""What payments refuses, and why."""

from typing import ClassVar

from ledgerline.base.errors import Rejected


class SignatureRefused(Rejected):
    """A webhook that nobody we know signed, or signed too long ago."""

    code: ClassVar[str] = "signature_refused"


class PaymentNotFound(Rejected):
    """There is no such payment."""

    code: ClassVar[str] = "payment_not_found"


class PaymentMethodNotFound(Rejected):
    """There is no such payment method of this customer."""

    code: ClassVar[str] = "payment_method_not_found"


class PspAccountNotFound(Rejected):
    """There is no such merchant account, or it is not active."""

    code: ClassVar[str] = "psp_account_not_found"


class PspAccountNotLoaded(Rejected):
    """This process was started before the merchant account was registered, and does not know it."""

    code: ClassVar[str] = "psp_account_not_loaded"


class MandateNotOffered(Rejected):
    """The merchant account charges cards, and no mandates."""

    code: ClassVar[str] = "mandate_not_offered"


class DebitTakesDays(Rejected):
    """What is to happen once it is paid waits for a day, and a bank debit takes longer."""

    code: ClassVar[str] = "debit_takes_days"


class MandateNotChargeable(Rejected):
    """The payer's mandate has ended or is paused: another one, or another method, is needed."""

    code: ClassVar[str] = "mandate_not_chargeable"


class SetupNotFound(Rejected):
    """There is no such set-up of a payment method."""

    code: ClassVar[str] = "payment_method_setup_not_found"


class SetupNotOffered(Rejected):
    """No merchant account sets up a means to pay from what was given; ``sources`` says from what.

    ``token`` is what the provider's own fields give, ``data`` what they give instead, ``page`` that
    the payer tells it on a page of the provider.
    """

    code: ClassVar[str] = "payment_method_setup_not_offered"


class SetupIncomplete(Rejected):
    """What was given does not suffice; ``field`` names what is missing."""

    code: ClassVar[str] = "payment_method_setup_incomplete"


class PspAccountInUse(Rejected):
    """A merchant account cannot be removed: what is charged or was charged there needs it."""

    code: ClassVar[str] = "psp_account_in_use"


class PspAccountRefused(Rejected):
    """A merchant account is not usable as it was given; ``name`` says what of it is wrong."""

    code: ClassVar[str] = "psp_account_refused"


class PaymentNotMendable(Rejected):
    """The payment is over, or an attempt of it may still succeed."""

    code: ClassVar[str] = "payment_not_mendable"


class SettlementFileMissing(Rejected):
    """The provider has no settlement file."""

    code: ClassVar[str] = "settlement_file_missing"


class SettlementFileRefused(Rejected):
    """A settlement file cannot be read; ``problems`` says where and why."""

    code: ClassVar[str] = "settlement_file_refused"


class CreditNotPayable(Rejected):
    """There is no credit to pay out, or more is asked than there is, or than was captured.

    ``payable_minor`` is what can be paid out, where one currency of one seller is meant.
    """

    code: ClassVar[str] = "credit_not_payable"


class ExceptionNotFound(Rejected):
    """Nothing of this reason is open for this subject."""

    code: ClassVar[str] = "exception_not_found"


class ExceptionNotClosable(Rejected):
    """Only a fact ends an exception of this reason, not somebody's word."""

    code: ClassVar[str] = "exception_not_closable"


class ExceptionNotDecidable(Rejected):
    """What is asked means nothing for this exception; ``reason`` says why, the detail what does."""

    code: ClassVar[str] = "exception_not_decidable"


class EvidenceNotFound(Rejected):
    """There is no such charge, refund or proposal."""

    code: ClassVar[str] = "evidence_not_found"


class EvidenceNotProposable(Rejected):
    """Nothing is open of this charge or refund that people's evidence would end."""

    code: ClassVar[str] = "evidence_not_proposable"


class EvidenceProposed(Rejected):
    """There is a proposal about this already: approve or withdraw that one."""

    code: ClassVar[str] = "evidence_proposed"


class EvidenceNotOpen(Rejected):
    """The proposal was approved, withdrawn or overtaken by its provider; ``state`` says which."""

    code: ClassVar[str] = "evidence_not_open"


class EvidenceNeedsReference(Rejected):
    """Evidence of a success names the provider's id of it."""

    code: ClassVar[str] = "evidence_needs_reference"


class RefundProposalNotFound(Rejected):
    """There is no such proposal of a refund or of credit."""

    code: ClassVar[str] = "refund_proposal_not_found"


class RefundProposed(Rejected):
    """A refund or credit of this payment is proposed already: approve or withdraw that one."""

    code: ClassVar[str] = "refund_proposed"


class RefundProposalNotOpen(Rejected):
    """The proposed refund was approved, withdrawn or is too old; ``state`` says which."""

    code: ClassVar[str] = "refund_proposal_not_open"


class SelfApproval(Rejected):
    """Two people decide: whoever proposed something cannot approve it."""

    code: ClassVar[str] = "self_approval"


class PaymentMethodKnown(Rejected):
    """This provider token already belongs to a payment method."""

    code: ClassVar[str] = "payment_method_known"


class CardFactsRefused(Rejected):
    """What is told of a card cannot be: a country or a month that does not exist."""

    code: ClassVar[str] = "card_facts_refused"


class PaymentInProgress(Rejected):
    """An attempt of this payment may still succeed; nothing else may be tried."""

    code: ClassVar[str] = "payment_in_progress"


class RefundDayAhead(Rejected):
    """A refund for days from one on that is not reached yet: only time that runs can be unused."""

    code: ClassVar[str] = "refund_day_ahead"


class RefundExceedsCaptured(Rejected):
    """More would be refunded than was captured and not refunded yet."""

    code: ClassVar[str] = "refund_exceeds_captured"


class PaymentDisputed(Rejected):
    """A dispute of the payment is open: what is given back now could leave twice."""

    code: ClassVar[str] = "payment_disputed"


class EvidenceNotTaken(Rejected):
    """The provider of the dispute takes no such evidence by a request: people answer there."""

    code: ClassVar[str] = "evidence_not_taken"


class EvidenceTooLate(Rejected):
    """The provider's deadline for an answer has passed."""

    code: ClassVar[str] = "evidence_too_late"


class EvidenceSent(Rejected):
    """Evidence of this stage of the dispute was sent, or is on its way."""

    code: ClassVar[str] = "evidence_sent"


class DefenceRefused(Rejected):
    """The provider does not take evidence of this dispute for that reason."""

    code: ClassVar[str] = "defence_refused"


class DisputeNotFound(Rejected):
    """There is no such dispute."""

    code: ClassVar[str] = "dispute_not_found"


class DisputeNotAnswerable(Rejected):
    """The dispute waits for no answer of ours: it is decided, or one was given."""

    code: ClassVar[str] = "dispute_not_answerable"


class PaymentNotRefundable(Rejected):
    """The payment has not succeeded, so there is nothing to give back."""

    code: ClassVar[str] = "payment_not_refundable"


class InvoiceNotPayable(Rejected):
    """The invoice is paid, void, written off or no longer collected; ``reason`` says which."""

    code: ClassVar[str] = "invoice_not_payable"


class TooManyTries(Rejected):
    """The payer tried this payment so often of late that another try would read as card testing."""

    code: ClassVar[str] = "too_many_tries"


class CardLimitReached(Rejected):
    """The card was tried in vain so often of late that its network wants no other try yet."""

    code: ClassVar[str] = "card_limit_reached"


class PaymentMethodInUse(Rejected):
    """A live subscription or an open payment is charged by this method: give it another first."""

    code: ClassVar[str] = "payment_method_in_use"


class NoDefaultMethod(Rejected):
    """The customer has no default payment method, and the request names none."""

    code: ClassVar[str] = "no_default_payment_method"


class RoutingRefused(Rejected):
    """Routing rules may not be loaded; ``facts["findings"]`` names the place of every reason."""

    code: ClassVar[str] = "routing_refused"


class ModelNotSwitched(Rejected):
    """The switch of a model is not changed; ``facts["reason"]`` says what is wrong."""

    code: ClassVar[str] = "model_not_switched"


class ModelNotPromoted(Rejected):
    """A model is not let decide more; ``facts`` say why, and which conditions are ``unmet``."""

    code: ClassVar[str] = "model_not_promoted"


class ModelNotLoaded(Rejected):
    """A model is not loaded; ``facts["reason"]`` says what is wrong."""

    code: ClassVar[str] = "model_not_loaded"


class NoPaymentRoute(Rejected):
    """The routing rules exclude every merchant account at which this method can be charged."""

    code: ClassVar[str] = "no_payment_route"


class AccountsUnavailable(Rejected):
    """No merchant account at which this method can be charged answers just now."""

    code: ClassVar[str] = "accounts_unavailable"


class InstrumentExists(Rejected):
    """The payment method has a token at this merchant account already."""

    code: ClassVar[str] = "instrument_exists"


class InstrumentContradicts(Rejected):
    """What is told of the card contradicts what is known of the payment method: another card."""

    code: ClassVar[str] = "instrument_contradicts"


class PspEventNotFound(Rejected):
    """The account sent no such event."""

    code: ClassVar[str] = "psp_event_not_found"


class PspEventNotRepeatable(Rejected):
    """It was applied, is about to be, or names nothing that could be looked up."""

    code: ClassVar[str] = "psp_event_not_repeatable"
