"""Rooms of a service, with a trunk, that telephones are called into."""

from typing import Any
from urllib.parse import quote

from tests.calls.stage import Stage, User, eventually
from tests.phone.sipp import Sipp

TALKING = "+15551234567"


class Scene:
    """A room that telephones may be called into, and its Presenter."""

    def __init__(self, stage: Stage, room: str, presenter: User) -> None:
        self.stage = stage
        self.room = room
        self.presenter = presenter

    def at(self, stage: Stage) -> "Scene":
        """Return the same room, asked for at another process."""
        return Scene(stage, self.room, self.presenter)

    async def ask(self, method: str, what: str, body: object = None) -> Any:
        """Ask as the Presenter."""
        target = f"/openrooms/rooms/{self.room}/{what}"
        return await self.stage.ask_as(self.presenter.token, method, target, body)

    async def dial(self, number: str, state: str) -> None:
        """Call a number, and wait until its dial-out has come so far."""
        await self.ask("POST", "call:dialOut", {"phoneNumber": number})
        await self.reaches(number, state)

    async def reaches(self, number: str, state: str, seconds: float = 10.0) -> dict[str, Any]:
        """Wait until the dial-out of a number is in a state; return it."""
        found: list[dict[str, Any]] = []

        async def is_found() -> bool:
            dial_outs = (await self.ask("GET", "call"))["dialOuts"]
            found[:] = [each for each in dial_outs if each["phoneNumber"] == number and each["state"] == state]
            return bool(found)

        await eventually(is_found, seconds)
        return found[0]

    async def hang_up(self, number: str) -> None:
        await self.ask("POST", f"call/participants/{self.phone(number)}:remove")

    def phone(self, number: str) -> str:
        """Return a telephone's part of a path."""
        return quote(f"4:{number}")

    async def allow(self, *, telephones: bool) -> None:
        body = {"pstnDialOutEnabled": telephones}
        await self.stage.ask("PATCH", f"/rooms/{self.room}?api-version=2025-03-13", body)


async def scene_at(stage: Stage) -> Scene:
    presenter = await stage.user()
    scene = Scene(stage, await stage.room({presenter.raw_id: "Presenter"}), presenter)
    await scene.allow(telephones=True)
    return scene


def with_trunk(phone: Sipp) -> tuple[str, ...]:
    return ("--sip-trunk", f"127.0.0.1:{phone.port}", "--sip-allow", "+1")
