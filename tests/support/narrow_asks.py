"""What somebody with a narrow token may ask: every operation, in many ways, in hidden names.

`@attr@` and its like stand for a name that is hidden from him, or for a phantom's of the same
length, so that answers about the one can be compared with answers about the other.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

# Values that nothing asks about, and names that the holder has guessed.
VALUES: Final = ("marker-in-a-value", "marker-in-metadata", "987654321", "marker-in-a-subscription")
REAL: Final = {
    "@attr@": "markedAttribute",
    "@meta@": "markedMetadata",
    "@type@": "MarkedType",
    "@id@": "urn:x:marked:1",
    "@depot@": "urn:x:marked:2",
    "@path@": "/markedDepot",
    "@tenant@": "markedtenant",
}
PHANTOM: Final = {
    "@attr@": "phantomOfAnAttr",
    "@meta@": "phantomMetaData",
    "@type@": "PhantomOne",
    "@id@": "urn:x:phanto:1",
    "@depot@": "urn:x:phanto:2",
    "@path@": "/phantomDepot",
    "@tenant@": "phantomtenan",
}
MARKERS: Final = (*VALUES, *REAL.values())

SHOWN: Final = ("urn:x:air:1", "urn:x:air:2", "urn:x:air:3")


@dataclass(frozen=True)
class Ask:
    """One request; `@attr@` and its like stand for a hidden name or for a phantom's."""

    operation: str
    path: str = ""
    query: str = ""
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return self.operation.split(" ")[0]

    def words(self, names: Mapping[str, str]) -> tuple[str, str | None, dict[str, str]]:
        """URL, body and headers with these names."""
        url = (self.path or self.operation.split(" ")[1]) + (f"?{self.query}" if self.query else "")
        said = (url, None if self.body is None else json.dumps(self.body), json.dumps(self.headers))
        url, body, headers = (_filled(text, names) for text in said)
        return url or "", body, json.loads(headers or "{}")

    @property
    def names_something_hidden(self) -> bool:
        return any("@" in (text or "") for text in map(str, self.words({})))


def _filled(text: str | None, names: Mapping[str, str]) -> str | None:
    for mark, name in names.items():
        text = None if text is None else text.replace(mark, name)
    return text


# What the holder asks -----------------------------------------------------------------------------

ENTITY: Final = "/v2/entities/{entityId}"
LD: Final = "/ngsi-ld/v1"
_POINT: Final = "geometry=point&coords=43.06,141.35"
_LD_POINT: Final = "geometry=Point&coordinates=[141.35,43.06]"
_QUERIES: Final = (
    "",
    "options=count",
    "options=count,keyValues",
    "options=count,values",
    "options=count,unique",
    "limit=1&offset=1&options=count",
    "attrs=*,dateModified,dateCreated&metadata=*,dateModified,dateCreated",
    "attrs=@attr@",
    "attrs=*,@attr@&options=values",
    "attrs=@attr@,temperature&options=keyValues",
    "metadata=@meta@",
    "q=@attr@&options=count",
    "q=!@attr@&options=count",
    "q=@attr@==marker-in-a-value&options=count",
    "q=@attr@!=x&options=count",
    "q=@attr@~=mark&options=count",
    "q=@attr@>0;temperature>0&options=count",
    "q=dateModified>2000-01-01&options=count",
    "q=temperature>=0&options=count",
    "mq=@attr@.@meta@&options=count",
    "mq=@attr@.dateModified>2000-01-01&options=count",
    "orderBy=@attr@&options=keyValues",
    "orderBy=!@attr@,id&options=keyValues",
    "orderBy=!dateModified&options=keyValues",
    f"georel=near;maxDistance:1000&{_POINT}&options=count",
    f"georel=disjoint&{_POINT}&options=count",
    f"georel=near;maxDistance:1000&{_POINT}&orderBy=geo:distance",
    "type=@type@&options=count",
    "typePattern=.*&options=count",
    "typePattern=^@type@&options=count",
    "id=@id@&options=count",
    "id=@depot@&options=count",
    "idPattern=.*&options=count&limit=100",
)
_PATHS: Final = ("", "/#", "/parks/#", "@path@", "@path@/#", "/,@path@")
_LD_QUERIES: Final = (
    "local=true",
    "local=true&count=true&options=sysAttrs",
    "type=Air&count=true&options=keyValues",
    "type=@type@&count=true",
    "type=Air,@type@&count=true&limit=2",
    "id=@id@,@depot@&count=true",
    "idPattern=.*&count=true&options=concise",
    "q=@attr@&count=true",
    'q=@attr@=="marker-in-a-value"&count=true',
    "q=@attr@.@meta@&count=true",
    "q=modifiedAt>2000-01-01T00:00:00Z&count=true",
    "attrs=@attr@&count=true",
    "type=Air&attrs=temperature,@attr@",
    "type=Air&pick=@attr@",
    "type=Air&pick=id,type,@attr@",
    "type=Air&omit=temperature,note",
    f"georel=near;maxDistance==1000&{_LD_POINT}&count=true",
    f"georel=near;maxDistance==1000&{_LD_POINT}&geoproperty=@attr@&count=true",
    "type=Air&scopeQ=/%23&count=true",
)
_HISTORY: Final = (
    "lastN=10", "hLimit=10", "fromDate=2000-01-01", "aggrMethod=count", "aggrMethod=sum",
    "aggrMethod=max&aggrPeriod=year", "type=@type@&lastN=10", "type=Air&lastN=10",
)  # fmt: skip


