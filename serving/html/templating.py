"""Jinja for pages: autoescape, undefined names are errors."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

_SHARED = "serving.html"


def environment(package: str) -> Environment:
    """The templates of a package, which may extend and import those that rooms share."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader(_SHARED)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
