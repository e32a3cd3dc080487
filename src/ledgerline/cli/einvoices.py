"""``ledgerline documents validate``: anybody's e-invoice against the published rules."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from ledgerline.cli import output, program
from ledgerline.cli.settings import CommandFailed
from ledgerline.documents.einvoice.extra import INSTALL
from ledgerline.documents.einvoice.reading import BYTES_MAX
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled, EinvoiceUnreadable
from ledgerline.documents.einvoice.verdict import Finding, Verdict


class Checked(NamedTuple):
    """A file, and what is found in it or why it could not be read."""

    file: Path
    verdict: Verdict | None
    refusal: EinvoiceUnreadable | None

    @property
    def is_valid(self) -> bool:
        """Whether it was read and nothing fatal is found."""
        return self.verdict is not None and self.verdict.is_valid


def validate(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="XML (UBL, CII) or PDF (Factur-X).")
    ],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Check e-invoices against their schema and the rules of EN 16931; exit 3 if one is invalid.

    Anybody's: nothing of them is kept, no database is asked and nothing is fetched.
    """
    read = [(file, _read(file)) for file in files]
    with program.of(context).validation() as validation:
        checked = [_check(validation, file, raw) for file, raw in read]
    if as_json:
        output.print_json({"data": [_as_json(one) for one in checked]})
    else:
        for one in checked:
            _show(one)
        _conclude(checked)
    if not all(one.is_valid for one in checked):
        raise typer.Exit(output.FOUND_PROBLEMS)


def _read(file: Path) -> bytes:
    """Read a file, of a large one enough to see that it is too large."""
    try:
        with file.open("rb") as opened:
            return opened.read(BYTES_MAX + 1)
    except OSError as error:
        raise CommandFailed(
            f"{file} cannot be read: {error.strerror or error}", hint="name files that can be read"
        ) from error


def _check(validation: program.Validating, file: Path, raw: bytes) -> Checked:
    try:
        return Checked(file, validation.validate(raw), None)
    except EinvoiceUnreadable as refusal:
        return Checked(file, None, refusal)
    except EinvoiceNotInstalled as refusal:
        raise CommandFailed(str(refusal), hint=INSTALL) from refusal


def _as_json(one: Checked) -> Mapping[str, object]:
    verdict, refusal = one.verdict, one.refusal
    if verdict is None:
        assert refusal is not None, one.file
        unread = {"code": refusal.code, "reason": refusal.facts["reason"], "text": refusal.detail}
        return {"file": str(one.file), "valid": False, "unreadable": unread}
    return {
        "file": str(one.file),
        "valid": one.is_valid,
        "syntax": verdict.syntax,
        "profile": verdict.profile,
        "rules": verdict.rules,
        "schema": {"valid": not verdict.schema, "errors": list(verdict.schema)},
        "fatal": [_finding(each) for each in verdict.fatal],
        "warnings": [_finding(each) for each in verdict.warnings],
    }


def _finding(finding: Finding) -> Mapping[str, str]:
    return {"rule": finding.rule, "text": finding.text, "place": finding.place}


def _show(one: Checked) -> None:
    console = output.console()
    for line in _lines(one):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _lines(one: Checked) -> Iterator[str]:
    verdict = one.verdict
    if verdict is None:
        yield f"{one.file}: unreadable"
        yield f"  {one.refusal.detail if one.refusal else ''}"
        return
    yield f"{one.file}: {'valid' if one.is_valid else 'INVALID'}"
    yield f"  syntax    {verdict.syntax}"
    yield f"  profile   {verdict.profile or 'none is named'}"
    yield f"  rules     {verdict.rules}"
    yield f"  schema    {'valid' if not verdict.schema else 'invalid'}"
    yield from (f"    {error}" for error in verdict.schema)
    yield f"  findings  {len(verdict.fatal)} fatal, {len(verdict.warnings)} warnings"
    for finding in (*verdict.fatal, *verdict.warnings):
        yield f"    {finding.severity} {finding.rule}: {finding.text}"
        yield f"      at {finding.place}"


def _conclude(checked: Sequence[Checked]) -> None:
    bad = sum(not one.is_valid for one in checked)
    if len(checked) > 1:
        output.say(f"{len(checked)} files: {len(checked) - bad} valid, {bad} not")
