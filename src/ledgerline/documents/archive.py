"""An archive of documents: bodies, the sellers they name, and a manifest that proves them.

It is proven without any database: every file by its hash, every series by its chain.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledgerline.catalog.model import SeriesKind
from ledgerline.documents.proving import Entry, Fault, Proof
from ledgerline.documents.snapshot import Document, Kind, decode_seller, encode, part_hash

MANIFEST: Final = "manifest.json"
SELLERS: Final = "sellers"  # the folder of those that bodies name, each by the hash of its part
FORMAT: Final = 1
Read = Callable[[str], bytes]
_SERIES_OF: Final = {
    Kind.INVOICE: SeriesKind.INVOICE,
    Kind.SIMPLIFIED_INVOICE: SeriesKind.INVOICE,
    Kind.CREDIT_NOTE: SeriesKind.CREDIT_NOTE,
    Kind.RECEIPT: SeriesKind.RECEIPT,
    Kind.REFUND_RECEIPT: SeriesKind.RECEIPT,
    Kind.REFUND_REVERSAL: SeriesKind.RECEIPT,
}


class ArchivedSeries(Struct, frozen=True, kw_only=True):
    """A whole number series; ``head`` is the seal of its last document."""

    id: str
    seller: str
    kind: str
    year: str
    template: str
    documents: int
    head: str


class ArchivedDocument(Struct, frozen=True, kw_only=True):
    """A document: where its body lies, its SHA-256, and its place."""

    series: str
    position: int
    number: str
    file: str
    body: str
    seal: str


class ArchivedFile(Struct, frozen=True, kw_only=True):
    """A file that is no body: a seller or a rendering."""

    file: str
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What an archive holds."""

    format: int
    series: list[ArchivedSeries]
    documents: list[ArchivedDocument]
    files: list[ArchivedFile]


class ArchiveFaulty(NamedTuple):
    """What is wrong with an archive as a whole."""

    file: str
    text: str


class Checked(NamedTuple):
    """What was proven of an archive."""

    series: list[Proof]
    faults: list[Fault]
    files: list[ArchiveFaulty]


class Archiver:
    """Names the files of an archive and keeps its manifest; the bytes go elsewhere at once."""

    __slots__ = ("_documents", "_files", "_folder", "_parts", "_series")

    def __init__(self) -> None:
        """Begin an empty archive."""
        self._series: dict[str, ArchivedSeries] = {}
        self._documents: list[ArchivedDocument] = []
        self._files: list[ArchivedFile] = []
        self._parts: set[str] = set()
        self._folder = ""

    def begin(self, *, id: str, seller: str, kind: str, year: str, template: str) -> None:
        """Begin a series, or go on with it: its documents follow, all of them, in their order."""
        self._folder = f"{seller}/{year}/{kind}"
        empty = ArchivedSeries(
            id=id, seller=seller, kind=kind, year=year, template=template, documents=0, head=""
        )
        self._series.setdefault(id, empty)

    def add(self, document: Document, *, raw: bytes, position: int) -> Iterator[tuple[str, bytes]]:
        """Give the files of a document: its body and, the first time, its seller."""
        number, place = document.number, document.seal
        assert number is not None, document.body.id
        assert place is not None, document.body.id
        name, series = f"{self.name(number)}.json", document.body.series
        self._documents.append(
            ArchivedDocument(
                series=series,
                position=position,
                number=number,
                file=name,
                body=sha256(raw).hexdigest(),
                seal=place,
            )
        )
        so_far = self._series[series]
        self._series[series] = replace(so_far, documents=so_far.documents + 1, head=place)
        yield name, raw
        part = document.body.seller.part
        if part not in self._parts:
            self._parts.add(part)
            assert part_hash(document.seller) == part, part
            yield self.file(f"{SELLERS}/{part}.json", encode(document.seller))

    def name(self, number: str) -> str:
        """Name the files of a number, without an extension: a number may hold slashes."""
        return f"{self._folder}/{number.replace('/', '_')}"

    def file(self, name: str, content: bytes) -> tuple[str, bytes]:
        """Enter a file that is no body."""
        self._files.append(ArchivedFile(file=name, sha256=sha256(content).hexdigest()))
        return name, content

    def manifest(self) -> bytes:
        """Write the manifest; it is the last file."""
        whole = Manifest(
            format=FORMAT,
            series=[*self._series.values()],
            documents=self._documents,
            files=self._files,
        )
        return msgspec.json.format(msgspec.json.encode(whole), indent=1)


