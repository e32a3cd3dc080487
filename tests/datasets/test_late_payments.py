"""Purchases that are paid after a release has them, where book day and UTC day differ in month."""

from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

from ledgerline.catalog.rules.parse import parse
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.nodes import code_version
from ledgerline.datasets.reading import answer
from ledgerline.flows.confirm_payment import confirm_payment
from ledgerline.flows.export_interval import export_interval
from ledgerline.flows.publish_release import publish_release
from ledgerline.flows.read_release import read_release
from tests.flow_world import open_world
from tests.scenarios.flows.test_challenges import CHALLENGE, _answer, _buy, _url

_EARNS = "SELECT earns_from_on FROM document_line WHERE booked_month = DATE '2026-01-01'"


async def test_purchase_that_is_paid_later_is_earned_though_its_attempt_is_of_another_month(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a seller in New York, where it is still January when it is February in UTC
    text = files("ledgerline.catalog").joinpath("music.yaml").read_text("utf-8")
    catalog = parse(text.replace("zone: Europe/Stockholm", "zone: America/New_York"))
    at = datetime(2026, 2, 1, 4, 59, tzinfo=UTC)
    lake = Lake(tmp_path / "lake", fresh_database_url)
    async with open_world(fresh_database_url, tmp_path, at=at, catalog=catalog) as world:
        bought = await _buy(world, await world.shopper(token=CHALLENGE))
        await export_interval(world.run, lake)
        await publish_release(world.run, lake)
        [unpaid] = answer(lake, (await read_release(world.run)).current, _EARNS).to_pylist()
        assert unpaid["earns_from_on"] is None
        # when it is paid after the release, and after midnight in New York
        await world.advance(datetime(2026, 2, 1, 5, 1, tzinfo=UTC))
        await _answer(await _url(world, bought.payment_id), "pass")
        assert bought.payment_id is not None
        await confirm_payment(world.run, world.psps, bought.payment_id)
        await export_interval(world.run, lake)
        built = await publish_release(world.run, lake)
        # then January, in whose books its lines stand, is built again
        assert date(2026, 1, 1) in built.months
        [paid] = answer(lake, (await read_release(world.run)).current, _EARNS).to_pylist()
        assert paid["earns_from_on"] == date(2026, 2, 1)
        # when other code builds, then the release says so, though nobody gave it a reason
        await world.write("SET session_replication_role = replica")
        await world.write("UPDATE dataset_release SET code_version = 'before'")
        await world.write("SET session_replication_role = origin")
        await publish_release(world.run, lake)
        current = (await read_release(world.run)).current
        assert current.reason == f"other code before → {code_version()}"
