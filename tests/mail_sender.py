"""A process that delivers what is due and may be killed; see ``test_mail_delivery``."""

import asyncio
import sys

from ledgerline.base.crypto import Keyring
from ledgerline.base.db import connected
from ledgerline.base.run import Run
from ledgerline.flows.do_due_work import ALL
from ledgerline.flows.send_mails import send_mails
from tests.post_office import PostOffice


async def _main(url: str, port: int) -> None:
    async with connected(url, size=2, name="mail sender") as database:
        run = await Run(database, Keyring(bytes(32))).at_clock()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        await send_mails(run, PostOffice(port=port).post(), buckets=ALL)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
