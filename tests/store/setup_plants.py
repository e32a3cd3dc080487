"""What a defect would have to do to break set-ups, once their guards are gone."""

from collections.abc import Mapping
from typing import Final

_UPDATE: Final = "UPDATE payment_setup SET"
_DONE: Final = "WHERE state = 'succeeded'"
_ASKS: Final = "WHERE state = 'requires_action'"
_TWICE: Final = """
    INSERT INTO instrument
    SELECT r.*
      FROM instrument AS i, jsonb_populate_record(i,
           jsonb_build_object('payment_method_id', gen_random_uuid(), 'psp_token', 'tok_2')) AS r
     WHERE i.setup_id IS NOT NULL"""
_LATE: Final = """
    UPDATE decision SET decided_at = decided_at + interval '1 s' WHERE kind = 'authentication'"""
_ERASED: Final = """
    UPDATE customer AS c
       SET erased_at = created_at, email_sealed = NULL, email_hash = NULL, metadata = '{}',
           external_id = NULL
     WHERE EXISTS (SELECT FROM payment_setup AS s WHERE s.customer_id = c.id)"""
SETUP_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-150": (f"{_UPDATE} payment_method_id = NULL {_DONE}",),
    "I-150 of another": (f"{_UPDATE} customer_id = gen_random_uuid() {_DONE}",),
    "I-151": (_TWICE,),
    "I-151 of nothing": ("UPDATE instrument SET setup_id = gen_random_uuid()",),
    "I-152": (f"{_UPDATE} resolve_at = expires_at + interval '1 hour' {_ASKS}",),
    "I-152 expiry": (f"{_UPDATE} action_expires_at = expires_at + interval '1 s' {_ASKS}",),
    "I-153": (f"{_UPDATE} challenge = NOT challenge",),
    "I-153 late": (_LATE,),
    "I-154": (_ERASED,),
}
