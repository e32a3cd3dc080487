"""What breaks a rule of choices of accounts: all of them are only added to."""

from typing import Final

from tests.store.breaking import RESTRICT, Typed

ROUTING: Final = (
    Typed("decision_append_only", RESTRICT, "UPDATE decision SET chosen = 'boreal'"),
    Typed("decision_append_only", RESTRICT, "DELETE FROM decision"),
    Typed("model_switch_append_only", RESTRICT, "UPDATE model_switch SET reason = 'none'"),
    Typed("model_switch_append_only", RESTRICT, "DELETE FROM model_switch"),
    Typed("retry_model_append_only", RESTRICT, "UPDATE retry_model SET reason = 'none'"),
    Typed("retry_model_append_only", RESTRICT, "DELETE FROM retry_model"),
    Typed("router_snapshot_frozen", RESTRICT, "UPDATE router_snapshot SET body = 'x'"),
    Typed("routing_policy_append_only", RESTRICT, "UPDATE routing_policy SET version = 2"),
    Typed("routing_policy_append_only", RESTRICT, "DELETE FROM routing_policy"),
)
