from pathlib import Path

import pytest

from city.settings.load import ConfigurationError, load
from city.settings.manual import manual
from city.settings.orion import translate
from city.settings.table import TABLE
from ingest.policy.member_feed import LEAST_PEOPLE

ROOT = Path(__file__).resolve().parents[2]


def test_the_manual_lists_every_setting_as_the_table_has_it() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == manual()


def test_no_two_settings_share_a_name() -> None:
    flags = [flag for row in TABLE for flag in row.flags]
    assert len(flags) == len(set(flags))


def test_every_setting_is_explained_in_both_languages() -> None:
    assert all(row.about.en and row.about.ja for row in TABLE)


def test_the_command_line_wins_over_the_environment_and_both_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "odori.toml").write_text(
        '[http]\nport = 1\nhost = "127.0.0.2"\n[log]\nlevel = "error"'
    )
    environment = {"ODORI_HTTP_PORT": "2", "ODORI_HTTP_HOST": "127.0.0.3"}
    loaded = load({"http_port": 3}, environment, tmp_path)
    settings = loaded.settings
    assert (settings.http_port, settings.http_host, settings.log_level) == (3, "127.0.0.3", "error")
    assert loaded.origins["http_port"] == "command line"
    assert loaded.origins["http_host"] == "environment"
    assert loaded.origins["log_level"] == "odori.toml"
    assert loaded.origins["data_dir"] == "default"


@pytest.mark.parametrize(
    ("options", "environment", "sentence"),
    [
        ({}, {"ODORI_HTP_PORT": "1"}, "did you mean ODORI_HTTP_PORT"),
        ({"http_port": "many"}, {}, "http.port (command line)"),
        ({}, {"ODORI_HTTP_PORT": "70000"}, "http.port (environment)"),
        ({"log_format": "xml"}, {}, "log.format"),
        (
            {},
            {"ODORI_OAUTH_STATISTICS_MIN_PEOPLE": f"{LEAST_PEOPLE - 1}"},
            "oauth.statistics_min_people (environment)",
        ),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(
    options: dict[str, str], environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(options, environment)
    assert sentence in caught.value.message
    assert "\n" not in caught.value.message


def test_a_secret_is_not_repeated_when_it_does_not_fit() -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({"operator_token": 12345678}, {})
    assert "12345678" not in caught.value.message


def test_test_variables_are_not_settings() -> None:
    assert load({}, {"ODORI_TEST_MONGODB_URL": "x"}).settings.mongodb_url == ""


def test_orions_variables_are_understood() -> None:
    environment = {"ORION_PORT": "1027", "ORION_MULTI_SERVICE": "TRUE"}
    settings = load({}, environment).settings
    assert (settings.http_port, settings.multiservice) == (1027, True)


def test_orions_limit_of_forwarding_is_understood() -> None:
    assert translate(["-cprForwardLimit", "0"])[0] == ["--federation-limit", "0"]
    assert load({}, {"ORION_CPR_FORWARD_LIMIT": "7"}).settings.federation_limit == 7


def test_orions_age_of_mqtt_connections_is_understood() -> None:
    assert translate(["-mqttMaxAge", "5"])[0] == ["--delivery-mqtt-max-age", "5"]
    assert load({}, {"ORION_MQTT_MAX_AGE": "7"}).settings.delivery_mqtt_max_age == 7


def test_orions_options_become_ours() -> None:
    words = ["-fg", "-port", "1027", "-multiservice", "-httpTimeout", "2500", "-logLevel", "WARN"]
    ours, ignored = translate([*words, "--open"])
    expected = ["--http-port", "1027", "--multiservice"]
    expected += ["--federation-timeout-s", "2.5", "--delivery-timeout-s", "2.5"]
    assert ours == [*expected, "--log-level", "warning", "--open"]
    assert ignored == ["-fg"]


def test_orions_variables_mean_what_its_options_mean() -> None:
    environment = {
        "ORION_HTTP_TIMEOUT": "2500",
        "ORION_LOG_LEVEL": "FATAL",
        "ORION_LOCALIP": "127.0.0.2",
    }
    settings = load({}, environment).settings
    assert (settings.delivery_timeout_s, settings.federation_timeout_s) == (2.5, 2.5)
    assert (settings.log_level, settings.http_host) == ("fatal", "127.0.0.2")


def test_a_timeout_of_orions_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="-httpTimeout is a number of milliseconds"):
        translate(["-httpTimeout", "2.5"])
    with pytest.raises(ConfigurationError, match="ORION_HTTP_TIMEOUT is a number of milliseconds"):
        load({}, {"ORION_HTTP_TIMEOUT": "soon"})


@pytest.mark.parametrize(
    ("words", "url"),
    [
        (["-dbhost", "mongo"], "mongodb://mongo/"),
        (["-dbhost", "a,b:2", "-rplSet", "rs"], "mongodb://a,b:2/?replicaSet=rs"),
        (
            ["-dbuser", "me", "-dbpwd", "p@:/", "-dbAuthDb", "admin", "-dbSSL"],
            "mongodb://me:p%40%3A%2F@localhost/?authSource=admin&tls=true",
        ),
        (["-dbhost", "a", "-dbURI", "mongodb://b"], "mongodb://b"),
    ],
)
def test_orions_database_becomes_a_url(words: list[str], url: str) -> None:
    assert translate(words) == (["--mongodb-url", url], [])


def test_orions_variables_of_the_database_become_a_url() -> None:
    environment = {"ORION_MONGO_HOST": "mongo", "ORION_MONGO_SSL": "FALSE"}
    assert load({}, environment).settings.mongodb_url == "mongodb://mongo/"
    environment |= {"ORION_MONGO_USER": "me", "ORION_MONGO_AUTH_MECH": "SCRAM-SHA-256"}
    url = "mongodb://me@mongo/?authMechanism=SCRAM-SHA-256"
    assert load({}, environment).settings.mongodb_url == url
    environment |= {"ORION_MONGO_URI": "mongodb://other"}
    assert load({}, environment).settings.mongodb_url == "mongodb://other"


@pytest.mark.parametrize("word", ["-https", "-disableCustomNotifications", "-noSuchOption"])
def test_an_option_of_orions_that_would_be_missed_is_refused_by_its_name(word: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{word} is not understood here"):
        translate(["--open", word])
