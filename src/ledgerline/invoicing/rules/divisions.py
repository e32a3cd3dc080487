"""How lines divide the accounts they are posted to."""


def revenue_category(plan_code: str) -> str:
    """Name the part of deferred and earned revenue a line belongs to: what was sold."""
    return plan_code


def tax_group(market_code: str, rate_ppm: int) -> str:
    """Name the part of the tax payable a line belongs to: ``DE:190000``."""
    return f"{market_code}:{rate_ppm}"
