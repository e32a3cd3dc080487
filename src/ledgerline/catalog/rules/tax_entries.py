"""Read tax rates: how much, why, what the tax is called and which taxes make it up."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from ledgerline.catalog.model import TaxComponent, TaxRate, TaxTreatment
from ledgerline.catalog.rules import scalars
from ledgerline.catalog.rules.nodes import Spot
from ledgerline.catalog.rules.price_entries import Known

_UNTAXED: Final = tuple(one for one in TaxTreatment if not one.taxes)


def tax_rates(part: Spot, known: Known, *, sources: Mapping[str, str]) -> tuple[TaxRate, ...]:
    """Read all rates; each names a market, a category of products and a source."""
    categories = {product.tax_category: code for code, product in known.products.items()}
    rates: dict[tuple[str, str, date], TaxRate] = {}
    for item in part.items():
        fields = item.fields(
            "market", "category", "valid_from", "percent", "source",
            optional=("treatment", "name", "reason", "components"),
        )  # fmt: skip
        source = fields["source"].one_of(sources, what="source")
        name, reason = fields.get("name"), fields.get("reason")
        rate_ppm, treatment = _rate(item, fields)
        rate = TaxRate(
            market_code=fields["market"].one_of(known.markets, what="market"),
            category=fields["category"].one_of(categories, what="tax category"),
            valid_from=fields["valid_from"].day(),
            rate_ppm=rate_ppm,
            source=sources.get(source, ""),
            treatment=treatment,
            name=name.text() if name else None,
            reason=reason.text() if reason else None,
            components=_components(fields.get("components")),
        )
        key = (rate.market_code, rate.category, rate.valid_from)
        if all(key[:2]) and key in rates:
            item.note(f"{key[0]} already has a rate of {key[1]} from {key[2]}")
        rates[key] = rate
        item.mark(rate.key)
    return tuple(rates.values())


def _rate(item: Spot, fields: Mapping[str, Spot]) -> tuple[int, TaxTreatment]:
    """Read a rate and its treatment, which a rate of nothing must say."""
    written, said = fields["percent"], fields.get("treatment")
    noted = len(written.notes.problems)
    rate_ppm = scalars.percent(written)
    if said:
        return rate_ppm, said.choice(TaxTreatment)
    # What could not be read stands in as zero: its mistake is told, and is no tax of nothing.
    unread = written.notes is not item.notes or len(written.notes.problems) > noted
    if rate_ppm or unread:
        return rate_ppm, TaxTreatment.STANDARD
    item.note(
        f"is missing: why nothing is taxed is one of {', '.join(_UNTAXED)}",
        key=f"{item.key}.treatment",
    )
    return rate_ppm, TaxTreatment.ZERO


def _components(spot: Spot | None) -> tuple[TaxComponent, ...]:
    found: list[TaxComponent] = []
    for item in spot.items() if spot else ():
        fields = item.fields("name", "percent")
        found.append(TaxComponent(fields["name"].text(), scalars.percent(fields["percent"])))
    return tuple(found)
