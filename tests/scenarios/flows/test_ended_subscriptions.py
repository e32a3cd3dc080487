"""Nobody is charged for a subscription that has ended, whatever else of it was still open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.flow_catalog import WEEKLY, Offer, small_catalog
from tests.flow_world import open_world

NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=UTC)


async def test_other_open_invoices_are_withdrawn_when_one_is_given_up(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given a weekly plan whose card is declined each time, so that several invoices are open
    catalog = small_catalog(Offer("weekly", 300, WEEKLY, trial_days=7))
    async with open_world(fresh_database_url, tmp_path, catalog=catalog) as world:
        shopper = await world.shopper("XX", "tok_decline_insufficient_funds")
        bought = await world.buy(shopper, "weekly", trial=True)
        # when the first of them is given up and the calendars of the others would go on
        await world.advance(NEW_YEAR + timedelta(days=60))
        # then the subscription ended once, with at least one other invoice withdrawn untried since
        assert await world.state(bought.subscription_id) == "canceled"
        assert (await world.events(shopper.customer_id))["payment.canceled"] >= 1
        late = await world.value(
            "SELECT count(*) FROM attempt AS a JOIN payment AS p"
            " ON p.bucket = a.bucket AND p.id = a.payment_id"
            " JOIN subscription AS s ON s.bucket = p.bucket AND s.id = p.subscription_id"
            " WHERE s.id = %s AND a.sent_at > s.ended_at",
            bought.subscription_id,
        )
        assert late == 0
        # and nothing is owed, waiting, or in the books of the customer
        states = {
            state for _, state, total in await world.invoices(bought.subscription_id) if total
        }
        assert states == {"uncollectible"}
        waiting = await world.value(
            "SELECT count(*) FROM payment WHERE subscription_id = %s AND state = 'processing'",
            bought.subscription_id,
        )
        assert waiting == 0
        left = await world.balances(shopper.customer_id)
        assert left.pop("revenue") + left.pop("deferred_revenue") == 0  # until it is recognised
        assert left == {}
        await world.advance(NEW_YEAR + timedelta(days=100))
        assert await world.balances() == {}
