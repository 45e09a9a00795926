"""The authorization server, put together by hand: reads top to bottom as who needs whom."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry

from kernel.clock import Clock
from kernel.ids import IdSource
from oauth.browser.cookies import Cookies
from oauth.companies.desk import Companies
from oauth.consents.desk import Consents
from oauth.ports import Shelves
from oauth.server.addressing import Addressing
from oauth.server.authorize import AuthorizeEndpoint
from oauth.server.authorizing import Authorizing
from oauth.server.clients import Clients
from oauth.server.consent_page import ConsentPage
from oauth.server.decision import DecisionEndpoint
from oauth.server.discovery import Discovery
from oauth.server.events import SecurityEvents
from oauth.server.family_desk import FamilyDesk
from oauth.server.flow import Flow
from oauth.server.hints import IdTokenHints
from oauth.server.introspect import IntrospectEndpoint
from oauth.server.issuing import Issuer
from oauth.server.keys import KeyRing
from oauth.server.machine_tokens import MachineTokens
from oauth.server.own_desk import OwnDesk
from oauth.server.ports import IdProvisions, PersonalValues, Visitors
from oauth.server.revoke import RevokeEndpoint
from oauth.server.screens import Screens
from oauth.server.subjects import Subjects
from oauth.server.token import TokenEndpoint
from oauth.server.tokens import TokenReader


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The settings `oauth.access_token_ttl_s`, `oauth.code_ttl_s`, `oauth.refresh_idle_d`."""

    access_token_s: int = 300
    code_s: int = 60
    refresh_idle_d: int = 30


@dataclass(frozen=True, slots=True)
class Beneath:
    """What the server stands on and shares with other rooms.

    Attributes:
        issuer: one exact string; the audience of every access token.
    """

    issuer: str
    vault: Shelves
    companies: Companies
    consents: Consents
    clients: Clients
    tokens: TokenReader
    subjects: Subjects
    keys: KeyRing
    machines: MachineTokens
    clock: Clock
    ids: IdSource
    registry: CollectorRegistry


@dataclass(frozen=True, slots=True)
class Beside:
    """Whom the server asks: who is at the browser, what they entered, how it is shown, recorded."""

    visitors: Visitors
    personal: PersonalValues
    provisions: IdProvisions
    cookies: Cookies
    screens: Screens


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """Every endpoint, ready to be routed."""

    authorize: AuthorizeEndpoint
    decision: DecisionEndpoint
    token: TokenEndpoint
    revoke: RevokeEndpoint
    introspect: IntrospectEndpoint
    discovery: Discovery


def authorization_server(
    beneath: Beneath, beside: Beside, lifetimes: Lifetimes
) -> AuthorizationServer:
    """The server of one issuer. It keeps nothing in memory but opened signing keys."""
    authorizing = Authorizing(
        vault=beneath.vault,
        companies=beneath.companies,
        clock=beneath.clock,
        ids=beneath.ids,
        code_ttl_s=lifetimes.code_s,
    )
    issuer = Issuer(
        vault=beneath.vault,
        issuer=beneath.issuer,
        clock=beneath.clock,
        ids=beneath.ids,
        ttl_s=lifetimes.access_token_s,
    )
    flow = _flow(beneath, beside, authorizing)
    return AuthorizationServer(
        authorize=AuthorizeEndpoint(flow),
        decision=DecisionEndpoint(flow),
        token=TokenEndpoint(
            clients=beneath.clients,
            families=_families(beneath, beside, issuer, lifetimes),
            own=OwnDesk(
                companies=beneath.companies,
                issuer=issuer,
                machines=beneath.machines,
                clock=beneath.clock,
            ),
            ids=beneath.ids,
        ),
        revoke=RevokeEndpoint(
            vault=beneath.vault,
            clients=beneath.clients,
            machines=beneath.machines,
            clock=beneath.clock,
        ),
        introspect=IntrospectEndpoint(
            clients=beneath.clients,
            tokens=beneath.tokens,
            subjects=beneath.subjects,
            clock=beneath.clock,
        ),
        discovery=Discovery(issuer=beneath.issuer, keys=beneath.keys),
    )


def _flow(beneath: Beneath, beside: Beside, authorizing: Authorizing) -> Flow:
    return Flow(
        addressing=Addressing(
            authorizing=authorizing, screens=beside.screens, issuer=beneath.issuer
        ),
        authorizing=authorizing,
        page=ConsentPage(
            authorizing=authorizing,
            consents=beneath.consents,
            personal=beside.personal,
            clock=beneath.clock,
        ),
        consents=beneath.consents,
        hints=IdTokenHints(keys=beneath.keys, subjects=beneath.subjects, issuer=beneath.issuer),
        visitors=beside.visitors,
        cookies=beside.cookies,
        screens=beside.screens,
        clock=beneath.clock,
    )


def _families(beneath: Beneath, beside: Beside, issuer: Issuer, lifetimes: Lifetimes) -> FamilyDesk:
    return FamilyDesk(
        vault=beneath.vault,
        tokens=beneath.tokens,
        issuer=issuer,
        keys=beneath.keys,
        subjects=beneath.subjects,
        provisions=beside.provisions,
        events=SecurityEvents(
            vault=beneath.vault,
            clock=beneath.clock,
            ids=beneath.ids,
            registry=beneath.registry,
        ),
        clock=beneath.clock,
        ids=beneath.ids,
        name=beneath.issuer,
        refresh_idle_d=lifetimes.refresh_idle_d,
    )
