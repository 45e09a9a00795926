"""What `oauth/companies` serves, as declarations."""

from typing import Any

import msgspec

from kernel.clock import Clock
from kernel.permission import Scope
from oauth.companies.api import CompaniesApi, CompaniesFace, Overlap, Reason, Signature
from oauth.companies.desk import Companies
from oauth.companies.wishes import (
    ClientWish,
    CompanyWish,
    ContractWish,
    Redirects,
    TermsName,
    TermsWish,
)
from serving.access import OPEN
from serving.app import Surface
from serving.routes import Parameter, Route

_OPERATOR = Scope.OPERATOR
_NONE = "There is no such company, client or text"


def surface(companies: Companies, clock: Clock) -> Surface:
    """`/v1/companies`, `/v1/clients`, `/v1/terms` for operators; `/v1/members` for everybody."""
    api = CompaniesApi(companies, clock)
    routes = [*_companies(api), *_clients(api), *_contracts(api), *_terms(api), *_members(api)]
    faces = [CompaniesFace("/v1/companies"), CompaniesFace("/v1/clients")]
    return Surface(routes=routes, faces=faces)


def _companies(api: CompaniesApi) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/companies",
            api.register,
            _OPERATOR,
            "Register a member company",
            body=_schema(CompanyWish),
            answers={201: "The company", 400: "A field is missing or wrong"},
        ),
        Route("GET", "/v1/companies", api.show_all, _OPERATOR, "List member companies"),
        Route(
            "GET",
            "/v1/companies/{id}",
            api.show,
            _OPERATOR,
            "Show a company with the changes of its state",
            answers={200: "The company", 404: _NONE},
        ),
        Route(
            "PUT",
            "/v1/companies/{id}/suspension",
            api.suspend,
            _OPERATOR,
            "Suspend a company: its clients and tokens are dead with the next call",
            body=_schema(Reason),
            answers={200: "The company", 404: _NONE, 409: "Suspended already"},
        ),
        Route(
            "DELETE",
            "/v1/companies/{id}/suspension",
            api.activate,
            _OPERATOR,
            "End a suspension; tokens of before stay dead",
            parameters=(Parameter("reason", "Why", required=True),),
            answers={200: "The company", 404: _NONE, 409: "Not suspended"},
        ),
    ]


def _clients(api: CompaniesApi) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/companies/{id}/clients",
            api.register_client,
            _OPERATOR,
            "Register a client of a company; its secret is shown this once",
            "RFC 6749 §2",
            body=_schema(ClientWish),
            answers={201: "The client and its secret", 400: "invalid_redirect_uri", 404: _NONE},
        ),
        Route(
            "GET",
            "/v1/companies/{id}/clients",
            api.clients,
            _OPERATOR,
            "List the clients of a company",
            answers={200: "The clients", 404: _NONE},
        ),
        Route(
            "GET",
            "/v1/clients/{id}",
            api.client,
            _OPERATOR,
            "Show a client and what it lacks before it works",
            answers={200: "The client", 404: _NONE},
        ),
        Route(
            "DELETE",
            "/v1/clients/{id}",
            api.end_client,
            _OPERATOR,
            "End a client for good",
            answers={204: "Ended", 404: _NONE},
        ),
        Route(
            "PUT",
            "/v1/clients/{id}/redirect-uris",
            api.redirect,
            _OPERATOR,
            "Say where a service is answered from now on",
            "RFC 6749 §3.1.2",
            body=_schema(Redirects),
            answers={200: "The client", 400: "invalid_redirect_uri", 404: _NONE, 409: "Ended"},
        ),
        Route(
            "POST",
            "/v1/clients/{id}/secret",
            api.rotate,
            _OPERATOR,
            "Give a client another secret, shown this once",
            body=_schema(Overlap),
            answers={200: "The client and its secret", 404: _NONE, 409: "The client has ended"},
        ),
        Route(
            "DELETE",
            "/v1/clients/{id}/secret/previous",
            api.drop_previous,
            _OPERATOR,
            "End the secret of before at once",
            answers={204: "Ended", 404: _NONE},
        ),
    ]


def _contracts(api: CompaniesApi) -> list[Route]:
    return [
        Route(
            "PUT",
            "/v1/clients/{id}/contract",
            api.set_contract,
            _OPERATOR,
            "Set the next version of a client's contract",
            body=_schema(ContractWish),
            answers={200: "The contract", 400: "A field is missing or wrong", 404: _NONE},
        ),
        Route(
            "GET",
            "/v1/clients/{id}/contract",
            api.contract,
            _OPERATOR,
            "Show the present version of a client's contract",
            answers={200: "The contract", 404: "No such client, or it has no contract"},
        ),
        Route(
            "GET",
            "/v1/clients/{id}/contract/versions",
            api.contract_versions,
            _OPERATOR,
            "List every version of a client's contract",
            answers={200: "The oldest first", 404: _NONE},
        ),
        Route(
            "POST",
            "/v1/clients/{id}/contract/signature",
            api.sign_contract,
            _OPERATOR,
            "Put the present version of a contract in force",
            body=_schema(Signature),
            answers={200: "The contract", 404: _NONE, 409: "Signed already, or another document"},
        ),
        Route(
            "PUT",
            "/v1/clients/{id}/terms",
            api.bind_terms,
            _OPERATOR,
            "Say which version of its service's terms a client works under",
            body=_schema(TermsName),
            answers={200: "The client", 404: _NONE, 409: "A clause is missing"},
        ),
    ]


def _terms(api: CompaniesApi) -> list[Route]:
    return [
        Route(
            "POST",
            "/v1/terms",
            api.put_terms,
            _OPERATOR,
            "Store a version of a text; no version ever changes",
            body=_schema(TermsWish),
            answers={201: "The version and its hash", 404: _NONE, 409: "It exists, or is no later"},
        ),
        Route("GET", "/v1/terms", api.all_terms, _OPERATOR, "List every version of every text"),
        Route(
            "GET",
            "/v1/terms/{id}",
            api.terms_versions,
            _OPERATOR,
            "List the versions of a text",
            answers={200: "In the order in which they take effect", 404: _NONE},
        ),
        Route(
            "GET",
            "/v1/terms/{id}/{version}",
            api.terms,
            _OPERATOR,
            "Show one version with its text",
            answers={200: "The text in both languages", 404: _NONE},
        ),
    ]


def _members(api: CompaniesApi) -> list[Route]:
    return [
        Route(
            "GET",
            "/v1/members",
            api.members,
            OPEN,
            "List member companies, what they offer, and whether they may fetch data now",
        )
    ]


def _schema(wish: type) -> dict[str, Any]:
    """JSON Schema of a body; definitions stand in `$defs`."""
    return msgspec.json.schema(wish)
