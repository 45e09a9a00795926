"""Mail on the console, for the demo on loopback: nobody's inbox, everybody's screen."""

from typing import TextIO

from oauth.model.texts import Language


class PrintedMailer:
    """Writes each message to a stream. The demo's people are made up; real ones need a server."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    async def send(self, to: str, subject: str, text: str, language: Language) -> None:
        """Write the message between two lines."""
        line = "-" * 72
        head = f"To: {to}\nSubject: {subject}\nContent-Language: {language}"
        self._stream.write(f"{line}\n{head}\n\n{text.rstrip()}\n{line}\n")
        self._stream.flush()
