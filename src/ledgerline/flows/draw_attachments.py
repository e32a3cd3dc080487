"""Draw the documents that go with a mail."""

import asyncio
from uuid import UUID

from ledgerline.base.run import Run
from ledgerline.documents import forms
from ledgerline.documents.snapshot import Document
from ledgerline.flows.read_document import read_documents_in
from ledgerline.letters.facts import Facts
from ledgerline.letters.message import Attached


async def draw_attachments(run: Run, facts: Facts) -> list[Attached]:
    """Draw what is attached, as it is kept; raises what reading or drawing a document raises.

    Called where a mail is delivered, and where one is looked at.
    """
    if not facts.documents:
        return []
    async with run.transaction() as tx:
        kept = await read_documents_in(tx, run, [UUID(id) for id in facts.documents])
    return await asyncio.to_thread(lambda: [_file(one.document) for one in kept])


def _file(document: Document) -> Attached:
    return Attached(f"{document.number}.pdf".replace("/", "-"), forms.pdf(document))
