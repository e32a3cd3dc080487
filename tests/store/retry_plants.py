"""Plants of the invariants of retry plans, network limits and notices."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

_PLANS_LOOSE: Final = "ALTER TABLE retry_plan DISABLE TRIGGER retry_plan_append_only"
_MODELLED: Final = (
    "UPDATE retry_plan SET track = 'model' WHERE track = 'slot'",
    (
        "UPDATE decision AS d SET rule = 'model', features = '{}', candidates ="
        " jsonb_build_array(jsonb_build_object('at', d.chosen, 'ppm', 1000000)), learned ="
        " jsonb_build_object('acts', true, 'chosen', d.chosen, 'fixed', d.chosen,"
        " 'drawn_ppm', 1000000, 'chances', jsonb_build_object(d.chosen, 5))"
        " WHERE d.kind = 'retry' AND d.rule = 'slot'"
    ),
)
"""Plans as a model would have decided them that chose what the plan does."""
_HELD_OUT: Final = UUID(int=36)  # of retry timing, and of nothing else
_STOPPED: Final = (
    "UPDATE retry_plan SET track = 'end', slots = jsonb_set(slots, '{3,why}', '\"unlikely\"')"
    " WHERE revision = 2"
)

RETRY_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-130": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET next_at = next_at + interval '40 days'",
    ),
    "I-130 over": (_PLANS_LOOSE, "UPDATE retry_plan SET track = 'end'"),
    "I-131": (
        "ALTER TABLE payment DROP CONSTRAINT payment_settled, DROP CONSTRAINT payment_transition",
        "ALTER TABLE retry_plan DISABLE TRIGGER retry_plan_append_only",
        "DELETE FROM retry_plan",
        "UPDATE payment SET state = 'processing'",
    ),
    "I-132": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET not_before = ends_at + interval '1 day' WHERE revision = 1",
    ),
    "I-132 nearer": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET ends_at = ends_at + interval '9 days' WHERE revision = 1",
    ),
    "I-132 policy": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET policy_version = 2 WHERE revision = 2",
    ),
    "I-222": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET track = 'model' WHERE track = 'slot'",
    ),
    "I-222 not let": (
        _PLANS_LOOSE,
        *_MODELLED,
        (
            "UPDATE decision SET learned = jsonb_set(learned, '{acts}', 'false')"
            " WHERE kind = 'retry' AND learned IS NOT NULL"
        ),
    ),
    "I-222 too early": (
        _PLANS_LOOSE,
        *_MODELLED,
        "UPDATE retry_plan SET not_before = next_at + interval '1 hour' WHERE track = 'model'",
    ),
    "I-223": (
        (
            "UPDATE decision SET candidates = jsonb_set(candidates, '{0,ppm}', '999999')"
            " WHERE kind = 'retry' AND rule = 'slot'"
        ),
    ),
    "I-223 logged": (
        _PLANS_LOOSE,
        *_MODELLED,
        (
            "UPDATE decision SET learned = jsonb_set(learned, '{drawn_ppm}', '5')"
            " WHERE kind = 'retry' AND learned IS NOT NULL"
        ),
    ),
    "I-239": (
        _PLANS_LOOSE,
        _STOPPED,
    ),
    "I-239 held out": (
        _PLANS_LOOSE,
        (
            "INSERT INTO retry_model (version, body, sha256, metrics, trained_at, loaded_at,"
            " loaded_by, reason) VALUES (99, '{}', repeat('a', 64), '{}', now(), now(), 'me', 'x')"
        ),
        (
            "UPDATE decision SET features = '{}', learned = jsonb_build_object('version', 99,"
            " 'acts', true, 'stops', true, 'percent', 95, 'explores', false) WHERE kind = 'retry'"
        ),
        f"UPDATE payment SET customer_id = '{_HELD_OUT}'",
        _STOPPED,
    ),
    "I-240": (
        _PLANS_LOOSE,
        "UPDATE retry_plan SET slots = jsonb_set(slots, '{0,day}', '3') WHERE revision = 1",
    ),
    "I-133": ("UPDATE network_limit SET tries_max = 1, hours = 720 + hours",),
    "I-134": (
        _PLANS_LOOSE,
        "ALTER TABLE payment DROP CONSTRAINT payment_settled, DROP CONSTRAINT payment_transition",
        "UPDATE payment SET state = 'failed', next_try_at = NULL WHERE tries > 1",
        "UPDATE retry_plan SET track = 'slot'",
    ),
    "I-135": ("UPDATE payment_notice SET told_at = NULL WHERE told_at IS NOT NULL",),
    "I-135 mended": (
        (
            "UPDATE event AS e SET seq = 1000 WHERE kind = 'payment.notice_due' AND EXISTS ("
            "SELECT FROM event AS o WHERE o.aggregate_id = e.aggregate_id"
            " AND o.kind = 'payment.succeeded')"
        ),
    ),
}
