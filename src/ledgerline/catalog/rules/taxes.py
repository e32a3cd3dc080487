"""Judge what a catalog says of taxes: rates with their reasons, and how they are rounded."""

from collections.abc import Iterator
from typing import Final

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    PPM,
    Catalog,
    Market,
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    TaxRate,
    TaxTreatment,
)
from ledgerline.catalog.rules.findings import Finding, error, warning
from ledgerline.catalog.rules.wording import components_text, percent_text

INSIDE_PPM_MAX: Final = PPM // 2  # above it, taxes that are rounded alone can exceed a small price


def findings(catalog: Catalog) -> Iterator[Finding]:
    """Find what is wrong with rates, with how markets round, and with the tax ids of sellers."""
    yield from _rates(catalog)
    yield from _rounding(catalog)
    yield from _ids(catalog)


def _rates(catalog: Catalog) -> Iterator[Finding]:
    """Judge each rate: its bounds, source, treatment and components."""
    rounding = {market.code: market.rounding_components for market in catalog.markets}
    for rate in catalog.tax_rates:
        components = rounding.get(rate.market_code, RoundingComponents.SEPARATE)
        inside = components is RoundingComponents.INSIDE
        if not 0 <= rate.rate_ppm <= (INSIDE_PPM_MAX if inside else PPM):
            message = f"a rate of {rate.rate_ppm} parts per million"
            yield error("rate_illegal", rate.key, message=message)
        if not rate.source:
            yield error("source_missing", rate.key, message="a rate without its source")
        if rate.treatment.taxes != (rate.rate_ppm > 0):
            message = f"the treatment {rate.treatment} at {percent_text(rate.rate_ppm)} percent"
            yield error("treatment_misfit", rate.key, message=message)
        if rate.treatment is TaxTreatment.PRODUCT_EXEMPT and not rate.reason:
            message = f"{rate.treatment} needs the reason that documents print"
            yield error("reason_missing", rate.key, message=message)
        yield from _components(rate, components)


def _components(rate: TaxRate, rounding: RoundingComponents) -> Iterator[Finding]:
    if not rate.components:
        return
    said = components_text(rate.components)
    shares = [one.rate_ppm for one in rate.components]
    if sum(shares) != rate.rate_ppm or min(shares) <= 0:
        message = f"{said} is not {percent_text(rate.rate_ppm)}: each is above zero, and together"
        yield error("components_misfit", rate.key, message=f"{message} they are the rate")
    if len({one.name for one in rate.components}) < len(shares):
        yield error("components_misfit", rate.key, message=f"{said}: each has a name of its own")
    if rounding is RoundingComponents.EQUAL and len(set(shares)) > 1:
        message = f"{said} in a market that rounds equal components"
        yield error("components_unequal", rate.key, message=message)


def _rounding(catalog: Catalog) -> Iterator[Finding]:
    """Judge how each market rounds: not every choice goes with every other."""
    for market in catalog.markets:
        reason = _misfit(market)
        if reason:
            key = f"markets.{market.code}.rounding"
            yield error("rounding_misfit", key, message=reason)


def _misfit(market: Market) -> str | None:
    components = market.rounding_components
    if components not in {RoundingComponents.EQUAL, RoundingComponents.INSIDE}:
        return None
    if market.rounding_target is RoundingTarget.NET:
        return f"{components} components are rounded as tax: the target cannot be net"
    if market.rounding_mode is RoundingMode.UP:
        return f"{components} components that go up can exceed a small price"
    inside = components is RoundingComponents.INSIDE
    if inside and market.tax_behavior is not TaxBehavior.INCLUSIVE:
        return "components inside a price need a tax_behavior of inclusive"
    return None


def _ids(catalog: Catalog) -> Iterator[Finding]:
    """Tell of a seller that takes tax and has no tax id to print."""
    taxing = {rate.market_code for rate in catalog.tax_rates if rate.rate_ppm > 0}
    takes = {market.seller_code for market in catalog.markets if market.code in taxing}
    for seller in catalog.sellers:
        if seller.tax_id is None and seller.code in takes:
            key = f"sellers.{seller.code}"
            message = f"{seller.code} takes tax and names no tax_id: most documents must print it"
            yield warning("tax_id_missing", key, message=message)
