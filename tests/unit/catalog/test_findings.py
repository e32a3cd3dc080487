import pytest

from ledgerline.catalog.rules.findings import (
    CatalogRefused,
    Severity,
    error,
    located,
    refuse_errors,
    warning,
)


def test_a_finding_stands_on_the_line_of_its_key_or_of_the_nearest_above() -> None:
    # given the lines of a plan and of one of its fields
    lines = {"plans": 3, "plans.solo": 4, "plans.solo.cadence": 7}
    found = located(
        [
            error("plan_changed", "plans.solo.cadence", message="edited"),
            error("plan_changed", "plans.solo.audience", message="edited"),
            error("plan_removed", "plans.duo", message="left out"),
            error("market_removed", "markets.NO", message="left out"),
        ],
        lines,
    )
    # then each has the nearest, what has none comes first
    assert [(one.line, one.key) for one in found] == [
        (None, "markets.NO"),
        (3, "plans.duo"),
        (4, "plans.solo.audience"),
        (7, "plans.solo.cadence"),
    ]


def test_an_error_refuses_and_a_warning_is_only_told() -> None:
    told = warning("late", "plans.solo", message="late")
    assert told.severity is Severity.WARNING
    refuse_errors([told])  # and nothing is raised
    with pytest.raises(CatalogRefused) as refused:
        refuse_errors([told, error("wrong", "plans.solo", message="it is wrong")])
    assert refused.value.facts["findings"] == [
        {"line": None, "code": "wrong", "key": "plans.solo", "message": "it is wrong"}
    ]