def v2_reads() -> Iterator[Ask]:
    yield Ask("GET /v2")
    for query in _QUERIES:
        for path in _PATHS:
            headers = {"Fiware-ServicePath": path} if path else {}
            yield Ask("GET /v2/entities", "", query, None, headers)
    yield Ask("GET /v2/entities", "", "", None, {"Fiware-Service": "@tenant@"})
    for entity in (SHOWN[0], "@id@", "@depot@"):
        one = f"/v2/entities/{entity}"
        for query in ("", "type=Air", "type=@type@", "attrs=@attr@", "options=keyValues",
                      "attrs=*,dateModified&metadata=*", "options=values"):  # fmt: skip
            yield Ask(f"GET {ENTITY}", one, query)
            yield Ask(f"GET {ENTITY}/attrs", f"{one}/attrs", query)
        for name in ("temperature", "note", "@attr@", "dateModified"):
            attr = f"{ENTITY}/attrs/{{attrName}}"
            yield Ask(f"GET {attr}", f"{one}/attrs/{name}")
            yield Ask(f"GET {attr}/value", f"{one}/attrs/{name}/value")
            for query in _HISTORY:
                yield Ask(f"GET {attr}", f"{one}/attrs/{name}", query)
                yield Ask(f"GET {attr}/value", f"{one}/attrs/{name}/value", query)
    for path in _PATHS:
        headers = {"Fiware-ServicePath": path} if path else {}
        for query in ("", "options=count", "options=values", "options=noAttrDetail"):
            yield Ask("GET /v2/types", "", query, None, headers)
        for name in ("Air", "@type@"):
            yield Ask("GET /v2/types/{entityType}", f"/v2/types/{name}", "", None, headers)
    for body in (
        {"entities": [{"idPattern": ".*"}]},
        {"entities": [{"idPattern": ".*", "type": "@type@"}]},
        {"entities": [{"id": "@id@"}, {"id": "@depot@"}]},
        {"entities": [{"idPattern": ".*"}], "attrs": ["@attr@", "*"], "metadata": ["*"]},
        {"entities": [{"idPattern": ".*"}], "expression": {"q": "@attr@"}},
        {"entities": [{"idPattern": ".*"}], "expression": {"mq": "@attr@.@meta@"}},
        {"entities": [{"typePattern": ".*", "idPattern": ".*"}],
         "expression": {"georel": "near;maxDistance:1000", "geometry": "point",
                        "coords": "43.06,141.35"}},
    ):  # fmt: skip
        yield Ask("POST /v2/op/query", "", "options=count&limit=100", body)
        yield Ask("POST /v2/op/query", "", "options=count,unique&orderBy=@attr@", body)


def ld_reads() -> Iterator[Ask]:
    for query in _LD_QUERIES:
        yield Ask(f"GET {LD}/entities", "", query)
        geo = {"Accept": "application/geo+json"}
        if "options" not in query:
            yield Ask(f"GET {LD}/entities", "", f"{query}&geometryProperty=@attr@", None, geo)
    yield Ask(f"GET {LD}/entities", "", "local=true", None, {"NGSILD-Tenant": "@tenant@"})
    for entity in (SHOWN[0], "@id@", "@depot@"):
        for query in ("", "options=sysAttrs", "attrs=@attr@", "type=@type@", "pick=@attr@"):
            yield Ask(f"GET {LD}/entities/{{entityId}}", f"{LD}/entities/{entity}", query)
    for resource in ("types", "attributes"):
        yield Ask(f"GET {LD}/{resource}")
        yield Ask(f"GET {LD}/{resource}", "", "details=true")
    for name in ("Air", "@type@"):
        yield Ask(f"GET {LD}/types/{{type}}", f"{LD}/types/{name}")
    for name in ("temperature", "@attr@"):
        yield Ask(f"GET {LD}/attributes/{{attrId}}", f"{LD}/attributes/{name}")
    for rest in (
        {"entities": [{"type": "Air"}]},
        {"entities": [{"type": "@type@"}]},
        {"entities": [{"idPattern": ".*"}], "q": "@attr@"},
        {"entities": [{"id": ["@id@", "@depot@"]}]},
        {"attrs": ["@attr@"]},
        {"geoQ": {"georel": "near;maxDistance==1000", "geometry": "Point",
                  "coordinates": [141.35, 43.06], "geoproperty": "@attr@"}},
    ):  # fmt: skip
        yield Ask(f"POST {LD}/entityOperations/query", "", "count=true", {"type": "Query", **rest})


