"""What names an artefact of a model: whatever is changed of it, its SHA-256 is another.

Not ``base.canonical``: what training writes has floats and nothings in it.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

SEAL: Final = "file_sha256"
"""Where an artefact says its own."""


def compact(plain: Mapping[str, Any]) -> str:
    """Write plain values as JSON in one form: keys sorted, no spaces."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"))


def digest(body: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return sha256(body.encode()).hexdigest()


def seal(artefact: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all that an artefact says, but for this itself."""
    return digest(compact({name: part for name, part in artefact.items() if name != SEAL}))
