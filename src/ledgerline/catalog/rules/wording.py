"""Say what a catalog holds in words: the same for a report, a refusal and a list of plans."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from hashlib import sha256
from typing import Final

from ledgerline.base.money import Currency, exponent
from ledgerline.catalog.model import (
    PPM,
    UNIT_DEN_MAX,
    Catalog,
    Collection,
    Coupon,
    Market,
    PhaseKind,
    PlanPhase,
    Seller,
    TaxComponent,
)
from ledgerline.catalog.rules.offers import phases_by_plan

_DIGEST_SHOWN: Final = 12  # characters: enough to tell two images apart

Facts = Mapping[str, Mapping[str, str]]


def amount_text(unit: Fraction, currency: Currency) -> str:
    """Write minor units as major ones with every decimal they have: "17.99", "0.005", "1990".

    What no number of decimals can say is written as a fraction of the minor unit.
    """
    places = exponent(currency)
    finest = unit * UNIT_DEN_MAX
    if finest.denominator != 1:
        return f"{unit} minor units"
    whole, rest = divmod(finest.numerator, UNIT_DEN_MAX * 10**places)
    digits = str(rest).rjust(len(str(UNIT_DEN_MAX)) - 1 + places, "0")
    decimals = digits[:places] + digits[places:].rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)


def facts(catalog: Catalog) -> Facts:
    """Say everything a catalog states: by the dotted key of a row, each of its fields as text.

    Fields are named as in the text that is loaded; zeros of trials are not stated there.
    """
    return {
        **_places(catalog),
        **_plans(catalog),
        **{
            price.key: {
                "amount": f"{amount_text(price.unit, price.currency)} {price.currency}",
                "tax_behavior": price.tax_behavior,
            }
            for price in catalog.prices
            if price.unit
        },
        **{
            rate.key: {
                "percent": percent_text(rate.rate_ppm),
                "treatment": rate.treatment,
                "name": rate.name or "",
                "reason": rate.reason or "",
                "components": components_text(rate.components),
                "source": rate.source,
            }
            for rate in catalog.tax_rates
        },
        **{f"coupons.{coupon.code}": _coupon(coupon) for coupon in catalog.coupons},
    }


def _places(catalog: Catalog) -> dict[str, Mapping[str, str]]:
    templates = {(one.seller_code, one.kind): one.template for one in catalog.series}
    sellers = {
        f"sellers.{seller.code}": {
            **_seller(seller),
            **{
                f"series.{kind}": template
                for (code, kind), template in templates.items()
                if code == seller.code
            },
        }
        for seller in catalog.sellers
    }
    markets = {
        f"markets.{market.code}": {
            "currency": market.currency,
            "seller": market.seller_code,
            "zone": market.zone,
            "locale": market.locale,
            "tax_behavior": market.tax_behavior,
            "rounding": _rounding(market),
            "simplified_up_to": _limit(market),
            **_collection(market.collection),
        }
        for market in catalog.markets
    }
    return {**sellers, **markets}


def _seller(seller: Seller) -> Mapping[str, str]:
    address = asdict(seller.address)
    return {
        "name": seller.name,
        "legal_name": seller.legal_name,
        "country": seller.country,
        "zone": seller.zone,
        **{f"address.{name}": value or "" for name, value in address.items()},
        "tax_id": seller.tax_id or "",
        "registration": seller.registration or "",
        "email": seller.email or "",
        "website": seller.website or "",
        "colour": seller.colour or "",
        "logo": _image(seller.logo),
    }


def _image(logo: str | None) -> str:
    """Name an image by its size and the beginning of its digest: nobody reads the text of one."""
    if logo is None:
        return ""
    raw = logo.encode()
    return f"SVG of {len(raw)} bytes, SHA-256 {sha256(raw).hexdigest()[:_DIGEST_SHOWN]}"


def _rounding(market: Market) -> str:
    mode, target = market.rounding_mode, market.rounding_target
    return f"{mode}, {target}, {market.rounding_components}"


def _collection(collection: Collection) -> Mapping[str, str]:
    said = asdict(collection)
    return {
        f"collection.{name}": ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in said.items()
    }


def _limit(market: Market) -> str:
    if market.simplified_up_to_minor is None:
        return ""
    amount = amount_text(Fraction(market.simplified_up_to_minor), market.currency)
    return f"{amount} {market.currency}"


def _plans(catalog: Catalog) -> dict[str, Mapping[str, str]]:
    products = {
        f"products.{product.code}": {
            "family": product.family,
            "name": product.name,
            "tax_category": product.tax_category,
            "kind": product.kind,
        }
        for product in catalog.products
    }
    phases = phases_by_plan(catalog.phases)
    add_ons = add_ons_by_plan(catalog)
    plans = {
        f"plans.{plan.code}": {
            "product": plan.product_code,
            "name": plan.name,
            "audience": plan.audience,
            "cadence": length_text(plan.cadence_count, plan.cadence_unit),
            "members_max": str(plan.members_max),
            "status": plan.status,
            "phases": phases_text(
                phase if phase.kind is not PhaseKind.TRIAL else _unmeasured(phase)
                for phase in phases.get(plan.code, ())
            ),
            "trial": phases_text(
                phase for phase in phases.get(plan.code, ()) if phase.kind is PhaseKind.TRIAL
            ),
            "add_ons": ", ".join(add_ons.get(plan.code, ())),
        }
        for plan in catalog.plans
    }
    return {**products, **plans}


def _unmeasured(phase: PlanPhase) -> PlanPhase:
    return PlanPhase(phase.plan_code, phase.no, phase.kind)


def _coupon(coupon: Coupon) -> Mapping[str, str]:
    if coupon.amount_minor is not None and coupon.currency is not None:
        amount = amount_text(Fraction(coupon.amount_minor), coupon.currency)
        effect = {"amount": f"{amount} {coupon.currency}"}
    else:
        effect = {"percent": percent_text(coupon.percent_ppm or 0)}
    return {**effect, "periods": str(coupon.periods or "")}


def add_ons_by_plan(catalog: Catalog) -> Mapping[str, Sequence[str]]:
    """Give the add-on plans that go with each base plan, in alphabetical order."""
    found: dict[str, list[str]] = {}
    pairs = sorted((rule.base_plan_code, rule.add_on_plan_code) for rule in catalog.add_on_rules)
    for base, add_on in pairs:
        found.setdefault(base, []).append(add_on)
    return found


def phases_text(phases: Iterable[PlanPhase]) -> str:
    """Say the phases of a plan: ``trial 30 days, evergreen``."""
    return ", ".join(
        f"{phase.kind} {length_text(phase.length_count, phase.length_unit)}".strip()
        for phase in phases
    )


def length_text(count: int | None, unit: str | None) -> str:
    """Say a length of time: ``1 month``, ``30 days``; nothing for none."""
    if count is None:
        return ""
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def components_text(components: Iterable[TaxComponent]) -> str:
    """Say which taxes make up a rate: ``CGST 9 + SGST 9``."""
    return " + ".join(f"{one.name} {percent_text(one.rate_ppm)}" for one in components)


def percent_text(ppm: int) -> str:
    """Say parts per million as a percentage without idle zeros: ``25.5``."""
    whole, rest = divmod(ppm, PPM // 100)
    decimals = str(rest).rjust(len(str(PPM // 100)) - 1, "0").rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)