def v2_writes() -> Iterator[Ask]:
    """Of what is hidden; and of what is shown, so that hidden parts must stay."""
    some, hidden = {"temperature": {"value": 5}}, {"@attr@": {"value": 1}}
    for entity, kind, path in (
        (SHOWN[0], "Air", "/parks"),
        (SHOWN[0], "@type@", "/parks"),
        ("@id@", "@type@", "/parks"),
        ("@id@", "", "/parks"),
        ("@depot@", "Air", "@path@"),
        ("@depot@", "", "@path@"),
        ("@depot@", "Air", "/parks"),
    ):
        at = {"Fiware-ServicePath": path}
        one, query = f"/v2/entities/{entity}", f"type={kind}" if kind else ""
        whole = {"id": entity, **({"type": kind} if kind else {})}
        for values in (some, hidden, {**some, **hidden}):
            for option in ("", "options=upsert"):
                yield Ask("POST /v2/entities", "", option, {**whole, **values}, at)
            for method in ("POST", "PATCH", "PUT"):
                yield Ask(f"{method} {ENTITY}/attrs", f"{one}/attrs", query, values, at)
            for action in ("append", "appendStrict", "update", "replace", "delete"):
                batch = {"actionType": action, "entities": [{**whole, **values}]}
                yield Ask("POST /v2/op/update", "", "", batch, at)
            news = {"subscriptionId": "0" * 24, "data": [{**whole, **values}]}
            yield Ask("POST /v2/op/notify", "", "", news, at)
        for name in ("temperature", "@attr@"):
            attr = f"{ENTITY}/attrs/{{attrName}}"
            yield Ask(f"PUT {attr}", f"{one}/attrs/{name}", query, {"value": 6}, at)
            yield Ask(f"PUT {attr}/value", f"{one}/attrs/{name}/value", query, {"n": 7}, at)
            yield Ask(f"DELETE {attr}", f"{one}/attrs/{name}", query, None, at)
        yield Ask(f"DELETE {ENTITY}", one, query, None, at)
        yield Ask("POST /v2/op/update", "", "", {"actionType": "delete", "entities": [whole]}, at)


def ld_writes() -> Iterator[Ask]:
    some = {"temperature": {"type": "Property", "value": 5}}
    hidden = {"@attr@": {"type": "Property", "value": 1}}
    removal = {"temperature": {"type": "Property", "value": 8}, "@attr@": "urn:ngsi-ld:null"}
    fresh = {"type": "Air", **some}
    yield Ask(f"POST {LD}/entities", "", "", {"id": "urn:x:fresh:1", **fresh})
    yield Ask(f"POST {LD}/entityOperations/create", "", "", [{"id": "urn:x:fresh:2", **fresh}])
    for entity, kind in ((SHOWN[1], "Air"), (SHOWN[1], "@type@"), ("@id@", "@type@"),
                         ("@depot@", "Air")):  # fmt: skip
        one = f"{LD}/entities/{entity}"
        for values in (some, hidden, {**some, **hidden}):
            whole = {"id": entity, "type": kind, **values}
            yield Ask(f"POST {LD}/entities", "", "", whole)
            yield Ask(f"PUT {LD}/entities/{{entityId}}", one, "", whole)
            yield Ask(f"PATCH {LD}/entities/{{entityId}}", one, "", values)
            for method in ("POST", "PATCH"):
                yield Ask(f"{method} {LD}/entities/{{entityId}}/attrs", f"{one}/attrs", "", values)
            for operation in ("create", "upsert", "update", "merge"):
                yield Ask(f"POST {LD}/entityOperations/{operation}", "", "", [whole])
        yield Ask(f"PATCH {LD}/entities/{{entityId}}", one, "", removal)
        for name in ("temperature", "@attr@"):
            attr = f"{LD}/entities/{{entityId}}/attrs/{{attrId}}"
            yield Ask(f"PATCH {attr}", f"{one}/attrs/{name}", "", {"value": 6})
            yield Ask(f"PUT {attr}", f"{one}/attrs/{name}", "", {"type": "Property", "value": 6})
            yield Ask(f"DELETE {attr}", f"{one}/attrs/{name}")
        yield Ask(f"DELETE {LD}/entities/{{entityId}}", one)
        yield Ask(f"POST {LD}/entityOperations/delete", "", "", [entity])


