"""An archive proves itself, and what was altered in it is named."""

from collections.abc import Callable
from hashlib import sha256

import msgspec
import pytest

from ledgerline.base.errors import Rejected
from ledgerline.documents.archive import MANIFEST, Archiver, Checked, check
from ledgerline.documents.seal import FIRST, body_hash, seal
from ledgerline.documents.snapshot import Document, SellerRef, encode, part_hash
from tests.unit.documents.test_registers import SELLER
from tests.unit.documents.test_snapshot import SERIES, _body

COUNT = 5
Files = dict[str, bytes]


def _archive() -> Files:
    archiver, previous = Archiver(), FIRST
    files: Files = {}
    archiver.begin(
        id=SERIES, seller="nordic", kind="invoice", year="2026", template="NT/{yyyy}-{n:06}"
    )
    for position in range(1, COUNT + 1):
        body = msgspec.structs.replace(
            _body(f"line {position}", None, position), seller=SellerRef(part=part_hash(SELLER))
        )
        raw, number = encode(body), f"NT/2026-{position:06}"
        previous = seal(
            body_hash(raw), series=SERIES, position=position, number=number, previous=previous
        )
        document = Document(body=body, seller=SELLER, number=number, seal=previous.hex())
        files |= dict(archiver.add(document, raw=raw, position=position))
    files[MANIFEST] = archiver.manifest()
    return files


def _checked(files: Files) -> Checked:
    return check(files, files.__getitem__)


def test_an_archive_proves_itself() -> None:
    files = _archive()
    found = _checked(files)
    assert (found.faults, found.files) == ([], [])
    assert [(one.documents, one.position) for one in found.series] == [(COUNT, COUNT + 1)]
    assert f"sellers/{part_hash(SELLER)}.json" in files
    assert "nordic/2026/invoice/NT_2026-000003.json" in files


def _reworded(files: Files) -> None:
    files["nordic/2026/invoice/NT_2026-000003.json"] = encode(_body("another", None, 3))


def _lost(files: Files) -> None:
    del files["nordic/2026/invoice/NT_2026-000003.json"]


def _manifest(files: Files, change: Callable[[dict[str, list[dict[str, object]]]], object]) -> None:
    manifest = msgspec.json.decode(files[MANIFEST])
    change(manifest)
    files[MANIFEST] = msgspec.json.encode(manifest)


def _left_out(files: Files) -> None:
    _lost(files)
    _manifest(files, lambda of: of["documents"].pop(2))


def _cut_off(files: Files) -> None:
    del files["nordic/2026/invoice/NT_2026-000005.json"]
    _manifest(files, lambda of: of["documents"].pop(4))


def _swapped(files: Files) -> None:
    def swap(of: dict[str, list[dict[str, object]]]) -> None:
        rows = of["documents"]
        rows[1], rows[2] = rows[2], rows[1]

    _manifest(files, swap)


def _renumbered(files: Files) -> None:
    _manifest(files, lambda of: of["documents"][2].update(number="NT/2026-000030"))


def _seller_reworded(files: Files) -> None:
    """Alter the seller and all hashes that the archive itself holds of it."""
    name = f"sellers/{part_hash(SELLER)}.json"
    files[name] = files[name].replace(SELLER.legal_name.encode(), b"Another Ltd")
    hashed = sha256(files[name]).hexdigest()
    _manifest(files, lambda of: of["files"][0].update(sha256=hashed))


def _seller_lost(files: Files) -> None:
    del files[f"sellers/{part_hash(SELLER)}.json"]
    _manifest(files, lambda of: of["files"].pop(0))


def _given_away(files: Files) -> None:
    _manifest(files, lambda of: of["series"][0].update(seller="other"))


def _retitled(files: Files) -> None:
    _manifest(files, lambda of: of["series"][0].update(kind="receipt"))


@pytest.mark.parametrize(
    ("alter", "text"),
    [
        (_seller_reworded, "names a seller that is missing"),
        (_seller_lost, "names a seller that is missing"),
        (_given_away, "not of other"),
        (_retitled, "no document of a series of kind receipt"),
    ],
)
def test_a_seller_and_a_series_are_proven_by_the_bodies(
    alter: Callable[[Files], None], text: str
) -> None:
    files = _archive()
    alter(files)
    found = _checked(files)
    assert found.faults == []
    assert sum(text in one.text for one in found.files) == COUNT, found.files


@pytest.mark.parametrize(
    ("alter", "value"),
    [("template", "no number"), ("template", "{n:06"), ("id", 5)],
)
def test_a_manifest_that_was_never_written_is_none(alter: str, value: object) -> None:
    files = _archive()
    _manifest(files, lambda of: of["series"][0].update({alter: value}))
    with pytest.raises((ValueError, Rejected)):
        _checked(files)


@pytest.mark.parametrize(
    ("alter", "text"),
    [
        (_reworded, "says something else"),
        (_lost, "missing"),
        (_left_out, "gap"),
        (_cut_off, "ends elsewhere"),
        (_swapped, "gap"),
        (_renumbered, "should read"),
    ],
)
def test_what_was_altered_is_named(alter: Callable[[Files], None], text: str) -> None:
    files = _archive()
    alter(files)
    faults = _checked(files).faults
    assert any(text in fault.text for fault in faults), faults


def test_files_beside_the_documents_are_proven_too() -> None:
    files = _archive()
    name = f"sellers/{part_hash(SELLER)}.json"
    files["stray.pdf"] = b"%PDF"
    files[name] += b" "
    assert [(one.file, one.text) for one in _checked(files).files] == [
        (name, "is not as it was archived"), ("stray.pdf", "is not in the manifest"),
    ]  # fmt: skip
    del files[name]
    assert (name, "is missing") in _checked(files).files
