"""Disputes over the API: read, answered with evidence, given up.

Source: Stripe API reference, "Retrieve a dispute", "Update a dispute", "Close a dispute"; guide
"Respond to disputes using the API".
"""

from typing import Final

from pspsim.dialects.stripe import disputes, files
from pspsim.dialects.stripe.call import Call, Object
from pspsim.dialects.stripe.errors import invalid, missing
from pspsim.disputes import DisputeBody, Step, advance
from pspsim.records import Dispute, Kept

_FIELDS: Final = frozenset(
    {
        "access_activity_log", "billing_address", "cancellation_policy_disclosure",
        "cancellation_rebuttal", "customer_email_address", "customer_name",
        "customer_purchase_ip", "duplicate_charge_explanation", "duplicate_charge_id",
        "product_description", "refund_policy_disclosure", "refund_refusal_explanation",
        "service_date", "uncategorized_text",
    }
)  # fmt: skip
"""Those that are texts."""
_FILES: Final = frozenset({"receipt", "service_documentation", "uncategorized_file"})
"""Some of those that are files, by their ids."""
_FIELD_MAX: Final = 20_000
_ALL_MAX: Final = 150_000
_ANSWERABLE: Final = frozenset({"warning", "needs_response"})


def retrieve(call: Call, id_: str) -> Object:
    """Show a dispute."""
    call.form.only()
    return disputes.shown(call.provider, _find(call, id_))


def update(call: Call, id_: str) -> Object:
    """Take evidence; it goes to the bank at once unless ``submit`` is false."""
    form = call.form
    form.only("evidence", "metadata", "submit")
    dispute = _find(call, id_)
    if dispute.status not in _ANSWERABLE:
        raise invalid(f"This dispute is {dispute.status} and takes no evidence.")
    given = form.table("evidence")
    for name, text in given.items():
        if name not in _FIELDS | _FILES:
            message = f"Unknown parameter: evidence[{name}]"
            raise invalid(message, param=f"evidence[{name}]", code="parameter_unknown")
        if name in _FILES and not files.has(call, text):
            raise missing("file", text, param=f"evidence[{name}]")
        if len(text) > _FIELD_MAX:
            raise invalid(f"evidence[{name}] is too long", param=f"evidence[{name}]")
    held = disputes.shown(call.provider, dispute)
    fields = {**held["evidence"], **given}
    if sum(map(len, fields.values())) > _ALL_MAX:
        raise invalid("evidence is too long", param="evidence")
    submits = not form.has("submit") or form.flag("submit")
    count = held["evidence_details"]["submission_count"] + submits
    metadata = {**held["metadata"], **form.table("metadata")}
    _keep(call, id_, {"fields": fields, "submissions": count, "metadata": metadata})
    if submits:
        _advance(call, dispute, Step.SUBMIT)
    return disputes.shown(call.provider, _find(call, id_))


def close(call: Call, id_: str) -> Object:
    """Give a dispute up: it is lost."""
    call.form.only()
    dispute = _find(call, id_)
    if dispute.status != "needs_response":
        raise invalid(f"This dispute is {dispute.status} and cannot be closed.")
    _advance(call, dispute, Step.LOSE)
    return disputes.shown(call.provider, _find(call, id_))


def _keep(call: Call, id_: str, value: Object) -> None:
    call.provider.books.record(Kept(call.provider.name, disputes.EVIDENCE, id_, value))


def _advance(call: Call, dispute: Dispute, step: Step) -> None:
    advance(call.provider, DisputeBody(call.provider.name, dispute.reference, step))


def _find(call: Call, id_: str) -> Dispute:
    for dispute in call.provider.own.later.disputes.values():
        if disputes.name(call.provider.draws, dispute) == id_:
            return dispute
    raise missing("dispute", id_, param="dispute")
