"""A telephone by baresip, for what SIPp does not speak.

`python -m tests.phone.telephone HOST PORT CERTIFICATE ENCRYPTION` answers every call over TLS, at the port after PORT,
and prints what becomes of the calls.
"""

import asyncio
import sys

from baresip import Account, Call, Config, Event, Runtime, StackEvent, UserAgent


async def serve(host: str, port: str, certificate: str, encryption: str) -> None:
    """Answer calls until killed."""
    runtime = Runtime()
    answering: set[asyncio.Task[None]] = set()

    def hear(event: StackEvent) -> None:
        print(event.event.name, event.text, flush=True)  # noqa: T201
        if event.event is Event.CALL_INCOMING:
            answering.add(asyncio.create_task(Call._from_incoming(runtime, event).answer()))

    runtime.subscribe(hear)
    lines = [f"sip_listen {host}:{port}", f"sip_certificate {certificate}", "rtp_ports 30000-30100"]
    await runtime.start(Config(net_interface=host, max_concurrent_calls=None, extra_config_text="\n".join(lines)))
    account = Account(
        user="phone",
        domain=host,
        password="",
        transport="tls",
        reg_interval=0,
        extra_params=("catchall=yes", f"mediaenc={encryption}") if encryption else ("catchall=yes",),
    )
    await UserAgent.create(runtime, account, transfer_policy="reject")
    print("READY", flush=True)  # noqa: T201
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:5]))
