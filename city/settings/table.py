"""The one table of settings. The manual's page, the command's options and the checks read it.

A setting `http.port` is the field `http_port`, the option `--http-port`, the variable
`ODORI_HTTP_PORT` and, in `odori.toml`, `port` under `[http]`. Some have a shorter option besides,
and the ones that Orion has too are understood under Orion's names.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field

from city.settings.orion_values import level_of, seconds_of

GIB = 1024**3


@dataclass(frozen=True, slots=True)
class About:
    """What the table says of a setting beside its type and default.

    Attributes:
        en, ja: one line of help.
        short: a second name of the option, such as `--port`.
        orion: Orion's single-dash option, and `ORION_…` variable.
        orion_value: our spelling of a value of Orion's.
        secret: never printed.
        group: heading in the help.
    """

    en: str
    ja: str
    group: str
    short: str = ""
    orion: str = ""
    orion_env: str = ""
    orion_value: Callable[[str], str] = str
    secret: bool = False


BaseMap = Literal["auto", "gsi", "none"]
LogFormat = Literal["human", "json"]
LogLevel = Literal["debug", "info", "warning", "error", "fatal", "none"]
_HTTP, _STORE, _BROKER = "HTTP", "Storage", "Broker"
_DELIVERY, _INGEST, _BOARDS, _LOG = "Delivery", "Intake", "Boards", "Logging"
_OAUTH, _MAIL = "Identity", "Mail"


class Settings(BaseModel):
    """Every setting, typed, with its default."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    http_host: Annotated[
        str,
        About(
            "Address to listen on; 0.0.0.0 exposes the service to the network",
            "待ち受けアドレス。0.0.0.0 で外部に公開",
            _HTTP,
            "--host",
            "-localIp",
            "ORION_LOCALIP",
        ),
    ] = "127.0.0.1"
    http_port: Annotated[
        int,
        Field(ge=0, le=65535),
        About(
            "Port of the APIs and the boards; 0 takes a free one and prints it",
            "API と画面のポート。0 なら空きポート",
            _HTTP,
            "--port",
            "-port",
            "ORION_PORT",
        ),
    ] = 1026
    http_max_body: Annotated[
        int,
        Field(ge=1024),
        About(
            "Largest request body, in bytes; above it 413",
            "リクエスト本文の上限(バイト)",
            _HTTP,
            "",
            "-inReqPayloadMaxSize",
            "ORION_IN_REQ_PAYLOAD_MAX_SIZE",
        ),
    ] = 1_048_576
    http_cors_origin: Annotated[
        str,
        About(
            "Origin that browsers may call from; __ALL for any; empty: none",
            "CORS を許可するオリジン。__ALL で全て",
            _HTTP,
            "--cors-origin",
            "-corsOrigin",
            "ORION_CORS_ALLOWED_ORIGIN",
        ),
    ] = ""
    http_cors_max_age: Annotated[
        int,
        Field(ge=0),
        About(
            "How long browsers may remember a preflight, in seconds",
            "プリフライト結果の有効秒数",
            _HTTP,
            "--cors-max-age",
            "-corsMaxAge",
            "ORION_CORS_MAX_AGE",
        ),
    ] = 86_400
    http_access_log: Annotated[
        bool,
        About("Log every request (route template, never the path)", "アクセスログを出す", _HTTP),
    ] = False
    http_trusted_proxies: Annotated[
        str,
        About(
            "Networks of the proxies whose X-Forwarded-For is believed: 10.0.0.0/8,…; empty: none",
            "X-Forwarded-For を信じるプロキシのネットワーク",
            _HTTP,
        ),
    ] = ""
    open: Annotated[
        bool,
        About(
            "No tokens are asked for, and receivers may be anywhere; on loopback only",
            "認証なし、通知先も自由(ループバックのみ)",
            _HTTP,
        ),
    ] = False
    operator_token: Annotated[
        str,
        About(
            "Secret of a first operator token, at least 32 characters",
            "最初の運用者トークン(32 文字以上)",
            _HTTP,
            secret=True,
        ),
    ] = ""

    data_dir: Annotated[
        Path, About("Folder of the embedded databases", "組み込みデータベースのフォルダ", _STORE)
    ] = Path("odori-data")
    mongodb_url: Annotated[
        str,
        About(
            "MongoDB instead of the embedded database: mongodb://…",
            "組み込み DB の代わりに MongoDB を使う",
            _STORE,
            "",
            "-dbURI",
            "ORION_MONGO_URI",
            secret=True,
        ),
    ] = ""
    mongodb_database: Annotated[
        str,
        About(
            "Name of the MongoDB database",
            "MongoDB のデータベース名",
            _STORE,
            "",
            "-db",
            "ORION_MONGO_DB",
        ),
    ] = "odori"
    history_retention_days: Annotated[
        int,
        Field(ge=1),
        About("How long history is kept, in days", "履歴の保存日数", _STORE),
    ] = 1_826

    multiservice: Annotated[
        bool,
        About(
            "Tenants are told apart by Fiware-Service",
            "Fiware-Service でテナントを分ける",
            _BROKER,
            "",
            "-multiservice",
            "ORION_MULTI_SERVICE",
        ),
    ] = False

    federation_timeout_s: Annotated[
        float,
        Field(gt=0),
        About(
            "How long a context provider may take to answer, in seconds",
            "コンテキストプロバイダーの応答待ち時間(秒)",
            _BROKER,
            "",
            "-httpTimeout",
            "ORION_HTTP_TIMEOUT",
            seconds_of,
        ),
    ] = 5.0
    federation_limit: Annotated[
        int,
        Field(ge=0),
        About(
            "Most requests to context providers that one request causes; 0 forwards nothing",
            "1 リクエストあたりの転送数の上限(0 で転送しない)",
            _BROKER,
            "",
            "-cprForwardLimit",
            "ORION_CPR_FORWARD_LIMIT",
        ),
    ] = 1_000

    delivery_timeout_s: Annotated[
        float,
        Field(gt=0),
        About(
            "How long a receiver of a notification may take, in seconds",
            "通知の応答待ち時間(秒)",
            _DELIVERY,
            "",
            "-httpTimeout",
            "ORION_HTTP_TIMEOUT",
            seconds_of,
        ),
    ] = 5.0
    delivery_max_age_s: Annotated[
        float,
        Field(gt=0),
        About(
            "How long a notification is tried again before it becomes a dead letter, in seconds",
            "通知を再送する期間(秒)",
            _DELIVERY,
        ),
    ] = 86_400.0
    delivery_mqtt_max_age: Annotated[
        int,
        Field(ge=1),
        About(
            "How long an unused connection to an MQTT receiver stays open, in minutes",
            "使われない MQTT 接続を保つ時間(分)",
            _DELIVERY,
            "--mqtt-max-age",
            "-mqttMaxAge",
            "ORION_MQTT_MAX_AGE",
        ),
    ] = 60
    delivery_dead_letter_days: Annotated[
        int,
        Field(ge=1),
        About(
            "How long notifications that were given up are kept for replay, in days",
            "届かなかった通知の保存日数",
            _DELIVERY,
        ),
    ] = 30
    delivery_private_receivers: Annotated[
        bool,
        About(
            "Receivers and context providers may live on loopback and link-local addresses",
            "ループバック等への通知・転送を許す",
            _DELIVERY,
        ),
    ] = False

    mqtt_url: Annotated[
        str,
        About(
            "MQTT broker that the sensors publish to: mqtt://[user:password@]host[:port]",
            "センサーが使う MQTT ブローカー",
            _INGEST,
            secret=True,
        ),
    ] = ""
    mqtt_embedded_port: Annotated[
        int,
        Field(ge=0, le=65535),
        About("Port of the demo's embedded MQTT broker", "デモ用 MQTT ブローカーのポート", _INGEST),
    ] = 1883
    mqtt_client_id: Annotated[
        str,
        About(
            "Name of our session at the MQTT broker; each process needs its own, always the same",
            "MQTT のクライアント ID(プロセスごとに固有)",
            _INGEST,
        ),
    ] = ""
    ingest_broker_url: Annotated[
        str,
        About(
            "NGSI broker to write to, if not the one in this process",
            "書き込み先の NGSI ブローカー",
            _INGEST,
        ),
    ] = ""
    ingest_broker_token: Annotated[
        str,
        About("Token for that broker", "そのブローカーのトークン", _INGEST, secret=True),
    ] = ""
    ingest_key_overlap_s: Annotated[
        int,
        Field(ge=0, le=3600),
        About(
            "How long yesterday's pseudonym key serves late events, in seconds",
            "前日の鍵の併用秒数",
            _INGEST,
        ),
    ] = 900
    ingest_window_max: Annotated[
        int,
        Field(ge=1),
        About("Most distinct values counted in one window", "1 窓で数える最大件数", _INGEST),
    ] = 1_000_000
    ingest_dead_letter_days: Annotated[
        int,
        Field(ge=1, le=7),
        About("How long redacted refusals are kept, in days", "拒否記録の保存日数", _INGEST),
    ] = 7

    dashboard_public: Annotated[
        bool,
        About(
            "The boards are open without a token (people flow only where simulated)",
            "画面をログインなしで公開",
            _BOARDS,
        ),
    ] = False
    oauth_issuer: Annotated[
        str,
        About(
            "Address under which browsers and companies reach this server: https://id.example;"
            " empty: the address it listens on, which must then be loopback",
            "利用者と企業が使う公開 URL(空ならループバックの待ち受け先)",
            _OAUTH,
            "--issuer",
        ),
    ] = ""
    oauth_access_token_ttl_s: Annotated[
        int,
        Field(ge=10, le=3600),
        About("Life of a company's access token, in seconds", "アクセストークンの秒数", _OAUTH),
    ] = 300
    oauth_code_ttl_s: Annotated[
        int,
        Field(ge=5, le=60),
        About("Life of an authorization code, in seconds", "認可コードの秒数", _OAUTH),
    ] = 60
    oauth_refresh_idle_d: Annotated[
        int,
        Field(ge=1, le=365),
        About("An unused refresh token dies after, in days", "リフレッシュ期限(日)", _OAUTH),
    ] = 30
    oauth_key_rotation_d: Annotated[
        int,
        Field(ge=2, le=365),
        About("A signing key is followed by another after, in days", "署名鍵の交代(日)", _OAUTH),
    ] = 90
    oauth_session_idle_min: Annotated[
        int,
        Field(ge=1, le=1440),
        About("An idle browser is signed out after, in minutes", "無操作の期限(分)", _OAUTH),
    ] = 15
    oauth_session_max_h: Annotated[
        int,
        Field(ge=1, le=168),
        About("Every browser is signed out after, in hours", "ログインの最長時間", _OAUTH),
    ] = 12
    oauth_minor_age: Annotated[
        int,
        Field(ge=0, le=30),
        About(
            "Whoever may not be older than this can sign in but grant nothing, in years",
            "未成年として扱う年齢",
            _OAUTH,
        ),
    ] = 16
    oauth_statistics_min_people: Annotated[
        int,
        Field(ge=10, le=1000),
        About(
            "Fewest people behind a number that companies' data gives the city",
            "統計に出す最小人数",
            _OAUTH,
        ),
    ] = 10
    vault_master_key: Annotated[
        str,
        About(
            "Key that wraps every citizen's key: 32 bytes, base64url",
            "利用者の鍵を包むマスター鍵(base64url, 32 バイト)",
            _OAUTH,
            secret=True,
        ),
    ] = ""
    vault_master_key_file: Annotated[
        str,
        About(
            "File with that key; without either, an embedded vault makes one beside its data",
            "マスター鍵のファイル",
            _OAUTH,
        ),
    ] = ""
    vault_mongodb_url: Annotated[
        str,
        About(
            "MongoDB of the vault, with credentials of its own; empty: the city's server",
            "個人データ保管庫の MongoDB",
            _OAUTH,
            secret=True,
        ),
    ] = ""
    vault_keys_mongodb_url: Annotated[
        str,
        About(
            "MongoDB of the citizens' keys, apart from the vault; empty: the vault's server",
            "利用者の鍵の MongoDB",
            _OAUTH,
            secret=True,
        ),
    ] = ""
    mail_smtp_url: Annotated[
        str,
        About(
            "Mail server: smtp://[user:password@]host[:port] (STARTTLS where offered), smtps://…;"
            " empty: mail is printed, on loopback only",
            "メールサーバー(空なら表示のみ)",
            _MAIL,
            secret=True,
        ),
    ] = ""
    mail_from: Annotated[str, About("Sender of mail to citizens", "メールの差出人", _MAIL)] = (
        "odori@localhost"
    )

    log_level: Annotated[
        LogLevel,
        About(
            "Least severe message to log",
            "ログの最低レベル",
            _LOG,
            "",
            "-logLevel",
            "ORION_LOG_LEVEL",
            level_of,
        ),
    ] = "info"
    log_format: Annotated[LogFormat, About("How log lines look", "ログの形式", _LOG)] = "human"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table."""

    field: str
    type: Any
    default: Any
    about: About

    @property
    def name(self) -> str:
        """`http.port`."""
        return self.field.replace("_", ".", 1)

    @property
    def flag(self) -> str:
        """`--http-port`."""
        return "--" + self.field.replace("_", "-")

    @property
    def flags(self) -> tuple[str, ...]:
        """The option and its shorter name, if it has one."""
        return (self.about.short, self.flag) if self.about.short else (self.flag,)

    @property
    def variable(self) -> str:
        """`ODORI_HTTP_PORT`."""
        return "ODORI_" + self.field.upper()


def _rows() -> tuple[Setting, ...]:
    hints = get_type_hints(Settings, include_extras=True)
    rows = []
    for field, info in Settings.model_fields.items():
        about = next(one for one in get_args(hints[field])[1:] if isinstance(one, About))
        rows.append(Setting(field, info.annotation, info.default, about))
    return tuple(rows)


TABLE: tuple[Setting, ...] = _rows()
