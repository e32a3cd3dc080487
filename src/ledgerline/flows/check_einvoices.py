"""Hold the e-invoices of numbered documents against the published rules, in both syntaxes."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec

from ledgerline.base.errors import Rejected
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.documents import forms
from ledgerline.documents.einvoice.refusals import EinvoiceUnreadable
from ledgerline.documents.einvoice.verdict import Verdict
from ledgerline.documents.snapshot import Document
from ledgerline.flows.read_document import Kept, read_documents_in
from ledgerline.invoicing import store as invoicing
from ledgerline.invoicing.model import CheckState
from ledgerline.invoicing.rows.facts import CheckRow

CHECKS_MAX: Final = 50  # documents a unit of work: a second of the rule engine
LOOKS_MAX: Final = 5
Validate = Callable[[bytes], Verdict]
Found = dict[str, str]
_log: Final = logger(__name__)


async def check_einvoices(run: Run, validate: Validate, *, limit: int = CHECKS_MAX) -> int:
    """Check at most ``limit`` e-invoices that wait; return how many were checked.

    Called by the job of this name. ``validate`` is the pool of the worker. Two workers may check
    the same one and find the same. What the rules refuse is not handed out and edits no document:
    the audit shows it. One that brings the rule engine down is tried ``LOOKS_MAX`` times, after all
    others: it may have been us. Raises ``EinvoiceNotInstalled``.
    """
    async with run.transaction() as tx:
        waiting = await invoicing.read_unchecked(tx, limit=limit)
        documents = await read_documents_in(tx, run, [row.document_id for row in waiting])
    if not documents:
        return 0
    now = run.now()
    looks = {row.document_id: row.looks + 1 for row in waiting}
    ends = await asyncio.to_thread(
        lambda: [
            _check(one, validate, looks=looks[one.row.document_id], now=now) for one in documents
        ]
    )
    async with run.transaction() as tx:
        await invoicing.end_checks(tx, ends)
    return len(ends)


def _check(kept: Kept, validate: Validate, *, looks: int, now: datetime) -> CheckRow:
    found, state = list[Found](), CheckState.VALID
    try:
        found = list(_findings(kept.document, validate))
    except EinvoiceUnreadable as failure:
        _log.warning("e-invoice not checked", document=kept.document.body.id, why=failure.detail)
        found = [{"rule": failure.code, "text": failure.detail}]
        state = CheckState.WAITING
    if found and (state is CheckState.VALID or looks >= LOOKS_MAX):
        state = CheckState.INVALID
    return CheckRow(
        bucket=kept.row.bucket,
        document_id=kept.row.document_id,
        state=state,
        findings=msgspec.json.encode(found).decode(),
        looks=looks,
        checked_at=None if state is CheckState.WAITING else now,
    )


def _findings(document: Document, validate: Validate) -> Iterator[Found]:
    for syntax in forms.Syntax:
        try:
            raw = forms.xml(document, syntax)
        except Rejected as refused:  # once it could be said: our own rules were tightened since
            yield {"syntax": syntax, "rule": refused.code, "text": refused.detail}
            continue
        verdict = validate(raw)
        for error in verdict.schema:
            yield {"syntax": syntax, "rule": "schema", "text": error}
        for one in verdict.fatal:
            yield {"syntax": syntax, "rule": one.rule, "text": one.text, "place": one.place}
