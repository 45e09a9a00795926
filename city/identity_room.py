"""The identity of this process: citizens' IDs, consent, companies, and what they may read.

Reads top to bottom as who needs whom; nothing here decides anything.
"""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from city.binding.sink import BrokerSink
from city.binding.statistics import open_member_feed
from city.broker_room import BrokerRoom
from city.doors import is_loopback
from city.health import Probe
from city.issuer import issuer_of, master_key
from city.parts import Parts
from city.repeating import every
from city.settings.load import ConfigurationError
from city.settings.table import Settings
from city.stores import open_vault
from ingest.policy.shelf import PolicyShelf
from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.accounts.export import Export
from oauth.accounts.parts import AccountRules, put_together
from oauth.accounts.passwords import Passwords
from oauth.accounts.personal import PersonalData
from oauth.accounts.post import Post
from oauth.accounts.service import Accounts
from oauth.accounts.sessions import SessionLimits
from oauth.attributes.api import AttributeApi
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.companies.routes import surface as companies_surface
from oauth.consents.desk import Consents
from oauth.mail.printed import PrintedMailer
from oauth.mail.smtp import SmtpMailer
from oauth.model.kinds import COMPANIES, TERMS, WRAPPED_KEYS
from oauth.pages.app import CitizenPages
from oauth.ports import DeviceApprovals, Mailer, Shelves
from oauth.records.api import surface as records_surface
from oauth.records.keeping import PersonRecords
from oauth.records.service import MemberRecords
from oauth.records.statistics import MemberStatistics
from oauth.release.service import Release
from oauth.sealing.master import MasterKey
from oauth.sealing.sealer import Sealer
from oauth.server.api import surface as server_surface
from oauth.server.clients import Clients
from oauth.server.keys import KeyRing
from oauth.server.machine_tokens import MachineTokens
from oauth.server.server import Beneath, Beside, Lifetimes, authorization_server
from oauth.server.subjects import Subjects
from oauth.server.tokens import TokenReader
from oauth.staff.app import surface as staff_surface
from oauth.staff.door import StaffDoor
from oauth.staff.sessions import StaffSessions
from oauth.terms.packaged import DOCUMENTS, ID_TERMS
from serving.access import Authenticator
from serving.app import Surface
from serving.remote import Network, Remote, read_networks

_SWEEP_S = 60.0
_STATISTICS_S = 20.0
"""How often somebody looks whether the next numbers are due."""


@dataclass(frozen=True)
class IdentityRoom:
    """The identity, and what it serves.

    Attributes:
        door: lets staff's browsers look at guarded pages.
        companies, accounts, consents, personal: what the demo goes on with.
    """

    issuer: str
    surfaces: Sequence[Surface]
    probes: Mapping[str, Probe]
    door: Authenticator
    companies: Companies
    accounts: Accounts
    personal: PersonalData
    consents: Consents
    statistics: MemberStatistics


@dataclass(frozen=True)
class Identity:
    """Whether citizens can be served here, and by what; `why_not` is said to the operator."""

    issuer: str = ""
    master: MasterKey | None = None
    why_not: str = ""


def identity_of(parts: Parts) -> Identity:
    """What the settings allow.

    Raises:
        ConfigurationError: issuer or master key are given, and are none.
    """
    issuer = issuer_of(parts.settings)
    if not issuer:
        return Identity(why_not="no --issuer, and the address is not loopback")
    master = master_key(parts.settings, parts.ids)
    if master is None:
        return Identity(why_not="no vault.master_key for a shared database")
    return Identity(issuer, master)


