"""Files that ``ledgerline ml train`` wrote, as their text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ledgerline.cli.settings import CommandFailed

SIZE_MAX: Final = 20 * 1024 * 1024
"""So many bytes an artefact has at most."""


def text_of(file: Path | None, *, wrote: str) -> str:
    """Read an artefact that ``wrote`` made; raises ``CommandFailed`` where there is none."""
    hint = f"name what `ledgerline ml {wrote}` wrote"
    if file is None:
        raise CommandFailed("which artefact?", hint=f"--file: {hint}")
    try:
        if file.stat().st_size > SIZE_MAX:
            raise CommandFailed(f"{file}: it is too large", hint=hint)
        return file.read_text("utf-8")
    except OSError as failure:
        raise CommandFailed(f"{file}: {failure.strerror}", hint=hint) from failure
    except UnicodeDecodeError as failure:
        raise CommandFailed(f"{file}: it is no text", hint=hint) from failure


def of_one_value(metrics: Mapping[str, object]) -> dict[str, object]:
    """Return what a line can show of metrics: curves are on the card."""
    return {name: one for name, one in metrics.items() if not isinstance(one, list)}
