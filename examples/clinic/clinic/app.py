"""The clinic's web API. Booking is a PUT, so a browser that got no answer sends it again and books nothing twice."""

import os
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
from clinic.visits import Visits

_PAGE = Path(__file__).parent / "static"

api = APIRouter()


class BookingBody(BaseModel):
    """What a receptionist enters."""

    doctor: str
    patient: str
    starts: AwareDatetime
    ends: AwareDatetime


class Booked(BaseModel):
    """A visit, and the link of each guest by their name."""

    id: str
    starts: datetime
    ends: datetime
    links: dict[str, str]


class Permission(BaseModel):
    """Whether the patient may share a screen."""

    may_share: bool


def desk_of(request: Request) -> Desk:
    """Return the desk of the application."""
    return request.app.state.desk


DeskDependency = Annotated[Desk, Depends(desk_of)]


# A real clinic signs its staff in before these three.


@api.put("/visits/{visit_id}")
def book(visit_id: UUID, body: BookingBody, desk: DeskDependency) -> Booked:
    """Book or move a visit."""
    visit, guests = desk.book(str(visit_id), Booking(**body.model_dump()))
    links = {guest.name: f"/#{guest.invitation}" for guest in guests}
    return Booked(id=visit.id, starts=visit.starts, ends=visit.ends, links=links)


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


def answer_failure(request: Request, error: Exception) -> JSONResponse:
    """Say what went wrong, and whether it helps to try again."""
    match error:
        case Away():
            return JSONResponse({"detail": "Not now. Try again."}, 503, {"Retry-After": "2"})
        case UnknownVisit():
            return JSONResponse({"detail": "There is no such visit."}, 404)
        case _:
            return JSONResponse({"detail": str(error)}, 422)


def create_app(azure: Azure, visits: Visits) -> FastAPI:
    """Return the clinic's application."""
    app = FastAPI(title="Clinic", exception_handlers=dict.fromkeys([Away, Refused, UnknownVisit], answer_failure))
    app.state.desk = Desk(azure, visits)
    app.include_router(api)
    app.mount("/", StaticFiles(directory=_PAGE, html=True))
    return app


def from_environment() -> FastAPI:
    """Return the application with the settings of the environment: `uvicorn --factory clinic.app:from_environment`."""
    azure = Azure(os.environ["CLINIC_CONNECTION_STRING"], os.environ.get("CLINIC_SECONDARY_KEY", ""))
    return create_app(azure, Visits(Path(os.environ.get("CLINIC_DATABASE", "clinic.db"))))
