"""A report takes the place of an earlier one as a whole, and of nothing else."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledgerline.releases.refusals import ReportFolderTaken

MANIFEST: Final = "report.json"
"""What a report says of itself; a folder without it is not ours to replace."""


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Give a new folder that takes the place of ``folder`` when the block ends well.

    Ends it badly, or not at all, the earlier report is still there. Raises ``ReportFolderTaken``
    where ``folder`` holds anything but a report.
    """
    if folder.exists() and not _is_ours(folder):
        raise ReportFolderTaken("the folder holds something that is no report", folder=str(folder))
    fresh, old = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)
    fresh.mkdir(parents=True)
    yield fresh
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _is_ours(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MANIFEST).is_file() or not any(folder.iterdir()))
