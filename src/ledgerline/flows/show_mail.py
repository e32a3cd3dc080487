"""Show a mail as its reader gets it: rendered from what was kept of it."""

from typing import NamedTuple

from ledgerline.base.run import Run
from ledgerline.flows.add_mail_links import mail_link
from ledgerline.flows.read_buyer import Sealing
from ledgerline.letters.facts import Facts, read_facts
from ledgerline.letters.render import Rendered, render
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import MailView


class Shown(NamedTuple):
    """A mail as it is read; ``address`` is None once its customer is erased."""

    facts: Facts
    letter: Rendered
    address: str | None


async def show_mail(run: Run, row: MailView, *, site: str | None = None) -> Shown | None:
    """Render a mail; None for one that was never delivered, or whose customer was erased.

    With ``site`` its button leads into the portal at that origin, as its reader's does: only for
    who may be that reader, which is everybody at the sink of a sandbox and nobody else.
    """
    if row.facts is None or row.language is None:
        return None
    facts = read_facts(row.facts)
    link = mail_link(run, MailKind(row.kind), row.id, site=site)
    letter = render(MailKind(row.kind), facts, locale=row.language, link=link)
    return Shown(facts, letter, _address(run, row))


def _address(run: Run, row: MailView) -> str | None:
    if row.wrapped is None:
        return None
    key = run.keyring.unwrap(row.wrapped)
    return Sealing(run, key, row.customer_id).open_email(row.address_sealed)
