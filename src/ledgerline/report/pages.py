"""Pages as HTML: templates that escape whatever stands in a table."""

from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, FunctionLoader, StrictUndefined

_HERE: Final = "ledgerline.report"
_CHARTS: Final = "ledgerline.charts"


@cache
def _templates() -> Environment:
    folder = files(_HERE).joinpath("templates")
    return Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text("utf-8")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(template: str, /, **said: object) -> str:
    """Fill a template; a name that it asks for and is not given is a defect."""
    return _templates().get_template(template).render(**said)


def stylesheet() -> str:
    """Return the one stylesheet of all pages: tokens and charts, then the page around them."""
    return "\n".join(
        files(package).joinpath(name).read_text("utf-8")
        for package, name in (
            (_CHARTS, "charts.css"),
            (_CHARTS, "marks.css"),
            (_HERE, "report.css"),
        )
    )
