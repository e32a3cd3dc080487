"""Let a stored card expire on a day of one's choice."""

from datetime import date

from tests.flow_values import Shopper
from tests.flow_world import World


async def expire_card(world: World, shopper: Shopper, on: date) -> None:
    """Say that a card cannot be used from a day on, until a provider tells otherwise."""
    await world.write(
        "UPDATE instrument SET expires_on = %s WHERE payment_method_id = %s",
        on,
        shopper.method_id,
    )
