"""The demo's member company: registered like any other, with a service to log in to.

The service is `examples/partner_app` of the source tree, served on a port of its own, so that what
people try is the protocol and not a shortcut. An installed package has no examples; then the
company is there, and its service is not.
"""

import hashlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

from aiohttp import web

from city.addresses import base_url
from city.identity_room import IdentityRoom
from city.ports_taken import free_port
from city.server import listening
from oauth.companies.desk import Companies
from oauth.companies.wishes import (
    ClientWish,
    CompanyWish,
    ContractWish,
    ItemWish,
    Lines,
    PurposeWish,
    TermsName,
    TermsWish,
    Texts,
)
from oauth.model.companies import Client, Company
from oauth.model.items import Item
from oauth.model.terms import Clause, TermsKind

_APP: Final = Path(__file__).resolve().parents[1] / "examples" / "partner_app" / "app.py"
_BY: Final = "demo"
_COMPANY: Final = Lines(ja="大通書店(デモ)", en="Odori Books (demo)")
_SERVICE: Final = Lines(ja="まちなか読書案内", en="Reading Around Town")
_ITEMS: Final = (
    ItemWish(item=Item.NAME, granularity="full"),
    ItemWish(item=Item.BIRTH_YEAR, granularity="5-year"),
    ItemWish(item=Item.EMAIL, granularity="address"),
    ItemWish(item=Item.RESIDENCE_AREA, granularity="ward"),
    ItemWish(item=Item.LANGUAGE, granularity="tag"),
    ItemWish(item=Item.INTERESTS, granularity="level-2"),
)
_PURPOSE: Final = PurposeWish(
    id="reading-guide",
    text=Lines(
        ja="お客様に合った本と催しを、歩いて行ける範囲でご案内します。",
        en="To suggest books and events that suit you, within walking distance.",
    ),
    benefit=Lines(
        ja="探さなくても、近くの面白そうな本に出会えます。",
        en="Good books nearby find you, without searching.",
    ),
    retention="P6M",
)
_TERMS_TEXT: Final = Texts(
    ja=(
        "デモ用のサービス規約です。\n"
        "1. 当サービスで取得したデータを、加盟する都心版データプラットフォームに提供します。\n"
        "2. サービスの提供、品質向上、新たなサービスの検討、調査研究のために提供する場合は、"
        "氏名や住所など直接個人を識別できる情報を除きます。"
    ),
    en=(
        "Terms of a service that exists in the demo alone.\n"
        "1. Data collected by this service is provided to the city-centre data platform, of which"
        " the company is a member.\n"
        "2. Where it is provided for running, improving or planning services, or for research,"
        " what identifies a person directly is left out first."
    ),
)


@asynccontextmanager
async def partner(identity: IdentityRoom, host: str) -> AsyncIterator[str]:
    """Run the partner's service; yields its address, or "" where there is no source tree."""
    if not _APP.is_file():
        yield ""
        return
    port = free_port(host)
    address = base_url(host, port)
    client, secret = await _registered(identity.companies, f"{address}/callback")
    async with listening(_service(identity.issuer, client, secret, address), host, port):
        yield address


async def _registered(companies: Companies, redirect_uri: str) -> tuple[Client, str]:
    """The service with a fresh secret; consents given at an earlier start still hold.

    The port changes from start to start, and a redirect URI is exact: it moves with the port.
    """
    company = await _company(companies)
    known = [one for one in await companies.clients_of(company.id) if one.ended_at is None]
    if known:
        client = await companies.redirect(known[0].id, (redirect_uri,))
        made = await companies.rotate_secret(client.id, overlap_us=0)
        return made.client, made.secret.reveal()
    terms = await companies.agreements.put_terms(
        TermsWish(
            owner=company.id,
            kind=TermsKind.SERVICE,
            version="1",
            title=Lines(ja="サービス規約", en="Terms of service"),
            text=_TERMS_TEXT,
            effective_from="2026-04-01",
            clauses=frozenset({Clause.DATA_TO_ASSOCIATION, Clause.WITHOUT_IDENTIFIERS}),
        )
    )
    made = await companies.register_client(
        company.id,
        ClientWish(
            name=_SERVICE,
            redirect_uris=(redirect_uri,),
            grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
            contact="books@odori.example",
            terms=TermsName(id=terms.id, version=terms.version),
        ),
    )
    await companies.agreements.set_contract(made.client.id, _contract())
    return made.client, made.secret.reveal()


async def _company(companies: Companies) -> Company:
    for one in await companies.all():
        if one.name == _COMPANY.bilingual:
            return one
    return await companies.register_company(
        CompanyWish(
            name=_COMPANY,
            address="札幌市中央区大通西1丁目(デモ)",
            representative="大通 花子(デモ)",
            contact="books@odori.example",
        ),
        by=_BY,
    )


def _contract() -> ContractWish:
    return ContractWish(
        purpose=_PURPOSE,
        items=_ITEMS,
        valid_from="2026-04-01",
        valid_until="2036-03-31",
        document_sha256=hashlib.sha256(b"the demo's contract").hexdigest(),
        audit_notice_days=10,
        signed_on="2026-04-01",
        records=True,
    )


def _service(issuer: str, client: Client, secret: str, address: str) -> web.Application:
    """The app, with what its operator would give it."""
    example = _loaded()
    config = example.Config(
        issuer=issuer,
        client_id=client.id,
        client_secret=secret,
        base_url=address,
        scope=" ".join(["openid", *(one.item for one in _ITEMS)]),
        service=f"{_SERVICE.ja} / {_SERVICE.en}",
    )
    app: web.Application = example.make_app(config)
    return app


def _loaded() -> ModuleType:
    """The example as a module; it is no part of any package of ours."""
    spec = importlib.util.spec_from_file_location("odori_partner_app", _APP)
    if spec is None or spec.loader is None:
        raise ImportError("The partner app cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
