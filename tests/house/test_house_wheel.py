"""What is installed is what is in the tree."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "kernel",
    "serving",
    "broker",
    "storage",
    "ingest",
    "oauth",
    "sensors",
    "dashboard",
    "city",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The built wheel, from a copy, so that building leaves nothing in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in _tracked("pyproject.toml", "README.md", "LICENSE", "NOTICE", *ROOMS):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 — our own words
    [built] = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_every_file_of_every_room_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == set(_tracked(*ROOMS))


def test_the_wheel_brings_both_commands_and_the_licence(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    [commands] = [name for name in names if name.endswith("entry_points.txt")]
    text = wheel.read(commands).decode()
    assert "odori = city.cli.main:main" in text
    assert "contextBroker = city.cli.main:context_broker" in text
    assert any(name.endswith("licenses/LICENSE") for name in names)


def _tracked(*paths: str) -> list[str]:
    """Files that git knows or would take, below these paths."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths]
    done = subprocess.run(  # noqa: S603 — our own words
        command, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]
