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
_SWITCHED: Final = (
    "INSERT INTO model_switch (kind, seller_code, no, mode, percent, explore_below, changed_by,"
    " reason, changed_at) SELECT 'routing', code, 1, 'canary', 5, '{}', 'me', 'to look',"
    " '2000-01-01' FROM seller"
)
_BELIEVED: Final = (
    "UPDATE decision SET features = coalesce(features, '{}') || jsonb_build_object('market',"
    " (SELECT min(code) FROM market), 'brand', 'visa payer'), learned = jsonb_build_object("
    "'chosen', 'aster', 'acts', true, 'mode', 'canary', 'percent', 5) WHERE kind = 'route'"
)
_WEIGHED: Final = (
    'UPDATE decision SET features = \'{"brand": "visa payer"}\', learned = jsonb_build_object('
    "'chosen', chosen, 'terms', jsonb_build_object(chosen,"
    " '{\"segment\": 2000}'::jsonb)) WHERE kind = 'route' AND chosen IS NOT NULL"
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
    "I-231": (_SWITCHED, _BELIEVED),
    "I-231 of nothing": (
        "INSERT INTO model_tally VALUES ('retry', 'nobody', 1, 1, true, 0, 1, 1)",
    ),
    "I-241": (_WEIGHED,),
    "I-241 of nothing": (
        "INSERT INTO model_belief VALUES ('retry', '2026-06-29', 8, 1, 850000, 1)",
    ),
    "I-232": (
        "ALTER TABLE model_switch DROP CONSTRAINT model_switch_system",
        f"{_SWITCHED}",
        "UPDATE model_switch SET changed_by = 'system'",
    ),
    "I-232 out of the off": (
        _SWITCHED,
        "UPDATE model_switch SET changed_by = 'system', mode = 'shadow', percent = 0",
    ),
    "I-213": ("DELETE FROM router_delta",),
    "I-213 twice": ("UPDATE router_delta SET tries = 2 * tries",),
    "I-213 approved": ("UPDATE router_delta SET approved = 0",),
}
