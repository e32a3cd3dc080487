"""Draws are hashes: equal for equal questions, even, and apart for different ones."""

from collections import Counter

from pspsim import faults
from pspsim.draws import Draws
from pspsim.faults import Fault

SEVEN = Draws(7)
PINNED_NUMBER = 9845899589251824095
PINNED_NAME = "ch_4p56pjoiq5o3to6lx7ts3yih"


def test_equal_questions_get_equal_answers_in_any_order() -> None:
    # given two fresh sources of one seed, asked in opposite orders
    questions = [("fault", "aster", f"ref-{n}") for n in range(50)]
    forward = [Draws(7).number(*question) for question in questions]
    backward = [Draws(7).number(*question) for question in reversed(questions)]
    # then the answers belong to the questions, not to the order
    assert forward == backward[::-1]
    assert len(set(forward)) == 50


def test_the_value_of_a_draw_never_changes_between_releases() -> None:
    assert SEVEN.number("fault", "aster", "ref-1", 0) == PINNED_NUMBER
    assert SEVEN.name("ch", "charge", "aster", "ref-1", 0) == PINNED_NAME


def test_another_seed_stream_or_cut_of_the_entity_is_another_draw() -> None:
    drawn = {
        SEVEN.number("fault", "a", "bc"),
        SEVEN.number("fault", "ab", "c"),
        SEVEN.number("fault", "abc"),
        SEVEN.number("slow", "a", "bc"),
        Draws(8).number("fault", "a", "bc"),
    }
    assert len(drawn) == 5


def test_parts_per_million_are_even() -> None:
    hits = sum(SEVEN.ppm("coin", n) < 250_000 for n in range(20_000))
    assert 4_800 < hits < 5_200


def test_a_pick_follows_the_weights() -> None:
    counts = Counter(
        SEVEN.pick({"often": 3, "never": 0, "seldom": 1}, "pick", n) for n in range(8_000)
    )
    assert counts["never"] == 0
    assert 5_850 < counts["often"] < 6_150


def test_a_request_meets_at_most_one_fault_and_each_at_its_rate() -> None:
    rates = {Fault.RESET_BEFORE: 100_000, Fault.CUT_REPLY: 200_000}
    met = Counter(faults.for_command(SEVEN, rates, entity=("aster", n, 0)) for n in range(20_000))
    assert set(met) == {Fault.RESET_BEFORE, Fault.CUT_REPLY, None}
    assert 1_850 < met[Fault.RESET_BEFORE] < 2_150
    assert 3_800 < met[Fault.CUT_REPLY] < 4_200


def test_rates_that_cannot_be_drawn_are_refused() -> None:
    assert faults.refusals({"slow": 1_000_000, "webhook_dup": 5}) == []
    assert faults.refusals({"gremlin": 1}) == ["unknown fault 'gremlin'"]
    assert faults.refusals({"slow": -1}) == ["rate 'slow' is -1 ppm, must be 0 to 1000000"]
    assert len(faults.refusals({"slow": 600_000, "cut_reply": 600_000})) == 1
