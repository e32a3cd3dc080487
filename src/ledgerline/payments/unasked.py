"""Codes of readings for which a provider was never asked anything."""

from typing import Final

UNSTARTED: Final = "not_started"
"""The code of a reading whose call never left our own queue."""
NO_LOOKUP: Final = "no_lookup"
"""The code of a reading where nothing was asked, since the provider cannot be asked."""
NO_CANCEL: Final = "no_cancel"
"""The code of a reading where nothing was told, since the provider cannot be told to cancel."""
NO_CONFIRM: Final = "no_confirm"
"""The code of a reading where nothing was handed in, since the provider takes nothing."""
NO_SET_UP: Final = "no_set_up"
"""The code of a reading where nothing was asked, since the provider sets nothing up."""
