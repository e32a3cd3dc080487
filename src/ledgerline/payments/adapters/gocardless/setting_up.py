"""How a mandate is asked for by a billing request, looked for and cancelled, and what is read.

Source: GoCardless API reference, "Billing requests", "Billing request flows", "Customer bank
accounts", "Mandates"; guide "Direct Debit mandates". Read in 2026-11. A billing request does not
name its flows, so a look finds that a payer is waited for and not where they were sent.
"""

from collections.abc import Generator
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from ledgerline.payments.adapters.gocardless import mandates, outcomes, reading, requests, wire
from ledgerline.payments.adapters.strict_json import convert, decode, instant
from ledgerline.payments.authentication import PayerAction
from ledgerline.payments.contract import (
    Answer,
    Conversation,
    Merchant,
    PspReply,
    PspRequest,
    TransportFailure,
)
from ledgerline.payments.model import EvidenceKind, Lookup, Outcome, Reading
from ledgerline.payments.setups import GivenMandate, Saved, SentSetup

PAGES_MAX: Final = 5
OTHER_SCHEME: Final = "bank_debit"  # what a mandate is called whose scheme is not told
_QUERY: Final = EvidenceKind.STATUS_QUERY
_T = TypeVar("_T")


def set_up(sent: SentSetup, merchant: Merchant) -> Conversation:
    """Create a billing request and a page for it; a key that was used leads on to what it made."""
    answer = yield requests.billing_request(sent, merchant)
    kind = EvidenceKind.RESPONSE
    if isinstance(answer, TransportFailure):
        return reading.of_transport(answer)
    if answer.status != outcomes.CREATED:
        used = reading.of_conflict(answer)
        if used is None:
            return reading.of_refusal(answer)
        if used.psp_ref is None:
            return used
        kind = _QUERY
        answer = yield requests.one(requests.BILLING_REQUESTS, used.psp_ref, merchant)
        if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND:
            return reading.unread(answer, used)
    found = yield from _told(sent.reference, answer, merchant, kind=kind)
    if found.outcome is not Outcome.REQUIRES_ACTION:
        return found
    return (yield from _opened(sent, found, merchant))


def find(subject: Lookup, merchant: Merchant) -> Conversation:
    """Look a billing request up by its id, else by our reference in the list."""
    named = yield from _name_of(subject, merchant)
    if isinstance(named, Reading):
        return named
    answer = yield requests.one(requests.BILLING_REQUESTS, named, merchant)
    return (yield from _found(subject, answer, merchant))


def cancel(subject: Lookup, merchant: Merchant) -> Conversation:
    """Cancel a billing request; whatever else it is by then is read as it is.

    What is not found is unknown: it may still arrive.
    """
    named = yield from _name_of(subject, merchant)
    if isinstance(named, Reading):
        is_absent = named.outcome is Outcome.ABSENT
        return replace(named, outcome=Outcome.UNKNOWN) if is_absent else named
    answer = yield requests.cancel(named, merchant, collection=requests.BILLING_REQUESTS)
    if isinstance(answer, TransportFailure):
        return reading.unread(answer)
    if answer.status != outcomes.FOUND:  # it is over
        answer = yield requests.one(requests.BILLING_REQUESTS, named, merchant)
    return (yield from _found(subject, answer, merchant))


def _opened(sent: SentSetup, found: Reading, merchant: Merchant) -> Conversation:
    """Open a page for the payer; where GoCardless wants none of it, end the billing request."""
    assert found.psp_ref is not None, found
    assert sent.return_url is not None, sent.reference
    answer = yield requests.flow(found.psp_ref, sent.return_url, merchant)
    opened = _one(answer, wire.OneFlow, status=outcomes.CREATED)
    if opened is not None:
        flow = opened.billing_request_flows
        page = PayerAction(url=flow.authorisation_url, expires_at=instant(flow.expires_at))
        return replace(found, action=page)
    if isinstance(answer, TransportFailure):
        return reading.unread(answer, found)
    refused = reading.of_refusal(answer)
    if refused.outcome is not Outcome.NOT_EXECUTED or refused.category is None:
        return replace(refused, outcome=Outcome.UNKNOWN, psp_ref=found.psp_ref)
    # nobody can be sent there, now or later
    ended = yield requests.cancel(found.psp_ref, merchant, collection=requests.BILLING_REQUESTS)
    over = yield from _told(sent.reference, ended, merchant, kind=_QUERY)
    if over.outcome is not Outcome.NOT_EXECUTED:
        return replace(refused, outcome=Outcome.UNKNOWN, psp_ref=found.psp_ref)
    return replace(over, code=refused.code, category=refused.category)


