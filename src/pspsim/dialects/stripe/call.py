"""One request, read: who is asked, what for, under which key."""

from dataclasses import dataclass
from typing import Any

from pspsim.dialects.stripe.forms import Form
from pspsim.provider import Provider
from pspsim.records import Kept

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One request; ``request`` is all that is compared when its key comes again."""

    provider: Provider
    form: Form
    key: str
    request: str

    @property
    def created(self) -> int:
        """Return the virtual time, in whole seconds."""
        return int(self.provider.books.now.timestamp())

    def name(self, prefix: str) -> str:
        """Draw the id of a new object: the same when its key comes again."""
        return self.provider.draws.name(prefix, "stripe", self.provider.name, self.key)

    def keep(self, collection: str, value: Object) -> Object:
        """Keep an object under its id."""
        self.provider.books.record(Kept(self.provider.name, collection, value["id"], value))
        return value

    def kept(self, collection: str, id_: str) -> Object | None:
        """Find an object that was kept."""
        return self.provider.own.kept.get(collection, {}).get(id_)
