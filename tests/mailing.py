"""Drive mails as the jobs do: relay events, number documents, deliver what is due."""

from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.send_mails import send_mails
from ledgerline.mail.contract import Post
from tests.flow_world import World
from tests.numbering import number_all


async def relay_all(world: World) -> None:
    """Relay what happened, and write its mails."""
    while await relay_events(world.run, buckets=ALL):
        pass


async def deliver_all(world: World, post: Post | None = None) -> None:
    """Relay and deliver everything that is due now."""
    await number_all(world.run)
    await relay_all(world)
    while await send_mails(world.run, post, buckets=ALL):
        pass


async def states(world: World, customer_id: object) -> list[tuple[str, str, str | None]]:
    """Read the mails of a customer: (kind, state, why), in the order of their events."""
    rows = await world.rows(
        "SELECT kind, state, reason FROM mail WHERE customer_id = %s"
        " ORDER BY occurred_at, subject_id, occasion, sequence",
        customer_id,
    )
    return [(kind, state, reason) for kind, state, reason in rows]
