"""Versions of models as one list, and what state each is in."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from ledgerline.payments.rows.learning import SwitchRow, VersionRow
from ledgerline.payments.rules.versions import versions
from ledgerline.payments.scores import SYSTEM, Kind

NOON: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)


def row(kind: Kind, version: int, **more: Any) -> VersionRow:
    of: dict[str, Any] = {
        "kind": kind.value, "version": version, "sha256": "0" * 64, "fence": "7", "code": "0a1b2c",
        "made_at": NOON, "since": NOON, "states": 1, "loaded_by": "me", "reason": "x",
        "metrics": "{}",
    }  # fmt: skip
    return VersionRow(**(of | more))


def held(kind: Kind, mode: str, percent: int, *, by: str = "me") -> SwitchRow:
    return SwitchRow(
        kind=kind.value, seller_code="acme", no=1, mode=mode, percent=percent, explore_below="{}",
        changed_by=by, reason="x", changed_at=NOON,
    )  # fmt: skip


def test_all_kinds_are_one_list_with_what_each_was_made_of() -> None:
    metrics = '{"rows": 900, "parameters": {"sweeps": 3}}'
    rows = [
        row(Kind.ROUTING, 812, fence="4711", states=144),
        row(Kind.ROUTING, 500, code="older"),
        row(Kind.RETRY, 3, metrics=metrics),
    ]
    routing, before, retry = versions(rows, [held(Kind.ROUTING, "canary", 5)])
    assert (routing.kind, routing.state, routing.known) == (
        Kind.ROUTING, "canary", "transaction 4711",
    )  # fmt: skip
    assert (routing.card, before.card, before.state) == ("ledgerline ml card", None, "replaced")
    assert (retry.state, retry.known) == ("off", "release 7")
    assert (retry.metrics, retry.parameters) == ({"rows": 900}, {"sweeps": 3})
    [unknown] = versions([row(Kind.RETRY, 1, fence=None)], [])
    assert unknown.known == "not said"


@pytest.mark.parametrize(
    ("switches", "state"),
    [
        ([("off", 0, "me")], "off"),
        ([("off", 0, "me"), ("shadow", 0, "me")], "shadow"),
        ([("shadow", 0, SYSTEM), ("canary", 25, "me")], "canary"),
        ([("on", 95, "me"), ("canary", 25, "me")], "on"),
        ([("shadow", 0, SYSTEM), ("off", 0, "me")], "withdrawn"),
    ],
)
def test_the_newest_is_in_the_furthest_state_of_all_sellers(
    switches: list[tuple[str, int, str]], state: str
) -> None:
    rows = [held(Kind.RETRY, mode, percent, by=by) for mode, percent, by in switches]
    [found] = versions([row(Kind.RETRY, 1)], rows)
    assert found.state == state


def test_what_the_machine_took_back_was_withdrawn() -> None:
    rows = [
        row(Kind.RETRY, 3, loaded_by=SYSTEM),
        row(Kind.RETRY, 2),
        row(Kind.RETRY, 1),
    ]
    found = versions(rows, [held(Kind.RETRY, "on", 95)])
    assert [one.state for one in found] == ["on", "withdrawn", "replaced"]
