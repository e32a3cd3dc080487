"""Phases, add-ons and prices that could not be sold are found, each with the line it stands on."""

import pytest

from ledgerline.catalog.rules import offers
from ledgerline.catalog.rules.findings import located
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import LARGER, planted

Fault = tuple[int | None, str, str]


def _found(*faults: tuple[str, str], into: str = LARGER) -> list[Fault]:
    catalog = parse(planted(*faults, into=into))
    found = (*offers.phases(catalog), *offers.add_ons(catalog), *offers.coverage(catalog))
    return [(one.line, one.code, one.message) for one in located(found, catalog.lines)]


def test_phases_are_arranged_by_plan_and_number() -> None:
    phases = parse(LARGER).phases
    arranged = offers.phases_by_plan(reversed(phases))
    assert list(arranged["solo_monthly"]) == list(phases[:3])
    assert [phase.kind for phase in arranged["hifi_monthly"]] == ["evergreen"]


def test_larger_catalog_has_no_finding() -> None:
    assert _found() == []


@pytest.mark.parametrize(
    ("_case", "phases", "expected"),
    [
        (
            "a trial comes first",
            "[intro: 3 months, trial: 7 days, evergreen]",
            (30, "phase_illegal", "solo_monthly: a trial comes first"),
        ),
        (
            "a trial counts days",
            "[trial: 1 month, intro: 3 months, evergreen]",
            (30, "phase_illegal", "solo_monthly: a trial lasts from 1 to 365 days"),
        ),
        (
            "a trial is bounded",
            "[trial: 366 days, intro: 3 months, evergreen]",
            (30, "phase_illegal", "solo_monthly: a trial lasts from 1 to 365 days"),
        ),
        (
            "an intro lasts whole cadences",
            "[trial: 7 days, intro: 30 days, evergreen]",
            (
                30,
                "phase_illegal",
                (
                    "solo_monthly: an intro lasts whole cadences of its plan, here a multiple of"
                    " 1 month"
                ),
            ),
        ),
        (
            "a fixed end is not sold yet",
            "[trial: 7 days, intro: 3 months, fixed: 12 months]",
            (
                30,
                "phase_illegal",
                (
                    "solo_monthly: a fixed phase ends the subscription and is not sold yet:"
                    " end in evergreen"
                ),
            ),
        ),
        (
            "the last phase is open",
            "[trial: 7 days, evergreen, intro: 3 months]",
            (30, "phase_illegal", "solo_monthly: the last phase is evergreen, and no other"),
        ),
        (
            "an open phase is the last",
            "[evergreen, intro: 3 months, evergreen]",
            (30, "phase_illegal", "solo_monthly: the last phase is evergreen, and no other"),
        ),
    ],
)
def test_a_phase_out_of_place_is_found(_case: str, phases: str, expected: Fault) -> None:
    assert expected in _found(("[trial: 7 days, intro: 3 months, evergreen]", phases))


def test_there_is_one_intro() -> None:
    found = _found(("intro: 3 months, evergreen", "intro: 1 month, intro: 2 months, evergreen"))
    message = "solo_monthly: one intro phase, or its prices could not be told apart"
    assert (30, "phase_illegal", message) in found


def test_an_intro_of_a_longer_cadence_lasts_a_multiple_of_it() -> None:
    # given a plan billed every two months with an intro of three
    found = _found(("cadence: 1 month\n    phases", "cadence: 2 month\n    phases"))
    # then the intro is no whole number of them
    assert (
        30,
        "phase_illegal",
        "solo_monthly: an intro lasts whole cadences of its plan, here a multiple of 2 month",
    ) in found


_HIFI = "    cadence: 1 month\n    members_max: 1\n    status: on_sale\nprices:"


@pytest.mark.parametrize(
    ("_case", "fault", "expected"),
    [
        (
            "both are billed together",
            (_HIFI, _HIFI.replace("1 month", "1 year")),
            (
                33,
                "add_on_misfit",
                "hifi_monthly has another cadence than solo_monthly, and both are billed together",
            ),
        ),
        (
            "an add-on says so",
            (", kind: add_on}", "}"),
            (
                33,
                "add_on_misfit",
                "hifi_monthly is no add-on: its product needs kind: add_on",
            ),
        ),
        (
            "an add-on has no add-ons",
            (_HIFI, "    add_ons: [hifi_monthly]\n" + _HIFI),
            (38, "add_on_misfit", "hifi_monthly is an add-on itself and has none"),
        ),
        (
            "an add-on has no trial of its own",
            (_HIFI, "    phases: [trial: 7 days, evergreen]\n" + _HIFI),
            (38, "add_on_trial", "hifi_monthly: an add-on has no trial of its own"),
        ),
        (
            "an add-on has a base",
            ("    add_ons: [hifi_monthly]\n", ""),
            (
                33,
                "add_on_without_base",
                "hifi_monthly is on sale, and no plan lists it under add_ons",
            ),
        ),
        (
            "a component has one meaning",
            ("    product: hifi", "    product: setup"),
            (23, "product_code_taken", "setup is the name of a component of every plan"),
        ),
    ],
)
def test_an_add_on_that_does_not_fit_is_found(
    _case: str, fault: tuple[str, str], expected: Fault
) -> None:
    renamed = (("  hifi:", "  setup:"),) if "setup" in fault[1] else ()
    assert expected in _found(fault, *renamed)


def test_every_phase_has_a_price_from_the_first_day_on() -> None:
    # given an intro whose price begins a month after the plan is sold
    found = _found(("phase: intro, valid_from: 2026-01-01", "phase: intro, valid_from: 2026-02-01"))
    # then the month without it is found, for the trial before it, too
    since = "solo_monthly has prices in NO from 2026-01-01 on, and none then for its"
    assert found == [
        (42, "price_missing", f"{since} trial phase"),
        (42, "price_missing", f"{since} intro phase"),
    ]


def test_a_fee_alone_is_no_price() -> None:
    found = _found(("{plan: hifi_monthly, valid", "{plan: hifi_monthly, component: setup, valid"))
    assert found == [
        (
            48,
            "price_missing",
            (
                "hifi_monthly has prices in NO from 2026-01-01 on, and none then for its evergreen"
                " phase"
            ),
        )
    ]


def test_a_plan_may_be_sold_in_some_markets_only() -> None:
    # given another market, in which nothing has a price
    sweden = (
        "  SE: {currency: SEK, seller: fjord, zone: Europe/Stockholm, locale: sv-SE,"
        " tax_behavior: inclusive}\nproducts:\n"
    )
    # then nothing is wrong
    assert _found(("products:\n", sweden)) == []
