"""Our connector, through the gateway and over sockets, against the simulator's GoCardless."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web

from ledgerline.base.http import HttpClient
from ledgerline.base.ids import AttemptId, RefundId
from ledgerline.flows.look_up import lookup_of
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.contract import LineKind, Secret
from ledgerline.payments.debits import MandateEvent, MandateReading
from ledgerline.payments.model import (
    ChargeKind,
    DeclineCategory,
    EvidenceKind,
    Outcome,
    Reading,
    SentAttempt,
    SentRefund,
    VerifiedEvent,
)
from ledgerline.payments.refusals import SignatureRefused
from tests.contracts.connectors.gocardless import MERCHANT
from tests.contracts.samples import PATIENCE
from tests.listening import serving
from tests.pspsim.gocardless.face import TOKEN, WEBHOOK_SECRET, move_clock, write_debit_world
from tests.pspsim.simulator import Simulator, simulator
from tests.unit.payments.samples import ATTEMPT, EUR_17_99, NOW, REFUND

STARTED: Final = datetime(2026, 1, 1, tzinfo=UTC)
SETTLED: Final = "2026-01-02T00:00:00Z"
PAID_OUT: Final = "2026-01-03T00:00:00Z"
QUERY: Final = EvidenceKind.STATUS_QUERY


@dataclass
class Face:
    """A simulator, a gateway to it, and what it delivered."""

    sim: Simulator
    psps: Gateway
    got: list[tuple[dict[str, str], bytes]]

    async def pay(self, what: SentAttempt | SentRefund) -> Reading:
        return await self.psps.call(self.psps.prepared(what))

    async def look(self, what: SentAttempt | SentRefund) -> Reading:
        return await self.psps.call(lookup_of(what, sent_at=STARTED))

    async def order(self, **rates: int) -> None:
        await self.sim.control("faults", {"provider": "debit", "rates": rates})

    def told(self) -> list[VerifiedEvent]:
        return [
            event
            for headers, raw in self.got
            for event in self.psps.read_webhook("aster_eu", headers, raw, now=NOW)
        ]

    async def api(self, path: str) -> Any:
        """Read from the provider as an operator would who puts an export together."""
        headers = {"Authorization": f"Bearer {TOKEN}", "GoCardless-Version": "2015-07-06"}
        url = f"http://127.0.0.1:{self.sim.port}{path}"
        async with self.sim.session.get(url, headers=headers) as response:
            assert response.status == 200, await response.text()
            return await response.json()


@asynccontextmanager
async def facing(folder: Path) -> AsyncGenerator[Face]:
    got: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        got.append((dict(request.headers), await request.read()))
        return web.Response(status=204)

    application = web.Application()
    application.add_routes([web.post("/hooks", take)])
    async with (
        serving(application) as origin,
        simulator(write_debit_world(folder), folder / "state") as running,
        HttpClient() as client,
    ):
        merchant = replace(
            MERCHANT,
            settings={"base_url": f"http://127.0.0.1:{running.port}/debit"},
            secrets={"access_token": Secret(TOKEN), "webhook_secret": Secret(WEBHOOK_SECRET)},
            call_deadline=PATIENCE,
        )
        psps = Gateway({"aster_eu": Connection(merchant, GoCardless())}, client)
        await running.control("webhooks", {"provider": "debit", "url": f"{origin}/hooks"})
        yield Face(running, psps, got)


def attempt(token: str, *, number: int = 0) -> SentAttempt:
    reference = uuid.uuid5(uuid.NAMESPACE_URL, f"{token}/{number}")
    return replace(ATTEMPT, attempt_id=AttemptId(reference), psp_token=f"MD{token}")


def refund(of: str, *, number: int = 0) -> SentRefund:
    reference = uuid.uuid5(uuid.NAMESPACE_URL, f"refund {of}/{number}")
    return replace(REFUND, refund_id=RefundId(reference), charge_ref=of)


async def test_payment_is_accepted_and_confirmed_by_webhook(tmp_path: Path) -> None:
    what = attempt("tok_ok_1")
    async with facing(tmp_path) as face:
        accepted = await face.pay(what)
        before = await face.look(what)
        await move_clock(face.sim, SETTLED)
        after = await face.look(what)
        by_id = await face.look(replace(what, psp_ref=accepted.psp_ref))
        [line] = await face.sim.truth()
        told = face.told()
        headers, raw = face.got[-1]
        altered = raw.replace(b"confirmed", b"confirmEd")
        with pytest.raises(SignatureRefused):
            face.psps.read_webhook("aster_eu", headers, altered, now=NOW)
    assert accepted == Reading(
        Outcome.PENDING, EvidenceKind.RESPONSE, psp_ref=line["id"], amount=EUR_17_99
    )
    assert before == replace(accepted, kind=QUERY)
    assert after == by_id == replace(accepted, kind=QUERY, outcome=Outcome.SUCCEEDED)
    assert (line["reference"], line["key"]) == (what.reference, what.reference)
    assert [event.event_type for event in told] == [
        "payments.created",
        "payments.submitted",
        "payments.confirmed",
    ]
    assert {event.reference for event in told} == {what.reference}
    assert {event.kind for event in told} == {ChargeKind.CHARGE}


@pytest.mark.parametrize(
    ("code", "category", "word"),
    [
        ("insufficient_funds", DeclineCategory.INSUFFICIENT_FUNDS, "insufficient_funds:AM04"),
        ("do_not_honor", DeclineCategory.DO_NOT_HONOR, "refer_to_payer:MS03"),
        ("invalid_account", DeclineCategory.INVALID_ACCOUNT, "invalid_bank_details:AC01"),
        ("revocation_of_authorization", DeclineCategory.REVOKED, "mandate_cancelled:MD01"),
        ("stolen_card", DeclineCategory.REVOKED, "bank_account_closed:MD07"),
    ],
)
async def test_payment_that_fails_is_declined_by_its_cause(
    tmp_path: Path, code: str, category: DeclineCategory, word: str
) -> None:
    what = attempt(f"tok_decline_{code}_1")
    async with facing(tmp_path) as face:
        accepted = await face.pay(what)
        await move_clock(face.sim, SETTLED)
        found = await face.look(what)
        failed = face.told()[-1]
    assert accepted.outcome is Outcome.PENDING
    assert found == Reading(
        Outcome.DECLINED,
        QUERY,
        psp_ref=accepted.psp_ref,
        amount=EUR_17_99,
        code=word,
        category=category,
    )
    assert (failed.event_type, failed.reference) == ("payments.failed", what.reference)
    assert failed.reading is not None
    assert (failed.reading.outcome, failed.reading.category) == (Outcome.DECLINED, category)


async def test_lost_answer_is_found_by_replay_and_by_lookup(tmp_path: Path) -> None:
    executed, lost = attempt("tok_hang_after_1"), attempt("tok_hang_before_1")
    async with facing(tmp_path) as face:
        first = await face.pay(executed)
        assert (first.outcome, first.kind) == (Outcome.UNKNOWN, EvidenceKind.TRANSPORT)
        looked = await face.look(executed)
        again = await face.pay(executed)  # the key is used: the answer is what it created
        assert (looked.outcome, again) == (Outcome.PENDING, looked)
        await move_clock(face.sim, SETTLED)
        assert (await face.pay(executed)).outcome is Outcome.SUCCEEDED
        # what never executed is absent, and its replay is its first execution
        assert (await face.pay(lost)).outcome is Outcome.UNKNOWN
        assert (await face.look(lost)).outcome is Outcome.ABSENT
        assert (await face.pay(lost)).outcome is Outcome.PENDING
        truth = await face.sim.truth()
    assert sorted(line["reference"] for line in truth) == sorted(
        [executed.reference, lost.reference]
    )


async def test_server_errors_are_unknown_until_they_are_looked_up(tmp_path: Path) -> None:
    after, before = attempt("tok_500_after_1"), attempt("tok_500_before_1")
    async with facing(tmp_path) as face:
        for what, found in ((after, Outcome.PENDING), (before, Outcome.ABSENT)):
            assert (await face.pay(what)).outcome is Outcome.UNKNOWN
            assert (await face.look(what)).outcome is found
        await face.order(lookup_5xx=1_000_000)
        assert (await face.look(after)).outcome is Outcome.UNKNOWN


async def test_refusals_before_creation_execute_nothing(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        await face.order(rate_limit=1_000_000)
        limited = await face.pay(attempt("tok_visa_1"))
        await face.order(rate_limit=0, unauthorized=1_000_000)
        unknown = await face.pay(attempt("tok_visa_1"))
        await face.order(unauthorized=0)
        nobody = await face.pay(replace(attempt("tok_ok_1"), psp_token="MD000"))
        truth = await face.sim.truth()
    assert (limited.outcome, limited.retry_after_seconds) == (Outcome.NOT_EXECUTED, 1)
    assert (unknown.outcome, unknown.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.MERCHANT_CONFIG,
    )
    assert (nobody.outcome, nobody.category) == (
        Outcome.NOT_EXECUTED,
        DeclineCategory.REQUEST_REFUSED,
    )
    assert truth == []


async def test_cancelled_mandate_declines_what_comes_and_what_waits(tmp_path: Path) -> None:
    waiting, coming = attempt("tok_ok_1"), attempt("tok_ok_1", number=1)
    async with facing(tmp_path) as face:
        await face.pay(waiting)
        await act(face, "/mandates/MDtok_ok_1/actions/cancel")
        found = await face.look(waiting)
        refused = await face.pay(coming)
        replayed = await face.pay(waiting)
        truth = await face.sim.truth()
    assert (found.outcome, found.code, found.category) == (
        Outcome.DECLINED,
        "mandate_cancelled",
        DeclineCategory.REVOKED,
    )
    assert (refused.outcome, refused.code, refused.category) == (
        Outcome.DECLINED,
        "mandate_is_inactive",
        DeclineCategory.REVOKED,
    )
    assert replayed == found
    assert [line["reference"] for line in truth] == [waiting.reference]


async def test_what_nobody_wants_is_cancelled_until_the_banks_have_it(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        waits, goes = attempt("tok_ok_1"), attempt("tok_ok_1", number=1)
        made, sent = await face.pay(waits), await face.pay(goes)
        asked = lookup_of(waits, sent_at=STARTED)
        found = await face.psps.cancel(asked)  # among those of its mandate
        again = await face.psps.cancel(replace(asked, psp_ref=made.psp_ref))
        late = replace(asked, reference=goes.reference, psp_ref=sent.psp_ref)
        await move_clock(face.sim, "2026-01-20T00:00:00Z")
        paid = await face.psps.cancel(late)
        missing = await face.psps.cancel(replace(asked, reference="another"))
        await face.sim.control("drain")
        told = [event.event_type for event in face.told() if event.reference == waits.reference]
        executed = {line["reference"]: line["status"] for line in await face.sim.truth()}
    assert (made.outcome, sent.outcome) == (Outcome.PENDING, Outcome.PENDING)
    assert (found.outcome, found.kind) == (Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    assert (found.psp_ref, found.amount) == (made.psp_ref, waits.amount)
    assert (again.outcome, again.kind) == (Outcome.NOT_EXECUTED, EvidenceKind.VOID_CONFIRMED)
    assert (paid.outcome, missing.outcome) == (Outcome.SUCCEEDED, Outcome.UNKNOWN)
    assert "payments.cancelled" in told
    assert executed[waits.reference] != "succeeded"
    assert executed[goes.reference] == "succeeded"


async def test_what_a_bank_takes_back_is_no_word_about_the_collection(tmp_path: Path) -> None:
    back, late = attempt("tok_ok_1"), attempt("tok_ok_1", number=1)
    async with facing(tmp_path) as face:
        accepted = [await face.pay(what) for what in (back, late)]
        await move_clock(face.sim, PAID_OUT)
        for paid, scenario in zip(accepted, ("charged_back", "late_failure"), strict=True):
            about = {"data": {"links": {"resource": paid.psp_ref}}}
            await act(face, f"/scenario_simulators/payment_{scenario}/actions/run", about)
            await face.sim.control("drain")
        found = [await face.look(what) for what in (back, late)]
        told = face.told()[-2:]
    assert [(one.outcome, one.code) for one in found] == [
        (Outcome.SUCCEEDED, None),
        (Outcome.DECLINED, "bank_account_closed:AC04"),
    ]
    assert [(event.event_type, event.reference) for event in told] == [
        ("payments.charged_back", back.reference),
        ("payments.failed", late.reference),
    ]
    assert told[0].reading is None


async def act(face: Face, path: str, body: object = None) -> None:
    url = f"http://127.0.0.1:{face.sim.port}{path}"
    headers = {"Authorization": f"Bearer {TOKEN}", "GoCardless-Version": "2015-07-06"}
    async with face.sim.session.post(url, headers=headers, json=body) as response:
        assert response.status in {200, 201}, await response.text()


async def test_refund_is_accepted_and_paid(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        paid = await face.pay(attempt("tok_ok_1"))
        assert paid.psp_ref is not None
        early = await face.pay(refund(paid.psp_ref))
        await move_clock(face.sim, SETTLED)
        back = refund(paid.psp_ref, number=1)
        accepted = await face.pay(back)
        again = await face.pay(back)
        # a second refund of the payment would need the sum of both, which nobody tells us
        second = await face.pay(replace(refund(paid.psp_ref, number=2), amount=EUR_17_99))
        await move_clock(face.sim, PAID_OUT)
        found = await face.look(back)
        told = [event for event in face.told() if event.kind is ChargeKind.REFUND]
        truth = {line["reference"]: line["status"] for line in await face.sim.truth()}
    assert (early.outcome, early.code) == (Outcome.NOT_EXECUTED, "refund_payment_invalid_state")
    assert accepted.outcome is Outcome.PENDING
    assert again == replace(accepted, kind=QUERY)
    assert second.outcome is Outcome.NOT_EXECUTED
    assert found == replace(accepted, kind=QUERY, outcome=Outcome.SUCCEEDED)
    assert [event.event_type for event in told] == [
        "refunds.created",
        "refunds.paid",
        "refunds.refund_settled",
    ]
    assert {event.reference for event in told} == {back.reference}
    assert truth[back.reference] == "succeeded"
    assert set(truth) == {back.reference, attempt("tok_ok_1").reference}


async def test_payout_is_exported_and_read_to_the_last_minor_unit(tmp_path: Path) -> None:
    whats = [attempt("tok_ok_1", number=number) for number in range(3)]
    async with facing(tmp_path) as face:
        accepted = [await face.pay(what) for what in whats]
        await move_clock(face.sim, SETTLED)
        of = accepted[0].psp_ref
        assert of is not None
        back = refund(of)
        given = await face.pay(back)
        await move_clock(face.sim, PAID_OUT)
        [payout] = (await face.api("/payouts"))["payouts"]
        export = {
            "payouts": payout,
            **await face.api(f"/payout_items?payout={payout['id']}&limit=500"),
            "payments": (await face.api("/payments"))["payments"],
            "refunds": (await face.api("/refunds"))["refunds"],
        }
    raw = web.json_response(export).body
    assert isinstance(raw, bytes)
    *lines, paid_out = GoCardless().read_settlement(BytesIO(raw))
    assert (paid_out.kind, paid_out.gross.minor) == (LineKind.PAYOUT, -payout["amount"])
    told = {line.psp_ref: (line.kind, line.reference) for line in lines}
    assert len(told) == len(lines)
    assert told == {
        **{
            str(paid.psp_ref): (LineKind.CHARGE, what.reference)
            for paid, what in zip(accepted, whats, strict=True)
        },
        str(given.psp_ref): (LineKind.REFUND, back.reference),
    }
    assert sum(line.gross.minor - line.fee.minor for line in lines) == payout["amount"]
    assert {line.settled_on for line in lines} == {(STARTED + timedelta(days=2)).date()}


async def test_mandate_is_looked_at_and_what_happens_to_it_is_told(tmp_path: Path) -> None:
    async with facing(tmp_path) as face:
        before = await face.psps.mandate("aster_eu", "MDtok_ok_1")
        url = f"http://127.0.0.1:{face.sim.port}/mandates/MDtok_ok_1/actions/cancel"
        headers = {"Authorization": f"Bearer {TOKEN}", "GoCardless-Version": "2015-07-06"}
        async with face.sim.session.post(url, headers=headers, data=b"{}") as response:
            assert response.status == 200, await response.text()
        await face.sim.control("drain")
        after = await face.psps.mandate("aster_eu", "MDtok_ok_1")
        nobody = await face.psps.mandate("aster_eu", "MD404")
        [told] = face.told()
    assert before == MandateReading(
        event=MandateEvent.SEEN_ACTIVE, scheme="sepa_core", reference="tok_ok_1"
    )
    assert after is not None
    assert after.event is MandateEvent.SEEN_CANCELED
    assert nobody is None
    assert told.mandate is not None
    assert (told.mandate.psp_token, told.mandate.event) == ("MDtok_ok_1", MandateEvent.CANCELED)
