"""Why something was refused: a closed list of rule ids.

A rule id is all that a sender, a log, a metric or a dead letter ever learns of refused input
(de-identification §7).
"""

from enum import StrEnum


class Rule(StrEnum):
    """Every reason for which intake refuses a message, a measure or a field."""

    # admission
    SENSOR = "sensor"  # unknown, unapproved, expired or without notice: the answer is the same
    BYTES = "bytes"
    RATE = "rate"
    BUSY = "busy"  # too much waits for its commit
    ENCODING = "encoding"
    TOPIC = "topic"
    POLICY_DOWNGRADE = "policy_downgrade"
    # decoding
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    NOT_ULTRALIGHT = "not_ultralight"
    NOT_A_MEASURE = "not_a_measure"
    DEPTH = "depth"
    KEYS = "keys"
    ARRAY = "array"
    STRING = "string"
    # fields
    UNKNOWN_KEY = "unknown_key"
    MISSING = "missing"
    ENUM = "enum"
    CODE = "code"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    RANGE = "range"
    TIME = "time"
    FUTURE = "future"
    LATE = "late"
    BAND = "band"
    IDENTIFIER = "identifier"  # of an ephemeral field: not of the declared kind
    # the detector net
    VALUE_KIND = "value_kind"
    MAC_ADDRESS = "mac_address"
    IP_ADDRESS = "ip_address"
    E_MAIL = "e_mail"
    PHONE = "phone"
    LUHN = "luhn"  # IMEI, card number
    IMSI = "imsi"
    MY_NUMBER = "my_number"
    NUMBER_PLATE = "number_plate"
    CARD_IDM = "card_idm"
    UUID = "uuid"
    BASE64 = "base64"
    HEX = "hex"
    DIGIT_RUN = "digit_run"
    NUMERIC_ARRAY = "numeric_array"
    COORDINATE = "coordinate"
    FINE_TIME = "fine_time"
    # afterwards
    KEY_GONE = "key_gone"  # its site-day key was destroyed
    SINK_REFUSED = "sink_refused"
    INTERNAL = "internal"


class Refusal(Exception):  # noqa: N818 — a verdict on the input, not a failure of ours
    """Input is refused. Carries a rule id and a path *of the policy*, never anything of the input.

    Raise it `from None`: what caused it may quote the input.
    """

    def __init__(self, rule: Rule, field_path: str = "") -> None:
        super().__init__(rule.value)
        self.rule = rule
        self.field_path = field_path


class DecodeError(Refusal):
    """The bytes are not a measure within the limits."""
