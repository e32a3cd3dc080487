import pytest

from ledgerline.payments.rules.authentication import PPM, Choice, Unfit, ask


@pytest.mark.parametrize(
    ("issuer", "market", "paid_before", "chosen", "why_not_challenged"),
    [
        ("DE", "DE", False, Choice.CHALLENGE, None),
        (None, "DE", False, Choice.CHALLENGE, None),
        ("GB", "US", False, Choice.CHALLENGE, None),
        ("US", "DE", False, Choice.LEAVE, Unfit.NOT_REGULATED),
        (None, "BR", False, Choice.LEAVE, Unfit.NOT_REGULATED),
        ("FR", "FR", True, Choice.LEAVE, Unfit.AUTHENTICATED_BEFORE),
    ],
)
def test_first_charge_of_a_series_is_challenged_where_the_issuer_is_regulated(
    issuer: str | None,
    market: str,
    chosen: Choice,
    why_not_challenged: Unfit | None,
    *,
    paid_before: bool,
) -> None:
    found = ask(issuer_country=issuer, market=market, paid_before=paid_before)
    assert found.chosen is chosen
    assert found.reasons.get(Choice.CHALLENGE) is why_not_challenged
    # and every choice is weighed: one has all of it, those that are none say why
    assert sum(found.propensities.values()) == PPM
    assert found.propensities[chosen] == PPM
    assert set(found.reasons) == set(Choice) - {chosen}
