"""Show a mail as its reader gets it: rendered from what was kept of it."""

from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.flows.deliver_mail import attached
from ledgerline.flows.read_buyer import Sealing
from ledgerline.letters.facts import Facts, read_facts
from ledgerline.letters.message import Attached, Head, compose, message_id
from ledgerline.letters.render import Rendered, render
from ledgerline.mail.model import MailKind
from ledgerline.mail.rows import MailView

SINK: Final = "mail@sandbox.invalid"  # RFC 2606 §2: nobody has it
NOBODY: Final = "nobody@sandbox.invalid"


class Shown(NamedTuple):
    """A mail as it is read; ``address`` is None once its customer is erased."""

    facts: Facts
    letter: Rendered
    address: str | None


def show_mail(run: Run, row: MailView) -> Shown | None:
    """Render a mail; None for one that was never delivered, or whose customer was erased."""
    if row.facts is None or row.language is None:
        return None
    facts = read_facts(row.facts)
    letter = render(MailKind(row.kind), facts, locale=row.language)
    return Shown(facts, letter, _address(run, row))


async def mail_file(run: Run, row: MailView, shown: Shown) -> bytes:
    """Write a mail as a file (.eml), with what is attached; raises what drawing that raises."""
    head = Head(
        message_id=message_id(
            subject_id=row.subject_id, kind=row.kind, occasion=row.occasion,
            sequence=row.sequence, sender=SINK,
        ),
        sender=SINK,
        sender_name=shown.facts.sender.name,
        reply_to=shown.facts.sender.email,
        recipient=shown.address or NOBODY,
        at=row.written_at,
    )  # fmt: skip
    return compose(head, shown.letter, await mail_attachments(run, shown))


async def mail_attachments(run: Run, shown: Shown) -> list[Attached]:
    """Draw what is attached to a mail."""
    return await attached(run, shown.facts)


def _address(run: Run, row: MailView) -> str | None:
    if row.wrapped is None:
        return None
    key = run.keyring.unwrap(row.wrapped)
    return Sealing(run, key, row.customer_id).open_email(row.address_sealed)
