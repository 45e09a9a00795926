"""What a start depends on is looked at first."""

import socket
from pathlib import Path

import pytest
from support.receivers import unused_port

from city.addresses import base_url
from city.ports_taken import PortTakenError, check_port, free_port
from city.preflight import (
    DatabaseAwayError,
    check_database,
    check_folder,
    check_mongodb,
    check_settings,
    database_hosts,
)
from city.settings.load import ConfigurationError
from city.settings.table import Settings


@pytest.mark.parametrize(
    "settings",
    [
        {"mqtt_url": "broker:1883"},
        {"mqtt_url": "mqtt://broker:0"},
        {"mongodb_url": "db.example"},
        {"mongodb_url": "mongodb://"},
        {"ingest_broker_url": "broker:1026"},
        {"ingest_broker_url": "ftp://broker/"},
    ],
)
def test_an_address_that_is_none_is_a_matter_of_configuration(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        check_settings(Settings(**settings))
    assert next(iter(settings)).replace("_", ".", 1) in refused.value.message


def test_addresses_that_are_some_pass() -> None:
    check_settings(
        Settings(
            mqtt_url="mqtts://u:p@broker:8883",
            mongodb_url="mongodb://u:p@a:1,b:2/?replicaSet=r",
            ingest_broker_url="https://orion.example:1026",
        )
    )


def test_no_refusal_repeats_a_password() -> None:
    for settings in ({"mqtt_url": "x://u:hidden@h"}, {"mongodb_url": "x://u:hidden@h"}):
        with pytest.raises(ConfigurationError) as refused:
            check_settings(Settings(**settings))
        assert "hidden" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("mongodb://db", [("db", 27017)]),
        ("mongodb://a:1,b:2/?replicaSet=r", [("a", 1), ("b", 2)]),
        ("mongodb://u:p@[::1]:27018/", [("::1", 27018)]),
        ("mongodb://%2Ftmp%2Fmongodb.sock", []),
        ("mongodb+srv://cluster.example", []),
    ],
)
def test_the_servers_of_a_mongodb_url(url: str, hosts: list[tuple[str, int]]) -> None:
    assert database_hosts(url) == hosts


def test_a_database_that_nobody_serves_is_named_without_the_password() -> None:
    port = unused_port()
    with pytest.raises(DatabaseAwayError) as away:
        check_mongodb(f"mongodb://u:hidden@127.0.0.1:{port}/")
    assert f"127.0.0.1:{port}" in away.value.message
    assert "hidden" not in away.value.message


def test_one_member_of_a_replica_set_is_enough_to_begin() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        check_mongodb(f"mongodb://127.0.0.1:{unused_port()},127.0.0.1:{port}/")


def test_a_folder_is_made_and_left_empty(tmp_path: Path) -> None:
    check_database(Settings(data_dir=tmp_path / "new" / "data"))
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseAwayError) as away:
        check_folder(tmp_path / "file")
    assert str(tmp_path / "file") in away.value.message


def test_a_taken_port_is_told_with_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(PortTakenError) as taken:
            check_port("127.0.0.1", port, flag="--port", purpose="HTTP")
    free = int(taken.value.message.rpartition(" ")[2])
    check_port("127.0.0.1", free, flag="--port", purpose="HTTP")


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    with pytest.raises(PortTakenError, match="not an address of this machine"):
        check_port("192.0.2.1", 1026, flag="--port", purpose="HTTP")


def test_port_0_is_always_free_and_a_free_port_is() -> None:
    check_port("127.0.0.1", 0, flag="--port", purpose="HTTP")
    check_port("127.0.0.1", free_port("127.0.0.1"), flag="--port", purpose="HTTP")


def test_ipv6_addresses_stand_in_brackets() -> None:
    assert base_url("::1", 1026) == "http://[::1]:1026"
    assert base_url("127.0.0.1", 80) == "http://127.0.0.1:80"
