"""Choose the merchant account of charges, and write down what was chosen among what."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, Bucket, DecisionId, PaymentId, PaymentMethodId, bucket_of
from ledgerline.base.money import Money
from ledgerline.base.run import Run
from ledgerline.flows.read_routing import policy_of
from ledgerline.payments import routes
from ledgerline.payments.model import AccountStatus, Initiator
from ledgerline.payments.rows.instruments import InstrumentRow
from ledgerline.payments.rows.routing import DecisionRow, PolicyRow
from ledgerline.payments.rules.routing import Candidate, Charge, Filtered, RouteDecision, route

ROUTE: Final = "route"
"""The kind of decision that is made here."""


class Choices(NamedTuple):
    """What may be chosen, once the pipeline that asked for it has ended."""

    policies: Sequence[PolicyRow]
    instruments: Sequence[InstrumentRow]


class Asked(NamedTuple):
    """A charge that needs an account; those in ``tried`` are none any more."""

    attempt_id: AttemptId
    payment_id: PaymentId
    payment_method_id: PaymentMethodId
    market: str
    amount: Money
    initiator: Initiator
    tried: frozenset[str] = frozenset()


class Chosen(NamedTuple):
    """Where a charge goes. If it can go nowhere, ``refused`` says of each account why.

    Then ``instrument`` is the first of its method, and nothing may be sent there.
    """

    instrument: InstrumentRow
    decision_id: DecisionId
    refused: Mapping[str, Filtered]


async def read_choices_in(
    tx: Tx, *, buckets: Sequence[Bucket], ids: Sequence[PaymentMethodId]
) -> Choices:
    """Read what is needed to choose for some payment methods, in the caller's pipeline."""
    return Choices(
        await routes.read_policy(tx), await routes.read_instruments(tx, buckets=buckets, ids=ids)
    )


async def choose_accounts_in(
    tx: Tx, run: Run, choices: Choices, asked: Sequence[Asked], *, now: datetime
) -> list[Chosen]:
    """Choose by the rules that hold and record why, in the transaction that commits the attempts.

    Called wherever a charge is sent, by payers and by machine, also where there is but one account.
    Shape: one choice for each of ``asked``, in order; each method has an active instrument.
    """
    policy = policy_of(choices.policies)
    of_method: dict[PaymentMethodId, list[InstrumentRow]] = defaultdict(list)
    for row in choices.instruments:
        of_method[row.payment_method_id].append(row)
    drawn = run.new_ids([bucket_of(one.payment_id) for one in asked])
    rows, chosen = [], []
    for one, id in zip(asked, drawn, strict=True):
        instruments = of_method[one.payment_method_id]
        decision = route(
            _charge(one, instruments[0]), [_candidate(row, one) for row in instruments], policy
        )
        rows.append(_row(one, DecisionId(id), decision, now=now))
        taken = [row for row in instruments if row.psp_account == decision.chosen]
        refused = {} if taken else decision.reasons
        chosen.append(Chosen((taken or instruments)[0], DecisionId(id), refused))
    await routes.add_decisions(tx, rows)
    return chosen


def _charge(asked: Asked, first: InstrumentRow) -> Charge:
    return Charge(
        key=str(asked.payment_id),
        market=asked.market,
        currency=asked.amount.currency,
        amount_minor=asked.amount.minor,
        initiator=asked.initiator,
        brand=first.brand,
    )


def _candidate(row: InstrumentRow, asked: Asked) -> Candidate:
    filtered = None
    if row.account_status != AccountStatus.ACTIVE:
        filtered = Filtered.DISABLED
    elif row.psp_account in asked.tried:
        filtered = Filtered.ALREADY_TRIED
    return Candidate(
        account=row.psp_account,
        filtered=filtered,
        bin=row.bin,
        funding=row.funding,
        issuer_country=row.issuer_country,
    )


def _row(asked: Asked, id: DecisionId, decision: RouteDecision, *, now: datetime) -> DecisionRow:
    candidates = [
        {"account": account, "ppm": ppm}
        | ({"reason": decision.reasons[account].value} if account in decision.reasons else {})
        for account, ppm in decision.propensities.items()
    ]
    return DecisionRow(
        bucket=bucket_of(asked.payment_id),
        id=id,
        kind=ROUTE,
        subject_id=asked.attempt_id,
        policy_version=decision.version,
        rule=decision.rule,
        candidates=json.dumps(candidates),
        chosen=decision.chosen,
        decided_at=now,
    )
