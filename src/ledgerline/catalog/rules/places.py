"""Read sellers and markets: who sells, where, and how tax is rounded there."""

from collections.abc import Callable, Mapping
from itertools import pairwise

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    NOTICE_DAYS_MAX,
    RENEWAL_NOTICE_DAYS,
    TRIAL_NOTICE_DAYS,
    Market,
    PostalAddress,
    RoundingComponents,
    RoundingTarget,
    Seller,
    Series,
    SeriesKind,
    TaxBehavior,
)
from ledgerline.catalog.rules import scalars
from ledgerline.catalog.rules.collection import collection
from ledgerline.catalog.rules.images import BYTES_MAX, ImageFaulty, check_svg
from ledgerline.catalog.rules.nodes import Spot
from ledgerline.catalog.rules.numbering import TemplateFaulty, read_template


def sellers(part: Spot, series: list[Series]) -> dict[str, Seller]:
    """Read all sellers by code, and add how their documents are numbered to ``series``."""
    found: dict[str, Seller] = {}
    for code, spot in scalars.coded(part).items():
        fields = spot.fields(
            "name", "legal_name", "country", "zone", "address", "series",
            optional=("tax_id", "registration", "email", "website", "colour", "logo"),
        )  # fmt: skip
        found[code] = _seller(code, fields)
        templates = fields["series"].fields(*SeriesKind)
        series.extend(Series(code, kind, _template(templates[kind])) for kind in SeriesKind)
    return found


def markets(part: Spot, known: Mapping[str, Seller]) -> dict[str, Market]:
    """Read all markets by country; ``known`` are the sellers."""
    found: dict[str, Market] = {}
    countries = scalars.coded(part, scalars.COUNTRY, wanted=scalars.COUNTRY_WORDS)
    for code, spot in countries.items():
        fields = spot.fields(
            "currency", "seller", "zone", "locale", "tax_behavior",
            optional=("rounding", "simplified_up_to", "notices", "collection"),
        )  # fmt: skip
        currency = scalars.currency(fields["currency"])
        limit = fields.get("simplified_up_to")
        mode, target, components = _rounding(fields.get("rounding"))
        trial, renewal = _notices(fields.get("notices"))
        found[code] = Market(
            code=code,
            currency=currency,
            seller_code=fields["seller"].one_of(known, what="seller"),
            zone=scalars.zone(fields["zone"]),
            locale=fields["locale"].matching(scalars.LOCALE, wanted="a locale such as sv-SE"),
            tax_behavior=fields["tax_behavior"].choice(TaxBehavior),
            rounding_mode=mode,
            rounding_target=target,
            rounding_components=components,
            simplified_up_to_minor=scalars.amount(limit, currency) if limit and currency else None,
            trial_notice_days=trial,
            renewal_notice_days=renewal,
            collection=collection(fields.get("collection"), currency),
        )
    return found


def _seller(code: str, fields: Mapping[str, Spot]) -> Seller:
    def perhaps(name: str, read: Callable[[Spot], str]) -> str | None:
        return read(fields[name]) if name in fields else None

    return Seller(
        code=code,
        name=fields["name"].text(),
        legal_name=fields["legal_name"].text(),
        country=fields["country"].matching(scalars.COUNTRY, wanted=scalars.COUNTRY_WORDS),
        zone=scalars.zone(fields["zone"]),
        address=_address(fields["address"]),
        tax_id=perhaps("tax_id", scalars.tax_id),
        registration=perhaps("registration", Spot.text),
        email=perhaps("email", scalars.email),
        website=perhaps("website", scalars.website),
        colour=perhaps("colour", scalars.colour),
        logo=perhaps("logo", _logo),
    )


def _address(spot: Spot) -> PostalAddress:
    fields = spot.fields("line1", "city", optional=("line2", "postal_code", "region"))
    said = {name: field.text() for name, field in fields.items()}
    return PostalAddress(**said)


def _logo(spot: Spot) -> str:
    image = spot.block(longest=BYTES_MAX)
    if image:
        try:
            check_svg(image)
        except ImageFaulty as fault:
            spot.note(str(fault))
    return image


def _template(spot: Spot) -> str:
    written = spot.text()
    if written:
        try:
            read_template(written)
        except TemplateFaulty as fault:
            spot.note(fault.detail)
    return written


def _notices(spot: Spot | None) -> tuple[int, tuple[int, ...]]:
    """Read how many days before a trial ends, and before a year does, its customer is told."""
    fields = spot.fields(optional=("trial", "renewal")) if spot else {}
    trial, renewal = fields.get("trial"), fields.get("renewal")
    read = (
        [one.integer(least=1, most=NOTICE_DAYS_MAX) for one in renewal.items()] if renewal else []
    )
    if renewal and any(later >= earlier for earlier, later in pairwise(read)):
        renewal.note("must be days in falling order, each once")
    return (
        trial.integer(least=1, most=NOTICE_DAYS_MAX) if trial else TRIAL_NOTICE_DAYS,
        tuple(read) if renewal else RENEWAL_NOTICE_DAYS,
    )


def _rounding(spot: Spot | None) -> tuple[RoundingMode, RoundingTarget, RoundingComponents]:
    fields = spot.fields(optional=("mode", "target", "components")) if spot else {}
    mode, target, components = (fields.get(name) for name in ("mode", "target", "components"))
    return (
        mode.choice(RoundingMode) if mode else RoundingMode.HALF_UP,
        target.choice(RoundingTarget) if target else RoundingTarget.TAX,
        components.choice(RoundingComponents) if components else RoundingComponents.SEPARATE,
    )
