"""What is told of a mandate may come in any order, more than once, and partly twice."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.payments.debits import MandateEvent, MandateState
from ledgerline.payments.rows.mandates import MandateFactRow
from ledgerline.payments.rules.lifecycle import MANDATE
from ledgerline.payments.rules.mandates import standing
from tests.unit.payments.samples import NOW
from tests.unit.payments.test_mandates import fact

FACTS = st.lists(
    st.builds(
        lambda event, after: fact(
            event, after=after, replaced_by="MD2" if event is MandateEvent.REPLACED else None
        ),
        st.sampled_from(MandateEvent),
        st.integers(0, 5),
    ),
    unique_by=lambda one: one.fact_key,
    max_size=12,
)


@given(FACTS, st.data())
def test_any_order_and_any_repeat_ends_the_same(
    told: list[MandateFactRow], drawn: st.DataObject
) -> None:
    shuffled = drawn.draw(st.permutations([*told, *told[: len(told) // 2]]))
    known: dict[str, MandateFactRow] = {}
    for one in shuffled:  # as the table keeps them: each key once
        known.setdefault(one.fact_key, one)
    assert standing(known.values()) == standing(told)


@given(FACTS)
def test_every_standing_is_a_step_of_the_lifecycle(told: list[MandateFactRow]) -> None:
    found = standing(told)
    if found.before == "-":
        assert found.state is MandateState.UNKNOWN
    else:
        step = (MandateState(found.before), MandateEvent(found.event))
        assert MANDATE.table[step] is found.state


@given(FACTS)
def test_a_look_at_the_end_is_what_holds_unless_it_was_replaced(
    told: list[MandateFactRow],
) -> None:
    later = fact(MandateEvent.SEEN_ACTIVE, after=0)._replace(occurred_at=NOW + timedelta(days=1))
    before, found = standing(told), standing([*told, later])
    was_replaced = before.state is MandateState.REPLACED
    assert found.state is (MandateState.REPLACED if was_replaced else MandateState.ACTIVE)