def _found(subject: Lookup, answer: Answer, merchant: Merchant) -> Conversation:
    if isinstance(answer, TransportFailure) or answer.status != outcomes.FOUND:
        return reading.unread(answer)
    return (yield from _told(subject.reference, answer, merchant, kind=_QUERY))


def _told(
    reference: str, answer: Answer, merchant: Merchant, *, kind: EvidenceKind
) -> Conversation:
    """Read a billing request of ours; one that is fulfilled leads on to its mandate."""
    body = b"" if isinstance(answer, TransportFailure) else answer.body
    one = decode(body, wire.OneBillingRequest)
    if one is None:
        return Reading(Outcome.UNKNOWN, kind, code=reading.UNREADABLE)
    held = one.billing_requests
    if held.reference != reference:
        return Reading(Outcome.UNKNOWN, kind, code=reading.REFERENCE_MISMATCH)
    outcome = outcomes.BILLING_REQUEST_STATES.get(held.status, Outcome.UNKNOWN)
    found = Reading(
        outcome,
        EvidenceKind.VOID_CONFIRMED if outcome is Outcome.NOT_EXECUTED else kind,
        psp_ref=held.id,
        code=held.status if outcome is Outcome.UNKNOWN else None,
    )
    if outcome is not Outcome.SUCCEEDED:
        return found
    return (yield from _given(held, found, merchant))


def _given(held: wire.BillingRequest, found: Reading, merchant: Merchant) -> Conversation:
    """Read the mandate that was given and the account it debits; nothing is kept without both."""
    unclear = replace(found, outcome=Outcome.UNKNOWN, code=reading.UNREADABLE)
    named, of = held.links.mandate_request_mandate, held.links.customer_bank_account
    if named is None or of is None:
        return unclear
    answer = yield requests.one(requests.MANDATES, named, merchant)
    mandate = _one(answer, wire.OneMandate)
    if mandate is None:
        return reading.unread(answer, found)
    answer = yield requests.one(requests.BANK_ACCOUNTS, of, merchant)
    account = _one(answer, wire.OneBankAccount)
    if account is None:
        return reading.unread(answer, found)
    if mandate.mandates.id != named:
        return unclear
    given = GivenMandate(
        reading=mandates.seen(mandate.mandates), given_at=instant(mandate.mandates.created_at)
    )
    return replace(
        found,
        saved=Saved(
            named,
            mandate.mandates.scheme or OTHER_SCHEME,
            account.customer_bank_accounts.account_number_ending,
            mandate=given,
        ),
    )


def _name_of(subject: Lookup, merchant: Merchant) -> Generator[PspRequest, Answer, str | Reading]:
    """Return the provider's id of a billing request, or what it means that there is not one.

    The list is newest first and cannot be narrowed, so it is read as far back as it was sent.
    """
    if subject.psp_ref is not None:
        return subject.psp_ref
    ours: list[str] = []
    after: str | None = None
    for _ in range(PAGES_MAX):
        answer = yield requests.billing_requests(merchant, after=after)
        page = _one(answer, wire.Page)
        if page is None or page.billing_requests is None:
            return reading.unread(answer)
        listed = [convert(plain, wire.BillingRequest) for plain in page.billing_requests]
        ours += [one.id for one in listed if one is not None and one.reference == subject.reference]
        after = page.meta.cursors.after
        if after is None or _reaches_back(listed[-1:], subject.sent_at):
            break
    else:
        if not ours:
            return Reading(Outcome.UNKNOWN, _QUERY, code=reading.LIST_TOO_LONG)
    if len(ours) > 1:  # one key made two: for people to look at
        return Reading(Outcome.UNKNOWN, _QUERY, code=reading.SEVERAL_EXECUTIONS)
    return ours[0] if ours else Reading(Outcome.ABSENT, _QUERY)


def _reaches_back(oldest: list[wire.BillingRequest | None], sent_at: datetime | None) -> bool:
    """Say whether what follows on a list was made before what is looked for could be."""
    created = instant(oldest[0].created_at) if oldest and oldest[0] is not None else None
    if created is None or sent_at is None:
        return False
    return created < sent_at - requests.CLOCKS_DIFFER


def _one(answer: Answer, kind: type[_T], *, status: int = outcomes.FOUND) -> _T | None:
    if not isinstance(answer, PspReply) or answer.status != status:
        return None
    return decode(answer.body, kind)
