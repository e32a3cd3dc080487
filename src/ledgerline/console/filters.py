"""Saved filters: lists as people look at them again and again, for oneself or for a role."""

from dataclasses import dataclass
from typing import Final

from ledgerline.access import views
from ledgerline.access.model import AlreadyDone, FilterNotFound
from ledgerline.access.rows import FilterRow
from ledgerline.access.rules.filters import LISTS, NAME_MAX, query_of
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, encode
from ledgerline.base.saying import noted
from ledgerline.console.asking import Ask, see_other
from ledgerline.flows.delete_filter import delete_filter
from ledgerline.flows.rename_filter import rename_filter
from ledgerline.flows.save_filter import NewFilter, Saving, save_filter
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/filters"
_DONE: Final = f"{SECTION}?done=filter_kept"
_TAKEN: Final = noted("You have a filter of this name there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What a list offers of saved filters, and what is needed to save this one."""

    filters: list[FilterRow]
    query: str
    is_saved: bool
    hidden: dict[str, str]
    name_max: int = NAME_MAX


async def saved_of(ask: Ask) -> Saved:
    """Read the filters of the list that is asked for."""
    path = ask.request.path
    query = query_of(path, ask.asked)
    found = [one for one in await _read(ask) if one.path == path]
    hidden = {"path": path, "query": query, **ask.sealed_for(SECTION, path, query)}
    return Saved(
        filters=found, query=query, is_saved=any(one.query == query for one in found),
        hidden=hidden,
    )  # fmt: skip


async def list_(ask: Ask) -> Response:
    """List the filters that one sees, and let one rename and delete one's own."""
    return await _listed(ask)


async def save(ask: Ask) -> Response:
    """Keep a filter of a list, and go back there."""
    form = await ask.form()
    path, query = form.get("path", ""), form.get("query", "")
    ask.require_sealed(form, path, query)
    shared = ask.role if form.get("share") == "yes" else None
    new = NewFilter(path, query, form.get("name", ""), shared)
    try:
        await save_filter(ask.run, new, _saving(ask, form["nonce"]))
    except AlreadyDone:
        pass
    except Rejected as refused:
        return await _listed(ask, alert=ask.say(refused.detail or _TAKEN))
    return see_other(f"{path}?{query}")


async def change(ask: Ask) -> Response:
    """Rename or delete one of one's own."""
    form = await ask.form()
    ask.require_sealed(form)
    id = ask.id("saved_filter")
    saving = _saving(ask, form["nonce"])
    try:
        if form.get("do") == "delete":
            await delete_filter(ask.run, id, saving)
        else:
            await rename_filter(ask.run, id, form.get("name", ""), saving)
    except AlreadyDone:
        pass
    except FilterNotFound as missing:
        raise PageMissing from missing
    except Rejected as refused:
        return await _listed(ask, alert=ask.say(refused.detail or _TAKEN))
    return see_other(_DONE)


async def _listed(ask: Ask, *, alert: str = "") -> Response:
    rows = [one for one in await _read(ask) if ask.may(one.path)]
    mine = [(one, _path(one)) for one in rows if one.person_id == ask.session.person_id]
    return ask.page(
        "filters.html",
        {
            "mine": [(one, path, ask.sealed_for(path)) for one, path in mine],
            "others": [one for one in rows if one.person_id != ask.session.person_id],
            "lists": [one for one in LISTS if ask.may(one)], "alert": alert,
            "name_max": NAME_MAX, "section": SECTION,
        },
        status=422 if alert else 200,
    )  # fmt: skip


def _path(row: FilterRow) -> str:
    return f"{SECTION}/{encode(PREFIXES['saved_filter'], row.id)}"


async def _read(ask: Ask) -> list[FilterRow]:
    async with ask.run.reading() as read:
        return await views.filters(read, person_id=ask.session.person_id, role=ask.role)


def _saving(ask: Ask, key: str) -> Saving:
    return Saving(ask.session.person_id, ask.route, key)
