"""Where citizens and companies reach this city, and the key that everything of theirs hangs on."""

from pathlib import Path
from urllib.parse import urlsplit

from city.addresses import base_url
from city.doors import is_loopback
from city.ports_taken import free_port
from city.settings.load import ConfigurationError
from city.settings.table import Settings
from kernel.ids import IdSource
from oauth.sealing.master import MasterKey

MASTER_KEY_FILE = "master-key"


def with_port(settings: Settings) -> Settings:
    """The settings with a port that is known: the issuer names it before anybody listens."""
    if settings.http_port or settings.oauth_issuer:
        return settings
    return settings.model_copy(update={"http_port": free_port(settings.http_host)})


def issuer_of(settings: Settings) -> str:
    """The issuer, one exact string (RFC 8414 §2); empty where citizens cannot be served.

    Without the setting it is the address that is listened on, which only loopback can be.

    Raises:
        ConfigurationError: the setting is no URL that browsers may be sent to.
    """
    if not settings.oauth_issuer:
        at_home = is_loopback(settings.http_host)
        return base_url(settings.http_host, settings.http_port) if at_home else ""
    parts = urlsplit(settings.oauth_issuer)
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    known = parts.scheme == "https" or (
        parts.scheme == "http" and is_loopback(parts.hostname or "")
    )
    if not (bare and known and parts.hostname):
        raise ConfigurationError("oauth.issuer: not of the form https://host[:port]")
    return settings.oauth_issuer


def master_key(settings: Settings, ids: IdSource) -> MasterKey | None:
    """The key of the settings, of their file, or one made beside an embedded vault.

    None on a shared database without a key: each process would make another.

    Raises:
        ConfigurationError: what is given is no such key, or the file cannot be read.
    """
    if settings.vault_master_key:
        return _parsed(settings.vault_master_key, "vault.master_key")
    if settings.vault_master_key_file:
        return _parsed(_read(Path(settings.vault_master_key_file)), "vault.master_key_file")
    if settings.mongodb_url or settings.vault_mongodb_url:
        return None
    path = settings.data_dir / MASTER_KEY_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(MasterKey.generate(ids).reveal(), encoding="ascii")
    return _parsed(_read(path), "master-key")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError("vault.master_key_file: the file cannot be read") from None


def _parsed(text: str, name: str) -> MasterKey:
    try:
        return MasterKey.parse(text)
    except ValueError:
        raise ConfigurationError(f"{name}: not 32 bytes in base64url") from None
