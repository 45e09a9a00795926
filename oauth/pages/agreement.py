"""What the consent page says: the identity page, §3.4, points 1 to 6, after seed 004.

Pure: the same view in the same language is the same text, so that the page that is shown and the
hash that is recorded come from one rendering.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from kernel.languages import Language
from oauth.model.items import Granularity, Item
from oauth.model.people import TermsRef
from oauth.pages.tellings import tell
from oauth.pages.templating import render
from oauth.pages.visible import digest
from oauth.pages.words import PageWords
from oauth.server.views import (
    GRANULARITY_PREFIX,
    ITEM_PREFIX,
    Choice,
    ConsentView,
    ItemRow,
)

TEMPLATE: Final = "consent-1"
"""Version of `agreement.html` and of its sentences; it counts up when either changes."""

_EQUAL_EVERYWHERE: Final = frozenset({Item.NAME, Item.EMAIL})
"""Items that defeat pairwise IDs: the page says so beside them."""

_WITHOUT_PREVIEW: Final = frozenset({Item.OPENID, Item.MEMBER_DATA})
_DATA_IMAGE: Final = ("data:image/png;base64,", "data:image/svg+xml;base64,")
_LINKABLE: Final = ("https://", "http://")


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A granularity: its name, and what the company would see."""

    granularity: Granularity
    name: str
    preview: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """An item as the page shows it. `previewed`: whether its previews are shown at all."""

    name: str
    slug: str
    about: str
    care: str
    switch: str
    fineness: str
    choices: tuple[ShownChoice, ...]
    chosen: Granularity
    required: bool
    is_new: bool
    on: bool
    previewed: bool


@dataclass(frozen=True, slots=True)
class ShownTerms:
    """A text that is accepted; no `href` where it has no address."""

    title: str
    href: str


def agreement(view: ConsentView, language: Language) -> Markup:
    """The part of the page that is agreed to, without hidden fields."""
    words = PageWords(language)
    return render(
        "agreement.html",
        words=words,
        service=view.client.name[language],
        company=view.company.name[language],
        logo=view.client.logo if view.client.logo.startswith(_DATA_IMAGE) else "",
        purpose=view.purpose.text[language],
        benefit=view.purpose.benefit[language],
        rows=[_row(one, view, words) for one in view.rows],
        valid_until=words.date(view.valid_until),
        mode=_known(words, "mode", view.contract.mode),
        frequency=view.contract.frequency or words("consent.frequency.any"),
        retention=words.duration(view.purpose.retention),
        contact=view.client.contact or view.company.contact,
        terms=shown_terms(view.terms, view.client.terms_url, words),
    )


def screen_sha256(view: ConsentView, language: Language) -> str:
    """Hash of the visible text of `agreement`, without the person's own values."""
    return digest(agreement(view, language))


def shown_terms(
    terms: Sequence[TermsRef], service_url: str, words: PageWords
) -> tuple[ShownTerms, ...]:
    """Titles with versions, and where the texts stand: ours here, a service's at the company."""
    return tuple(_terms(one, service_url, words) for one in terms)


def _terms(ref: TermsRef, service_url: str, words: PageWords) -> ShownTerms:
    ours = words.knows(f"terms.{ref.id}")
    title = words(f"terms.{ref.id}" if ours else "terms.service")
    elsewhere = service_url if service_url.startswith(_LINKABLE) and not ours else ""
    href = elsewhere or f"/terms/{ref.id}?version={ref.version}"
    return ShownTerms(words("terms.with.version", title=title, version=ref.version), href)


def _row(row: ItemRow, view: ConsentView, words: PageWords) -> ShownRow:
    return ShownRow(
        name=words.item(row.item),
        slug=row.item.replace(".", "-"),
        about=_about(row.item, view, words),
        care=words("consent.equal") if row.item in _EQUAL_EVERYWHERE else "",
        switch=f"{ITEM_PREFIX}{row.item}",
        fineness=f"{GRANULARITY_PREFIX}{row.item}",
        choices=tuple(_choice(row, one, words) for one in row.choices),
        chosen=row.chosen,
        required=row.required,
        is_new=row.is_new,
        on=row.on,
        previewed=row.item not in _WITHOUT_PREVIEW,
    )


def _about(item: Item, view: ConsentView, words: PageWords) -> str:
    if item is Item.MEMBER_DATA:
        names = words.list(name[words.language] for name in view.sources)
        return words("consent.sources", names=names or words("consent.sources.none"))
    key = f"item.{item}.about"
    return words(key) if words.knows(key) else ""


def _choice(row: ItemRow, choice: Choice, words: PageWords) -> ShownChoice:
    item = row.item
    name = words.granularity(item, choice.granularity)
    if choice.preview is None or item in _WITHOUT_PREVIEW:
        return ShownChoice(choice.granularity, name, words("consent.no.value"))
    told = tell(item, choice.granularity, choice.preview, words)
    several = len(row.choices) > 1
    preview = told if several else words("consent.preview", value=told)
    return ShownChoice(choice.granularity, name, preview)


def _known(words: PageWords, of: str, text: str) -> str:
    key = f"{of}.{text}"
    return words(key) if words.knows(key) else text
