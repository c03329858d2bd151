"""A mail server in a process of its own, which keeps what it accepts on disk and fails as it is told.

`python -m tests.factories.smtp_process CONTROL_PORT FILE PORT…`: it listens on each PORT, appends a line of JSON to FILE for every
letter it accepts (synced before anybody is answered), and obeys the JSON that comes in on the control port (`MailServer` in
`postal.py` writes it). A rule is `{"stage", "answer", "only", "times"}`: at this stage, for this recipient (empty: for
each), so many times (0: always), the answer is given. Stages in their order: connect, EHLO, MAIL, RCPT, DATA, middle (half of the
text is there), end (all of it is, and not accepted), reply (accepted, and not yet said), QUIT. Answers: a status such as `451 later`,
`close`, `hang`, `wait 0.5` (so many seconds, and then as if nothing had been), or `drip` (the lines of an answer that never ends).
"""

import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

STAGES = 9  # the first letter of a connection passes so many, each later one five; each stage is as slow


@dataclass
class State:
    """What was ordered, and what has happened since the start."""

    path: str
    rules: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0  # that a letter takes, spread over its stages
    listening: bool = True
    connections: int = 0
    accepted: int = 0
    events: Counter[int] = field(default_factory=Counter)  # port → stages that letters have reached there
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def rule(self, stage: str, recipients: list[str]) -> dict[str, Any] | None:
        fitting = (rule for rule in self.rules if rule["stage"] == stage)
        return next((rule for rule in fitting if not rule["only"] or rule["only"] in recipients), None)

    def answer(self, stage: str, recipients: list[str]) -> str:
        rule = self.rule(stage, recipients)
        if rule is None:
            return ""
        if rule["times"] == 1:
            self.rules.remove(rule)
        rule["times"] -= 1
        return str(rule["answer"])

    def keep(self, envelope: Envelope, port: int) -> None:
        content = envelope.original_content or b""
        _head, _blank, body = content.partition(b"\r\n\r\n")
        line = {
            "message_id": str(message_from_bytes(content)["Message-ID"]),
            "to": envelope.rcpt_tos,
            "body": hashlib.sha256(body).hexdigest(),
            "port": port,
        }
        with open(self.path, "ab") as file:
            file.write(json.dumps(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.accepted += 1


class Obedient(SMTP):
    """aiosmtpd's server, which looks into the orders before each of its answers."""

    def __init__(self, state: State, port: int) -> None:
        super().__init__(self, hostname="127.0.0.1")
        self.state = state
        self.port = port

    async def answer(self, stage: str, recipients: list[str] | None = None) -> str:
        """Pass one stage; return what the orders say there, nothing where it goes on. A connection that is cut ends here."""
        self.state.events[self.port] += 1
        if self.state.seconds:
            await asyncio.sleep(self.state.seconds / STAGES)
        answer = self.state.answer(stage, recipients or [])
        if answer.startswith("wait"):
            await asyncio.sleep(float(answer.partition(" ")[2]))
            return ""
        while answer == "drip":
            await self.push("250-still looking")
            await asyncio.sleep(0.02)
        if answer == "hang":
            await self.state.changed.wait()
            answer = "close"
        if answer == "close":
            assert self.transport is not None
            self.transport.abort()
            await asyncio.sleep(60)  # never that long: the lost connection ends this coroutine
        return answer

    async def refused(self, stage: str, recipients: list[str] | None = None) -> bool:
        if answer := await self.answer(stage, recipients):
            await self.push(answer)
        return bool(answer)

    async def _handle_client(self) -> None:
        self.state.connections += 1
        if await self.refused("connect"):
            assert self.transport is not None
            self.transport.close()
        else:
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self.refused("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self.refused("EHLO"):
            await super().smtp_HELO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.refused("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        address = (arg or "").partition("<")[2].partition(">")[0]
        if not await self.refused("RCPT", [address]):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        recipients = list(self.envelope.rcpt_tos) if self.envelope else []
        if await self.refused("DATA", recipients):
            self._set_post_data_state()
        elif self.state.rule("middle", recipients):
            await self.push("354 Begin")
            await self._reader.read(80)
            await self.refused("middle", recipients)
        else:
            await super().smtp_DATA(arg)

    async def smtp_QUIT(self, arg: str | None) -> None:
        if not await self.refused("QUIT"):
            await super().smtp_QUIT(arg)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if answer := await self.answer("end", envelope.rcpt_tos):
            return answer
        self.state.keep(envelope, self.port)
        return await self.answer("reply", envelope.rcpt_tos) or "250 OK"


async def serve(control_port: int, path: str, ports: list[int]) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_broken: None)  # cut connections are what this server is for
    state = State(path)
    servers: list[asyncio.Server] = []

    async def listen() -> None:
        for server in servers:
            server.close()
        servers.clear()
        if state.listening:
            for port in ports:
                made = await loop.create_server(lambda p=port: Obedient(state, p), "127.0.0.1", port)
                servers.append(made)

    async def obey(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            order = json.loads(line)
            was_listening = state.listening
            for name in ("rules", "seconds", "listening"):
                setattr(state, name, order.get(name, getattr(state, name)))
            if order:
                state.changed.set()
                state.changed = asyncio.Event()
            if state.listening != was_listening:
                await listen()
            events = {str(port): count for port, count in state.events.items()}
            told = {"connections": state.connections, "accepted": state.accepted, "events": events}
            writer.write(json.dumps(told).encode() + b"\n")
            await writer.drain()

    await listen()
    control = await asyncio.start_server(obey, "127.0.0.1", control_port)
    await control.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), sys.argv[2], [int(port) for port in sys.argv[3:]]))
