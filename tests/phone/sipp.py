"""Telephones made of SIPp: scenarios, and what the telephone saw and when."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from tests.calls.stage import eventually
from tests.support.ports import free_port

_HOST = "127.0.0.1"
_HEAD = re.compile(
    r"^-{10,} (?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6})\n"
    r"\w+ message (?P<way>received|sent) [^\n]*\n\n(?P<line>[^\r\n]*)",
    re.MULTILINE,
)
_CALL_ID = re.compile(r"^Call-ID: *(\S+)", re.MULTILINE | re.IGNORECASE)
_CSEQ = re.compile(r"^CSeq: *\d+ (\w+)", re.MULTILINE | re.IGNORECASE)

_ANSWER = """<send{options}><![CDATA[
      SIP/2.0 {status}
      [last_Via:]
      [last_Record-Route:]
      [last_From:]
      [last_To:]{tag}
      [last_Call-ID:]
      {cseq}
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>
      {more}
]]></send>"""
_NOTHING = "Content-Length: 0\n"
_AUDIO = """Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=phone 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0 101
      a=rtpmap:0 PCMU/8000
      a=rtpmap:101 telephone-event/8000
"""


_CSEQ_ASSIGNED = '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'


# SIPp refuses scenarios that use a variable only once, which is why the BYE has it twice.
_TAG_ASSIGNED = '<ereg regexp="tag=[^;]*" search_in="hdr" header="From:" assign_to="theirs"/>'


def invited(more: str = "") -> str:
    return f'<recv request="INVITE" rrs="true"><action>{_CSEQ_ASSIGNED}{more}</action></recv>'


def answers(status: str, method: str = "INVITE", *, audio: bool = False, again: bool = False) -> str:
    tag = "" if method == "BYE" else ";tag=phone[call_number]"
    return _ANSWER.format(
        status=status,
        cseq="CSeq: [$cseq] INVITE" if method == "INVITE" else "[last_CSeq:]",
        tag=tag,
        more=_AUDIO if audio else _NOTHING,
        options=' retrans="500"' if again else "",
    )


def waits(milliseconds: int) -> str:
    return f'<pause milliseconds="{milliseconds}"/>'


def hears(method: str) -> str:
    return f'<recv request="{method}"/>'


def says_bye() -> str:
    return """<send retrans="500"><![CDATA[
      BYE [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:phone@[local_ip]>;tag=phone[call_number]
      To: <sip:caller@[remote_ip]>;[$theirs]
      Subject: [$theirs]
      Call-ID: [call_id]
      CSeq: 1 BYE
      Max-Forwards: 70
      Content-Length: 0

]]></send><recv response="200"/>"""


def takes_bye() -> str:
    return hears("BYE") + answers("200 OK", "BYE")


def takes_cancel() -> str:
    return hears("CANCEL") + answers("200 OK", "CANCEL") + answers("487 Request Terminated", again=True) + hears("ACK")


RINGS = invited() + answers("180 Ringing") + takes_cancel()
TALKS = invited() + answers("180 Ringing") + answers("200 OK", audio=True, again=True) + hears("ACK") + takes_bye()


def refuses(status: str) -> str:
    return invited() + answers(status, again=True) + hears("ACK")


def asks_password(user: str, password: str) -> str:
    """Ask for the password by digest, and answer if it is right, else refuse."""
    challenge = answers("401 Unauthorized", again=True).replace(
        "Content-Length", 'WWW-Authenticate: Digest realm="trunk", nonce="8f3a", algorithm=MD5\n      Content-Length'
    )
    check = f'<verifyauth assign_to="right" username="{user}" password="{password}"/>'
    talks = answers("180 Ringing") + answers("200 OK", audio=True, again=True) + hears("ACK") + takes_bye()
    return (
        f'{invited()}{challenge}{hears("ACK")}{invited(check)}<nop next="1" test="right"/>'
        f'{answers("403 Forbidden", again=True)}<recv request="ACK" next="2"/><label id="1"/>{talks}<label id="2"/>'
    )


def hangs_up(after: int) -> str:
    picks_up = invited(_TAG_ASSIGNED) + answers("180 Ringing") + answers("200 OK", audio=True, again=True)
    return picks_up + hears("ACK") + waits(after) + says_bye()


class Seen(NamedTuple):
    """A message at the telephone."""

    time: float
    way: str
    line: str
    call_id: str
    of: str


class Sipp:
    """A telephone that plays one scenario for each call."""

    def __init__(self, folder: Path, port: int, process: asyncio.subprocess.Process) -> None:
        self._log = folder / f"sipp-{port}.log"
        self.port = port
        self._process = process

    def seen(self) -> list[Seen]:
        """Return what the telephone received and sent so far."""
        text = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        heads = list(_HEAD.finditer(text))
        ends = [head.start() for head in heads[1:]]
        return [_seen(head, text[head.start() : end]) for head, end in zip_longest(heads, ends)]

    def received(self, method: str) -> list[Seen]:
        """Return the requests with this method, each call's first one."""
        first = {}
        for message in self.seen():
            if message.way == "received" and message.line.startswith(f"{method} "):
                first.setdefault(message.call_id, message)
        return list(first.values())

    def live(self) -> set[str]:
        """Return the calls that the telephone believes to go on or to ring."""
        live: set[str] = set()
        for message in self.seen():
            if message.line.startswith("INVITE "):
                live.add(message.call_id)
            elif message.line.startswith("BYE ") or (
                message.of == "INVITE" and re.match("SIP/2.0 [3-6]", message.line)
            ):
                live.discard(message.call_id)
        return live

    async def hears(self, method: str, count: int = 1, seconds: float = 5.0) -> Seen:
        """Wait until so many calls got the request; return the last one."""
        await eventually(lambda: len(self.received(method)) >= count, seconds)
        return self.received(method)[count - 1]

    async def is_free(self, seconds: float = 5.0) -> None:
        """Wait until no call is left."""
        await eventually(lambda: not self.live(), seconds)


def _seen(head: re.Match[str], text: str) -> Seen:
    moment = datetime.strptime(head["time"], "%Y-%m-%d %H:%M:%S.%f").astimezone().timestamp()
    call_id, of = _CALL_ID.search(text), _CSEQ.search(text)
    return Seen(moment, head["way"], head["line"], call_id[1] if call_id else "", of[1] if of else "")


@asynccontextmanager
async def sipp(folder: Path, scenario: str, options: Sequence[str] = ()) -> AsyncIterator[Sipp]:
    """Run a telephone; its echo returns what it hears."""
    port = free_port()
    file = folder / f"sipp-{port}.xml"
    file.write_text(f'<?xml version="1.0"?><scenario name="phone">{scenario}</scenario>')
    process = await asyncio.create_subprocess_exec(
        *("sipp", "-sf", str(file), "-i", _HOST, "-p", str(port), "-mp", str(free_port()), "-rtp_echo", "-nostdin"),
        *("-trace_msg", "-message_file", str(folder / f"sipp-{port}.log"), "-message_overwrite", "false", *options),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        await eventually(lambda: _is_bound(port) or process.returncode is not None)
        assert process.returncode is None, "sipp does not take the scenario"
        yield Sipp(folder, port, process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _is_bound(port: int) -> bool:
    ends = [
        line.split()[1] for name in ("udp", "tcp") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
    ]
    return f"0100007F:{port:04X}" in ends


def now() -> float:
    return time.time()
