"""A mail server on this machine that keeps what it is handed, speaks as much SMTP as that takes, and fails as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(slots=True)
class PostOffice:
    """What was handed in, and what the next letters are answered."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refuse_recipients: list[int] = field(default_factory=list)
    lose_answers: int = 0

    @property
    def to(self) -> list[str]:
        """Name who was written to, in order."""
        return [str(letter["To"]) for letter in self.letters]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, command by command."""

        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 post.example ready")
        while line := (await reader.readline()).decode().strip():
            match line.partition(" ")[0].upper():
                case "EHLO":
                    await say("250-post.example\r\n250 AUTH PLAIN")
                case "AUTH":
                    self.logins.append(line)
                    await say("235 welcome")
                case "RCPT" if self.refuse_recipients:
                    await say(f"{self.refuse_recipients.pop(0)} not here")
                case "DATA":
                    await say("354 go on")
                    self.letters.append(message_from_bytes(await self._letter(reader), policy=policy.default))
                    if self.lose_answers:
                        self.lose_answers -= 1
                        break
                    await say("250 taken")
                case "QUIT":
                    await say("221 bye")
                    break
                case _:
                    await say("250 fine")
        writer.close()

    async def _letter(self, reader: asyncio.StreamReader) -> bytes:
        lines = []
        while (line := await reader.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return b"".join(lines)


@asynccontextmanager
async def post_office() -> AsyncIterator[PostOffice]:
    """Open a post office on a free port of this machine."""
    office = PostOffice()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    async with server:
        yield office
