"""The key-encryption key is the one that the database was begun with, or nothing is done."""

from ledgerline.base.run import Run
from ledgerline.cli.settings import CommandFailed


async def check_key(run: Run) -> None:
    """Compare the key with what the database keeps of its first one; raises ``CommandFailed``.

    Called before anything is sealed or opened: what another key sealed would never open again.
    """
    if not await run.knows_key():
        raise CommandFailed(
            "the key-encryption key is not the one this database was begun with",
            hint="LEDGERLINE_KEK_FILE names the key of another environment",
        )
