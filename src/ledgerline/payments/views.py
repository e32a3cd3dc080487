"""What entry points show of payment methods, payments, attempts, refunds and disputes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import (
    Bucket,
)
from ledgerline.base.statements import statements
from ledgerline.payments.rows.accounts import AccountCodeView
from ledgerline.payments.rows.defences import DefenceView
from ledgerline.payments.rows.disputes import (
    DisputeFactView,
    DisputePolicyRow,
    DisputesAsked,
    DisputeView,
)
from ledgerline.payments.rows.evidence import (
    HeardView,
    ProposalsAsked,
    ProposalView,
    SubjectView,
)
from ledgerline.payments.rows.exceptions import ExceptionsAsked, ExceptionView
from ledgerline.payments.rows.instruments import DefaultRow
from ledgerline.payments.rows.learning import DecisionView, SnapshotRow, SwitchedView, TableRow
from ledgerline.payments.rows.plans import PlanRow
from ledgerline.payments.rows.refund_proposals import RefundProposalView
from ledgerline.payments.rows.shown import (
    AttemptView,
    CustomersPaymentsAsked,
    PaymentMethodView,
    PaymentsAsked,
    PaymentView,
    RefundsAsked,
    RefundView,
    SaidRow,
    SetupView,
)

_SQL: Final = statements(__name__)


async def payment_method(read: ReadTx, *, bucket: Bucket, id: UUID) -> PaymentMethodView | None:
    """Read one payment method."""
    return await read.row(_SQL["payment_method"], PaymentMethodView, bucket=bucket, id=id)


async def payment_setup(read: ReadTx, *, bucket: Bucket, id: UUID) -> SetupView | None:
    """Read one set-up of a payment method."""
    return await read.row(_SQL["payment_setup"], SetupView, bucket=bucket, id=id)


async def payment_setups(
    read: ReadTx, *, bucket: Bucket, customer_id: UUID, before: UUID, limit: int
) -> list[SetupView]:
    """Read a page of a customer's set-ups, newest first."""
    return await read.rows(
        _SQL["payment_setups"], SetupView, bucket=bucket, customer_id=customer_id,
        before=before, limit=limit,
    )  # fmt: skip


async def payment_methods(
    read: ReadTx,
    *,
    bucket: Bucket,
    customer_id: UUID,
    before: UUID,
    limit: int,
) -> list[PaymentMethodView]:
    """Read a page of a customer's payment methods, newest first."""
    return await read.rows(
        _SQL["payment_methods"], PaymentMethodView, bucket=bucket, customer_id=customer_id,
        before=before, limit=limit,
    )  # fmt: skip


async def payment(read: ReadTx, *, bucket: Bucket, id: UUID) -> PaymentView | None:
    """Read one payment."""
    return await read.row(_SQL["payment"], PaymentView, bucket=bucket, id=id)


async def payments(read: ReadTx, asked: PaymentsAsked) -> list[PaymentView]:
    """Read a page of payments, newest first."""
    return await read.rows(_SQL["payments"], PaymentView, **asked._asdict())


async def payments_of_customer(read: ReadTx, asked: CustomersPaymentsAsked) -> list[PaymentView]:
    """Read a page of a customer's payments, newest first."""
    return await read.rows(_SQL["payments_of_customer"], PaymentView, **asked._asdict())


async def retry_plan(read: ReadTx, *, bucket: Bucket, payment_id: UUID) -> PlanRow | None:
    """Read the newest revision of the retry plan of a payment; None where it has none."""
    return await read.row(_SQL["retry_plan"], PlanRow, bucket=bucket, payment_id=payment_id)


async def retry_said(read: ReadTx, *, bucket: Bucket, decision_id: UUID) -> SaidRow | None:
    """Read what a model said of when a payment is tried next."""
    return await read.row(_SQL["retry_said"], SaidRow, bucket=bucket, decision_id=decision_id)


async def said_of_plan(read: ReadTx, plan: PlanRow | None) -> str | None:
    """Read (JSON) what a model said of when a payment is tried next; None where none was asked."""
    if plan is None or plan.decision_id is None:
        return None
    row = await retry_said(read, bucket=plan.bucket, decision_id=plan.decision_id)
    return None if row is None else row.learned


async def attempts(read: ReadTx, *, bucket: Bucket, payment_id: UUID) -> list[AttemptView]:
    """Read the attempts of a payment with their evidence, in order."""
    return await read.rows(_SQL["attempts"], AttemptView, bucket=bucket, payment_id=payment_id)


async def refund(read: ReadTx, *, bucket: Bucket, id: UUID) -> RefundView | None:
    """Read one refund."""
    return await read.row(_SQL["refund"], RefundView, bucket=bucket, id=id)


async def refunds(read: ReadTx, asked: RefundsAsked) -> list[RefundView]:
    """Read a page of refunds, newest first."""
    return await read.rows(_SQL["refunds"], RefundView, **asked._asdict())


async def exceptions(read: ReadTx, asked: ExceptionsAsked) -> list[ExceptionView]:
    """Read a page of exceptions, newest first."""
    return await read.rows(_SQL["exceptions"], ExceptionView, **asked._asdict())


