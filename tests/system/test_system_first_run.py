"""The first hour with Odori: twelve behaviours, those that exist, each under its number.

No. 1 (one command), the banner's commands of no. 2 and the clean stop under open boards of no. 11
are in `test_system_demo.py`.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from support.demo_process import Demo, demo
from support.mosquitto import running_mosquitto
from support.odori_process import PROGRAM, TOKEN, OdoriProcess, odori_process, talking
from support.receivers import receiving, unused_port

from city.settings.table import TABLE

OK, FAILED, WRONG_USE, CONFIGURATION, DATABASE, INTERRUPTED = 0, 1, 2, 3, 4, 130
COMMANDS = (
    ("demo",),
    ("serve",),
    ("status",),
    ("simulate",),
    ("doctor",),
    ("device",),
    *(("device", one) for one in ("add", "list", "show", "approve", "suspend", "retire", "rotate")),
    ("token",),
    *(("token", one) for one in ("create", "list", "revoke")),
)
_PATIENCE_S = 30.0
_OWN_CREDENTIALS = {"client", "company", "session", "staff"}
"""Schemes of the identity: its routes refuse in their own ways, or lead to a login."""


def odori(
    *words: str, folder: Path, program: Path = PROGRAM, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(  # noqa: S603 — ours
        (str(program), *words),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error with which a command ends."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("odori: ")
    return line


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OdoriProcess]:
    """A whole city as it is served for real, on an empty database."""
    with odori_process(tmp_path_factory.mktemp("guarded")) as process:
        yield process


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo(tmp_path_factory.mktemp("demo"), language="ja_JP.UTF-8") as running:
        yield running


# 2. Start banner


def test_first_run_02_the_banner_speaks_the_terminals_language(city: Demo, tmp_path: Path) -> None:
    assert "次にすること" in city.banner
    assert "DEMO" in city.banner
    assert str(city.data.name) in city.banner
    with demo(tmp_path) as english:
        assert "Try next" in english.banner
        assert "次にすること" not in english.banner


def test_first_run_02_status_tells_where_the_doors_are(city: Demo, tmp_path: Path) -> None:
    told = odori("status", "--url", city.url, folder=tmp_path)
    assert told.returncode == OK
    assert f"{city.url}/flow" in told.stdout
    found = json.loads(odori("status", "--json", "--url", city.url, folder=tmp_path).stdout)
    assert found["ready"] is True
    assert set(found["doors"]) == {"board", "ngsi-v2", "ngsi-ld"}
    nobody = odori("status", "--url", f"http://127.0.0.1:{unused_port()}", folder=tmp_path)
    assert nobody.returncode == FAILED
    assert "No Odori answers" in one_line(nobody)


# 3. Bind honestly


def test_first_run_03_only_this_machine_is_listened_on(guarded: OdoriProcess) -> None:
    listening = [
        one.laddr.ip
        for one in psutil.Process(guarded.pid).net_connections("tcp")
        if one.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"]


def test_first_run_03_the_demo_says_how_to_be_reached(city: Demo) -> None:
    assert "--host 0.0.0.0" in city.banner


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--host", "0.0.0.0"),  # noqa: S104 — refused
        ("serve", "--open", "--host", "0.0.0.0"),  # noqa: S104 — refused
    ],
)
def test_first_run_03_nothing_open_is_exposed(words: tuple[str, ...], tmp_path: Path) -> None:
    refused = odori(*words, folder=tmp_path)
    assert refused.returncode == CONFIGURATION
    assert "loopback" in one_line(refused)


async def test_first_run_03_every_route_but_the_open_ones_asks_for_a_token(
    guarded: OdoriProcess,
) -> None:
    async with talking(guarded) as talk:
        described = json.loads((await talk.ask("GET", "/openapi.json", token="")).body)
        answers = {}
        for path, methods in described["paths"].items():
            concrete = re.sub(r"\{[^}]+\}", "x", path)
            for method, operation in methods.items():
                schemes = {name for one in operation["security"] for name in one}
                if schemes & _OWN_CREDENTIALS:  # the house tests walk these
                    continue
                if method in {"get", "post", "put", "patch", "delete"}:
                    answer = await talk.ask(method.upper(), concrete, token="")
                    answers[f"{method.upper()} {path}"] = answer.status
        unknown = await talk.ask("GET", "/no/such/door", token="")
    let_in = {door for door, status in answers.items() if status not in {401, 403}}
    documented = (Path(__file__).parents[2] / "docs" / "open-routes.md").read_text("utf-8")
    assert len(answers) > 60
    assert {door for door in let_in if f"`{door}`" not in documented} == set()
    assert unknown.status in {401, 404}


# 4. Port taken


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("serve", "--open", "--port"), "--port"),
        (("demo", "--port"), "--port"),
        (("demo", "--port", "0", "--mqtt-embedded-port"), "--mqtt-embedded-port"),
    ],
)
def test_first_run_04_a_taken_port_is_one_sentence_with_the_next_free_one(
    words: tuple[str, ...], flag: str, tmp_path: Path
) -> None:
    with taken_port() as port:
        refused = odori(*words, str(port), folder=tmp_path)
    assert refused.returncode == WRONG_USE
    said = one_line(refused)
    assert f"Port {port} " in said
    free = int(said.rpartition(f"{flag} ")[2])
    assert free > port
    assert list(tmp_path.iterdir()) == []


def test_first_run_04_port_0_takes_a_free_one_and_prints_it(guarded: OdoriProcess) -> None:
    assert guarded.port > 0


# 7. Errors teach


@pytest.mark.parametrize(
    ("words", "environment", "code", "said"),
    [
        (("serve", "--prot", "1"), {}, WRONG_USE, "'--port'"),
        (("dmeo",), {}, WRONG_USE, "did you mean demo?"),
        (("device", "ad"), {}, WRONG_USE, "'add'"),
        (("serve", "brokr"), {}, WRONG_USE, "'broker'"),
        (("demo", "--scenario", "snow"), {}, WRONG_USE, "'snow-festival'"),
        (("serve", "--port", "many"), {}, WRONG_USE, "--port"),
        (("serve", "--port", "65536"), {}, CONFIGURATION, "http.port"),
        (("serve",), {"ODORI_HTP_PORT": "1"}, CONFIGURATION, "did you mean ODORI_HTTP_PORT?"),
        (("demo",), {"ODORI_LOG_LEVEL": "loud"}, CONFIGURATION, "log.level (environment)"),
        (("serve", "--mqtt-url", "broker:1883"), {}, CONFIGURATION, "mqtt://host:port"),
        (("serve", "--mongodb-url", "db.example"), {}, CONFIGURATION, "mongodb://"),
        (("serve", "--operator-token", "short"), {}, CONFIGURATION, "32"),
        (("device", "list", "--url", "127.0.0.1"), {}, WRONG_USE, "http://127.0.0.1:1026"),
        (("serve", "-port"), {}, WRONG_USE, "-port needs a value"),
    ],
)
def test_first_run_07_what_is_wrong_is_one_line_that_says_what_is_right(
    words: tuple[str, ...], environment: dict[str, str], code: int, said: str, tmp_path: Path
) -> None:
    ended = odori(*words, folder=tmp_path, **environment)
    assert ended.returncode == code
    assert said in one_line(ended)


def test_first_run_07_a_setting_in_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    (tmp_path / "odori.toml").write_text("[http]\nprot = 1026\n")
    ended = odori("serve", folder=tmp_path)
    assert ended.returncode == CONFIGURATION
    assert "http.prot in odori.toml" in one_line(ended)


def test_first_run_07_a_missing_database_is_one_line_within_seconds(tmp_path: Path) -> None:
    port = unused_port()
    began = time.monotonic()
    url = f"mongodb://odori:secret-of-the-tests@127.0.0.1:{port}/"
    ended = odori("serve", "--port", "0", "--mongodb-url", url, folder=tmp_path)
    assert time.monotonic() - began < 8
    assert ended.returncode == DATABASE
    said = one_line(ended)
    assert f"127.0.0.1:{port}" in said
    assert "secret-of-the-tests" not in said


def test_first_run_07_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    ended = odori("serve", "--port", "0", "--data-dir", "taken", folder=tmp_path)
    assert ended.returncode == DATABASE
    assert "taken" in one_line(ended)


def test_first_run_07_a_damaged_database_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "city.sqlite").write_bytes(b"this is no database" * 1_000)
    ended = odori("serve", "--port", "0", "--data-dir", "data", folder=tmp_path)
    assert ended.returncode == DATABASE
    assert "Traceback" not in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("odori: ")


# 8. Help


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(("language", "heading"), [("en_US", "Examples:"), ("ja_JP", "例:")])
def test_first_run_08_help_shows_examples_in_both_languages(
    words: tuple[str, ...], language: str, heading: str, tmp_path: Path
) -> None:
    told = odori(*words, "--help", folder=tmp_path, LANG=f"{language}.UTF-8")
    assert told.returncode == OK
    examples = told.stdout.partition(heading)[2].splitlines()[1:]
    assert examples[0].strip().startswith("odori " + " ".join(words))
    assert ("都市" in told.stdout or "Odori" not in heading) or language == "en_US"


def test_first_run_08_options_stand_under_the_headings_of_the_table(tmp_path: Path) -> None:
    told = odori("serve", "--help", folder=tmp_path).stdout
    headings = [f"\n{group}:\n" for group in dict.fromkeys(row.about.group for row in TABLE)]
    assert [one for one in headings if one not in told] == []


# 9. Shell manners


def test_first_run_09_print_config_shows_where_each_value_comes_from_and_no_secret(
    tmp_path: Path,
) -> None:
    secrets = {
        "ODORI_OPERATOR_TOKEN": "operators-secret-of-the-tests-0001",
        "ODORI_MONGODB_URL": "mongodb://odori:password-of-the-tests@db/",
        "ODORI_MQTT_URL": "mqtt://odori:password-of-the-tests@broker/",
        "ODORI_INGEST_BROKER_TOKEN": "other-secret-of-the-tests",
    }
    told = odori("serve", "--port", "2026", "--print-config", folder=tmp_path, **secrets)
    assert told.returncode == OK
    lines = {line.split()[0]: line.split()[1:] for line in told.stdout.splitlines()}
    assert set(lines) == {row.name for row in TABLE}
    assert lines["http.port"] == ["2026", "command", "line"]
    assert lines["operator.token"] == ["*****", "environment"]
    assert "of-the-tests" not in told.stdout
    assert list(tmp_path.iterdir()) == []


def test_first_run_09_no_colour_when_piped(guarded: OdoriProcess, tmp_path: Path) -> None:
    told = odori("--help", folder=tmp_path).stdout.encode() + guarded.log
    assert b"\x1b[" not in told


def test_first_run_09_a_reader_that_leaves_early_is_no_failure_to_explain(
    guarded: OdoriProcess, tmp_path: Path
) -> None:
    line = f"'{PROGRAM}' device list --json --url {guarded.url} --token {TOKEN} | true"
    done = subprocess.run(  # noqa: S603 — ours
        ("/bin/sh", "-c", line), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


# 10. Doctor


def test_first_run_10_doctor_finds_a_fit_machine_fit(tmp_path: Path) -> None:
    report = odori("doctor", "--port", "0", "--data-dir", "data", folder=tmp_path)
    assert report.returncode == OK, report.stdout
    assert {line.split()[0] for line in report.stdout.splitlines()} == {"ok"}
    assert list(tmp_path.iterdir()) == []


def test_first_run_10_doctor_names_everything_that_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "city.sqlite").write_bytes(b"this is no database" * 1_000)
    with taken_port() as port:
        report = odori(
            *("doctor", "--port", str(port), "--data-dir", "data"),
            *("--mqtt-url", f"mqtt://odori:secret-of-the-tests@127.0.0.1:{unused_port()}"),
            folder=tmp_path,
        )
    assert report.returncode == FAILED
    failed = {line.split()[1] for line in report.stdout.splitlines() if line.startswith("FAIL")}
    assert failed == {"port", "database", "mqtt"}
    assert "secret-of-the-tests" not in report.stdout
    assert report.stderr == ""


def test_first_run_10_doctor_asks_a_running_odori(guarded: OdoriProcess, tmp_path: Path) -> None:
    assert odori("doctor", "--ready", guarded.url, folder=tmp_path).returncode == OK
    nobody = f"http://127.0.0.1:{unused_port()}"
    assert odori("doctor", "--ready", nobody, folder=tmp_path).returncode == FAILED


# 11. Clean stop, safe restart


def test_first_run_11_a_second_ctrl_c_forces(tmp_path: Path) -> None:
    with odori_process(tmp_path, "broker", "--open") as process, socket.socket() as client:
        client.connect(("127.0.0.1", process.port))
        # A request that never ends keeps a clean stop waiting.
        client.sendall(b"POST /v2/entities HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        running = psutil.Process(process.pid)
        os.kill(process.pid, signal.SIGINT)
        with contextlib.suppress(ProcessLookupError):
            while running.is_running() and running.status() != psutil.STATUS_ZOMBIE:
                os.kill(process.pid, signal.SIGINT)
                time.sleep(0.02)  # noqa: TID251 — pressing keys, not waiting
        process.stop()
    assert b"Traceback" not in process.log


def test_first_run_11_ctrl_c_during_the_start_is_no_traceback(tmp_path: Path) -> None:
    command = (str(PROGRAM), "serve", "--port", "0", "--data-dir", "data")
    process = subprocess.Popen(  # noqa: S603 — ours
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    deadline = time.monotonic() + _PATIENCE_S
    while not (tmp_path / "data").exists() and time.monotonic() < deadline:
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    try:
        told, _ = process.communicate(timeout=_PATIENCE_S)
    finally:
        process.kill()
    assert process.returncode in {OK, INTERRUPTED}
    assert "Traceback" not in told


def test_first_run_11_what_is_kept_is_its_owners_alone(guarded: OdoriProcess, city: Demo) -> None:
    for folder in (guarded.folder / "data", city.data):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
        assert len(modes) > 2
        assert {name: mode for name, mode in modes.items() if mode & 0o077} == {}


def test_first_run_11_kill_and_start_again_and_again(tmp_path: Path) -> None:
    async def write(process: OdoriProcess, name: str) -> list[str]:
        async with talking(process) as talk:
            made = await talk.ask(
                "POST", "/v2/entities", json={"id": name, "type": "T", "n": {"value": 1}}
            )
            assert made.status == 201
            listed = json.loads((await talk.ask("GET", "/v2/entities?type=T")).body)
        return [entity["id"] for entity in listed]

    for times in range(4):
        with odori_process(tmp_path, "broker", "--open") as process:
            known = asyncio.run(write(process, f"e{times}"))
            assert known == [f"e{one}" for one in range(times + 1)]
            process.kill()


# 12. No surprises


def test_first_run_12_nothing_is_asked_of_the_network_at_start(city: Demo) -> None:
    process = _process_of(city)
    elsewhere = [
        one.raddr.ip
        for one in process.net_connections("inet")
        if one.raddr and one.raddr.ip not in {"127.0.0.1", "::1"}
    ]
    assert elsewhere == []


# The bare broker


async def test_the_bare_broker_answers_within_two_seconds(tmp_path: Path) -> None:
    took_s = []
    while not took_s or (min(took_s) >= 2 and len(took_s) < 3):  # others may use this machine
        began = time.monotonic()
        with odori_process(tmp_path, "broker", "--open") as process:
            async with talking(process) as talk:
                assert (await talk.ask("GET", "/v2/entities", token="")).status == 200
            took_s.append(time.monotonic() - began)
    assert min(took_s) < 2


async def test_the_bare_broker_tells_who_it_is_and_notifies_this_machine(
    tmp_path: Path,
) -> None:
    with odori_process(tmp_path, "broker", "--open") as process:
        async with talking(process) as talk, receiving() as receiver:
            subscribed = await talk.ask(
                "POST",
                "/v2/subscriptions",
                json={
                    "subject": {"entities": [{"idPattern": ".*"}]},
                    "notification": {"http": {"url": receiver.url}},
                },
                token="",
            )
            assert subscribed.status == 201
            room = {"id": "r", "type": "Room", "temperature": {"value": 21.5}}
            assert (await talk.ask("POST", "/v2/entities", json=room, token="")).status == 201
            (told,) = await receiver.arrived(1)
            assert told.json["data"][0]["temperature"]["value"] == 21.5
            for path in ("/version", "/healthz", "/readyz"):
                assert (await talk.ask("GET", path, token="")).status == 200
            answer = await talk.ask("GET", "/version", token="")
            assert [name for name, _ in answer.headers[:2]] == [b"Date", b"Fiware-Correlator"]
            version = json.loads(answer.body)
            assert re.fullmatch(r"\d+\.\d+\.\d+", version["orion"]["version"])


@pytest.mark.parametrize(
    ("program", "words"),
    [(PROGRAM, ("serve",)), (PROGRAM.with_name("contextBroker"), ())],
    ids=["odori serve", "contextBroker"],
)
def test_orions_options_start_a_broker_with_tenants(
    program: Path, words: tuple[str, ...], tmp_path: Path
) -> None:
    port = unused_port()
    options = ("-port", str(port), "-multiservice", "-corsOrigin", "__ALL", "-logLevel", "WARN")
    process = subprocess.Popen(  # noqa: S603 — ours
        (str(program), *words, "-fg", *options, "--open", "--data-dir", "data"),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        said = [process.stderr.readline(), process.stderr.readline()]
        assert said[0] == "odori: without effect here: -fg\n"
        assert f"http://127.0.0.1:{port}" in said[1]
        tenants = {}
        for tenant in ("one", "two"):
            made = _curl(port, "-X", "POST", "-d", '{"id":"e","type":"T"}', tenant=tenant)
            assert made.startswith("HTTP/1.1 201")
            tenants[tenant] = _curl(port, "-H", "Origin: http://elsewhere.example", tenant=tenant)
    finally:
        process.terminate()
        process.wait(_PATIENCE_S)
        process.stderr.close()
    assert all('[{"id":"e","type":"T"}]' in told for told in tenants.values())
    assert "access-control-allow-origin: *" in tenants["one"].lower()


# Devices, tokens and the simulator against a guarded city


def test_a_device_lives_through_the_command_line(guarded: OdoriProcess, tmp_path: Path) -> None:
    door = ("--url", guarded.url, "--token", TOKEN)

    def device(*words: str) -> Any:
        done = odori("device", *words, *door, folder=tmp_path)
        assert done.returncode == OK, done.stderr
        return done.stdout

    made = json.loads(
        device("add", "W9", "--class", "weather", "--site", "chikaho", "--at", "141.35,43.06")
    )
    key = made["devices"][0]["apikey"]
    assert _report(guarded, "W9", key) == 403
    device("approve", "W9", "--role", "weather-office")
    assert "W9" in device("list")
    assert "approved" in device("list")
    assert key not in device("list", "--json") + device("show", "W9")
    _report_until(guarded, "W9", key, 200)
    renewed = json.loads(device("rotate", "W9"))["apikey"]
    assert renewed != key
    _report_until(guarded, "W9", renewed, 200)
    assert _report(guarded, "W9", key) == 403
    device("suspend", "W9", "--role", "weather-office")
    _report_until(guarded, "W9", renewed, 403)
    unknown = odori("device", "show", "nobody", *door, folder=tmp_path)
    assert unknown.returncode == FAILED
    assert "404" in one_line(unknown)


def _until_refused(server: OdoriProcess, secret: str) -> None:
    """A revoked token is refused within a second on every node."""
    ends_at = time.monotonic() + 1.5
    while _status(server, "/v2/entities", secret) != 401:
        assert time.monotonic() < ends_at
        time.sleep(0.05)  # noqa: TID251 — the process is another one


def test_a_token_lives_through_the_command_line(guarded: OdoriProcess, tmp_path: Path) -> None:
    door = ("--url", guarded.url)
    mine = {"ODORI_OPERATOR_TOKEN": TOKEN}

    def token(*words: str) -> str:
        done = odori("token", *words, *door, folder=tmp_path, **mine)
        assert done.returncode == OK, done.stderr
        return done.stdout.strip()

    secret = token("create", "partner", "--scope", "ngsi:read", "--type", "WeatherObserved")
    assert _status(guarded, "/v2/entities", secret) == 200
    assert _status(guarded, "/v1/tokens", secret) == 403
    assert "partner" in token("list")
    assert secret not in token("list")
    token("revoke", "partner")
    assert "partner" not in token("list")
    _until_refused(guarded, secret)
    nobody = odori("token", "list", *door, folder=tmp_path)
    assert nobody.returncode == FAILED
    assert "401" in one_line(nobody)


@pytest.mark.mosquitto
async def test_the_simulator_enters_by_both_public_doors(tmp_path: Path) -> None:
    for name in ("server", "mqtt"):
        (tmp_path / name).mkdir()
    async with running_mosquitto(tmp_path / "mqtt") as mosquitto:
        with odori_process(tmp_path / "server", mqtt_url=mosquitto.url) as process:
            for door in ((), ("--mqtt", mosquitto.url)):
                simulated = await asyncio.create_subprocess_exec(
                    *(str(PROGRAM), "simulate", "weekday", "--speed", "600", "--hours", "2"),
                    *("--minutes", "0.04", "--url", process.url, *door),
                    cwd=tmp_path,
                    env={"PATH": os.environ["PATH"], "ODORI_OPERATOR_TOKEN": TOKEN},
                    stderr=asyncio.subprocess.PIPE,
                )
                _, told = await simulated.communicate()
                assert simulated.returncode == OK, told
                assert b"Traceback" not in told
            async with talking(process) as talk:
                listed = await talk.ask("GET", "/v2/entities?type=CrowdFlowObserved&limit=100")
                metrics = (await talk.ask("GET", "/metrics")).body.decode()
    gates = {entity["id"].rpartition(":")[2] for entity in json.loads(listed.body)}
    assert {"J1", "J2"} <= gates
    for proto in ("http", "mqtt"):
        counted = re.findall(rf"odori_ingest_messages_total{{[^}}]*{proto}[^}}]*}} (\S+)", metrics)
        assert sum(float(one) for one in counted) > 0, proto


def _process_of(city: Demo) -> psutil.Process:
    port = int(city.url.rpartition(":")[2])
    children = psutil.Process().children(recursive=True)
    return next(
        one
        for one in children
        if any(
            each.laddr.port == port and each.status == psutil.CONN_LISTEN
            for each in one.net_connections("inet")
        )
    )


def _curl(port: int, *words: str, tenant: str) -> str:
    curl = shutil.which("curl")
    assert curl is not None
    done = subprocess.run(  # noqa: S603 — of the machine
        (
            *(curl, "-s", "-i", f"http://127.0.0.1:{port}/v2/entities"),
            *("-H", f"Fiware-Service: {tenant}"),
            *(("-H", "Content-Type: application/json") if "-d" in words else ()),
            *words,
        ),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def _status(process: OdoriProcess, path: str, token: str) -> int:
    async def ask() -> int:
        async with talking(process) as talk:
            return (await talk.ask("GET", path, token=token)).status

    return asyncio.run(ask())


def _report(process: OdoriProcess, device: str, key: str) -> int:
    async def ask() -> int:
        async with talking(process) as talk:
            answer = await talk.ask(
                "POST", f"/iot/json?k={key}&i={device}", json={"temperature": 3.5}, token=""
            )
            return answer.status

    return asyncio.run(ask())


def _report_until(process: OdoriProcess, device: str, key: str, status: int) -> None:
    """What the registry decided reaches the intake of every process within seconds."""
    deadline = time.monotonic() + 5
    while (found := _report(process, device, key)) != status:
        assert time.monotonic() < deadline, found
