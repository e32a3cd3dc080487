"""For any bytes a provider may send: what is not documented never ends an attempt."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.contract import PspReply, TransportFailure, TransportPhase
from ledgerline.payments.model import Outcome, Reading
from ledgerline.payments.refusals import SignatureRefused
from tests.unit.payments.samples import (
    ATTEMPT,
    CHARGE_LOOKUP,
    MERCHANT,
    NOW,
    REFUND,
    charge,
    declined,
    read,
    refund,
)

DOCUMENTED = {
    "insufficient_funds", "do_not_honor", "issuer_unavailable", "processing_error", "expired_card",
    "invalid_account", "lost_card", "stolen_card", "fraudulent", "authentication_required",
    "card_not_supported", "revocation_of_authorization", "try_again_later",
}  # fmt: skip
NETWORK = {"51", "05", "91", "96", "54", "14", "41", "43", "59", "1A", "57", "R1"}

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
JSON = st.recursive(LEAVES, lambda kids: st.lists(kids) | st.dictionaries(st.text(), kids))
FIELDS = st.sampled_from([*charge(), *refund(), "decline_code", "network_code"])
WORDS = st.sampled_from(["succeeded", "declined", "failed", "pending", *DOCUMENTED, *NETWORK])
CHANGES = st.dictionaries(FIELDS, LEAVES | WORDS, max_size=3)
OBJECTS = st.builds(
    lambda base, changes: {**base, **changes},
    st.sampled_from([charge(), declined(), refund(), refund(status="failed")]),
    CHANGES,
)
ERRORS = st.fixed_dictionaries({"error": JSON | st.fixed_dictionaries({"code": JSON})})
BODIES = st.binary() | (
    JSON | OBJECTS | ERRORS | st.fixed_dictionaries({"data": st.lists(OBJECTS)})
).map(lambda body: json.dumps(body).encode())
STATUSES = st.sampled_from(
    [200, 201, 202, 204, 301, 400, 401, 402, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503]
) | st.integers(100, 999)
REPLIES = st.builds(PspReply, STATUSES, st.dictionaries(st.text(), st.text()), BODIES)


def told(reply: PspReply) -> dict[str, object]:
    value = json.loads(reply.body)
    assert isinstance(value, dict)
    return value


def assert_documented_decline(reply: PspReply) -> None:
    body = told(reply)
    assert (reply.status, body["status"], body["final"]) == (402, "declined", True)
    assert (body["reference"], body["amount"]) == (ATTEMPT.reference, 1799)
    word, network = body.get("decline_code"), body.get("network_code")
    if word is None:
        assert network is None or network in NETWORK
    else:
        assert word in DOCUMENTED


def assert_documented_refusal(reply: PspReply) -> None:
    assert reply.status in {400, 401, 403, 404, 422, 429}
    if reply.status not in {401, 403, 429}:
        error = told(reply)["error"]
        assert isinstance(error, dict)
        assert isinstance(error["code"], str)


@given(reply=REPLIES)
@example(reply=PspReply(402, {}, json.dumps(declined("velocity")).encode()))
@example(reply=PspReply(402, {}, json.dumps(declined(final=False)).encode()))
@example(reply=PspReply(422, {}, b"<html>"))
def test_no_unmapped_reply_is_ever_declined_or_not_executed(reply: PspReply) -> None:
    outcome = read(ATTEMPT, reply).outcome
    if outcome is Outcome.DECLINED:
        assert_documented_decline(reply)
    if outcome is Outcome.NOT_EXECUTED:
        assert_documented_refusal(reply)
    if outcome is Outcome.SUCCEEDED:
        body = told(reply)
        assert (reply.status, body["status"]) == (200, "succeeded")
        assert (body["reference"], body["amount"]) == (ATTEMPT.reference, 1799)
    assert outcome is not Outcome.ABSENT


@given(reply=REPLIES)
def test_no_unmapped_reply_ends_a_refund(reply: PspReply) -> None:
    reading = read(REFUND, reply)
    if reading.outcome is Outcome.NOT_EXECUTED:
        assert_documented_refusal(reply)
    if reading.outcome in {Outcome.SUCCEEDED, Outcome.DECLINED}:
        body = told(reply)
        assert (reply.status, body["charge"], body["amount"]) == (200, "ch_1", 1799)
        assert body["status"] in {"succeeded", "failed"}


@given(reply=REPLIES | st.builds(TransportFailure, st.sampled_from(TransportPhase), st.text()))
def test_lookup_never_claims_that_nothing_was_executed(
    reply: PspReply | TransportFailure,
) -> None:
    reading = read(CHARGE_LOOKUP, reply)
    assert reading.outcome is not Outcome.NOT_EXECUTED
    if reading.outcome is not Outcome.UNKNOWN:
        assert isinstance(reply, PspReply)
        assert reply.status == 200


@given(reply=REPLIES)
def test_same_answer_always_reads_the_same(reply: PspReply) -> None:
    first: Reading = read(ATTEMPT, reply)
    assert read(ATTEMPT, reply) == first


@given(raw=BODIES, headers=st.dictionaries(st.text(), st.text()))
def test_unsigned_bytes_are_always_refused(raw: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        Sandbox().read_webhook(headers, raw, MERCHANT, now=NOW)
