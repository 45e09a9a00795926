"""Every command ends in one sentence, with the exit code that says whose fault it is."""

import click
import pytest

from city.cli.endings import one_sentence
from city.ports_taken import PortTakenError
from city.preflight import DatabaseAwayError
from city.settings.load import ConfigurationError
from kernel.errors import BadRequestError, OurError, UnavailableError


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (PortTakenError("Port 1 is taken"), 2, "odori: Port 1 is taken\n"),
        (BadRequestError("No such thing"), 2, "odori: No such thing\n"),
        (ConfigurationError("http.port: no"), 3, "odori: http.port: no\n"),
        (UnavailableError("Away"), 4, "odori: Away\n"),
        (DatabaseAwayError("Nobody answers"), 4, "odori: Nobody answers\n"),
        (OurError("Broken"), 1, "odori: Broken\n"),
        (KeyboardInterrupt(), 130, ""),
        (click.Abort(), 130, ""),
        (
            click.UsageError("Wrong.\nVery wrong."),
            2,
            "odori: Wrong. Very wrong; see: odori --help\n",
        ),
        (click.ClickException("Failed"), 1, "odori: Failed\n"),
    ],
)
def test_an_error_is_one_line_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise error
    assert ended.value.code == code
    assert capsys.readouterr().err == said


def test_a_defect_tells_its_type_and_place_and_never_its_text(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended, one_sentence():
        raise KeyError("090-1234-5678")
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "KeyError" in told
    assert "090" not in told
    assert "Traceback" not in told


def test_what_succeeds_ends_silently(capsys: pytest.CaptureFixture[str]) -> None:
    with one_sentence():
        pass
    assert capsys.readouterr().err == ""
