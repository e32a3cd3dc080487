"""The schema as one file: what all migrations together make.

``python -m tests.architecture.dump`` starts a server, applies the migrations and writes
``schema.sql`` anew. The file is read, reviewed and compared; nothing is ever installed from it.
"""

import subprocess
from pathlib import Path
from typing import Final

from ledgerline.cli import migrate, postgres_binaries
from ledgerline.cli.local_postgres import Profile, start
from tests.architecture.modules import ROOT
from tests.postgres import temporary_folder

SCHEMA: Final = ROOT / "schema.sql"
DUMPED_BY: Final = 18
"""The major version whose ``pg_dump`` writes the file; others write it slightly differently."""

_SECONDS_MAX: Final = 600
_OF_THE_TOOL: Final = ("SET ", "SELECT pg_catalog.set_config", "\\restrict", "\\unrestrict", "--")
_HEAD: Final = """\
-- Written by `python -m tests.architecture.dump` from the migrations. Do not edit, do not install.

"""


def dump(url: str, programs: Path) -> str:
    """Dump the schema of one database, without what differs from one run to the next."""
    answer = subprocess.run(
        [programs / "pg_dump", "--schema-only", "--no-owner", "--no-privileges", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=_SECONDS_MAX,
    )
    blocks: list[str] = []
    for line in answer.stdout.splitlines():
        if line.startswith(_OF_THE_TOOL):
            continue
        if line or (blocks and blocks[-1]):
            blocks.append(line)
    return _HEAD + "\n".join(blocks).rstrip() + "\n"


def main() -> None:
    """Write the file."""
    programs = postgres_binaries.find(major=DUMPED_BY).folder
    with (
        temporary_folder() as folder,
        start(folder, profile=Profile.TESTS, major=DUMPED_BY) as server,
    ):
        migrate.upgrade(server.url, migrate.migrations_folder())
        SCHEMA.write_text(dump(server.url, programs), encoding="utf-8")


if __name__ == "__main__":
    main()
