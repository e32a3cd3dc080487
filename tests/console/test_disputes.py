"""Disputes at the console: what is to be answered by when, what was told and sent, and to whom."""

from datetime import timedelta
from typing import Final

from ledgerline.access.model import Role
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.submit_evidence import Submission, submit_evidence
from ledgerline.payments.disputes import DisputeEvent, DisputeReason
from tests.console.operator import sign_in
from tests.disputing import attempt_of, tell
from tests.flow_world import World
from tests.storefront.site import Site

DISPUTES: Final = "/console/disputes"
DAY: Final = timedelta(days=1)


async def _disputed(world: World, ref: str, reason: DisputeReason, days: int | None) -> str:
    """Let a charge be disputed, to be answered within some days, and return where its page is."""
    bought = await world.buy(await world.shopper())
    attempt = await attempt_of(world, bought)
    opened = DisputeEvent.OPENED
    if days is None:
        id = await tell(world, attempt, opened, ref=ref, reason=reason)
    else:
        due = world.now + days * DAY
        id = await tell(world, attempt, opened, ref=ref, reason=reason, due_by=due)
    assert id is not None
    return f"{DISPUTES}/{encode(PREFIXES['dispute'], id)}"


async def test_what_is_to_be_answered_comes_first_by_its_deadline(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.SUPPORT)
    assert "No dispute is open" in (await me.look(DISPUTES)).words
    assert "Nothing was ever disputed" in (await me.look(f"{DISPUTES}?state=all")).words
    far = await _disputed(world, "dp_far", DisputeReason.FRAUD, 20)
    none = await _disputed(world, "dp_none", DisputeReason.DUPLICATE, None)
    near = await _disputed(world, "dp_near", DisputeReason.NOT_RECEIVED, 3)
    sent = await _disputed(world, "dp_sent", DisputeReason.NOT_AS_DESCRIBED, 1)
    dispute = await world.value("SELECT id FROM dispute WHERE psp_ref = 'dp_sent'")
    await submit_evidence(world.run, Submission(dispute, "mara", "<b>upload</b> of today"))
    listed = await me.look(DISPUTES)
    places = [listed.text.index(path) for path in (near, far, none, sent)]
    assert places == sorted(places)
    assert ("soon" in listed.words, "late" in listed.words) == (True, False)
    newest = (await me.look(f"{DISPUTES}?state=all")).text
    places = [newest.index(path) for path in sorted((far, none, near, sent))[::-1]]
    assert places == sorted(places)
    last = min(far, none, near, sent).rpartition("/")[2]
    assert "Nothing was ever" in (await me.look(f"{DISPUTES}?state=all&after={last}")).words
    assert (await me.look(f"{DISPUTES}?state=all&after=nonsense")).status == 200
    # one that waits says by when, what was told, and what it is about
    page = await me.look(near)
    for said in ("€11.99", "To be answered by", "−€11.99", "webhook", "dp_near", "formal"):
        assert said in page.words, said
    for path in ("/console/payments/", "/console/customers/", "/console/exceptions/"):
        assert f'href="{path}' in page.text, path
    # one that was answered does not, and runs nothing that somebody wrote
    page = await me.look(sent)
    assert ("under review" in page.words, "To be answered by" in page.words) == (True, False)
    assert "&lt;b&gt;upload&lt;/b&gt; of today" in page.text
    assert "Nothing was sent from here" in page.words
    assert (await me.look(far[:-2] + "zz")).status == 404


async def test_what_was_sent_stands_with_its_hash(site: Site, world: World) -> None:
    path = await _disputed(world, "dp_hash", DisputeReason.FRAUD, 9)
    await world.connection.execute(
        "INSERT INTO dispute_evidence (bucket, id, dispute_id, psp_account, dispute_ref, stage,"
        " defence, pack, pack_hash, sent_by, state, state_before, state_event, looks, sent_at,"
        " resolve_at, ended_at) SELECT bucket, gen_random_uuid(), id, psp_account, psp_ref, stage,"
        " 'service rendered', NULL, sha256('pack'), 'mara', 'accepted', 'sent', 'confirmed', 0,"
        " opened_at, NULL, opened_at FROM dispute WHERE psp_ref = 'dp_hash'"
    )
    page = await (await sign_in(world, site, Role.AUDITOR)).look(path)
    for said in ("service rendered", "accepted", "mara"):
        assert said in page.words, said
    assert (await (await sign_in(world, site, Role.DEVELOPER)).look(path)).status == 403
