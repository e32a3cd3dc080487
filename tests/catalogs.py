"""What the console says, as its catalogues have to hold it; run, it brings catalogues up to date.

``python -m tests.catalogs`` lists what a catalogue lacks (``+``), holds in vain (``-``) or has not
translated (``?``). With ``--write`` it adds each missing message with an empty translation, drops
what is said no more and sorts the files.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.pofile import write_po
from jinja2.ext import babel_extract

from ledgerline.console.speech import OFFERED, PACKAGE, WORD
from ledgerline.console.words import told, words
from ledgerline.web.language import SOURCE, catalogue

ELSEWHERE: Final = (
    "charts/bars.py", "charts/figure.py", "charts/rows.py", "flows/adopt_exception.py",
    "mail/rules/resending.py", "payments/rules/reapplying.py",
    "payments/rules/opinion_words.py", "payments/rules/routing_words.py", "report/questions.py",
    "report/subscriber_views.py", "rules/explain.py",
)  # fmt: skip
"""Where others write what the console shows."""
MARKS: Final = {"say": None, "noted": None, "say_count": (1, 2), "noted_count": (1, 2)}
OTHERS: Final = sorted(set(OFFERED) - {SOURCE})
Key = tuple[str, str | None]
"""A message as catalogues find it: its first form, and its context where it has one."""


def said() -> Mapping[Key, tuple[str, ...]]:
    """Return all that is said: the forms of each message."""
    found: dict[Key, tuple[str, ...]] = {}
    for parts in (*_in_templates(), *_in_code(), *((one,) for one in told())):
        key = (parts[0], None)
        found[key] = max(found.get(key, ()), parts, key=len)
    return found | {(one, WORD): (one,) for one in words()}


def _in_templates() -> Iterator[tuple[str, ...]]:
    for file in files(PACKAGE).joinpath("templates").iterdir():
        yield from _parts(babel_extract(BytesIO(file.read_bytes()), ("_", "ngettext"), (), {}))


def _in_code() -> Iterator[tuple[str, ...]]:
    root = Path(str(files("ledgerline")))
    for file in (*sorted(root.glob("console/*.py")), *(root / one for one in ELSEWHERE)):
        with file.open("rb") as source:
            yield from _parts(extract_python(source, MARKS, (), {}))


def _parts(found: Any) -> Iterator[tuple[str, ...]]:
    for _, function, message, _ in found:
        parts = (message,) if isinstance(message, str) else tuple(message or ())
        most = 2 if function in {"ngettext", "say_count", "noted_count"} else 1
        kept = tuple(part for part in parts if part)[:most]
        if kept:
            yield kept


def bare(template: str) -> Iterator[str]:
    """Find words of a template that stand in no expression."""
    text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "\0", template, flags=re.DOTALL)
    text = re.sub(r"<(code|kbd)\b.*?</\1>", "", text, flags=re.DOTALL)
    yield from re.findall(r'(?:aria-label|title|placeholder|alt)="([^"\0]*[a-z]{2}[^"\0]*)"', text)
    for part in re.split("\0", re.sub(r"<[^>]*>", "\0", text)):
        if re.search(r"[A-Za-z]{2,}", re.sub(r"&\w+;", "", part)):
            yield part.strip()


def keys(kept: Catalog) -> Mapping[Key, tuple[str, ...]]:
    """Return the messages that a catalogue holds."""
    return {
        (one.id if isinstance(one.id, str) else one.id[0], one.context): (
            (one.id,) if isinstance(one.id, str) else tuple(one.id)
        )
        for one in kept
        if one.id
    }


def _brought_up(code: str) -> Catalog:
    old, new = catalogue(code, PACKAGE), Catalog(locale=code, fuzzy=False)
    for (first, context), parts in sorted(said().items(), key=lambda one: (one[0][1] or "", one)):
        known = old.get(first, context)
        string = (
            known.string if known is not None and known.pluralizable == (len(parts) > 1) else ""
        )
        new.add(parts if len(parts) > 1 else first, string, context=context)
    return new


def _written(found: Catalog) -> bytes:
    """Write a catalogue as those of other packages are, without dates and names of Babel."""
    assert found.locale is not None
    body = BytesIO()
    write_po(body, found, width=100, no_location=True, omit_header=True)
    head = (
        f"# {found.locale.english_name}: translated by a machine, and reviewed by nobody yet.\n"
        'msgid ""\n'
        'msgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {found.plural_forms}\\n"\n\n'
    )
    return head.encode() + body.getvalue()


def _differences() -> Iterator[str]:
    wanted = said()
    for code in OTHERS:
        kept = keys(catalogue(code, PACKAGE))
        for sign, some in (("+", wanted.keys() - kept.keys()), ("-", kept.keys() - wanted.keys())):
            for first, context in sorted(some, key=str):
                yield f"{code} {sign} {first!r}" + (f" as a {context}" if context else "")
        for one in catalogue(code, PACKAGE):
            forms = [one.string] if isinstance(one.string, str) else list(one.string or ())
            if one.id and not all(forms):
                yield f"{code} ? {one.id!r}"


def main() -> int:
    """List what is missing, too much or untranslated; with ``--write`` bring catalogues up."""
    if "--write" in sys.argv:
        for code in OTHERS:
            path = Path(str(files(PACKAGE))) / "catalogs" / f"{code}.po"
            path.write_bytes(_written(_brought_up(code)))
        catalogue.cache_clear()
    found = list(_differences())
    sys.stdout.writelines(f"{one}\n" for one in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
