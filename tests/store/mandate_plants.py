"""Plants of the invariants of mandates and the notices before their debits."""

from collections.abc import Mapping
from typing import Final

_MANDATE: Final = (
    "INSERT INTO mandate (bucket, id, customer_id, payment_method_id, psp_account, psp_token,"
    " scheme, state, state_before, state_event, fact_no, event_seq, created_at)"
    " SELECT bucket, gen_random_uuid(), customer_id, id, 'aster', 'MD1', 'sepa_core',"
    " 'unknown', '-', 'created', 0, 0, created_at FROM payment_method AS p WHERE EXISTS (SELECT"
    " FROM attempt AS a WHERE a.bucket = p.bucket AND a.state = 'succeeded'"
    " AND a.request_digest IS NOT NULL)"
    " ORDER BY id LIMIT 1"
)
_NOTICE: Final = (
    "INSERT INTO debit_notice (bucket, payment_id, no, mandate_id, currency, amount_minor, due_on,"
    " notice_days, notice_unit, given_on, earliest_on, given_at)"
    " SELECT a.bucket, a.payment_id, 1, m.id, a.currency, a.amount_minor, a.sent_at::date + 20, 14,"
    " 'day', a.sent_at::date, a.sent_at::date + 14, a.sent_at FROM attempt AS a"
    " JOIN mandate AS m ON m.bucket = a.bucket"
    " WHERE a.request_digest IS NOT NULL ORDER BY a.id LIMIT 1"
)
_DEBIT: Final = (
    "UPDATE attempt AS a SET mandate_id = n.mandate_id, notice_no = n.no, due_on = n.due_on"
    " FROM debit_notice AS n WHERE n.payment_id = a.payment_id"
)
_BY_MANDATE: Final = (
    "UPDATE attempt AS a SET mandate_id = m.id FROM mandate AS m WHERE a.bucket = m.bucket"
)
_NOTICES_LOOSE: Final = "ALTER TABLE debit_notice DROP CONSTRAINT debit_notice_in_time"


def _fact(event: str, *, at: str = "created_at", rank: int = 1) -> str:
    return (
        "INSERT INTO mandate_fact (bucket, mandate_id, no, fact_key, event, rank, source,"
        f" occurred_at, recorded_at) SELECT bucket, id, {rank}, '{event}', '{event}', {rank},"
        f" 'webhook', {at}, created_at FROM mandate"
    )


MANDATE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-155": (
        _MANDATE,
        _NOTICE,
        _DEBIT,
        "UPDATE debit_notice SET given_at = given_at + interval '1 hour'",
    ),
    "I-155 amount": (_MANDATE, _NOTICE, _DEBIT, "UPDATE debit_notice SET amount_minor = 1"),
    "I-155 day": (
        _NOTICES_LOOSE,
        _MANDATE,
        _NOTICE,
        _DEBIT,
        "UPDATE debit_notice SET given_on = due_on - 13",
    ),
    "I-155 none": (_MANDATE, _NOTICE, _DEBIT, "DELETE FROM debit_notice"),
    "I-155 untold": (
        _MANDATE,
        _NOTICE,
        "UPDATE debit_notice SET given_at = given_at - interval '1 hour'",
        _BY_MANDATE,
        """UPDATE psp_account SET settings = settings || '{"debit_notices": "ledgerline"}'""",
    ),
    "I-156": (
        _MANDATE,
        _fact("canceled"),
        (
            "UPDATE mandate SET state = 'canceled', state_before = 'unknown',"
            " state_event = 'canceled'"
        ),
        "UPDATE mandate_fact SET recorded_at = recorded_at - interval '1 year'",
        _BY_MANDATE,
    ),
    "I-157": (_MANDATE, _fact("activated")),
    "I-157 order": (
        _MANDATE,
        _fact("canceled", rank=2, at="created_at + interval '1 hour'"),
        _fact("activated"),
        (
            "UPDATE mandate SET state = 'active', state_before = 'unknown',"
            " state_event = 'activated'"
        ),
    ),
    "I-158": (
        _MANDATE,
        (
            "UPDATE mandate SET state = 'replaced', state_before = 'unknown',"
            " state_event = 'replaced', replaced_by = 'MD2'"
        ),
    ),
    "I-159": (_MANDATE, _BY_MANDATE),
    "I-165": (_MANDATE,),  # at an account of cards
}
