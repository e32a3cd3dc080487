"""The independent validator of the PDF Association: `make verapdf` fetches it and runs this.

Java and the jars are no part of the environment, so without them this is skipped and says so.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from ledgerline.documents.render import Attachment, render_pdf
from ledgerline.documents.snapshot import Buyer
from tests.unit.documents import samples

HERE = Path(__file__).parent
JARS = HERE / "jars"
LOCALES = ("de-DE", "ar-SA", "he-IL", "ja-JP", "th", "hi")
FACTUR_X = Attachment("factur-x.xml", b"<a/>", "text/xml", "The same invoice as XML")


@pytest.mark.skipif(shutil.which("java") is None, reason="no Java here")
@pytest.mark.skipif(not JARS.is_dir(), reason="no jars here: `make verapdf` fetches them")
@pytest.mark.timeout(600)
def test_every_kind_and_direction_is_compliant(tmp_path: Path) -> None:
    # given every kind in languages of every direction and script, and an attachment
    hostile = Buyer(name="Zoë 😀 山田 محمد דוד #panic()")
    documents = {
        f"{kind}-{locale}": samples.branded(make(language=locale, buyer=hostile))
        for kind, make in samples.KINDS.items()
        for locale in LOCALES
    }
    files = [tmp_path / f"{name}.pdf" for name in documents]
    for path, document in zip(files, documents.values(), strict=True):
        path.write_bytes(render_pdf(document))
    files.append(tmp_path / "attachment.pdf")
    files[-1].write_bytes(render_pdf(samples.invoice(), attachment=FACTUR_X))
    # when
    command = ["java", "-cp", f"{JARS}/*", str(HERE / "Verify.java"), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # then each is PDF/A-3a and PDF/UA-1
    verdicts = [line.split()[:2] for line in done.stdout.splitlines() if line[:4] != "    "]
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts == [["PASS", "3a"], ["PASS", "ua1"]] * len(files)
