"""What names the code of the model of routing: other code may come to another state."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

_HERE: Final = "ledgerline.ml.score.routing"
_DIGITS: Final = 12


@cache
def code_version() -> str:
    """Return the first digits of the SHA-256 of its modules."""
    digest = hashlib.sha256()
    for path in sorted(files(_HERE).iterdir(), key=lambda one: one.name):
        if path.name.endswith(".py"):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:_DIGITS]
