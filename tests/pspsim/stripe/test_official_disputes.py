"""Disputes as Stripe's own library reads and answers them."""

from io import BytesIO
from itertools import count
from typing import Any

import pytest
import stripe

from tests.pspsim.simulator import EUR_10_99, Simulator
from tests.pspsim.stripe.face import paying

NAMES = (f"disputed-{number}" for number in count())


async def _disputed(
    running: Simulator, client: stripe.StripeClient, step: str
) -> tuple[str, stripe.Dispute]:
    reference = next(NAMES)
    paid = client.v1.payment_intents.create(paying(metadata={"reference": reference}))
    asked = {"provider": "aster", "reference": reference, "step": step, "reason": "not_received"}
    await running.control("dispute", asked)
    [found] = client.v1.disputes.list({"payment_intent": paid.id}).data
    return reference, found


async def test_dispute_is_read_answered_and_decided(
    calm_stripe: Simulator, client: stripe.StripeClient
) -> None:
    reference, found = await _disputed(calm_stripe, client, "open")
    assert (found.status, found.amount, found.currency) == ("needs_response", EUR_10_99, "eur")
    assert (found.reason, found.is_charge_refundable) == ("product_not_received", False)
    staged = client.v1.disputes.update(
        found.id, {"evidence": {"product_description": "Season ticket"}, "submit": False}
    )
    assert staged.status == "needs_response"
    assert staged.evidence_details.submission_count == 0
    sent = client.v1.disputes.update(found.id, {"evidence": {"service_date": "2026-01-01"}})
    assert sent.status == "under_review"
    assert sent.evidence_details.has_evidence
    assert sent.evidence_details.submission_count == 1
    assert sent.evidence.product_description == "Season ticket"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.update(found.id, {"evidence": {"service_date": "2026-01-02"}})
    await calm_stripe.control(
        "dispute", {"provider": "aster", "reference": reference, "step": "win"}
    )
    assert client.v1.disputes.retrieve(found.id).status == "won"
    moved: Any = client.v1.balance_transactions.list({"source": found.id}).data
    assert sorted(one.amount for one in moved) == [-EUR_10_99, EUR_10_99]


async def test_inquiry_is_answered_without_any_money_and_a_dispute_can_be_given_up(
    calm_stripe: Simulator, client: stripe.StripeClient
) -> None:
    _, asked = await _disputed(calm_stripe, client, "warn")
    assert (asked.status, asked.is_charge_refundable) == ("warning_needs_response", True)
    answered = client.v1.disputes.update(asked.id, {"evidence": {"uncategorized_text": "paid"}})
    assert answered.status == "warning_under_review"
    assert client.v1.balance_transactions.list({"source": asked.id}).data == []
    _, found = await _disputed(calm_stripe, client, "open")
    assert client.v1.disputes.close(found.id).status == "lost"
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.retrieve("dp_nobody")


async def test_a_file_is_uploaded_and_handed_in_once(
    calm_stripe: Simulator, client: stripe.StripeClient
) -> None:
    _, found = await _disputed(calm_stripe, client, "open")
    pack = BytesIO(b"%PDF-1.7 a pack")
    file = client.v1.files.create({"purpose": "dispute_evidence", "file": pack})
    assert (file.purpose, file.type, file.size) == ("dispute_evidence", "pdf", 15)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.files.create({"purpose": "dispute_evidence", "file": BytesIO(b"plain text")})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.disputes.update(found.id, {"evidence": {"uncategorized_file": "file_nobody"}})
    sent = client.v1.disputes.update(
        found.id, {"evidence": {"uncategorized_file": file.id}, "metadata": {"reference": "ours"}}
    )
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert client.v1.disputes.retrieve(found.id).metadata["reference"] == "ours"
