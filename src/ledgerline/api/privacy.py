"""Privacy: what is held of a customer, and its erasure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.refusals import PersonUnreadable
from ledgerline.api.shapes import utc
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.flows.erase_customer import erase_customer, preview_erasure
from ledgerline.flows.export_customer import ABOUT, export_customer

PAGES_MAX: Final = 1_000_000


class ErasureBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An erasure; with ``validate_only`` it is counted and nothing is deleted.

    ``forfeit_credit`` says that the customer gives up what is left of their credit.
    """

    validate_only: bool = False
    forfeit_credit: bool = False


class CustomerErasure(Struct, frozen=True, kw_only=True):
    """What an erasure deletes and what stays, by kind; ``erased_at`` is null for a preview."""

    id: str
    object: str = "customer_erasure"
    livemode: bool
    erased_at: datetime | None
    deletes: Mapping[str, int]
    keeps: Mapping[str, int]


class ExportQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which section, all unless said, and which page of it, from 1."""

    section: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    page: Annotated[int, Meta(ge=1, le=PAGES_MAX)] = 1


class ExportSection(Struct, frozen=True, kw_only=True):
    """Rows of one kind, what they are, how long they are kept and what their fields mean.

    ``next_page`` is what ``page`` takes to go on, with ``section``; null when these are the last.
    """

    name: str
    about: str
    kept: str
    fields: Mapping[str, str]
    rows: Sequence[Mapping[str, Any]]
    next_page: int | None


class CustomerExport(Struct, frozen=True, kw_only=True):
    """Everything that is held of a customer."""

    id: str
    object: str = "customer_export"
    livemode: bool
    exported_at: datetime
    about: str
    sections: list[ExportSection]


async def erase(call: Call) -> Answer:
    """Erase a customer; again, it answers with the first instant."""
    body: ErasureBody = call.body
    customer_id = CustomerId(call.id("customer"))
    if body.validate_only:
        done = await preview_erasure(call.run, customer_id, forfeits_credit=body.forfeit_credit)
    else:
        done = await erase_customer(
            call.run, customer_id, actor=call.principal, forfeits_credit=body.forfeit_credit
        )
    shown = CustomerErasure(
        id=encode(PREFIXES["customer"], customer_id),
        livemode=call.livemode,
        erased_at=None if done.erased_at is None else utc(done.erased_at),
        deletes=done.deletes,
        keeps=done.keeps,
    )
    return Answer(200, shown)


async def export(call: Call) -> Answer:
    """Export a customer; raises ``PersonUnreadable``."""
    query: ExportQuery = call.query
    customer_id = CustomerId(call.id("customer"))
    try:
        found = await export_customer(call.run, customer_id, section=query.section, page=query.page)
    except CannotDecrypt as error:
        raise PersonUnreadable("the customer's data cannot be opened here") from error
    shown = CustomerExport(
        id=encode(PREFIXES["customer"], customer_id),
        livemode=call.livemode,
        exported_at=utc(call.run.now()),
        about=ABOUT,
        sections=[ExportSection(**one._asdict()) for one in found],
    )
    return Answer(200, shown)


OPERATIONS: Final = (
    Operation(
        name="erase_customer", method="POST", path="/v1/customers/{id}/erase",
        summary="Erase a customer", handle=erase, gives={200: CustomerErasure}, body=ErasureBody,
    ),
    Operation(
        name="export_customer", method="GET", path="/v1/customers/{id}/export",
        summary="Export everything that is held of a customer", handle=export,
        gives={200: CustomerExport}, query=ExportQuery,
    ),
)  # fmt: skip
