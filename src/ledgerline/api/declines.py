"""What a payer is told about a refused payment: a neutral text and what may help."""

from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from ledgerline.api.cursors import TOP
from ledgerline.api.errors import RETRY_AFTER, Decline, Problem, problem
from ledgerline.api.operations import Call
from ledgerline.api.refusals import PaymentDeclined, ProviderUnavailable
from ledgerline.base.ids import PREFIXES, InvoiceId, bucket_of, encode
from ledgerline.flows.release_key import release_key
from ledgerline.payments import views
from ledgerline.payments.model import AttemptState, DeclineCategory
from ledgerline.payments.rows.shown import PaymentsAsked
from ledgerline.payments.rules.retry import is_ours


class _Advice(NamedTuple):
    retry: str
    message: str


_PLAIN: Final = "Your bank declined the payment. Use another card or contact your bank."
_LATER: Final = "The payment could not be completed just now. You were not charged. Try again."
_OTHER: Final = _Advice("other_method", _PLAIN)
_NOT_EXECUTED: Final = Decline(reason="processor_error", retry="later", message=_LATER)

_UPDATE: Final = _Advice("other_method", "Check your card details or use another card.")

# Lost, stolen and suspected fraud look like any other refusal to whoever holds the card.
_ADVICE: Final = {
    DeclineCategory.INSUFFICIENT_FUNDS: _Advice(
        "later", "Your bank declined the payment. Check your balance or use another card."
    ),
    DeclineCategory.AMOUNT_LIMIT: _Advice(
        "later", "Your bank declined the payment. Check your card's limit or use another card."
    ),
    DeclineCategory.VELOCITY_LIMIT: _Advice("later", _PLAIN),
    DeclineCategory.DO_NOT_HONOR: _Advice("later", _PLAIN),
    DeclineCategory.ISSUER_UNAVAILABLE: _Advice("later", _LATER),
    DeclineCategory.PROCESSOR_ERROR: _Advice("later", _LATER),
    DeclineCategory.AUTHENTICATION_REQUIRED: _Advice(
        "authenticate", "Your bank asks you to confirm this payment."
    ),
    DeclineCategory.AUTHENTICATION_FAILED: _Advice(
        "authenticate", "The payment was not confirmed with your bank. You were not charged."
    ),
    DeclineCategory.EXPIRED_CARD: _Advice(
        "other_method", "This card has expired. Use another card."
    ),
    DeclineCategory.NEW_ACCOUNT_INFO: _Advice(
        "other_method", "Your bank has issued a newer card. Enter its details."
    ),
    DeclineCategory.INVALID_ACCOUNT: _OTHER,
    DeclineCategory.LOST_OR_STOLEN: _OTHER,
    DeclineCategory.SUSPECTED_FRAUD: _OTHER,
    DeclineCategory.FRAUD_ENGINE: _OTHER,
    DeclineCategory.CARD_RESTRICTED: _OTHER,
    DeclineCategory.CVC_MISMATCH: _UPDATE,
    DeclineCategory.AVS_MISMATCH: _UPDATE,
    DeclineCategory.PIN: _OTHER,
    DeclineCategory.REVOKED: _OTHER,
    DeclineCategory.DUPLICATE: _Advice("later", _PLAIN),
    DeclineCategory.RETRY_BLOCKED: _OTHER,
    DeclineCategory.CUSTOMER_CANCELED: _Advice("later", "The payment was canceled. Try again."),
    DeclineCategory.MERCHANT_CONFIG: _Advice("later", _LATER),
    DeclineCategory.CREDENTIAL_REFERENCE: _UPDATE,
    DeclineCategory.COMPLIANCE: _OTHER,
    DeclineCategory.REQUEST_REFUSED: _Advice("later", _LATER),
    DeclineCategory.UNMAPPED: _Advice("later", _PLAIN),
}


async def of_invoice(
    call: Call, invoice_id: InvoiceId, detail: str, *, retry_after_seconds: int | None = None
) -> Problem:
    """Say why the payment of an invoice was refused, with the payment and its subscription.

    Raises ``ProviderUnavailable`` where that is our own failure.
    """
    refused = problem(PaymentDeclined(detail), request_id=call.request_id)
    asked = PaymentsAsked(
        before=TOP, bucket=bucket_of(invoice_id), invoice_id=invoice_id, states=None, limit=1
    )
    async with call.run.reading() as read:
        [payment] = await views.payments(read, asked)
        attempts = await views.attempts(read, bucket=payment.bucket, payment_id=payment.id)
    last = attempts[-1]
    await refuse_own_failure(
        call,
        AttemptState(last.state),
        last.category,
        subject_id=invoice_id,
        retry_after_seconds=retry_after_seconds,
    )
    return msgspec.structs.replace(
        refused,
        subscription=encode(PREFIXES["subscription"], payment.subscription_id),
        payment=encode(PREFIXES["payment"], payment.id),
        decline=decline(last.category),
    )


async def refuse_own_failure(
    call: Call,
    state: AttemptState,
    category: str | None,
    *,
    subject_id: UUID,
    retry_after_seconds: int | None = None,
) -> None:
    """Refuse with 503 where the attempt that ended says nothing about the payer.

    The key of the request is given back, so that a repeat with it begins anew. Raises
    ``ProviderUnavailable``, which passes on when the provider wants to be asked again.
    """
    if not is_ours(state, None if category is None else DeclineCategory(category)):
        return
    if call.command is not None:
        await release_key(
            call.run, bucket=bucket_of(subject_id), command=call.command, subject_id=subject_id
        )
    told = {} if retry_after_seconds is None else {RETRY_AFTER: retry_after_seconds}
    raise ProviderUnavailable("nothing was charged: try again with the same key", **told)


def decline(category: str | None) -> Decline:
    """Explain a refusal by its category; None means that the provider did nothing at all."""
    if category is None:
        return _NOT_EXECUTED
    advice = _ADVICE[DeclineCategory(category)]
    return Decline(reason=category, retry=advice.retry, message=advice.message)
