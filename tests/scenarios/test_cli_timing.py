"""A model of retry timing at the command line: trained, loaded, switched, and why it chose."""

from datetime import timedelta
from pathlib import Path

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.cli.ml_files import SIZE_MAX
from tests.flow_world import World
from tests.scenarios.api_client import Api
from tests.scenarios.forked import Forked
from tests.scenarios.retry_table import FILE


async def test_a_table_is_loaded_and_shown_and_says_why_a_try_is_when_it_is(
    world: World, forked: Forked
) -> None:
    of = await world.value("SELECT seller_code FROM market WHERE code = 'DE'")
    loaded = forked.read(world.url, "ml", "load", str(FILE), "--reason", "first", "--as", "ada")
    assert (loaded["version"], loaded["loaded_by"], loaded["metrics"]) == (1, "ada", {"rows": 1})
    assert forked.read(world.url, "ml", "versions")[0]["state"] == "off"
    said = ("--model", "retry", "--seller", of, "--reason", "to look", "--as", "ada")
    begun = forked.read(world.url, "ml", "shadow", *said)
    assert (begun["to"]["mode"], begun["switch"]["unmet"]) == ("shadow", [])
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    bought = await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=31))
    payment = await world.value(
        "SELECT id FROM payment WHERE subscription_id = %s", bought.subscription_id
    )
    shown = forked.read(world.url, "payment", "show", encode(PREFIXES["payment"], payment))
    first, second, third = shown["next_try_because"]
    assert first == "Rules decide: the model is asked in shadow."
    assert second.startswith("Version 1 chose ")
    assert third == "That is +12.48 points apart: +12.48 by hour."
    # and before it is let decide, decisions are computed once more, and much else is missing
    asked = forked.read(world.url, "ml", "promote", *said, "--dry-run")
    found = {one["condition"]: one for one in asked["conditions"]}
    assert found["replay"]["found"] == "1 of 1 equal"
    assert (found["fresh"]["is_met"], found["time"]["found"]) == (True, "31 days")
    assert (asked["to"], asked["switch"]) == ({"mode": "canary", "percent": 1}, None)
    known = forked.read(world.url, "ml", "show")
    assert [(one["kind"], one["mode"]) for one in known["switches"]] == [("retry", "shadow")]
    assert known["timing"]["version"] == 1
    assert "retry timing" in forked(world.url, "ml", "show").out


async def test_why_a_try_is_when_it_is_is_told_by_the_api_and_computed_once_more(
    world: World, forked: Forked, api: Api
) -> None:
    payment = encode(PREFIXES["payment"], await world.value("SELECT payment_id FROM retry_plan"))
    shown = forked.read(world.url, "payment", "show", payment)
    told = (await api.get(f"/v1/payments/{payment}")).body
    assert told["retry_plan"]["explanation"] == shown["next_try_because"]
    assert len(shown["next_try_because"]) == 3
    # by the attempt that was refused, or by the decision itself
    refused = shown["attempts"][0]["id"]
    again = forked.read(world.url, "ml", "replay", refused, "--model", "retry")
    assert (again["equal"], again["version"], again["drawn_ppm"]) == (True, 1, 1_000_000)
    assert forked.read(world.url, "ml", "replay", again["decision"]) == again
    went = forked(world.url, "ml", "replay", refused)
    assert (went.status, "rules decided" in went.err) == (1, True)


async def test_a_table_has_a_card_before_it_is_loaded_and_after(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    of = await world.value("SELECT seller_code FROM market WHERE code = 'DE'")
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    card = forked.read(world.url, "ml", "card", "retry", **place)
    page = (tmp_path / "retry-card/index.html").read_text()
    assert card["page"] == (tmp_path / "retry-card/index.html").as_uri()
    assert (card["version"], card["simulated"], card["sha256"] in page) == (1, True, True)
    assert f"shadow for {of}; loaded " in page
    folder = tmp_path / "of-a-file"
    card = forked.read(
        world.url, "ml", "card", "retry", "--file", str(FILE), "--out", str(folder), **place
    )
    assert card["version"] is None
    assert "nowhere: it is not loaded" in (folder / "index.html").read_text()
    of_routing = forked(world.url, "ml", "card", "--file", str(FILE), **place)
    assert (of_routing.status, "is no file" in of_routing.err) == (1, True)


async def test_a_file_that_is_no_table_is_refused_and_it_is_said_why(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.json"
    for held, because in (
        (FILE.read_bytes().replace(b"2000", b"2001"), "its SHA-256 is another than it says"),
        (b"\xd0\xff", "it is no text"),
        (b" " * (SIZE_MAX + 1), "it is too large"),
        (b"{}", "this is no artefact of a model"),
    ):
        wrong.write_bytes(held)
        refused = forked(world.url, "ml", "load", str(wrong), "--reason", "x")
        assert (refused.status, because in refused.err) == (1, True), refused.err
    assert forked(world.url, "ml", "load", str(tmp_path), "--reason", "x").status == 1


async def test_training_reads_what_is_mature_and_refuses_too_little(
    world: World, forked: Forked, tmp_path: Path
) -> None:
    shopper = await world.shopper(token="tok_decline_insufficient_funds")
    await world.buy(shopper, trial=True)
    await world.advance(world.now + timedelta(days=100))
    place = {"LEDGERLINE_DATA_DIR": str(tmp_path)}
    assert forked.read(world.url, "data", "run", **place)["release"] == 1
    refused = forked(world.url, "ml", "train", "retry", str(tmp_path / "table.json"), **place)
    assert refused.status == 1
    assert "the log of release 1 is too small: " in refused.err
    assert "is too small: 0 tries" not in refused.err


async def test_what_an_earlier_release_decided_keeps_nobody_from_a_step(
    world: World, forked: Forked
) -> None:
    of = await world.value("SELECT seller_code FROM market WHERE code = 'DE'")
    said = ("--model", "retry", "--seller", of, "--reason", "to look", "--as", "ada", "--dry-run")
    number = _replay(forked, world, said).partition(" ")[0]
    assert (number == "0", _replay(forked, world, said)) == (False, f"{number} of {number} equal")
    # given a table that is not as it was loaded any more: what it was computed from is not equal
    await world.write("SET session_replication_role = replica")
    await world.write("UPDATE retry_model SET sha256 = repeat('a', 64)")
    assert _replay(forked, world, said) == f"0 of {number} equal"
    # and a decision of before, of which less was kept: it is not counted, and others are
    await world.write("UPDATE decision SET learned = learned - 'cost' WHERE kind = 'retry'")
    await world.write("SET session_replication_role = DEFAULT")
    assert _replay(forked, world, said) == "0 of 0 equal"


def _replay(forked: Forked, world: World, said: tuple[str, ...]) -> str:
    asked = forked.read(world.url, "ml", "promote", *said)
    found: dict[str, str] = next(one for one in asked["conditions"] if one["condition"] == "replay")
    return found["found"]
