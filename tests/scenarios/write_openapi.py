"""Write ``docs/reference/openapi.json`` anew: ``python -m tests.scenarios.write_openapi``."""

from pathlib import Path

import msgspec

from ledgerline.api import openapi
from ledgerline.api.app import OPERATIONS

if __name__ == "__main__":
    text = msgspec.json.format(
        msgspec.json.encode(openapi.document(OPERATIONS), order="sorted"), indent=2
    )
    page = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"
    page.write_bytes(text + b"\n")
