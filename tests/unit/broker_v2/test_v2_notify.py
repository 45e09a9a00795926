"""What a receiver gets, beyond what the transcripts of `tests/golden/v2/notifications` show."""

from typing import Any

import msgspec
import pytest

from broker.model.attribute import Attribute
from broker.model.changes import Alteration
from broker.model.entity import Entity
from broker.model.notice import Notice
from broker.ports import Outgoing
from broker.subscriptions.model import Endpoint, Subscription
from broker.v2.notify import V2Renderer
from kernel.times import Instant

AT = Instant(1_767_225_600_000_000)
URL = "http://receiver:9977/notify"


def subscription(endpoint: Endpoint, **changes: Any) -> Subscription:
    return msgspec.structs.replace(Subscription("5" * 24, (), endpoint), **changes)


def notice(**values: Any) -> Notice:
    entity = Entity("E1", ("T",), attributes={n: (Attribute(v),) for n, v in values.items()})
    return Notice("5" * 24, "http://receiver:9977", entity, Alteration.CHANGE, AT, correlator="c-1")


def rendered(endpoint: Endpoint, told: Notice, **changes: Any) -> Outgoing:
    outgoing = V2Renderer("odori/0").render(subscription(endpoint, **changes), told)
    assert outgoing is not None
    return outgoing


def test_a_value_cannot_add_lines_to_the_headers() -> None:
    endpoint = Endpoint(URL, custom=True, headers={"X-A": "${a}", "X-${a}": "1"}, payload="")
    headers = rendered(endpoint, notice(a="x\r\nX-Evil: 1")).headers
    assert all("\r" not in name + value and "\n" not in name + value for name, value in headers)


@pytest.mark.parametrize("name", ["Fiware-Correlator", "NGSIV2-ATTRSFORMAT", "fiware-correlator"])
def test_two_headers_cannot_be_overridden(name: str) -> None:
    endpoint = Endpoint(URL, custom=True, headers={name: "mine"}, payload="x")
    headers = rendered(endpoint, notice()).headers
    assert "mine" not in dict(headers).values()


def test_an_empty_header_takes_a_default_away_and_another_replaces_it() -> None:
    headers = {"accept": "", "content-type": "text/csv"}
    endpoint = Endpoint(URL, custom=True, headers=headers, payload="a,b")
    given = dict(rendered(endpoint, notice()).headers)
    assert "Accept" not in given
    assert given["Content-Type"] == "text/csv"


def test_the_body_is_as_long_as_its_header_says() -> None:
    outgoing = rendered(Endpoint(URL), notice(name="大通"))
    assert outgoing.body is not None
    assert dict(outgoing.headers)["Content-Length"] == str(len(outgoing.body))


def test_the_query_string_is_escaped() -> None:
    endpoint = Endpoint(f"{URL}?x=1", custom=True, qs={"q": "${a}"}, payload="")
    assert rendered(endpoint, notice(a="a&b=c d")).url == f"{URL}?x=1&q=a%26b%3Dc%20d"


def test_missing_macros_are_null_in_bodies_and_empty_elsewhere() -> None:
    headers, qs = {"X-A": "[${x}]"}, {"a": "[${x}]", "b": "${x}"}
    endpoint = Endpoint(URL, custom=True, headers=headers, qs=qs, payload="[${x}]")
    outgoing = rendered(endpoint, notice(x=None))
    assert outgoing == rendered(endpoint, notice())
    assert outgoing.body == b"[null]"
    assert outgoing.url == f"{URL}?a=%5B%5D"
    assert dict(outgoing.headers)["X-A"] == "[]"


def test_templates_name_attributes_that_are_not_told() -> None:
    endpoint = Endpoint(URL, custom=True, payload="${a}")
    assert rendered(endpoint, notice(a=1, b=2), attrs=("b",)).body == b"1"


def test_an_attribute_outweighs_what_belongs_to_the_request() -> None:
    endpoint = Endpoint(URL, custom=True, payload="${service} ${servicePath}")
    assert rendered(endpoint, notice(service="mine")).body == b"mine /"


def test_headers_of_ones_own_follow_in_canonical_case() -> None:
    headers = {"x-${a}": "1", "ACCEPT": "text/plain", "a-b": "%22"}
    endpoint = Endpoint(URL, custom=True, headers=headers, payload="x")
    given = rendered(endpoint, notice(a="myHeader")).headers
    assert given[-2:] == (("A-B", '"'), ("X-Myheader", "1"))
    assert dict(given)["Accept"] == "text/plain"


def test_what_is_filled_in_is_decoded_too() -> None:
    endpoint = Endpoint(URL, custom=True, payload="%3C${a}%3E")
    assert rendered(endpoint, notice(a="100%25")).body == b"<100%>"


def test_a_value_that_looks_like_a_macro_is_not_filled_again() -> None:
    endpoint = Endpoint(URL, custom=True, payload="${a}")
    assert rendered(endpoint, notice(a="${id}")).body == b"${id}"


def test_the_host_carries_no_credentials() -> None:
    outgoing = rendered(Endpoint("http://user:secret@receiver:9977/n"), notice())
    assert dict(outgoing.headers)["Host"] == "receiver:9977"


def test_an_mqtt_message_has_no_headers() -> None:
    endpoint = Endpoint("mqtt://broker:1883", "a/b", 1, retain=True, user="u", password="p")
    outgoing = rendered(endpoint, notice(a=1))
    assert (outgoing.topic, outgoing.qos, outgoing.retain) == ("a/b", 1, True)
    assert (outgoing.user, outgoing.password, outgoing.headers) == ("u", "p", ())