def check(names: Iterable[str], read: Read) -> Checked:
    """Prove an archive from the names of its files and what reads one.

    Raises ``ValueError`` or ``TemplateFaulty`` for a manifest that is none, ``KeyError`` where
    there is none.
    """
    manifest = msgspec.json.decode(read(MANIFEST), type=Manifest)
    walk = _Walk({one.id: one for one in manifest.series}, sellers=_sellers(manifest, read))
    held = set(names)
    for one in manifest.documents:
        walk.add(one, read(one.file) if one.file in held else None)
    proofs, files = walk.proofs, walk.files
    for series in manifest.series:
        proof = proofs[series.id]
        if (proof.documents, proof.previous.hex()) != (series.documents, series.head):
            proof.note(proof.position, "", "the series ends elsewhere than the manifest says")
    files += _files(manifest, held, read)
    known = {MANIFEST, *(one.file for one in manifest.documents)}
    known |= {one.file for one in manifest.files}
    files += [ArchiveFaulty(name, "is not in the manifest") for name in sorted(held - known)]
    faults = [fault for proof in proofs.values() for fault in proof.faults]
    return Checked(list(proofs.values()), faults, files)


class _Walk:
    """Goes along the documents of an archive, series by series."""

    def __init__(self, series: Mapping[str, ArchivedSeries], *, sellers: Mapping[str, str]) -> None:
        self._series: Final = series
        self._sellers: Final = sellers
        self.proofs: Final = {
            one.id: Proof(one.id, one.template, one.year) for one in series.values()
        }
        self.files: Final[list[ArchiveFaulty]] = []

    def add(self, one: ArchivedDocument, raw: bytes | None) -> None:
        """Prove a document, and that its series and its seller are those that it names."""
        proof = self.proofs.get(one.series)
        if proof is None:
            self._fault(one, "belongs to a series that the manifest does not name")
            return
        body = proof.add(
            Entry(
                position=one.position,
                number=one.number,
                body_hash=bytes.fromhex(one.body),
                hash=bytes.fromhex(one.seal),
                body=raw,
            )
        )
        if body is None:
            return
        series = self._series[one.series]
        if _SERIES_OF[body.kind] != series.kind:
            self._fault(one, f"is no document of a series of kind {series.kind}")
        code = self._sellers.get(body.seller.part)
        if code is None:
            self._fault(one, "names a seller that is missing or is not as it was archived")
        elif code != series.seller:
            self._fault(one, f"is a document of the seller {code}, not of {series.seller}")

    def _fault(self, one: ArchivedDocument, text: str) -> None:
        self.files.append(ArchiveFaulty(one.file, text))


def _sellers(manifest: Manifest, read: Read) -> dict[str, str]:
    """Read the sellers whose bytes are those that their names, the hashes in bodies, say."""
    found: dict[str, str] = {}
    for one in manifest.files:
        folder, _, name = one.file.partition("/")
        if folder != SELLERS:
            continue
        try:
            seller = decode_seller(read(one.file))
        except (KeyError, msgspec.DecodeError):
            continue  # every file that is missing or altered is told of on its own
        part = name.removesuffix(".json")
        if part_hash(seller) == part:
            found[part] = seller.code
    return found


def _files(manifest: Manifest, held: set[str], read: Read) -> Iterator[ArchiveFaulty]:
    for one in manifest.files:
        if one.file not in held:
            yield ArchiveFaulty(one.file, "is missing")
        elif sha256(read(one.file)).hexdigest() != one.sha256:
            yield ArchiveFaulty(one.file, "is not as it was archived")
