"""What the compose file and the image name exists."""

import re
from pathlib import Path

import click
import yaml

from city.cli.main import odori
from city.compose import Room
from city.settings.table import TABLE

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
OURS = {name: one for name, one in COMPOSE["services"].items() if one.get("build") == "."}


def test_every_command_flag_and_room_of_our_services_exists() -> None:
    assert len(OURS) == 5
    for service in OURS.values():
        _check_command(service["command"])


def test_the_images_own_commands_exist() -> None:
    for line in re.findall(r"CMD \[(.*?)\]", DOCKERFILE):
        words = re.findall(r'"(.*?)"', line)
        _check_command(words[1:] if words[0] == "odori" else words)


def test_every_variable_is_a_setting() -> None:
    known = {row.variable for row in TABLE}
    for service in OURS.values():
        named = {name for name in service["environment"] if name.startswith("ODORI_")}
        assert named
        assert named <= known
    assert set(re.findall(r"ODORI_\w+", DOCKERFILE)) <= known


def test_every_file_that_is_mounted_or_copied_exists() -> None:
    mounted = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    assert mounted
    assert all((ROOT / path).is_file() for path in mounted)
    copied = [
        word
        for line in re.findall(r"^COPY (?!--from)(.*)", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    ]
    assert all((ROOT / path).exists() for path in copied)


def test_every_room_is_copied_into_the_image() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"bench", "tests"}
    assert rooms <= set(re.findall(r"^COPY (\w+) ", DOCKERFILE, re.MULTILINE))


def test_every_service_that_another_waits_for_exists() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", [])) <= set(COMPOSE["services"])


def test_the_proxy_knows_only_services_that_exist() -> None:
    proxy = (ROOT / "deploy/nginx/odori.conf").read_text(encoding="utf-8")
    hosts = set(re.findall(r"(?:server|proxy_pass http://)\s*([a-z0-9-]+):1026", proxy))
    assert hosts <= set(COMPOSE["services"])


def test_check_50_the_proxys_logs_name_no_query() -> None:
    """States, one-time links and devices' keys travel in queries; nginx logs them by default."""
    proxy = (ROOT / "deploy/nginx/odori.conf").read_text(encoding="utf-8")
    outside, _, server = proxy.partition("\nserver {\n")
    forms = dict(re.findall(r"^log_format (\w+) '([^']*)';", outside, re.MULTILINE))
    assert re.findall(r"^    access_log \S+ (\w+);", server, re.MULTILINE) == [*forms]
    for form in forms.values():
        assert not {"request", "request_uri", "args", "query_string", "http_referer"} & {
            *re.findall(r"\$(\w+)", form)
        }
    assert re.findall(r"^    error_log \S+ (\w+);", server, re.MULTILINE) == ["crit"]


def _check_command(words: list[str]) -> None:
    command = odori.get_command(click.Context(odori), words[0])
    assert command is not None
    known = {flag for one in command.params for flag in one.opts}
    arguments = [one for one in command.params if isinstance(one, click.Argument)]
    rooms = set(Room) if arguments else set()
    rest = iter(words[1:])
    for word in rest:
        if word.startswith("--"):
            assert word in known
            option = next(one for one in command.params if word in one.opts)
            if isinstance(option, click.Option) and not option.is_flag:
                next(rest)
        else:
            assert word in rooms
