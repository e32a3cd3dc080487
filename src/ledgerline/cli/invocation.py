"""What to type so that this program runs: hints name a command that works when it is pasted."""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Final

NAME: Final = "ledgerline"
# a command that stands alone, in backticks or in a list; "Ledgerline" and "ledgerline:" are prose
_COMMAND: Final = re.compile(rf"(?<![\w./-]){NAME}(?= [a-z-])")


def invocation(*, started: str, interpreter: str, path: str | None, folder: Path) -> str:
    """Return what starts this program from ``folder``.

    ``started`` is how it was called, ``interpreter`` the Python that runs it, ``path`` the search
    path for commands (None: that of the environment). The bare name only where the shell would find
    this very program by it.
    """
    beside = Path(interpreter).with_name(NAME)
    ours = Path(os.path.abspath(started)) if Path(started).name == NAME else beside  # noqa: PTH100 - links stay
    if not ours.exists():
        return NAME
    found = shutil.which(NAME, path=path)
    if found is not None and Path(found).resolve() == ours.resolve():
        return NAME
    return str(ours.relative_to(folder)) if ours.is_relative_to(folder) else str(ours)


def runnable(text: str) -> str:
    """Write every command of ours in ``text`` so that it runs from here."""
    name = invocation(started=sys.argv[0], interpreter=sys.executable, path=None, folder=Path.cwd())
    return _COMMAND.sub(lambda _: name, text)
