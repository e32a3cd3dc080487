"""Payments: the ladder of attempts, why each went where it went, and what was moved."""

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final, NamedTuple

from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.console import timeline
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.console.filters import saved_of
from ledgerline.console.timeline import Decided
from ledgerline.payments import views
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.disputes import DisputesAsked
from ledgerline.payments.rows.shown import AttemptView, PaymentsAsked, RefundsAsked
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.prospects import left_of, mend_until, next_try_at, refundable_minor
from ledgerline.payments.rules.refund_proposals import standing_of
from ledgerline.payments.rules.timing_words import moment_sentences
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

DISPUTES: Final = 20
"""How many disputes of a payment its page lists."""
_LIVE: Final = frozenset({"sent", "unknown", "requires_action"})


class Rung(NamedTuple):
    """One attempt: its row, all evidence of it, and among which accounts it was chosen.

    ``said`` is what a model said of them, in sentences.
    """

    row: AttemptView
    id: str
    evidence: Sequence[AttemptView]
    decision: Decided | None
    candidates: Sequence[Mapping[str, Any]]
    said: Sequence[str]
    is_live: bool


async def list_(ask: Ask) -> Response:
    """List payments, the newest first, of all states or of one."""
    state = ask.asked.get("state", "")
    states = [state] if state in set(PaymentState) else None
    asked = PaymentsAsked(
        before=id_in("payment", ask.asked.get("after", "")) or TOP, bucket=None, invoice_id=None,
        states=states, limit=PAGE + 1,
    )  # fmt: skip
    async with ask.run.reading() as read:
        rows = await views.payments(read, asked)
    following = encode(PREFIXES["payment"], rows[PAGE - 1].id) if len(rows) > PAGE else ""
    return ask.page(
        "payments.html",
        {
            "saved": await saved_of(ask),
            "payments": [(one, path_of("payment", one.id)) for one in rows[:PAGE]],
            "state": "" if states is None else state, "states": list(PaymentState),
            "following": following, "hidden": ask.sealed_for(f"{ask.request.path}/export", state),
            "path_of": path_of, "section": "/console/payments",
        },
    )  # fmt: skip


async def show(ask: Ask) -> Response:
    """Show a payment."""
    id = ask.id("payment")
    bucket = bucket_of(id)
    async with ask.run.reading() as read:
        row = await views.payment(read, bucket=bucket, id=id)
        if row is None:
            raise PageMissing
        tries = await views.attempts(read, bucket=bucket, payment_id=id)
        decided = await timeline.decisions(read, bucket=bucket, payment_id=id)
        moved = await timeline.transfers(read, bucket=bucket, payment_id=id)
        refunds = await views.refunds(
            read,
            RefundsAsked(
                before=TOP, bucket=bucket, customer_id=None, payment_id=id, invoice_id=None,
                states=None, limit=50,
            ),
        )  # fmt: skip
        proposed = await views.proposed_refunds(read, bucket=bucket, payment_id=id, limit=10)
        method = await views.payment_method(read, bucket=bucket, id=row.payment_method_id)
        plan = await views.retry_plan(read, bucket=bucket, payment_id=id)
        said = await views.said_of_plan(read, plan)
        about = [id, *(one.id for one in tries)]
        exceptions = await views.exceptions_of(read, bucket=bucket, ids=about)
        disputes = await views.disputes(
            read,
            DisputesAsked(before=TOP, bucket=bucket, payment_id=id, states=None, limit=DISPUTES),
        )
    rungs = _rungs(ask, tries, {one.subject_id: one for one in decided})
    return ask.page(
        "payment.html",
        {
            "row": row, "id": encode(PREFIXES["payment"], id), "rungs": rungs, "refunds": refunds,
            "moved": moved, "method": method, "plan": plan, "path_of": path_of,
            "because": () if said is None else moment_sentences(json.loads(said)),
            "refundable": refundable_minor(left_of(row)), "next_try": next_try_at(row),
            "mend_until": mend_until(row), "exceptions": exceptions,
            "disputes": disputes,
            "proposed": [
                (one, standing_of(one.state, one.expires_at, now=ask.run.now()),
                 path_of("refund_proposal", one.id))
                for one in proposed
            ],
            "section": "/console/payments",
        },
    )  # fmt: skip


def _rungs(ask: Ask, tries: Sequence[AttemptView], decided: Mapping[Any, Decided]) -> list[Rung]:
    rungs = []
    for id, group in groupby(tries, key=lambda one: one.id):
        rows = list(group)
        decision = decided.get(id)
        rungs.append(
            Rung(
                row=rows[0],
                id=encode(PREFIXES["attempt"], id),
                evidence=[one for one in rows if one.evidence_kind is not None],
                decision=decision,
                candidates=[] if decision is None else json.loads(decision.candidates),
                said=()
                if rows[0].learned is None
                else sentences(json.loads(rows[0].learned), ask.say),
                is_live=rows[0].state in _LIVE,
            )
        )
    return rungs


def _said(ask: Ask, learned: str | None) -> Sequence[str]:
    return () if learned is None else sentences(json.loads(learned), ask.say)
