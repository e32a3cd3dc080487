from ledgerline.invoicing.rules.divisions import revenue_category, tax_group


def test_revenue_is_divided_by_what_was_sold() -> None:
    assert revenue_category("family_yearly") == "family_yearly"


def test_tax_is_divided_by_place_and_rate() -> None:
    assert tax_group("DE", 190_000) == "DE:190000"
    assert tax_group("DE", 70_000) != tax_group("FR", 70_000)
