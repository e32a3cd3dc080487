"""``ledgerline documents``."""

import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, TextIO

import msgspec
import typer

from ledgerline.base.errors import Rejected
from ledgerline.cli import output, program
from ledgerline.cli.document_files import export, preview, read_document_id
from ledgerline.cli.einvoices import validate
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.documents import archive as archives
from ledgerline.documents import registers
from ledgerline.flows.list_documents import Wanted, list_documents
from ledgerline.flows.read_document import Kept, read_document
from ledgerline.flows.verify_documents import SeriesVerified, verify_documents
from ledgerline.invoicing.rows.documents import SeriesRow

app: Final = typer.Typer(no_args_is_help=True)
app.command()(validate)
app.command()(export)
app.command()(preview)
_SELLER: Final[Any] = typer.Option("--seller", help="Only documents of this seller.")
_DAY: Final = ["%Y-%m-%d"]
_LINE: Final = ("no", "text", "quantity", "period", "amount", "discount", "net", "tax", "gross")
_GROUP: Final = ("treatment", "rate_ppm", "base", "tax", "components")


@app.callback()
def documents() -> None:
    """Read, prove, archive and list invoices, credit notes and receipts."""


@app.command()
def show(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Id of an invoice, credit note or receipt.")],
    *,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Show what a document says, with its number and its seal."""
    kept = program.wait(_read(program.of(context), document))
    body = msgspec.json.decode(kept.raw)
    place = {
        "number": kept.row.display,
        "position": kept.row.position,
        "body_sha256": kept.row.body_hash.hex(),
        "seal": kept.row.hash.hex(),
    }
    if as_json:
        seller = msgspec.to_builtins(kept.document.seller)
        output.print_json({**place, "body": body, "seller": seller})
        return
    lines, groups = body.pop("lines", []), body.pop("tax_groups", [])
    output.show({**place, **body}, as_json=False)
    output.show_rows(
        [{name: one.get(name) for name in _LINE} for one in lines], as_json=False, title="lines"
    )
    output.show_rows(
        [{name: one.get(name) for name in _GROUP} for one in groups], as_json=False, title="taxes"
    )


async def _read(of: Program, text: str) -> Kept:
    document_id = read_document_id(text)
    async with of.open() as running:
        await check_key(running.run)
        return await read_document(running.run, document_id)


@app.command()
def verify(
    context: typer.Context,
    archive: Annotated[
        Path | None, typer.Argument(help="Prove this archive, without any database.")
    ] = None,
    *,
    seller: Annotated[str | None, _SELLER] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build every body once more and compare.")
    ] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Prove numbers, chain and bodies of every series; exit 3 when one is broken."""
    if archive is not None:
        _verify_archive(archive, as_json=as_json)
        return
    with output.progress(as_json=as_json) as tell:
        found = program.wait(_verify(program.of(context), seller, rebuild=rebuild, tell=tell))
    faults = [fault._asdict() for one in found for fault in one.faults]
    _verified([_series(one) for one in found], faults, as_json=as_json)


async def _verify(
    of: Program, seller: str | None, *, rebuild: bool, tell: Callable[[str], None]
) -> list[SeriesVerified]:
    done = 0

    def watch(count: int) -> None:
        nonlocal done
        done += count
        tell(f"{done:,} documents proven")

    async with of.open() as running:
        await check_key(running.run)
        return await verify_documents(running.run, seller_code=seller, rebuild=rebuild, watch=watch)


def _series(one: SeriesVerified) -> dict[str, object]:
    return {
        "seller": one.seller, "kind": one.kind, "year": one.year, "documents": one.documents,
        "rebuilt": one.rebuilt, "faults": len(one.faults), "head": one.head,
    }  # fmt: skip


def _verify_archive(path: Path, *, as_json: bool) -> None:
    try:
        with zipfile.ZipFile(path) as file:
            found = archives.check(file.namelist(), file.read)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, Rejected) as error:
        raise CommandFailed(
            f"{path} is no archive of documents: {error}", hint="ledgerline documents archive"
        ) from error
    rows: list[dict[str, object]] = [
        {"series": one.series, "year": one.year, "documents": one.documents,
         "faults": len(one.faults), "head": one.previous.hex()}
        for one in found.series
    ]  # fmt: skip
    faults = [fault._asdict() for fault in found.faults]
    faults += [{"series": "", "position": 0, "number": f.file, "text": f.text} for f in found.files]
    _verified(rows, faults, as_json=as_json)


