"""World files are checked before anything is served, and every problem is named."""

import json
from pathlib import Path

import pytest

from pspsim.__main__ import main
from pspsim.world import WorldRefused, load_world, read_world
from tests.pspsim.simulator import world

PROVIDER = {"api_secret": "sandbox_aster_secret", "webhook_secret": "whsec_c2VjcmV0MDA="}


@pytest.mark.parametrize("name", ["demo", "calm", "storm"])
def test_a_shipped_world_is_found_by_name_and_valid(name: str) -> None:
    assert load_world(name).name == name
    assert list(load_world(name).providers) == ["aster", "boreal", "cobalt"]


@pytest.mark.parametrize(
    ("_case", "changed", "problem"),
    [
        ("unknown field", {"sky": 1}, "Object contains unknown field `sky`"),
        ("clock without zone", {"clock": "2026-01-01T00:00:00"}, "`$.clock`"),
        ("unknown fault", {"providers": {"aster": {**PROVIDER, "rates": {"x": 1}}}}, "'x'"),
        (
            "backward outage",
            {
                "providers": {
                    "aster": {
                        **PROVIDER,
                        "outages": [{"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}],
                    }
                }
            },
            "an outage ends after it begins",
        ),
        (
            "shared secret",
            {"providers": {"aster": PROVIDER, "b": PROVIDER}},
            "share one api_secret",
        ),
        ("reserved segment", {"segments": {"ok": {"approval_ppm": {"aster": 1_000_000}}}}, "taken"),
        ("missing rate", {"segments": {"*": {"approval_ppm": {}}}}, "no rate for provider aster"),
        ("declines without codes", {"segments": {"*": {"approval_ppm": {"aster": 5}}}}, "declines"),
        (
            "too poor",
            {
                "segments": {
                    "*": {"approval_ppm": {"aster": 5}, "declines": {"insufficient_funds": 1}}
                }
            },
            "insufficient funds",
        ),
        ("range", {"slow_ms": [9, 1]}, "slow_ms: the first number is the smaller one"),
    ],
)
def test_a_bad_world_is_refused(_case: str, changed: dict[str, object], problem: str) -> None:
    with pytest.raises(WorldRefused) as refused:
        read_world(json.dumps(world(**changed)).encode(), source="world.json")
    assert any(problem in each for each in refused.value.problems), refused.value.problems


def test_all_problems_are_listed_at_once() -> None:
    changed = {"slow_ms": [9, 1], "segments": {"A_b": {"approval_ppm": {"nobody": 1_000_000}}}}
    with pytest.raises(WorldRefused) as refused:
        read_world(json.dumps(world(**changed)).encode(), source="world.json")
    assert len(refused.value.problems) == 4


def test_the_command_line_checks_a_world(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # given a file that is not JSON
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    # when it, a shipped world and a missing file are checked
    worlds = (str(broken), "demo", str(tmp_path / "absent.json"))
    statuses = [main(["world", "--check", each]) for each in worlds]
    # then only the good one passes, and the others say why
    assert statuses == [2, 0, 2]
    told = capsys.readouterr()
    assert told.out == "demo: providers aster, boreal, cobalt; 7 segments; no problems\n"
    assert told.err.splitlines() == [
        "pspsim: Input data was truncated",
        "pspsim: No such file or directory",
    ]
