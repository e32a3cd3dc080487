"""Subscriptions: what is agreed with whom, the newest first."""

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.subscriptions import views
from ledgerline.subscriptions.model import SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionsAsked
from ledgerline.web.wire import Response


async def list_(ask: Ask) -> Response:
    """List subscriptions, the newest first, of all states or of one; each leads to its customer."""
    state = ask.asked.get("state", "")
    states = [state] if state in set(SubscriptionState) else None
    asked = SubscriptionsAsked(
        now=ask.run.now(), before=id_in("subscription", ask.asked.get("after", "")) or TOP,
        bucket=None, customer_id=None, states=states, limit=PAGE + 1,
    )  # fmt: skip
    async with ask.run.reading() as read:
        rows = await views.subscriptions(read, asked)
    following = encode(PREFIXES["subscription"], rows[PAGE - 1].id) if len(rows) > PAGE else ""
    said = [
        {"row": one, "id": encode(PREFIXES["subscription"], one.id),
         "path": path_of("customer", one.customer_id)}
        for one in rows[:PAGE]
    ]  # fmt: skip
    return ask.page(
        "subscriptions.html",
        {
            "subscriptions": said, "state": "" if states is None else state,
            "states": list(SubscriptionState), "following": following,
            "section": "/console/subscriptions",
        },
    )  # fmt: skip
