"""What the model of routing loses is split by part, and nothing of it is left over."""

import pytest

from bench.routing_parts import FLOOR, PARTS, Choice, split
from pspsim.routing.traffic import Payment
from pspsim.routing.world import Kind, RoutingWorld

SURE = Choice(
    shares=(1 - FLOOR * 2 / 3, FLOOR / 3, FLOOR / 3),
    believed=(0.9, 0.8, 0.7),
    values=(0.9, 0.8, 0.7),
    taken_down=(False, False, False),
    is_down=(False, False, False),
)


@pytest.mark.parametrize(
    ("choice", "part", "lost"),
    [
        (SURE, "floor", FLOOR * (0.1 + 0.2) / 3),
        (SURE._replace(shares=(0.8, 0.2, 0.0)), "draws", 0.2 * 0.1 - FLOOR * (0.1 + 0.2) / 3),
        (SURE._replace(values=(0.9, 0.95, 0.7)), "belief_later", 0.05),
        (SURE._replace(values=(0.1, 0.8, 0.7), is_down=(True, False, False)), "outage", 0.7),
        (SURE._replace(shares=(0.05, 0.95, 0), taken_down=(True, False, False)), "alarm", 0.1),
        (
            SURE._replace(
                shares=(0.05, 0.95, 0.0),
                values=(0.1, 0.8, 0.7),
                taken_down=(True, False, False),
                is_down=(True, False, False),
            ),
            "probes",
            0.05 * 0.7,
        ),
    ],
)
def test_each_part_is_what_it_loses_and_all_sum_to_the_loss(
    choice: Choice, part: str, lost: float
) -> None:
    found = split(choice, is_first_day=False)
    assert found[part] == pytest.approx(lost)
    assert found.keys() <= PARTS.keys()
    expected = sum(share * v for share, v in zip(choice.shares, choice.values, strict=True))
    assert sum(found.values()) == pytest.approx(
        max(choice.values) - expected / sum(choice.shares), abs=1e-9
    )


def test_what_is_believed_on_the_first_day_is_told_apart() -> None:
    wrong = SURE._replace(values=(0.9, 0.95, 0.7))
    assert split(wrong, is_first_day=True)["belief_day_1"] == pytest.approx(0.05)


def test_an_account_that_is_down_is_struck() -> None:
    world = RoutingWorld(Kind.ADVERSARIAL, seed=11, days=2, per_day=10)
    moments = [Payment(no=0, at=at, segment=0, luck=0.5) for at in range(0, 172_800, 600)]
    down = [(one, k) for one in moments for k in range(4) if world.is_down(one, k)]
    struck = [(one, k) for one in moments for k in range(4) if world.is_struck(one, k)]
    assert set(down) <= set(struck)
    assert struck
