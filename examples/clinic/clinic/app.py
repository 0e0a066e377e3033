"""The clinic's web API. Booking is a PUT, so a browser that got no answer sends it again and books nothing twice."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import AwareDatetime, BaseModel

from clinic.azure import Away, Azure, Refused
from clinic.desk import Booking, Desk, Entry, UnknownVisit
from clinic.hooks import Forged, Hooks
from clinic.visits import Guest, Visit, Visits

_PAGE = Path(__file__).parent / "static"

api = APIRouter()


class BookingBody(BaseModel):
    """What a receptionist enters."""

    doctor: str
    patient: str
    starts: AwareDatetime
    ends: AwareDatetime


class Booked(BaseModel):
    """A visit, when its call ended, and the link of each guest by their name."""

    id: str
    starts: datetime
    ends: datetime
    ended: datetime | None
    links: dict[str, str]


class Permission(BaseModel):
    """Whether the patient may share a screen."""

    may_share: bool


def desk_of(request: Request) -> Desk:
    """Return the desk of the application."""
    return request.app.state.desk


DeskDependency = Annotated[Desk, Depends(desk_of)]


async def body_of(request: Request) -> bytes:
    """Return the body as it was signed."""
    return await request.body()


# A real clinic signs its staff in before these four.


@api.put("/visits/{visit_id}")
def book(visit_id: UUID, body: BookingBody, desk: DeskDependency) -> Booked:
    """Book or move a visit."""
    return booked(*desk.book(str(visit_id), Booking(**body.model_dump())))


@api.get("/visits/{visit_id}")
def look(visit_id: UUID, desk: DeskDependency) -> Booked:
    """Show a visit."""
    return booked(*desk.look(str(visit_id)))


@api.put("/visits/{visit_id}/permission", status_code=204)
def permit(visit_id: UUID, permission: Permission, desk: DeskDependency) -> None:
    """Change what the patient may do."""
    desk.permit(str(visit_id), permission.may_share)


@api.delete("/visits/{visit_id}", status_code=204)
def cancel(visit_id: UUID, desk: DeskDependency) -> None:
    """Cancel a visit."""
    desk.cancel(str(visit_id))


@api.post("/entries/{invitation}")
def enter(invitation: str, desk: DeskDependency) -> Entry:
    """Admit a guest."""
    return desk.enter(invitation)


@api.post("/hooks/rooms", status_code=204)
def receive(request: Request, body: Annotated[bytes, Depends(body_of)], desk: DeskDependency) -> None:
    """Take an event, which only the service can sign."""
    event = request.app.state.hooks.read(body, request.headers)
    if event is not None:
        desk.note_end(event)


def booked(visit: Visit, guests: Sequence[Guest]) -> Booked:
    """Return the answer that shows a visit."""
    links = {guest.name: f"/#{guest.invitation}" for guest in guests}
    return Booked(id=visit.id, starts=visit.starts, ends=visit.ends, ended=visit.ended, links=links)


def answer_failure(request: Request, error: Exception) -> JSONResponse:
    """Say what went wrong, and whether it helps to try again."""
    match error:
        case Away():
            return JSONResponse({"detail": "Not now. Try again."}, 503, {"Retry-After": "2"})
        case Forged():
            return JSONResponse({"detail": "The signature is wrong."}, 401)
        case UnknownVisit():
            return JSONResponse({"detail": "There is no such visit."}, 404)
        case _:
            return JSONResponse({"detail": str(error)}, 422)


def create_app(azure: Azure, visits: Visits, webhook_secret: str = "") -> FastAPI:
    """Return the clinic's application."""
    failures = [Away, Forged, Refused, UnknownVisit]
    app = FastAPI(title="Clinic", exception_handlers=dict.fromkeys(failures, answer_failure))
    app.state.desk = Desk(azure, visits)
    app.state.hooks = Hooks(webhook_secret)
    app.include_router(api)
    app.mount("/", StaticFiles(directory=_PAGE, html=True))
    return app


def from_environment() -> FastAPI:
    """Return the application with the settings of the environment: `uvicorn --factory clinic.app:from_environment`."""
    azure = Azure(os.environ["CLINIC_CONNECTION_STRING"], os.environ.get("CLINIC_SECONDARY_KEY", ""))
    visits = Visits(Path(os.environ.get("CLINIC_DATABASE", "clinic.db")))
    return create_app(azure, visits, os.environ.get("CLINIC_WEBHOOK_SECRET", ""))