async def exception(read: ReadTx, *, bucket: Bucket, id: UUID) -> ExceptionView | None:
    """Read one exception."""
    return await read.row(_SQL["exception"], ExceptionView, bucket=bucket, id=id)


async def exceptions_of(
    read: ReadTx, *, bucket: Bucket, ids: Sequence[UUID]
) -> list[ExceptionView]:
    """Read what was opened for some subjects of a bucket, newest first; at most 200."""
    return await read.rows(_SQL["exceptions_of"], ExceptionView, bucket=bucket, ids=list(ids))


async def dispute(read: ReadTx, *, bucket: Bucket, id: UUID) -> DisputeView | None:
    """Read one dispute."""
    return await read.row(_SQL["dispute"], DisputeView, bucket=bucket, id=id)


async def disputes(read: ReadTx, asked: DisputesAsked) -> list[DisputeView]:
    """Read a page of disputes, newest first."""
    return await read.rows(_SQL["disputes"], DisputeView, **asked._asdict())


async def answerable_disputes(read: ReadTx, *, limit: int) -> list[DisputeView]:
    """Read disputes that wait for an answer of ours, by deadline; those without one last."""
    return await read.rows(_SQL["answerable_disputes"], DisputeView, limit=limit)


async def dispute_facts(read: ReadTx, *, bucket: Bucket, dispute_id: UUID) -> list[DisputeFactView]:
    """Read what was told of a dispute and done about it, in order."""
    return await read.rows(
        _SQL["dispute_facts"], DisputeFactView, bucket=bucket, dispute_id=dispute_id
    )


async def dispute_evidence(read: ReadTx, *, bucket: Bucket, dispute_id: UUID) -> list[DefenceView]:
    """Read what was sent to the provider of a dispute, in order."""
    return await read.rows(
        _SQL["dispute_evidence"], DefenceView, bucket=bucket, dispute_id=dispute_id
    )


async def dispute_policies(read: ReadTx) -> list[DisputePolicyRow]:
    """Read what follows when a dispute is lost, where that was set."""
    return await read.rows(_SQL["dispute_policies"], DisputePolicyRow)


async def default_methods(read: ReadTx, *, customer_ids: Sequence[UUID]) -> list[DefaultRow]:
    """Read what some customers are charged by unless something else is named."""
    return await read.rows(_SQL["default_methods"], DefaultRow, customer_ids=list(customer_ids))


async def account_codes(read: ReadTx) -> list[AccountCodeView]:
    """Read the codes of all merchant accounts."""
    return await read.rows(_SQL["account_codes"], AccountCodeView)


async def switched_models(read: ReadTx) -> list[SwitchedView]:
    """Read which models sellers ever switched."""
    return await read.rows(_SQL["switched_models"], SwitchedView)


async def proposals(read: ReadTx, asked: ProposalsAsked) -> list[ProposalView]:
    """Read a page of proposals, newest first."""
    return await read.rows(_SQL["proposals"], ProposalView, **asked._asdict())


async def proposal(read: ReadTx, *, bucket: Bucket, id: UUID) -> ProposalView | None:
    """Read one proposal."""
    return await read.row(_SQL["proposal"], ProposalView, bucket=bucket, id=id)


async def waiting_refunds(read: ReadTx, *, now: datetime, limit: int) -> list[RefundProposalView]:
    """Read refunds that wait for a second person, newest first."""
    return await read.rows(_SQL["waiting_refunds"], RefundProposalView, now=now, limit=limit)


async def proposed_refunds(
    read: ReadTx, *, bucket: Bucket, payment_id: UUID, limit: int
) -> list[RefundProposalView]:
    """Read refunds that were proposed of a payment, newest first."""
    return await read.rows(
        _SQL["proposed_refunds"], RefundProposalView, bucket=bucket, payment_id=payment_id,
        limit=limit,
    )  # fmt: skip


async def proposed_refund(read: ReadTx, *, bucket: Bucket, id: UUID) -> RefundProposalView | None:
    """Read one refund that was proposed."""
    return await read.row(_SQL["proposed_refund"], RefundProposalView, bucket=bucket, id=id)


async def evidence_subject(read: ReadTx, *, bucket: Bucket, id: UUID) -> SubjectView | None:
    """Read a charge or refund that people may be asked about."""
    return await read.row(_SQL["evidence_subject"], SubjectView, bucket=bucket, id=id)


async def heard(read: ReadTx, *, bucket: Bucket, id: UUID) -> list[HeardView]:
    """Read what was heard of a charge or refund, oldest first; at most 200."""
    return await read.rows(_SQL["heard"], HeardView, bucket=bucket, id=id)


async def decision(read: ReadTx, *, bucket: Bucket, id: UUID, kind: str) -> DecisionView | None:
    """Read a decision by its id, or that of a kind (``route``, ``retry``) about an attempt."""
    return await read.row(_SQL["decision"], DecisionView, bucket=bucket, id=id, kind=kind)


async def retry_table(read: ReadTx, *, version: int) -> TableRow | None:
    """Read a table of retry timing as it was loaded."""
    return await read.row(_SQL["retry_table"], TableRow, version=version)


async def router_state(read: ReadTx, *, tick: int | None) -> SnapshotRow | None:
    """Read what the model of routing knew after a tick; without one, what was kept last."""
    return await read.row(_SQL["router_state"], SnapshotRow, tick=tick)
