"""The association's terms that come with this release (seed 004).

A text that was once shown is never edited: a new version is a new pair of files and a new entry.
"""

from importlib import resources
from typing import Final

from kernel.times import Instant, parse_instant
from oauth.model.terms import ASSOCIATION, Clause, TermsDocument, TermsKind
from oauth.model.texts import Bilingual

ID_TERMS: Final = f"{ASSOCIATION}:id"
PROVISION_TERMS: Final = f"{ASSOCIATION}:oauth"

_FIRST: Final = parse_instant("2026-04-01T00:00:00+09:00")


def _text(name: str) -> Bilingual:
    folder = resources.files("oauth.terms").joinpath("texts")
    return Bilingual(
        ja=folder.joinpath(f"{name}.ja.txt").read_text("utf-8"),
        en=folder.joinpath(f"{name}.en.txt").read_text("utf-8"),
    )


def _document(
    kind: TermsKind, version: str, title: Bilingual, since: Instant, mandatory: tuple[str, ...]
) -> TermsDocument:
    return TermsDocument(
        id=f"{ASSOCIATION}:{kind}",
        version=version,
        kind=kind,
        owner=ASSOCIATION,
        title=title,
        text=_text(f"{kind}-{version}"),
        effective_from=since,
        mandatory=mandatory,
    )


DOCUMENTS: Final[tuple[TermsDocument, ...]] = (
    _document(
        TermsKind.ID,
        "1",
        Bilingual(ja="ID利用規約", en="Terms of the ID"),
        _FIRST,
        (Clause.ID_TO_MEMBERS, Clause.DATA_FROM_MEMBERS),
    ),
    _document(
        TermsKind.OAUTH,
        "1",
        Bilingual(ja="情報提供に関する規約", en="Terms for providing information"),
        _FIRST,
        (),
    ),
)
"""Every version that was ever shown, oldest first."""
