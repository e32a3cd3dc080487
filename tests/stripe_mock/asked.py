"""Every request that the connector can send, and requests that must be refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from ledgerline.base.http import HttpClient, Reply, Within
from ledgerline.base.ids import DisputeEvidenceId, SetupId
from ledgerline.payments.adapters.stripe import requests
from ledgerline.payments.contract import PspRequest
from ledgerline.payments.disputes import SentEvidence
from ledgerline.payments.model import Initiator
from ledgerline.payments.setups import SentSetup
from tests.contracts.connectors.stripe import MERCHANT
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    REFUND,
    REFUND_LOOKUP,
    RETURN_URL,
)

_MERCHANTS: Final = replace(ATTEMPT, psp_token="cus_1/pm_1")
_PAYERS: Final = replace(_MERCHANTS, initiator=Initiator.CUSTOMER)
_HERE: Final = replace(_PAYERS, return_url=RETURN_URL)
_SETUP: Final = SentSetup(
    bucket=ATTEMPT.bucket,
    setup_id=SetupId(ATTEMPT.attempt_id),
    psp_account=MERCHANT.code,
    currency=ATTEMPT.amount.currency,
    psp_token="cus_1/pm_1",
    return_url=RETURN_URL,
    challenge=True,
)
_EVIDENCE: Final = SentEvidence(
    bucket=ATTEMPT.bucket,
    evidence_id=DisputeEvidenceId(ATTEMPT.attempt_id),
    psp_account=MERCHANT.code,
    dispute_ref="dp_1",
    pack=b"%PDF-1.7 a pack",
)
_ALONE: Final = replace(_SETUP, psp_token="pm_1", return_url=None, challenge=False)
_OF_INTENT: Final = replace(REFUND_LOOKUP, charge_ref="pi_1")
_OF_TIME: Final = replace(REFUND_LOOKUP, charge_ref=None)

ASKED: Final[Mapping[str, PspRequest]] = {
    "charge without the payer": requests.charge(_MERCHANTS, MERCHANT),
    "charge with the payer": requests.charge(_PAYERS, MERCHANT),
    "charge of a card alone": requests.charge(replace(_PAYERS, psp_token="pm_1"), MERCHANT),
    "charge whose payer can come back": requests.charge(_HERE, MERCHANT),
    "charge whose payer has to be seen": requests.charge(replace(_HERE, challenge=True), MERCHANT),
    "cancel of an intent": requests.cancel("pi_1", MERCHANT),
    "set-up whose payer can come back": requests.set_up(_SETUP, MERCHANT),
    "set-up of a card alone": requests.set_up(_ALONE, MERCHANT),
    "file of evidence": requests.upload(_EVIDENCE, MERCHANT),
    "evidence of a dispute": requests.answer_dispute(_EVIDENCE, "file_1", MERCHANT),
    "dispute by its id": requests.dispute("dp_1", MERCHANT),
    "cancel of a set-up": requests.cancel_set_up("seti_1", MERCHANT),
    "set-up by its id": requests.set_up_intent("seti_1", MERCHANT),
    "set-ups of a customer": requests.set_ups_of(CHARGE_LOOKUP, MERCHANT, after=None),
    "the next of the set-ups of a card": requests.set_ups_of(
        replace(CHARGE_LOOKUP, psp_token="pm_1"), MERCHANT, after="seti_9"
    ),
    "refund of an intent": requests.refund(replace(REFUND, charge_ref="pi_1"), MERCHANT),
    "refund of a charge": requests.refund(REFUND, MERCHANT),
    "intent by its id": requests.intent("pi_1", MERCHANT),
    "refund by its id": requests.one_refund("re_1", MERCHANT),
    "search": requests.search(ATTEMPT.reference, MERCHANT),
    "intents of a customer": requests.intents_of(CHARGE_LOOKUP, "cus_1", MERCHANT, after=None),
    "the next of them": requests.intents_of(CHARGE_LOOKUP, "cus_1", MERCHANT, after="pi_9"),
    "refunds of an intent": requests.refunds_of(_OF_INTENT, MERCHANT, after=None),
    "refunds of a charge": requests.refunds_of(REFUND_LOOKUP, MERCHANT, after="re_9"),
    "refunds of a time": requests.refunds_of(_OF_TIME, MERCHANT, after=None),
}


def _changed(name: str, old: str, new: str) -> PspRequest:
    before = ASKED[name]
    body = before.body.decode()
    assert old in body or old in before.path, (name, old)
    after = before.path.replace(old, new)
    return replace(before, path=after, body=body.replace(old, new).encode())


REFUSED: Final[Mapping[str, PspRequest]] = {
    "unknown parameter": _changed("charge with the payer", "confirm=true", "confirmed=true"),
    "unknown parameter of a refund": _changed("refund of a charge", "charge=", "charge_ref="),
    "unknown parameter of a list": _changed("refunds of an intent", "payment_intent=", "intent="),
    "amount missing": _changed("charge with the payer", "amount=1799&", ""),
    "amount with decimals": _changed("charge with the payer", "amount=1799", "amount=17.99"),
    "no wish for authentication": _changed(
        "charge whose payer has to be seen", "=challenge", "=gladly"
    ),
    "unknown parameter of a set-up": _changed(
        "set-up of a card alone", "confirm=true", "error_on_requires_action=true"
    ),
    "unknown parameter of a list of set-ups": _changed(
        "the next of the set-ups of a card", "payment_method=", "card="
    ),
    "unknown parameter of a cancel": _changed("cancel of an intent", "cancellation_", "why_"),
    "no truth value of a dispute": _changed("evidence of a dispute", "submit=true", "submit=maybe"),
    "no purpose of a file": _changed("file of evidence", "dispute_evidence", "disputes"),
    "no truth value": _changed("charge without the payer", "confirm=true", "confirm=maybe"),
    "query missing": _changed("search", urlencode({"query": ""}), urlencode({"asked": ""})),
}


async def send(client: HttpClient, url: str, request: PspRequest) -> Reply:
    """Send a request as the gateway does."""
    answer = await client.send(
        url + request.path,
        method=request.method,
        headers=(*request.headers, *request.credentials),
        body=request.body,
        within=Within(10),
        in_flight="stripe-mock",
    )
    assert isinstance(answer, Reply), answer
    return answer
