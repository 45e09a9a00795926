"""The consent page says points 1 to 6 of §3.4, and its hash is that of what it says."""

import hashlib
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from msgspec.structs import replace as with_fields
from support.citizen_app import COMPANY, ITEMS, PURPOSE, START
from support.consent_world import VALUES

from kernel.json import JsonValue
from kernel.times import DAY_US, Instant
from oauth.model.companies import Client, ClientKind, Contract, ContractItem
from oauth.model.items import GRANULARITIES, Item
from oauth.model.people import TermsRef
from oauth.model.texts import Bilingual, Language
from oauth.pages.agreement import agreement, screen_sha256
from oauth.pages.visible import visible_text
from oauth.server.asking.rows import rows_of
from oauth.server.views import ConsentView

CLIENT = Client(
    "guide",
    COMPANY.id,
    ClientKind.SERVICE,
    Bilingual("街あるき", "Town Walk"),
    "d" * 64,
    START,
    contact="guide@tanukido.example",
    terms_url="https://tanukido.example/terms",
)
TERMS = (
    TermsRef("association:id", "1", "a" * 64),
    TermsRef("association:oauth", "1", "a" * 64),
    TermsRef("company:tanuki:service", "7", "b" * 64),
)


def contract(items: Sequence[ContractItem] = ITEMS) -> Contract:
    until = Instant(START + 900 * DAY_US)
    return Contract(
        "contract", "guide", "tanuki", 1, PURPOSE, tuple(items), START, START, until, "e" * 64
    )


def view(
    values: dict[Item, JsonValue] | None = None,
    *,
    items: Sequence[ContractItem] = ITEMS,
    client: Client = CLIENT,
    news: frozenset[Item] = frozenset(),
) -> ConsentView:
    entered = dict(VALUES) if values is None else values
    email = entered.get(Item.EMAIL)
    if isinstance(email, dict):
        entered[Item.EMAIL] = {**email, "email_verified": True}
    signed = contract(items)
    wanted = frozenset({Item.OPENID, *(one.item for one in items)})
    return ConsentView(
        client=client,
        company=COMPANY,
        contract=signed,
        rows=rows_of(wanted, signed, consent=None, news=news, values=entered, now=START),
        valid_until=Instant(START + 365 * DAY_US),
        terms=TERMS,
        hidden={"authorization": "client_id=guide&state=state-of-the-client"},
        csrf="csrf-of-the-session",
        form_origins=("https://tanukido.example",),
        sources=(COMPANY.name,),
    )


