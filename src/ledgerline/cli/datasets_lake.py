"""The lake that the settings name."""

from ledgerline.cli.program import Program
from ledgerline.datasets.lake import Lake


def lake_of(of: Program) -> Lake:
    """Return the lake of this place: in its folder, or at the address of ``LEDGERLINE_LAKE``."""
    return Lake(
        of.place.lake,
        of.database_url(),
        of.settings.data_engine,
        address=of.settings.lake,
    )
