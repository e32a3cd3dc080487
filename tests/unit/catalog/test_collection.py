from typing import Final

import pytest

from ledgerline.base.money import Currency
from ledgerline.catalog.model import Collection, EndPolicy
from ledgerline.catalog.rules.collection import collection
from ledgerline.catalog.rules.nodes import root

EUR: Final = Currency("EUR")


def read(text: str) -> tuple[Collection, list[str]]:
    spot = root(text)
    found = collection(spot, EUR)
    return found, [one.message for one in spot.notes.problems]


def test_what_is_not_said_is_as_usual() -> None:
    assert collection(None, EUR) == Collection()
    assert read("tries_max: 8") == (Collection(), [])
    usual = Collection()
    assert (usual.retry_days, usual.tries_max, usual.collect_days) == ((2, 7, 14, 21), 8, 21)
    assert (usual.grace_days, usual.reminder_days) == (14, (3, 7, 10))
    assert (usual.paydays, usual.end) == ((), EndPolicy.CANCEL)
    assert (usual.learned_days, usual.try_cost_minor) == ((), 0)


def test_a_market_says_how_it_collects() -> None:
    found, problems = read(
        "retry_days: [1, 5]\ntries_max: 4\ncollect_days: 28\ngrace_days: 7\n"
        "reminder_days: [2, 9]\npaydays: [25, month_end, friday]\nend: write_off\n"
    )
    assert problems == []
    assert found == Collection(
        retry_days=(1, 5),
        tries_max=4,
        collect_days=28,
        grace_days=7,
        reminder_days=(2, 9),
        paydays=("25", "month_end", "friday"),
        end=EndPolicy.WRITE_OFF,
    )


def test_a_market_says_what_a_plan_of_a_model_may_have() -> None:
    found, problems = read("learned_days: [2, 9, 21]\nlearned_collect_days: 28\ntry_cost: 0.50")
    assert problems == []
    assert (found.learned_days, found.learned_collect_days) == ((2, 9, 21), 28)
    assert found.try_cost_minor == 50


@pytest.mark.parametrize(
    ("text", "end", "plans"),
    [
        ("end: pause", EndPolicy.PAUSE, ()),
        ("end: {downgrade: free_monthly}", EndPolicy.DOWNGRADE, ("free_monthly",)),
        ("end: {downgrade: [free, free_video]}", EndPolicy.DOWNGRADE, ("free", "free_video")),
    ],
)
def test_the_end_may_be_a_pause_or_a_downgrade(
    text: str, end: EndPolicy, plans: tuple[str, ...]
) -> None:
    assert read(text) == (Collection(end=end, end_plans=plans), [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("end: downgrade", "needs its plan, such as downgrade: free_monthly"),
        ("end: {pause: free_monthly}", "takes no value"),
        ("end: {downgrade: [free_monthly, free_monthly]}", "must name plans, each once"),
        ("end: {downgrade: []}", "must name plans, each once"),
        ("end: nothing", "must be cancel, write_off, downgrade, pause, not 'nothing'"),
        ("retry_days: [7, 2]", "must be days in rising order, each once"),
        ("retry_days: [2, 2]", "must be days in rising order, each once"),
        ("retry_days: []", "needs at least one day in retry_days"),
        ("retry_days: [2, 30]", "collects for 21 days, and something is due on day 30"),
        ("reminder_days: [25]", "collects for 21 days, and something is due on day 25"),
        ("tries_max: 4", "allows 4 tries and plans 4 after the first"),
        ("tries_max: 9", "must be a whole number from 1 to 8, not '9'"),
        ("grace_days: 25", "serves for 25 days what it collects for 21"),
        ("learned_days: [2, 1]", "must be days in rising order, each once"),
        ("learned_days: [2, 9]", "collects for 0 days with a model, and needs 21"),
        (
            "learned_days: [2, 25]\nlearned_collect_days: 24",
            "collects for 24 days with a model, and needs 25",
        ),
        (
            "tries_max: 5\nlearned_days: [1, 2, 3, 4, 5]\nlearned_collect_days: 21",
            "allows 5 tries, and a model has 5 after the first",
        ),
        ("try_cost: 0.5", "must have 2 decimals in EUR"),
        ("paydays: [29]", "names an unknown payday: '29'"),
        ("paydays: [monday]", "names an unknown payday: 'monday'"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_loaded(text: str, message: str) -> None:
    _, problems = read(text)
    assert any(one.startswith(message) for one in problems), problems
