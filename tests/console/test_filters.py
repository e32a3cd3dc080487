"""Saved filters: kept where they are used, shared with a role, changed by their owner alone."""

import re

from ledgerline.access.model import Role
from tests.console.operator import Operator, Seen, hidden_in, sign_in
from tests.flow_world import World
from tests.storefront.site import Site

LIST = "/console/payments"
HERE = "/console/filters"


async def _save(me: Operator, query: str, name: str, **more: str) -> Seen:
    page = await me.look(f"{LIST}?{query}")
    return await me.send("POST", HERE, form={**hidden_in(page.text, HERE), "name": name, **more})


async def test_a_filter_is_saved_used_shared_renamed_and_deleted(site: Site, world: World) -> None:
    mara = await sign_in(world, site, Role.FINANCE, "Mara")
    nils = await sign_in(world, site, Role.FINANCE, "Nils")
    sam = await sign_in(world, site, Role.SUPPORT, "Sam")
    assert "Save filter" not in (await mara.look(LIST)).words
    assert "No filter yet" in (await mara.look(HERE)).words
    saved = await _save(mara, "state=failed&after=x", "<b>Given up</b>", share="yes")
    assert (saved.status, saved.headers["location"]) == (303, f"{LIST}?state=failed")
    assert (await _save(mara, "state=succeeded", "Mine")).status == 303
    page = await mara.look(LIST)
    assert f'href="{LIST}?state=failed"' in page.text
    assert "<b>Given" not in page.text
    # those of the same role see what is shared, others and other lists nothing
    assert "Given up" in (await nils.look(LIST)).words
    assert "Mine" not in (await nils.look(LIST)).words
    assert "Given up" not in (await sam.look(LIST)).words
    assert "Given up" not in (await mara.look("/console/invoices")).words
    # only the owner changes it
    own = await mara.look(HERE)
    path = re.findall(rf'action="({HERE}/flt_[a-z0-9]+)"', own.text)[0]
    form = hidden_in(own.text, path)
    assert (await nils.send("POST", path, form={**form, "name": "Ours"})).status == 400
    assert f'action="{path}"' not in (await nils.look(HERE)).text
    assert (await mara.send("POST", path, form={**form, "name": " "})).status == 422
    renamed = await mara.send("POST", path, form={**form, "name": "Lost"})
    assert renamed.headers["location"] == f"{HERE}?done=filter_kept"
    assert "Lost" in (await nils.look(LIST)).words
    form = hidden_in((await mara.look(HERE)).text, path)
    assert (await mara.send("POST", path, form={**form, "do": "delete"})).status == 303
    assert "Lost" not in (await nils.look(LIST)).words
    form = hidden_in((await mara.look(LIST + "?state=failed")).text, HERE)
    assert (await mara.send("POST", path, form=form)).status == 400


async def test_nothing_is_kept_that_leads_elsewhere(site: Site, world: World) -> None:
    me = await sign_in(world, site, Role.OWNER, "Olga")
    page = await me.look(f"{LIST}?state=failed")
    form = {**hidden_in(page.text, HERE), "name": "Elsewhere"}
    for more in ({"path": "https://evil.example"}, {"query": "next=//evil.example"}, {"form": "x"}):
        assert (await me.send("POST", HERE, form={**form, **more})).status == 400
    assert (await _save(me, "state=failed", "Twice")).status == 303
    again = hidden_in((await me.look(f"{LIST}?state=succeeded")).text, HERE)
    taken = await me.send("POST", HERE, form={**again, "name": "Twice"})
    assert taken.status == 422
