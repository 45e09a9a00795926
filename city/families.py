"""What the doors of the city are called, and one command line for each."""

from typing import Final

from serving.openapi import Family
from serving.routes import Parameter

_SERVICE: Final = Parameter("Fiware-Service", "Tenant, where the server tells tenants apart")
_PATH: Final = Parameter("Fiware-ServicePath", "Service path, such as /sapporo/chikaho")
_LINK: Final = Parameter(
    "Link", 'JSON-LD context: <URL>; rel="http://www.w3.org/ns/json-ld#context"'
)
_TENANT: Final = Parameter("NGSILD-Tenant", "Tenant, where the server tells tenants apart")
_AUTHORIZED: Final = '-H "Authorization: Bearer $TOKEN"'

FAMILIES: Final = (
    Family(
        "/v2",
        "NGSI-v2",
        "Entities, subscriptions and history as FIWARE Orion serves them.",
        (_SERVICE, _PATH),
        f'curl {_AUTHORIZED} "$ODORI/v2/entities?type=WeatherObserved&options=keyValues"',
    ),
    Family(
        "/ngsi-ld",
        "NGSI-LD",
        "The same entities as linked data (ETSI GS CIM 009).",
        (_TENANT, _LINK),
        f'curl {_AUTHORIZED} "$ODORI/ngsi-ld/v1/entities?type=WeatherObserved"',
    ),
    Family(
        "/iot",
        "Devices",
        "Devices send measures with their own key; identifiers are stripped before anything is "
        "written.",
        (),
        'curl -H "Content-Type: application/json" -d \'{"t": 21.4}\' '
        '"$ODORI/iot/json?k=$KEY&i=$DEVICE"',
    ),
    Family(
        "/iot/devices",
        "Device registry (IoT Agent API)",
        "Devices as FIWARE's IoT Agents provision them.",
        (_SERVICE, _PATH),
        f'curl {_AUTHORIZED} "$ODORI/iot/devices"',
    ),
    Family(
        "/iot/services",
        "Device registry (IoT Agent API)",
        "Devices as FIWARE's IoT Agents provision them.",
        (_SERVICE, _PATH),
    ),
    Family(
        "/v1/devices",
        "Device registry",
        "Approvals and keys of devices.",
        (_SERVICE,),
        f'curl {_AUTHORIZED} "$ODORI/v1/devices"',
    ),
    Family(
        "/v1/tokens",
        "Tokens",
        "Tokens of operators, boards and other systems.",
        (),
        f'curl {_AUTHORIZED} "$ODORI/v1/tokens"',
    ),
    Family(
        "/v1/companies",
        "Companies",
        "Member companies, their clients, contracts and terms, for operators.",
        (),
        f'curl {_AUTHORIZED} "$ODORI/v1/companies"',
    ),
    Family(
        "/v1/clients",
        "Companies",
        "Member companies, their clients, contracts and terms, for operators.",
    ),
    Family(
        "/v1/terms",
        "Companies",
        "Member companies, their clients, contracts and terms, for operators.",
    ),
    Family(
        "/v1/members",
        "Members",
        "Who the member companies are, and whether they may fetch data now.",
        (),
        'curl "$ODORI/v1/members"',
    ),
    Family(
        "/members", "Members", "Who the member companies are, and whether they may fetch data now."
    ),
    Family("/staff", "Operators' pages", "The same for browsers, with devices that wait."),
    Family(
        "/ns",
        "Vocabulary",
        "JSON-LD contexts and JSON Schemas of the city's entity types.",
        (),
        'curl "$ODORI/ns/schema/WeatherObserved.json"',
    ),
    Family(
        "/",
        "City",
        "Boards, health, version, metrics, and this description.",
        (),
        'curl "$ODORI/version"',
    ),
)