class Forgiving(HTMLParser):
    """The text as the standard library's parser finds it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"br", "img", "input"} and (self.hidden or ("data-own", None) in attrs):
            self.hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            assert self.hidden.pop() == tag

    def handle_data(self, data: str) -> None:
        folded = " ".join(data.split())
        if folded and not self.hidden:
            self.lines.append(folded)


@pytest.mark.parametrize("language", Language)
def test_cn20_a_parser_that_others_wrote_finds_the_same_text(language: Language) -> None:
    hostile = Bilingual(*["<b data-own>\"'&amp;&lt;\u3000\xa0 </span> > data-own"] * 2)
    client = with_fields(CLIENT, name=hostile, contact=hostile.en, terms_url="https://x/?a='&b=>")
    html = str(agreement(view(client=client, news=frozenset({Item.EMAIL})), language))
    reader = Forgiving()
    reader.feed(html)
    reader.close()
    assert visible_text(html) == "\n".join(reader.lines)
    assert hostile.en.split()[0] in visible_text(html)


@pytest.mark.parametrize("language", Language)
def test_cn20_the_hash_is_that_of_the_rendered_text(language: Language) -> None:
    shown = view()
    text = visible_text(agreement(shown, language))
    assert screen_sha256(shown, language) == hashlib.sha256(text.encode()).hexdigest()
    assert CLIENT.name[language] in text
    assert len(text) > 800


def test_cn20_the_languages_have_hashes_of_their_own() -> None:
    assert screen_sha256(view(), Language.JA) != screen_sha256(view(), Language.EN)


@pytest.mark.parametrize("language", Language)
def test_cn20_nothing_of_the_person_is_in_the_hash(language: Language) -> None:
    older = {**VALUES, Item.BIRTH_YEAR: 1950, Item.RESIDENCE_AREA: {"prefecture": "13"}}
    hashes = {screen_sha256(view(values), language) for values in ({}, dict(VALUES), older)}
    assert len(hashes) == 1
    text = visible_text(agreement(view(), language))
    for secret in ("花子", "1984", "1980", "hanako@mail.example", "中央区", "Chuo"):
        assert secret not in text.replace(COMPANY.address, "")


@pytest.mark.parametrize("language", Language)
def test_cn20_whatever_is_agreed_to_is_in_the_hash(language: Language) -> None:
    base = screen_sha256(view(), language)
    coarser = [
        with_fields(one, granularity="decade") if one.item is Item.BIRTH_YEAR else one
        for one in ITEMS
    ]
    others = [
        view(items=ITEMS[:-1]),
        view(items=coarser),
        view(news=frozenset({Item.EMAIL})),
        view(client=with_fields(CLIENT, contact="elsewhere@tanukido.example")),
        view(client=with_fields(CLIENT, name=Bilingual("別", "Other"))),
    ]
    assert base not in {screen_sha256(one, language) for one in others}


@pytest.mark.parametrize("language", Language)
def test_the_page_says_all_six_points(language: Language) -> None:
    html = agreement(view(), language)
    text = visible_text(html)
    said = (
        CLIENT.name[language],
        COMPANY.name[language],
        PURPOSE.text[language],
        PURPOSE.benefit[language],
        "guide@tanukido.example",
        "2027",
        {"ja": "12か月", "en": "12 months"}[language],
        {"ja": "各サービスでのデータ利用", "en": "Data use by service"}[language],
        {"ja": "同意してはじめる", "en": "Agree and start"}[language],
        {"ja": "同意しない", "en": "Do not agree"}[language],
    )
    assert [one for one in said if one not in text] == []
    assert 'href="https://tanukido.example/terms"' in html
    assert 'href="/terms/association:oauth?version=1"' in html


def test_a_required_item_has_no_switch_and_an_optional_one_starts_off() -> None:
    html = agreement(view(), Language.JA)
    assert 'name="item:profile.birth_year"' not in html
    assert 'name="item:openid"' not in html
    for item in (Item.NAME, Item.EMAIL, Item.INTERESTS, Item.MEMBER_DATA):
        assert f'name="item:{item}" value="on">' in html, item


def test_a_granularity_is_chosen_where_the_person_may_and_never_finer_than_the_contract() -> None:
    html = agreement(view(), Language.EN)
    assert 'name="granularity:profile.birth_year" value="5-year" checked' in html
    assert 'value="decade"' in html
    assert 'name="granularity:profile.birth_year" value="year"' not in html
    assert "granularity:profile.name" not in html
    assert "1980 to 1984" in html
    assert "the 1980s" in html


def test_name_and_address_carry_the_warning_that_they_are_the_same_everywhere() -> None:
    items = tuple(ContractItem(item, GRANULARITIES[item][0]) for item in (Item.NAME, Item.EMAIL))
    html = agreement(view(items=items), Language.EN)
    assert html.count("This item has the same value at every company") == 2
    assert "same value" not in agreement(view(items=ITEMS[:1]), Language.EN)


def test_what_is_missing_is_said_to_be_missing() -> None:
    html = agreement(view({}), Language.EN)
    assert html.count("Not entered, so nothing is passed on for now") >= 5


def test_what_a_company_wrote_is_text_and_its_logo_no_address() -> None:
    hostile = with_fields(
        CLIENT,
        name=Bilingual("<script>alert(1)</script>", '"><img src=x>'),
        logo="https://tracker.example/pixel.png",
        terms_url="javascript:alert(1)",
    )
    for language in Language:
        html = agreement(view(client=hostile), language)
        assert "<script" not in html
        assert "<img" not in html
        assert "tracker.example" not in html
        assert "javascript:" not in html


def test_a_logo_that_is_data_is_shown() -> None:
    logo = "data:image/png;base64,iVBORw0KGgo="
    assert logo in agreement(view(client=with_fields(CLIENT, logo=logo)), Language.JA)
