"""One world a module, and its site."""

from tests.flow_world import world
from tests.storefront.site import site

__all__ = ["site", "world"]
