"""Write a mail as a file, as its reader's program would keep it."""

from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.draw_attachments import draw_attachments
from ledgerline.flows.show_mail import Shown
from ledgerline.letters.message import Head, compose, message_id
from ledgerline.mail.rows import MailView

SINK: Final = "mail@sandbox.invalid"  # RFC 2606 §2: nobody has it
NOBODY: Final = "nobody@sandbox.invalid"


async def write_mail_file(run: Run, row: MailView, shown: Shown) -> bytes:
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
    return compose(head, shown.letter, await draw_attachments(run, shown.facts))
