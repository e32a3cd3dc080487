import pytest

from ledgerline.base.calendar import Unit
from ledgerline.catalog.model import PhaseKind, PlanPhase
from ledgerline.catalog.rules.parse import parse
from ledgerline.catalog.rules.wording import (
    add_ons_by_plan,
    facts,
    length_text,
    percent_text,
    phases_text,
)
from tests.unit.catalog.texts import LARGER, PRINTED


@pytest.mark.parametrize(
    ("ppm", "text"), [(255_000, "25.5"), (1_000_000, "100"), (0, "0"), (77_001, "7.7001")]
)
def test_a_share_is_said_without_idle_zeros(ppm: int, text: str) -> None:
    assert percent_text(ppm) == text


def test_a_length_is_said_in_one_or_many() -> None:
    assert [length_text(1, "month"), length_text(30, "day"), length_text(None, None)] == [
        "1 month", "30 days", "",
    ]  # fmt: skip


def test_phases_are_said_in_their_order() -> None:
    trial = PlanPhase("solo", 1, PhaseKind.TRIAL, length_count=7, length_unit=Unit.DAY)
    assert phases_text([trial, PlanPhase("solo", 2, PhaseKind.EVERGREEN)]) == (
        "trial 7 days, evergreen"
    )


def test_add_ons_are_given_by_their_base() -> None:
    assert add_ons_by_plan(parse(LARGER)) == {"solo_monthly": ["hifi_monthly"]}


def test_a_catalog_is_said_row_by_row_as_it_is_written() -> None:
    said = facts(parse(LARGER))
    assert said["plans.solo_monthly"] == {
        "product": "solo",
        "name": "010",
        "audience": "individual",
        "cadence": "1 month",
        "members_max": "1",
        "status": "on_sale",
        "phases": "trial, intro 3 months, evergreen",
        "trial": "trial 7 days",
        "add_ons": "hifi_monthly",
    }
    assert said["prices.solo_monthly.1.setup.NO.2026-01-01"] == {
        "amount": "50.00 NOK",
        "tax_behavior": "inclusive",
    }
    assert said["coupons.HALF"] == {"percent": "50", "periods": "2"}
    assert said["markets.NO"]["rounding"] == "half_up, tax, separate"
    assert said["markets.NO"]["simplified_up_to"] == ""
    assert said["tax_rates.NO.digital_services.2005-01-01"] == {
        "percent": "25",
        "treatment": "standard",
        "name": "",
        "reason": "",
        "components": "",
        "source": "1e3",
    }
    assert said["sellers.fjord"]["series.receipt"] == "FR-{yyyy}-{n:06}"
    # and what a trial costs is not written
    assert "prices.solo_monthly.1.base.NO.2026-01-01" not in said


def test_what_documents_print_of_a_seller_and_a_tax_is_said() -> None:
    said = facts(parse(PRINTED))
    assert said["sellers.fjord"] == {
        "name": "Fjord",
        "legal_name": "Fjord AS",
        "country": "NO",
        "zone": "Europe/Oslo",
        "address.line1": "Eksempelgata 1",
        "address.line2": "2. etasje",
        "address.postal_code": "0150",
        "address.city": "Oslo",
        "address.region": "Oslo fylke",
        "tax_id": "NO 999999999 MVA",
        "registration": "999 999 999",
        "email": "hei@fjord.example",
        "website": "https://fjord.example",
        "colour": "#1f7a5c",
        # of an image the size and a digest, for nobody reads its text
        "logo": "SVG of 97 bytes, SHA-256 38bcb2b77e97",
        "series.invoice": "F-{yyyy}-{n:06}",
        "series.credit_note": "FC-{yyyy}-{n:06}",
        "series.receipt": "FR-{yyyy}-{n:06}",
    }
    assert said["markets.NO"]["rounding"] == "down, tax, equal"
    assert said["markets.NO"]["simplified_up_to"] == "250.00 NOK"
    rate = said["tax_rates.NO.digital_services.2005-01-01"]
    assert (rate["name"], rate["components"]) == ("MVA", "State 12.5 + City 12.5")