@asynccontextmanager
async def open_identity(
    parts: Parts,
    broker: BrokerRoom,
    inner: Authenticator,
    identity: Identity,
    *,
    devices: DeviceApprovals | None,
    simulated: bool,
) -> AsyncIterator[IdentityRoom]:
    """Open the vault and put the identity's rooms together.

    `simulated` says that the people are made up, as in the demo: then mail is printed, and
    statistics are counted every minute.

    Raises:
        ConfigurationError: mail has nowhere to go.
        UnavailableError: vault or key store cannot be opened.
    """
    settings, clock, ids, issuer = parts.settings, parts.clock, parts.ids, identity.issuer
    master = identity.master
    if master is None:
        raise ConfigurationError("vault.master_key: missing")
    async with AsyncExitStack() as opened:
        # What is kept, and the keys apart from it.
        vault, keys = await opened.enter_async_context(open_vault(settings, clock, ids))
        sealer = Sealer(keys.shelf(WRAPPED_KEYS), master, ids, clock)
        await _publish_terms(vault)

        # People.
        passwords = opened.enter_context(Passwords(ids=ids))
        personal = PersonalData(
            vault=vault, sealer=sealer, clock=clock, minor_age=settings.oauth_minor_age
        )
        consents = Consents(vault=vault, clock=clock, ids=ids)
        post = Post(mailer_of(settings, issuer, clock, ids))
        accounts = Accounts(
            put_together(
                vault=vault,
                sealer=sealer,
                personal=personal,
                passwords=passwords,
                post=post,
                master=master,
                issuer=issuer,
                clock=clock,
                ids=ids,
                rules=_account_rules(settings),
            ),
            end_consents=consents.end_all,
        )

        # Companies, and what they read and tell.
        machines = MachineTokens(
            store=parts.stores.tokens,
            clock=clock,
            ids=ids,
            ttl_s=settings.oauth_access_token_ttl_s,
        )
        companies = Companies(
            vault=vault,
            clock=clock,
            ids=ids,
            allow_loopback=issuer.startswith("http://"),
            silence=machines.end,
            part=consents.end_client,
        )
        tokens = TokenReader(vault=vault, issuer=issuer, clock=clock)
        subjects = Subjects(vault=vault, master=master)
        told = PersonRecords(vault=vault, sealer=sealer)
        release = Release(
            vault=vault,
            sealer=sealer,
            tokens=tokens,
            subjects=subjects,
            members=told,
            audience=issuer,
            clock=clock,
            ids=ids,
        )
        records = MemberRecords(
            vault=vault, sealer=sealer, subjects=subjects, clock=clock, audience=issuer
        )
        statistics = MemberStatistics(
            vault=vault,
            sealer=sealer,
            sink=open_member_feed(
                PolicyShelf.packaged(),
                BrokerSink(broker.broker),
                clock=clock,
                notice_url=f"{issuer}/terms/{ID_TERMS}",
                simulated=simulated,
            ),
            clock=clock,
            ids=ids,
            min_people=settings.oauth_statistics_min_people,
            period_s=60 if simulated else 3600,
        )

        # Browsers.
        cookies = Cookies(secure=issuer.startswith("https://"))
        export = Export(
            vault=vault,
            personal=personal,
            sessions=accounts.sessions,
            member_data=told,
            clock=clock,
        )
        pages = CitizenPages(
            accounts=accounts,
            personal=personal,
            consents=consents,
            companies=companies,
            provisions=release,
            export=export.export,
            records=told,
            cookies=cookies,
            network=Remote(_proxies(settings)).network,
            clock=clock,
            ids=ids,
        )
        sessions = StaffSessions(vault=vault, tokens=parts.stores.tokens, clock=clock, ids=ids)

        # OAuth.
        signing = KeyRing(
            vault=vault,
            master=master,
            clock=clock,
            ids=ids,
            rotation_d=settings.oauth_key_rotation_d,
        )
        server = authorization_server(
            Beneath(
                issuer=issuer,
                vault=vault,
                companies=companies,
                consents=consents,
                clients=Clients(companies=companies, clock=clock),
                tokens=tokens,
                subjects=subjects,
                keys=signing,
                machines=machines,
                clock=clock,
                ids=ids,
                registry=parts.metrics,
            ),
            Beside(
                visitors=accounts,
                personal=personal,
                provisions=release,
                cookies=cookies,
                screens=pages.screens,
            ),
            Lifetimes(
                access_token_s=settings.oauth_access_token_ttl_s,
                code_s=settings.oauth_code_ttl_s,
                refresh_idle_d=settings.oauth_refresh_idle_d,
            ),
        )

        await accounts.finish_erasures()  # what a crash left half done
        opened.push_async_callback(post.flush)
        parts.tasks.keep("mail", post.run)
        parts.tasks.keep(
            "vault sweep", partial(every, _SWEEP_S, partial(_sweep, parts, vault, keys))
        )
        parts.tasks.keep("erasures", partial(every, _SWEEP_S, accounts.finish_erasures))
        parts.tasks.keep("member statistics", partial(every, _STATISTICS_S, statistics.publish_due))
        yield IdentityRoom(
            issuer=issuer,
            surfaces=[
                server_surface(server),
                AttributeApi(release=release, ids=ids).surface(),
                records_surface(records, tokens),
                companies_surface(companies, clock),
                pages.surface(),
                staff_surface(
                    companies=companies,
                    vault=vault,
                    sessions=sessions,
                    cookies=cookies,
                    clock=clock,
                    ids=ids,
                    devices=devices,
                ),
            ],
            probes={"vault": partial(_probe, vault), "keys": partial(_probe_keys, keys)},
            door=StaffDoor(inner, sessions=sessions, cookies=cookies),
            companies=companies,
            accounts=accounts,
            personal=personal,
            consents=consents,
            statistics=statistics,
        )


async def _publish_terms(vault: Shelves) -> None:
    """The packaged terms are there from the first start; a version that is there stays."""
    for document in DOCUMENTS:
        await vault.shelf(TERMS).add(document)


def mailer_of(settings: Settings, issuer: str, clock: Clock, ids: IdSource) -> Mailer:
    """By the mail server; without one on the console, where only this machine is served.

    Raises:
        ConfigurationError: other people are served: their addresses and links would end up in the
            log of the service.
    """
    if not settings.mail_smtp_url and is_loopback(urlsplit(issuer).hostname or ""):
        return PrintedMailer(sys.stdout)
    if not settings.mail_smtp_url:
        raise ConfigurationError("mail.smtp_url: missing; mail is printed on loopback only")
    try:
        return SmtpMailer(settings.mail_smtp_url, settings.mail_from, clock=clock, ids=ids)
    except ValueError:
        raise ConfigurationError(
            "mail.smtp_url or mail.from: not of the form smtp://host, name@host"
        ) from None


def _account_rules(settings: Settings) -> AccountRules:
    return AccountRules(
        session=SessionLimits(
            idle_s=settings.oauth_session_idle_min * 60,
            longest_s=settings.oauth_session_max_h * 3600,
        ),
        minor_age=settings.oauth_minor_age,
    )


def _proxies(settings: Settings) -> Sequence[Network]:
    texts = [one for one in settings.http_trusted_proxies.split(",") if one.strip()]
    try:
        return read_networks(texts)
    except ValueError:
        raise ConfigurationError("http.trusted_proxies: not networks like 10.0.0.0/8") from None


async def _sweep(parts: Parts, vault: Shelves, keys: Shelves) -> None:
    now = parts.clock.now()
    await vault.sweep(now)
    await keys.sweep(now)


async def _probe(vault: Shelves) -> None:
    await vault.shelf(COMPANIES).get("probe")


async def _probe_keys(keys: Shelves) -> None:
    await keys.shelf(WRAPPED_KEYS).get("probe")
