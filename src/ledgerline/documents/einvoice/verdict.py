"""What is found in an e-invoice that is checked."""

from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """Whether a finding makes the file invalid."""

    FATAL = "fatal"
    WARNING = "warning"


class Finding(Struct, frozen=True, kw_only=True):
    """A rule that the file breaks, in the words of the rule, and where in the file."""

    rule: str
    severity: Severity
    text: str
    place: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What holds of one file.

    ``syntax`` is such as ``UBL 2.1 Invoice``, ``profile`` the specification it claims (BT-24),
    ``rules`` what it was held against. ``schema`` are the errors of the schema (the rules are
    tried all the same), ``findings`` what the rules say.
    """

    syntax: str
    profile: str
    rules: str
    schema: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def fatal(self) -> tuple[Finding, ...]:
        """What makes the file invalid."""
        return tuple(one for one in self.findings if one.severity is Severity.FATAL)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What its sender may want to mend."""
        return tuple(one for one in self.findings if one.severity is Severity.WARNING)

    @property
    def is_valid(self) -> bool:
        """Whether the schema and every fatal rule hold."""
        return not self.schema and not self.fatal
