"""What leaves the database of subscriptions: their logs, and what the terms in them refer to.

A log is only added to, and who a subscription is of never changes. Prices, the cadence of their
plans, the tax category of their products, the rounding of their markets and coupons are frozen
where they are inserted, which is before any log names them.
"""

from typing import Final

from ledgerline.datasets.source import Proof, Source, day, integer, month, name_of, text, utc_day

_ENTRY: Final = "f.subscription_id::text || ':' || f.seq"
_RECORDED: Final = "(f.recorded_at AT TIME ZONE s.zone)::date"

SUBSCRIPTION_LOG: Final = Source(
    name="subscription_log",
    rows=(
        "subscription_event AS f"
        " JOIN subscription AS s ON s.id = f.subscription_id AND s.bucket = f.bucket"
    ),
    columns={
        "entry_id": text(_ENTRY),
        "subscription_id": name_of("f.subscription_id"),
        "seq_count": integer("f.seq"),
        "customer_id": name_of("s.customer_id"),
        "seller_code": text("s.seller_code"),
        "market_code": text("s.market_code"),
        "currency": text("s.currency"),
        "kind": text("f.kind"),
        "effective_on": day("f.effective"),
        "recorded_on": day(_RECORDED),
        "cause": text("f.actor"),
        "body": text("f.body::text"),
        "changed_month": month(_RECORDED),
    },
    months=("changed_month",),
)
AGREED_PRICE: Final = Source(
    name="agreed_price",
    rows=(
        "subscription_event AS f"
        " CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'steps')"
        "  WITH ORDINALITY AS t (step, no)"
        " JOIN price AS p ON p.id = (t.step ->> 'price')::uuid"
        " JOIN plan AS a ON a.code = p.plan_code"
        " JOIN plan_phase AS h ON h.plan_code = p.plan_code AND h.no = p.phase_no"
        " JOIN product AS o ON o.code = a.product_code"
        " JOIN market AS m ON m.code = p.market_code"
    ),
    columns={
        "agreed_id": text(_ENTRY + " || ':' || t.no"),
        "price_id": name_of("p.id"),
        "plan_code": text("p.plan_code"),
        "phase_count": integer("p.phase_no"),
        "phase_kind": text("h.kind"),
        "component": text("p.component"),
        "market_code": text("p.market_code"),
        "currency": text("p.currency"),
        "unit_num": integer("p.unit_num"),
        "unit_den": integer("p.unit_den"),
        "tax_behavior": text("p.tax_behavior"),
        "valid_on": day("p.valid_from"),
        "product_code": text("a.product_code"),
        "product_kind": text("o.kind"),
        "family": text("o.family"),
        "tax_category": text("o.tax_category"),
        "cadence_count": integer("a.cadence_count"),
        "cadence_unit": text("a.cadence_unit"),
        "rounding_mode": text("m.rounding_mode"),
        "rounding_target": text("m.rounding_target"),
        "rounding_components": text("m.rounding_components"),
    },
    proof=Proof(
        rows="subscription_event AS f", counted="sum(jsonb_array_length(f.body -> 'steps'))"
    ),
)
AGREED_OFFER: Final = Source(
    name="agreed_offer",
    rows=(
        "subscription_event AS f"
        " CROSS JOIN LATERAL jsonb_array_elements(f.body -> 'offers')"
        "  WITH ORDINALITY AS t (offer, no)"
        " JOIN coupon AS c ON c.code = t.offer ->> 'code'"
    ),
    columns={
        "agreed_id": text(_ENTRY + " || ':' || t.no"),
        "offer_code": text("c.code"),
        "percent_ppm": integer("c.percent_ppm"),
        "amount_minor": integer("c.amount_minor"),
        "currency": text("c.currency"),
    },
    proof=Proof(
        rows="subscription_event AS f", counted="sum(jsonb_array_length(f.body -> 'offers'))"
    ),
)
TAX_RATE: Final = Source(
    name="tax_rate",
    rows="tax_rate AS f",
    columns={
        "rate_id": text("f.market_code || ':' || f.category || ':' || f.valid_from"),
        "market_code": text("f.market_code"),
        "tax_category": text("f.category"),
        "valid_on": day("f.valid_from"),
        "rate_ppm": integer("f.rate_ppm"),
        "treatment": text("f.treatment"),
        "components": text("f.components::text"),
        "valid_month": month("f.valid_from"),
        "recorded_on": utc_day("f.recorded_at"),
    },
    is_whole=True,
)
SUBSCRIPTION_SOURCES: Final = (SUBSCRIPTION_LOG, AGREED_PRICE, AGREED_OFFER, TAX_RATE)
