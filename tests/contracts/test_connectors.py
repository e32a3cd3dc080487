"""The contract, asked of every connector there is, and of the one in the how-to."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Final
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.ids import AttemptId
from ledgerline.composition import CONNECTORS
from ledgerline.payments.adapters.gateway import REQUESTS_MAX
from ledgerline.payments.capabilities import CancelKind, Capabilities, LookupKind, SetUp
from ledgerline.payments.contract import (
    Conversation,
    Merchant,
    PspReply,
    Secret,
    TransportFailure,
    TransportPhase,
)
from ledgerline.payments.model import EvidenceKind, Outcome
from ledgerline.payments.refusals import PspAccountRefused, SettlementFileMissing, SignatureRefused
from tests.contracts.samples import (
    LOOKUPS,
    MONEY,
    Samples,
    carried,
    described,
    discovered,
    talk,
)
from tests.unit.payments.samples import CHARGE_LOOKUP, NOW, PRESENT

KNOWN: Final = described()
MARKED: Final = "hush"
IN_THE_HOW_TO: Final = "lantern"
EACH: Final = pytest.mark.parametrize("name", sorted(KNOWN))
NOTHING_LEFT: Final = {
    TransportPhase.NOT_STARTED, TransportPhase.NOT_CONNECTED, TransportPhase.NO_BYTE_SENT,
}  # fmt: skip
ENDED: Final = (CHARGE_LOOKUP, replace(CHARGE_LOOKUP, psp_ref="named_1"))
FAILURES: Final = st.builds(TransportFailure, st.sampled_from(TransportPhase), st.text())


def answers(of: Samples) -> st.SearchStrategy[list[PspReply | TransportFailure]]:
    """Draw what the other side of a conversation says: nonsense, and what is nearly right."""
    known = [each for sample in of.talks for each in sample.answers if isinstance(each, PspReply)]
    plain = [msgspec.json.decode(each.body) for each in known if each.body]
    leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    near = st.builds(
        lambda body, changes: msgspec.json.encode({**body, **changes}),
        st.sampled_from([body for body in plain if isinstance(body, dict)]),
        st.dictionaries(st.sampled_from(sorted({key for body in plain for key in body})), leaves),
    )
    statuses = st.sampled_from([each.status for each in known]) | st.integers(100, 999)
    headers = st.dictionaries(st.text(), st.text())
    replies = st.builds(PspReply, statuses, headers, st.binary() | near)
    return st.lists(replies | FAILURES, min_size=REQUESTS_MAX, max_size=REQUESTS_MAX)


def garbage() -> st.SearchStrategy[list[PspReply | TransportFailure]]:
    """Draw answers that are no object of any provider, under any status."""
    headers = st.dictionaries(st.text(), st.text())
    replies = st.builds(PspReply, st.integers(100, 999), headers, st.binary())
    return st.lists(replies | FAILURES, min_size=REQUESTS_MAX, max_size=REQUESTS_MAX)


def steps(of: Samples) -> Iterator[Callable[[Merchant], Conversation]]:
    """Begin every kind of conversation that a connector has."""
    yield from (partial(of.psp.talk, what) for what in (*MONEY, *LOOKUPS))
    if of.psp.capabilities.confirms:
        yield partial(of.psp.confirm, PRESENT, "brought")
    if of.psp.capabilities.cancel is not CancelKind.NONE:
        yield from (partial(of.psp.cancel, what) for what in ENDED)


def other_secrets(merchant: Merchant) -> Merchant:
    """Return the same account after all of its secrets were changed."""
    return replace(
        merchant, secrets={name: Secret(f"quite-another-{name}") for name in merchant.secrets}
    )


def test_every_connector_can_be_chosen_and_brings_samples() -> None:
    assert discovered() == set(CONNECTORS)
    assert discovered() == set(KNOWN) - {IN_THE_HOW_TO}


@EACH
def test_capability_record_is_complete(name: str) -> None:
    can = KNOWN[name].psp.capabilities
    assert isinstance(can, Capabilities)
    told = can.set_up
    assert told is None or {one.name: type(getattr(told, one.name)) for one in fields(SetUp)} == {
        "sources": frozenset,
        "lookup": LookupKind,
        "cancel": CancelKind,
        "confirms": bool,
        "open_for": timedelta,
    }
    assert {each.name: type(getattr(can, each.name)) for each in fields(Capabilities)} == {
        "key_window": timedelta, "lookup": LookupKind, "replays_refusals": bool,
        "answers_late": bool, "three_ds": bool, "cancel": CancelKind, "confirms": bool,
        "batch_webhooks": bool, "settlement_file": bool, "set_up": type(told),
        "debits": type(can.debits), "evidence": type(can.evidence),
            "card_fields": type(can.card_fields),
    }  # fmt: skip
    assert can.key_window >= timedelta(0)
    assert can.three_ds or not can.confirms, "nothing to hand in where nobody is asked to act"


@EACH
@given(draw=st.data())
def test_money_moves_in_the_first_request_and_in_no_other(name: str, draw: st.DataObject) -> None:
    of = KNOWN[name]
    what = draw.draw(st.sampled_from(MONEY))
    talked = talk(of.psp, what, of.merchant, draw.draw(answers(of)))
    moved = [request.moves_money for request in talked.requests]
    assert moved == [True] + [False] * (len(moved) - 1)
    assert moved == [of.moves_money(request) for request in talked.requests]


@EACH
@given(draw=st.data())
def test_conversation_ends_with_a_reading_whatever_is_answered(
    name: str, draw: st.DataObject
) -> None:
    of = KNOWN[name]
    what = draw.draw(st.sampled_from([*MONEY, *LOOKUPS]))
    said = draw.draw(answers(of))
    talked = talk(of.psp, what, of.merchant, said)
    assert talked.reading is not None, "more requests than the driver allows"
    assert talked.reading.outcome in Outcome
    assert talked == talk(of.psp, what, of.merchant, said)  # pure: the same again
    if not of.psp.capabilities.answers_late:
        assert talked.reading.outcome is not Outcome.PENDING


@EACH
@given(draw=st.data())
def test_only_a_first_request_that_never_left_proves_by_transport_that_nothing_was_done(
    name: str, draw: st.DataObject
) -> None:
    of = KNOWN[name]
    what = draw.draw(st.sampled_from(MONEY))
    said = draw.draw(answers(of))
    reading = talk(of.psp, what, of.merchant, said).reading
    assert reading is not None
    if reading.outcome is Outcome.NOT_EXECUTED and reading.kind is EvidenceKind.TRANSPORT:
        first = said[0]
        assert isinstance(first, TransportFailure)
        assert first.phase in NOTHING_LEFT
    if isinstance(said[0], TransportFailure) and said[0].phase not in NOTHING_LEFT:
        assert reading.outcome not in {Outcome.NOT_EXECUTED, Outcome.ABSENT}


@EACH
@given(draw=st.data())
def test_lookup_moves_nothing_and_never_says_that_nothing_was_executed(
    name: str, draw: st.DataObject
) -> None:
    of = KNOWN[name]
    if of.psp.capabilities.lookup is LookupKind.NONE:
        return  # the driver never asks it: tests/contracts/test_driver.py
    what = draw.draw(st.sampled_from(LOOKUPS))
    talked = talk(of.psp, what, of.merchant, draw.draw(answers(of)))
    assert not any(request.moves_money for request in talked.requests)
    assert not any(of.moves_money(request) for request in talked.requests)
    assert talked.reading is not None
    if talked.reading.outcome is Outcome.NOT_EXECUTED:  # it is ended for good
        assert talked.reading.kind is EvidenceKind.VOID_CONFIRMED


@EACH
@given(draw=st.data())
def test_cancel_moves_nothing_and_proves_only_that_nothing_is_executed_any_more(
    name: str, draw: st.DataObject
) -> None:
    of = KNOWN[name]
    if of.psp.capabilities.cancel is CancelKind.NONE:
        return  # the driver never tells it: tests/contracts/test_driver.py
    what = draw.draw(st.sampled_from(ENDED))
    said = draw.draw(answers(of))
    talked = carried(of.psp.cancel(what, of.merchant), said)
    assert talked == carried(of.psp.cancel(what, of.merchant), said)
    assert not any(request.moves_money for request in talked.requests)
    assert not any(of.moves_money(request) for request in talked.requests)
    assert talked.reading is not None, "more requests than the driver allows"
    assert talked.reading.outcome is not Outcome.ABSENT
    if talked.reading.outcome is Outcome.NOT_EXECUTED:
        assert talked.reading.kind is EvidenceKind.VOID_CONFIRMED
    means_nothing = carried(of.psp.cancel(what, of.merchant), draw.draw(garbage())).reading
    assert means_nothing is not None
    assert means_nothing.outcome is Outcome.UNKNOWN


@EACH
@given(draw=st.data(), result=st.text())
def test_what_a_payer_brings_moves_money_once_and_proves_no_absence(
    name: str, draw: st.DataObject, result: str
) -> None:
    of = KNOWN[name]
    if not of.psp.capabilities.confirms:
        return  # the driver never hands it in: tests/contracts/test_driver.py
    said = draw.draw(answers(of))
    talked = carried(of.psp.confirm(PRESENT, result, of.merchant), said)
    assert talked == carried(of.psp.confirm(PRESENT, result, of.merchant), said)
    moved = [request.moves_money for request in talked.requests]
    assert moved == [True] + [False] * (len(moved) - 1)
    assert moved == [of.moves_money(request) for request in talked.requests]
    assert talked.reading is not None, "more requests than the driver allows"
    assert talked.reading.outcome not in {Outcome.NOT_EXECUTED, Outcome.ABSENT}
    conversation = of.psp.confirm(PRESENT, result, of.merchant)
    means_nothing = carried(conversation, draw.draw(garbage())).reading
    assert means_nothing is not None
    assert means_nothing.outcome is Outcome.UNKNOWN


@EACH
def test_documented_answers_are_read_as_documented(name: str) -> None:
    of = KNOWN[name]
    for what, said, outcome in of.talks:
        reading = talk(of.psp, what, of.merchant, said).reading
        assert reading is not None, (what, said)
        assert reading.outcome is outcome, (what, said)
    told = {outcome for _, _, outcome in of.talks}
    assert {Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.UNKNOWN} <= told
    assert (Outcome.PENDING in told) == of.psp.capabilities.answers_late
    assert (Outcome.REQUIRES_ACTION in told) == of.psp.capabilities.three_ds


@EACH
def test_documented_answers_of_further_steps_are_read_as_documented(name: str) -> None:
    of = KNOWN[name]
    for sent, result, said, outcome in of.confirms:
        reading = carried(of.psp.confirm(sent, result, of.merchant), said).reading
        assert reading is not None, (sent, said)
        assert reading.outcome is outcome, (sent, said)
    for subject, said, outcome in of.cancels:
        reading = carried(of.psp.cancel(subject, of.merchant), said).reading
        assert reading is not None, (subject, said)
        assert reading.outcome is outcome, (subject, said)
    brought = {each.outcome for each in of.confirms}
    ended = {each.outcome for each in of.cancels}
    if of.psp.capabilities.confirms:
        assert {Outcome.SUCCEEDED, Outcome.DECLINED, Outcome.UNKNOWN} <= brought
    else:
        assert not brought
    if of.psp.capabilities.cancel is CancelKind.NONE:
        assert not ended
    else:
        assert Outcome.UNKNOWN in ended
        assert (Outcome.NOT_EXECUTED in ended) is not of.cancel_is_told_later


@EACH
def test_a_payer_is_sent_to_an_address_of_the_web(name: str) -> None:
    of = KNOWN[name]
    for what, said, outcome in of.talks:
        reading = talk(of.psp, what, of.merchant, said).reading
        assert reading is not None
        assert (reading.action is not None) == (outcome is Outcome.REQUIRES_ACTION), (what, said)
        if reading.action is not None:
            assert reading.action.url.startswith(("http://", "https://"))


@EACH
def test_success_of_another_amount_or_reference_is_not_ours(name: str) -> None:
    of = KNOWN[name]
    for what, said, outcome in of.talks:
        if outcome is Outcome.SUCCEEDED:
            other = replace(what, amount=replace(what.amount, minor=what.amount.minor + 1))
            reading = talk(of.psp, other, of.merchant, said).reading
            assert reading is not None
            assert reading.outcome is Outcome.UNKNOWN, (what, said)
    for sent, result, said, outcome in of.confirms:
        if outcome in {Outcome.SUCCEEDED, Outcome.DECLINED}:  # somebody else's proves nothing
            another = replace(sent, attempt_id=AttemptId(sent.payment_id))
            reading = carried(of.psp.confirm(another, result, of.merchant), said).reading
            assert reading is not None
            assert reading.outcome is Outcome.UNKNOWN, (sent, said)


@EACH
def test_signed_webhook_is_read_under_each_secret_that_may_sign(name: str) -> None:
    of = KNOWN[name]
    for secret in of.webhook_secrets:
        headers, raw = of.sign(of.merchant.secrets[secret].reveal(), NOW)
        events = of.psp.read_webhook(headers, raw, of.merchant, now=NOW)
        assert tuple(event.reference for event in events) == of.references
        assert len({event.event_key for event in events}) == len(events)
        assert of.psp.capabilities.batch_webhooks == (len(events) > 1)


@EACH
def test_webhook_is_refused_when_altered_or_signed_for_another_account(name: str) -> None:
    of = KNOWN[name]
    headers, raw = of.sign(of.merchant.secrets[of.webhook_secrets[0]].reveal(), NOW)
    told = of.psp.read_webhook(headers, raw, of.merchant, now=NOW)
    for at in range(0, len(raw), 7 if of.signs_all else 1):
        altered = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        try:
            events = of.psp.read_webhook(headers, altered, of.merchant, now=NOW)
        except SignatureRefused:
            continue
        assert not of.signs_all, altered
        assert events == told, altered
    with pytest.raises(SignatureRefused):
        of.psp.read_webhook(headers, raw, other_secrets(of.merchant), now=NOW)
    forged, same = of.sign("somebody-else", NOW)
    with pytest.raises(SignatureRefused):
        of.psp.read_webhook(forged, same, of.merchant, now=NOW)


@EACH
@given(raw=st.binary(), headers=st.dictionaries(st.text(), st.text()))
def test_unsigned_bytes_are_refused(name: str, raw: bytes, headers: dict[str, str]) -> None:
    of = KNOWN[name]
    with pytest.raises(SignatureRefused):
        of.psp.read_webhook(headers, raw, of.merchant, now=NOW)


def refused(
    of: Samples, settings: Mapping[str, str], secrets: Mapping[str, Secret], *, live: bool = False
) -> object:
    with pytest.raises(PspAccountRefused) as refusal:
        of.psp.check(settings, secrets, live=live)
    assert MARKED not in f"{refusal.value} {refusal.value.facts}"
    return refusal.value.facts["name"]


def wrong_secrets() -> Iterator[str]:
    yield ""
    yield MARKED * 501
    yield from (f"{MARKED}{between}{MARKED}" for between in (" ", "\n", "\r", "\0", "\a", "ü"))


@EACH
def test_settings_and_secrets_are_checked_by_name(name: str) -> None:
    of = KNOWN[name]
    settings, secrets = of.merchant.settings, of.merchant.secrets
    of.psp.check(settings, secrets, live=False)
    of.psp.check({**settings, "base_url": "https://psp.example:65535/shop"}, secrets, live=True)
    assert refused(of, {**settings, "base_url": "http://h/"}, secrets, live=True) == "base_url"
    for url in (
        "", "ftp://127.0.0.1/", "127.0.0.1:9400", "http://", "http://host:65536/", "http://host:0",
        "http://host:port", "http://[::1", "http://us er/", "http://host/\n", "http://me:pw@host/",
        "http://host/?a=1", "http://host/#a", "http://-/", "http://ho\\st/", "file:///etc/hosts",
    ):  # fmt: skip
        assert refused(of, {**settings, "base_url": url}, secrets) == "base_url", url
    for each in settings:
        rest = {key: value for key, value in settings.items() if key != each}
        assert refused(of, rest, secrets) == each
    assert refused(of, {**settings, "colour": "red"}, secrets) == "colour"
    assert refused(of, settings, {**secrets, "colour": Secret("red")}) == "colour"
    assert refused(of, settings, {}) in secrets
    for each in secrets:
        for text in wrong_secrets():
            assert refused(of, settings, {**secrets, each: Secret(text)}) == each


@EACH
def test_no_secret_is_in_what_is_shown_or_digested(name: str) -> None:
    of = KNOWN[name]
    for step in steps(of):
        [request] = carried(step(of.merchant), []).requests
        shown = f"{request!r} {request.body!r} {of.merchant!r} {of.merchant.secrets!s}"
        for secret in of.merchant.secrets.values():
            text = secret.reveal()
            for form in (text, quote(text, safe=""), base64.b64encode(text.encode()).decode()):
                assert form not in shown
        # so a changed secret changes no digest, and a charge can still be replayed after it
        [other] = carried(step(other_secrets(of.merchant)), []).requests
        assert other.digest() == request.digest()
        assert other.credentials != request.credentials


@EACH
def test_settlement_file_is_read_where_there_is_one(name: str) -> None:
    of = KNOWN[name]
    assert of.psp.capabilities.settlement_file == (of.settlement is not None)
    if of.settlement is None:
        with pytest.raises(SettlementFileMissing):
            of.psp.read_settlement(BytesIO(b"any file"))
    else:
        raw, lines = of.settlement
        assert tuple(of.psp.read_settlement(BytesIO(raw))) == lines