def _verified(
    rows: list[dict[str, object]], faults: list[dict[str, Any]], *, as_json: bool
) -> None:
    if as_json:
        output.print_json({"series": rows, "faults": faults})
    else:
        output.show_rows(rows, as_json=False, title="series")
        if faults:
            output.show_rows(faults, as_json=False, title="faults")
        total = sum(int(str(row["documents"])) for row in rows)
        output.say(f"{total:,} documents in {len(rows)} series, {len(faults)} faults")
    if faults:
        raise typer.Exit(output.FOUND_PROBLEMS)


@app.command()
def archive(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="The zip file to write.")],
    year: Annotated[int, typer.Option(help="The year the documents were issued in.")],
    *,
    seller: Annotated[str | None, _SELLER] = None,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Write all documents of a year as a zip that proves itself (``documents verify FILE``)."""
    if out.exists():
        raise CommandFailed(f"{out} exists already", hint="another name, or remove it first")
    wanted = Wanted(seller_code=seller, first=year, last=year)
    partial = out.with_name(f"{out.name}.partial")
    try:
        with output.progress(as_json=as_json) as tell:
            count = program.wait(_archive(program.of(context), partial, wanted, tell))
        partial.replace(out)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error}", hint="another folder") from error
    finally:
        with suppress(OSError):
            partial.unlink()
    output.show({"file": str(out), "documents": count}, as_json=as_json)


async def _archive(of: Program, path: Path, wanted: Wanted, tell: Callable[[str], None]) -> int:
    archiver, count = archives.Archiver(), 0
    async with of.open() as running:
        await check_key(running.run)
        pages = list_documents(running.run, wanted)
        page = await anext(pages, None)  # what cannot be read leaves no file
        with zipfile.ZipFile(path, "x", compression=zipfile.ZIP_DEFLATED) as file:
            while page is not None:
                count += _write(file, archiver, page)
                tell(f"{count:,} documents")
                page = await anext(pages, None)
            file.writestr(archives.MANIFEST, archiver.manifest())
    return count


def _write(
    file: zipfile.ZipFile, archiver: archives.Archiver, page: tuple[SeriesRow, Sequence[Kept]]
) -> int:
    series, documents = page
    archiver.begin(
        id=str(series.id), seller=series.seller_code, kind=series.kind, year=series.period,
        template=series.template,
    )  # fmt: skip
    for kept in documents:
        for name, content in archiver.add(kept.document, raw=kept.raw, position=kept.row.position):
            file.writestr(name, content)
    return len(documents)


@app.command()
def register(
    context: typer.Context,
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="First day of issue.")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Last day of issue.")],
    *,
    tax: Annotated[bool, typer.Option("--tax", help="A row a tax, of tax documents.")] = False,
    seller: Annotated[str | None, _SELLER] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Print the register of documents, or of their tax, as CSV."""
    with _target(out) as file:
        program.wait(
            _register(program.of(context), (since.date(), until.date()), seller, file, tax=tax)
        )


@contextmanager
def _target(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error}", hint="another folder") from error


async def _register(
    of: Program, days: tuple[date, date], seller: str | None, file: TextIO, *, tax: bool
) -> None:
    first, last = days
    wanted = Wanted(seller_code=seller, first=first.year, last=last.year)
    columns = registers.TAX_COLUMNS if tax else registers.DOCUMENT_COLUMNS
    async with of.open() as running:
        await check_key(running.run)
        file.write(registers.line(columns))
        async for _, page in list_documents(running.run, wanted):
            for kept in page:
                if not first.isoformat() <= kept.document.body.issue_date <= last.isoformat():
                    continue
                if tax:
                    rows = list(registers.tax_rows(kept.document))
                else:
                    rows = [registers.document_row(kept.document, position=kept.row.position)]
                file.write("".join(map(registers.line, rows)))
