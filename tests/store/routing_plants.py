"""Plants of the invariants of routing and of payers who have to act."""

from collections.abc import Mapping
from typing import Final

_ASKED: Final = (
    "UPDATE attempt SET state = 'requires_action', state_before = 'sent',"
    " state_event = 'action_asked', evidence_no = NULL, ended_at = NULL, initiator = 'customer',"
    " return_url = 'https://shop.example', action_sealed = '\\x00',"
)
_LEARNED: Final = (
    "UPDATE decision SET rule = 'model', features = '{}', learned ="
    ' \'{"chosen": "aster", "acts": true, "ppm": {"aster": 1000000}, "accounts": ["aster"]}\''
    " WHERE chosen = 'aster' AND kind = 'route' AND jsonb_array_length(candidates) = 1"
)
_PPM_OF_ANOTHER: Final = (
    "UPDATE decision SET learned = jsonb_set(learned, '{ppm}',"
    ' \'{"aster": 0, "boreal": 1000000}\')'
)
_NOT_THE_FIRST: Final = (
    "UPDATE decision SET rule = 'default', learned = learned ||"
    ' \'{"ppm": {"aster": 1000000, "boreal": 0}, "accounts": ["boreal", "aster"]}\''
    " WHERE rule = 'model'"
)
ROUTING_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-120": ("DELETE FROM decision",),
    "I-120 shared": ("UPDATE decision SET subject_id = gen_random_uuid()",),
    "I-121": ("UPDATE decision SET candidates = jsonb_set(candidates, '{0,ppm}', '999999')",),
    "I-121 filtered": (
        "UPDATE decision SET candidates = jsonb_set(candidates, '{0,reason}', '\"disabled\"')",
    ),
    "I-121 nothing": ("UPDATE decision SET chosen = NULL",),
    "I-122": ("UPDATE decision SET chosen = 'elsewhere'",),
    "I-122 nothing": ("UPDATE decision SET chosen = NULL",),
    "I-124": ("UPDATE attempt SET challenge = true WHERE initiator = 'customer'",),
    "I-124 late": (
        "UPDATE decision SET kind = 'authentication', features = NULL",
        "UPDATE decision SET decided_at = decided_at + interval '1 s'",
    ),
    "I-123": (
        "DROP INDEX attempt_one_live",
        f"{_ASKED} action_expires_at = sent_at, resolve_at = sent_at + interval '2 hours'",
    ),
    "I-123 expiry": (
        "DROP INDEX attempt_one_live",
        f"{_ASKED} action_expires_at = sent_at + interval '2 hours', resolve_at = sent_at",
    ),
    "I-211": (
        _LEARNED,
        "UPDATE decision SET candidates = jsonb_set(candidates, '{0,reason}', '\"disabled\"')",
    ),
    "I-211 elsewhere": (
        _LEARNED,
        "UPDATE decision SET learned = jsonb_set(learned, '{chosen}', '\"elsewhere\"')",
    ),
    "I-211 not let": (
        _LEARNED,
        "UPDATE decision SET learned = jsonb_set(learned, '{acts}', 'false') WHERE rule = 'model'",
    ),
    "I-212": (
        _LEARNED,
        "UPDATE decision SET learned = jsonb_set(learned, '{ppm,aster}', '999999')",
    ),
    "I-212 chosen": (
        _LEARNED,
        _PPM_OF_ANOTHER,
    ),
    "I-212 logged": (
        _LEARNED,
        "UPDATE decision SET candidates = jsonb_set(candidates, '{0,ppm}', '999999')",
    ),
    "I-220": (
        _LEARNED,
        "UPDATE decision SET learned = learned - 'accounts' WHERE rule = 'model'",
    ),
    "I-220 other accounts": (
        _LEARNED,
        "UPDATE decision SET learned = jsonb_set(learned, '{accounts,1}', '\"boreal\"')",
    ),
    "I-220 not the first": (
        _LEARNED,
        _NOT_THE_FIRST,
    ),
    "I-213": ("DELETE FROM router_delta",),
    "I-213 twice": ("UPDATE router_delta SET tries = 2 * tries",),
    "I-213 approved": ("UPDATE router_delta SET approved = 0",),
}