def subscribing(kept: Mapping[str, str]) -> Iterator[Ask]:
    """About the subscriptions of others, whose ids he has guessed."""
    for face, list_query in (("/v2", "options=count"), (LD, "count=true")):
        every, one = f"{face}/subscriptions", f"{face}/subscriptions/{{subscriptionId}}"
        yield Ask(f"GET {every}", "", list_query)
        other = f"{face}/subscriptions/{kept[face]}"
        yield Ask(f"GET {one}", other)
        yield Ask(f"PATCH {one}", other, "", {"description": "mine now"})
        yield Ask(f"DELETE {one}", other)
    one, other = "/v2/subscriptions/{subscriptionId}", f"/v2/subscriptions/{kept['/v2']}"
    yield Ask(f"GET {one}/deliveries", f"{other}/deliveries")
    yield Ask(f"POST {one}/deliveries/replay", f"{other}/deliveries/replay", "", {})
    hidden = {"entity": {"id": "@id@", "type": "@type@", "@attr@": {"value": 1}}}
    for entity in (hidden, {"entity": {"id": SHOWN[0], "type": "Air"}}):
        yield Ask(f"POST {one}/explain", f"{other}/explain", "", entity)


def registering(kept: str) -> Iterator[Ask]:
    """About the registration of somebody else, whose id he has guessed; and his own wishes."""
    every, one = "/v2/registrations", "/v2/registrations/{registrationId}"
    yield Ask(f"GET {every}", "", "options=count")
    yield Ask(f"GET {one}", f"{every}/{kept}")
    yield Ask(f"DELETE {one}", f"{every}/{kept}")
    for entity in ({"id": "@id@", "type": "@type@"}, {"idPattern": ".*", "type": "@type@"}):
        yield Ask(f"POST {every}", "", "", registration(entity, "@attr@"))


def registration(entity: Mapping[str, str], attribute: str) -> dict[str, Any]:
    """Of a provider that nobody reaches."""
    provided = {"entities": [entity], "attrs": [attribute]}
    return {"dataProvided": provided, "provider": {"http": {"url": "http://127.0.0.1:9/"}}}


COUNTERS: Final = (Ask("GET /statistics"), Ask("DELETE /statistics"))
"""Of the process, and of nobody's data."""


def his_subscriptions(url: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Conditions, attributes, metadata and templates that name what is hidden."""
    everything = {"entities": [{"idPattern": ".*", "typePattern": ".*"}]}
    told: tuple[dict[str, Any], ...] = (
        {"http": {"url": f"{url}/his/plain"}},
        {"http": {"url": f"{url}/his/all"}, "attrs": ["*", "@attr@", "dateModified"],
         "metadata": ["*", "@meta@", "previousValue", "actionType", "dateModified"]},
        {"http": {"url": f"{url}/his/changed"}, "onlyChangedAttrs": True,
         "attrsFormat": "keyValues"},
        {"httpCustom": {"url": f"{url}/his/custom", "payload": "${id} ${@attr@} ${note}",
                        "headers": {"x-seen": "${@attr@}"}, "qs": {"seen": "${@attr@}"}}},
        {"httpCustom": {"url": f"{url}/his/json", "json": {"i": "${id}", "all": ["${@attr@}"]}}},
        {"httpCustom": {"url": f"{url}/his/ngsi",
                        "ngsi": {"copy": {"type": "Text", "value": "${@attr@}"}}}},
    )  # fmt: skip
    for notification in told:
        yield "/v2", {"subject": everything, "notification": notification}
    hidden = {"attrs": [], "expression": {"q": "!@attr@"}}
    yield (
        "/v2",
        {
            "subject": {**everything, "condition": hidden},
            "notification": {"http": {"url": f"{url}/his/without"}},
        },
    )
    yield (
        LD,
        {
            "type": "Subscription",
            "entities": [{"type": "Air"}, {"type": "@type@"}],
            "notification": {"endpoint": {"uri": f"{url}/his/ld"}, "sysAttrs": True},
        },
    )
    watched = {"attrs": ["@attr@"]}
    yield (
        "/v2",
        {
            "subject": {**everything, "condition": watched},
            "notification": {"http": {"url": f"{url}/his/never"}},
        },
    )
