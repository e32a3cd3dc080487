"""State machines as tables."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from ledgerline.base.states import StateRefused, machine


class Light(StrEnum):
    """States for these tests."""

    OFF = "off"
    ON = "on"
    BROKEN = "broken"


class Happened(StrEnum):
    """Events for these tests."""

    SWITCHED = "switched"
    DROPPED = "dropped"


TABLE: Mapping[tuple[Light, Happened], Light] = {
    (Light.OFF, Happened.SWITCHED): Light.ON,
    (Light.ON, Happened.SWITCHED): Light.OFF,
    (Light.ON, Happened.DROPPED): Light.BROKEN,
}
LAMP = machine("lamp", initial=Light.OFF, final={Light.BROKEN}, table=TABLE)


def test_listed_pair_leads_to_its_state() -> None:
    assert LAMP.after(Light.OFF, Happened.SWITCHED) is Light.ON
    assert LAMP.after(Light.ON, Happened.DROPPED) is Light.BROKEN


@pytest.mark.parametrize(
    ("state", "event"),
    [(Light.OFF, Happened.DROPPED), (Light.BROKEN, Happened.SWITCHED)],
)
def test_pair_that_is_not_listed_is_refused_by_name(state: Light, event: Happened) -> None:
    with pytest.raises(StateRefused) as refused:
        LAMP.after(state, event)
    assert refused.value.code == "state_refused"
    assert refused.value.facts == {"machine": "lamp", "state": state.value, "event": event.value}
    assert refused.value.detail == f"lamp is {state}: {event} is not possible"


def test_rows_are_the_table_in_a_stable_order() -> None:
    assert LAMP.as_rows() == (
        ("lamp", "off", "switched", "on"),
        ("lamp", "on", "dropped", "broken"),
        ("lamp", "on", "switched", "off"),
    )
    assert {type(cell) for row in LAMP.as_rows() for cell in row} == {str}


def test_machine_keeps_its_table_whatever_happens_to_the_one_it_was_given() -> None:
    given = dict(TABLE)
    lamp = machine("lamp", initial=Light.OFF, final={Light.BROKEN}, table=given)
    given.clear()
    assert lamp == LAMP
    assert lamp.final == frozenset({Light.BROKEN})
    assert lamp.initial is Light.OFF


def test_state_that_is_never_reached_is_a_defect() -> None:
    unbreakable = {pair: after for pair, after in TABLE.items() if after is not Light.BROKEN}
    with pytest.raises(AssertionError, match="never reached"):
        machine("lamp", initial=Light.OFF, final={Light.BROKEN}, table=unbreakable)


def test_final_state_with_an_exit_is_a_defect() -> None:
    repaired = {**TABLE, (Light.BROKEN, Happened.SWITCHED): Light.ON}
    with pytest.raises(AssertionError, match="declared final"):
        machine("lamp", initial=Light.OFF, final={Light.BROKEN}, table=repaired)


def test_state_without_an_exit_that_is_not_declared_final_is_a_defect() -> None:
    with pytest.raises(AssertionError, match="no exit"):
        machine("lamp", initial=Light.OFF, final=set(), table=TABLE)
