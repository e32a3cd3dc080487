"""Who leaves, at the command line: trained or refused, scored with reasons, and a card."""

import csv
import json
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from ledgerline.base.ids import PREFIXES, encode
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.forked import Forked

FILE: Final = Path(__file__).with_name("churn_heads.json")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bought(world: World) -> list[Bought]:
    """Let three buy and renew once; one is refused, and then one has planned to leave."""
    tokens = ("tok_ok", "tok_ok", "tok_decline_insufficient_funds")
    made = [await world.buy(await world.shopper(token=tokens[0])) for _ in range(2)]
    made.append(await world.buy(await world.shopper(token=tokens[2]), trial=True))
    await world.advance(world.now + timedelta(days=56))
    return made


@pytest.fixture(scope="module")
def place(
    world: World, forked: Forked, bought: list[Bought], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Release what they did."""
    assert bought
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path_factory.mktemp("lake"))}
    assert forked.read(world.url, "data", "run", **place)["release"] == 1
    return place


def test_who_renews_within_a_week_is_scored_with_reasons(
    world: World, forked: Forked, place: dict[str, str], bought: list[Bought], tmp_path: Path
) -> None:
    found = forked.read(world.url, "ml", "score", "churn", str(FILE), **place)
    assert (found["release"], found["simulated"]) == (1, True)
    assert all(one.startswith("plan ") for one in found["says_nothing_of"]["by_choice"])
    assert {one["subscription"] for one in found["scores"]} == {
        encode(PREFIXES["subscription"], one.subscription_id) for one in bought[:2]
    }
    for one in found["scores"]:
        # 56 days and a release of the day before: logit -3 + 0.5
        assert one["by_choice_ppm"] == 75_858
        assert one["by_choice_because"] == "how long they have been here (+0.5)"
    sheet = tmp_path / "scores.csv"
    told = forked.read(world.url, "ml", "score", "churn", str(FILE), "--out", str(sheet), **place)
    assert (told["scores"], told["file"]) == (2, str(sheet))
    with sheet.open(newline="") as file:
        assert [row["by_choice_ppm"] for row in csv.DictReader(file)] == ["75858", "75858"]


def test_too_little_is_refused(
    world: World, forked: Forked, place: dict[str, str], tmp_path: Path
) -> None:
    refused = forked(world.url, "ml", "train", "churn", str(tmp_path / "heads.json"), **place)
    assert (refused.status, "tells too little of who leaves: " in refused.err) == (1, True)
    assert not (tmp_path / "heads.json").exists()


def test_the_card_is_a_page_and_what_was_changed_is_no_artefact(
    world: World, forked: Forked, place: dict[str, str], tmp_path: Path
) -> None:
    card = forked.read(world.url, "ml", "card", "churn", "--file", str(FILE), **place)
    page = Path(place["LEDGERLINE_DATA_DIR"], "churn-card/index.html").read_text()
    assert card["sha256"] == json.loads(FILE.read_text())["sha256"]
    for said in (
        card["sha256"], "Everything on this page is simulated", "It decides nothing",
        "Of their own will", "by not paying (unpaid: 3 ends of 9000, 30 are needed)",
        "off by 1.2", "By chance alone it is off by 0.9", "0.700 (0.620 to 0.780)",
        "tenure below 45 days", "is not kept by the platform",
        "docs/reference/models.md", "nothing loads it",
    ):  # fmt: skip
        assert said in page, said
    wrong = tmp_path / "wrong.json"
    wrong.write_text(FILE.read_text().replace("-3000", "-3001"))
    for command in (("score", "churn", str(wrong)), ("card", "churn", "--file", str(wrong))):
        refused = forked(world.url, "ml", *command, **place)
        assert (refused.status, "SHA-256 is another" in refused.err) == (1, True)
    changed = tmp_path / "changed.json"
    changed.write_text(FILE.read_text().replace('"simulated": true', '"simulated": false'))
    refused = forked(world.url, "ml", "card", "churn", "--file", str(changed), **place)
    assert (refused.status, "SHA-256 is another" in refused.err) == (1, True)
    nobody = forked(world.url, "ml", "score", "churn", str(FILE), "--seller", "nobody", **place)
    assert (nobody.status, "no seller has this code" in nobody.err) == (1, True)
    nothing = forked(world.url, "ml", "card", "churn", **place)
    assert (nothing.status, "which artefact?" in nothing.err) == (1, True)
