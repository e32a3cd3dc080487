"""Where the system's browser is; none is ever downloaded."""

import os
import shutil
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
MISSING: Final = "there is no Chromium: install it, or name it by LEDGERLINE_CHROMIUM"


def executable() -> str | None:
    """Find the browser that is named, or one of the usual names; None where there is none."""
    named = os.environ.get("LEDGERLINE_CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else NAMES))
    return next((path for path in found if path is not None), None)


def arguments() -> list[str]:
    """Return what it is started with: its sandbox does not work for root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []
