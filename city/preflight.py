"""What a start depends on is looked at before anything starts: one sentence, not a traceback."""

import socket
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from city.settings.load import ConfigurationError
from city.settings.table import Settings
from ingest.mqtt_address import parse_address
from kernel.errors import CallerError, UnavailableError

_TIMEOUT_S = 3.0


class DatabaseAwayError(UnavailableError):
    """The database cannot be reached, or its folder not be written to. Exit code 4."""


def check_settings(settings: Settings) -> None:
    """See whether the addresses among the settings are addresses.

    Raises:
        ConfigurationError: one is not; a URL may hold a password and is not quoted.
    """
    if settings.mqtt_url:
        try:
            parse_address(settings.mqtt_url)
        except CallerError as error:
            raise ConfigurationError(f"mqtt.url: {error.message}") from None
    for url in _mongodb_urls(settings):
        database_hosts(url)
    broker = urlsplit(settings.ingest_broker_url)
    if settings.ingest_broker_url and (broker.scheme not in {"http", "https"} or not broker.netloc):
        raise ConfigurationError("ingest.broker_url: not of the form http://host:port")


def check_database(settings: Settings) -> None:
    """See whether the database answers, or its folder can be written to.

    Raises:
        ConfigurationError: the MongoDB URL is none.
        DatabaseAwayError: it does not, or cannot.
    """
    check_folder(settings.data_dir)
    for url in _mongodb_urls(settings):
        check_mongodb(url)


def _mongodb_urls(settings: Settings) -> list[str]:
    """Each server once: of the city, of the vault, of the keys."""
    urls = (settings.mongodb_url, settings.vault_mongodb_url, settings.vault_keys_mongodb_url)
    return list(dict.fromkeys(filter(None, urls)))


def check_mongodb(url: str) -> None:
    """See whether one of the servers that the URL names accepts connections.

    Raises:
        ConfigurationError: it is not such a URL.
        DatabaseAwayError: none does.
    """
    hosts = database_hosts(url)
    if hosts and not any(answers(host, port) for host, port in hosts):
        names = ", ".join(f"{host}:{port}" for host, port in hosts)
        raise DatabaseAwayError(
            f"No database answers at {names}; start one there, or say where with --mongodb-url"
        )


def check_folder(folder: Path) -> None:
    """See whether files can be made in the folder, which is made if need be.

    Raises:
        DatabaseAwayError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            return
    except OSError:
        raise DatabaseAwayError(
            f"The folder {folder} cannot be written to; choose another with --data-dir"
        ) from None


def database_hosts(url: str) -> list[tuple[str, int]]:
    """The servers that a MongoDB URL names; none where a name server is to be asked for them.

    Raises:
        ConfigurationError: it is not such a URL.
    """
    from pymongo.errors import PyMongoError  # noqa: PLC0415 — loaded with MongoDB only
    from pymongo.uri_parser import parse_uri  # noqa: PLC0415 — likewise

    if url.startswith("mongodb+srv://"):
        return []
    try:
        nodes = parse_uri(url)["nodelist"]
    except (PyMongoError, ValueError):
        raise ConfigurationError(
            "mongodb.url: not of the form mongodb://[user:password@]host[:port]"
        ) from None
    # Sockets of the file system have no port.
    return [(host, port) for host, port in nodes if port is not None]


def answers(host: str, port: int) -> bool:
    """Whether somebody accepts connections there within a few seconds."""
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT_S):
            return True
    except OSError:
        return False
