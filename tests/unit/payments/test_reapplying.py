"""Which webhooks a person may have applied again."""

import pytest

from ledgerline.payments.rules.reapplying import why_not


@pytest.mark.parametrize("state", ["parked", "ignored"])
def test_what_waits_or_was_given_up_is_applied_again_where_it_names_something(state: str) -> None:
    assert why_not(state, is_named=True) is None
    assert why_not(state, is_named=False) == "it names nothing that could be looked up"


@pytest.mark.parametrize("state", ["received", "applied"])
def test_what_is_looked_at_anyway_or_was_is_not(state: str) -> None:
    assert why_not(state, is_named=True) is not None
