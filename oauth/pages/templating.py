"""The templates of the citizen's pages."""

from typing import Final

from markupsafe import Markup

from serving.html.templating import environment
from serving.html.words import iso

_environment: Final = environment("oauth.pages")
_environment.globals.update(iso=iso)


def render(template: str, **values: object) -> Markup:
    """The template with these values, ready to stand in another one."""
    return Markup(_environment.get_template(template).render(values))  # noqa: S704 — autoescaped
