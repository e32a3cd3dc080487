"""The libraries of the extra ``einvoice``: loaded at first use, so that nothing else needs them."""

import importlib
from typing import Any, Final

from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled

INSTALL: Final = "pip install 'ledgerline[einvoice]'"


def load(module: str) -> Any:
    """Return a library of the extra; raises ``EinvoiceNotInstalled`` where it is missing."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise absent(module) from error


def absent(what: str) -> EinvoiceNotInstalled:
    """Say that a part of the extra is missing, and what installs it."""
    return EinvoiceNotInstalled(f"{what} is missing; `{INSTALL}` installs it", missing=what)
