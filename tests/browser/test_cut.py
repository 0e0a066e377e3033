"""The call page when the service or the network goes away in the middle of a call."""

import signal
from pathlib import Path

import pytest
from azure.communication.rooms import ParticipantRole
from playwright.async_api import expect
from tests.browser.conftest import Visiting
from tests.browser.visits import Clinic
from tests.support.ports import free_port
from tests.support.service import running

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_participants_reconnect_after_the_service_was_killed(tmp_path: Path, visiting: Visiting) -> None:
    where = ("dev", "--https-port", free_port(), "--http-port", free_port())
    with running(*where, folder=tmp_path) as service:
        clinic = Clinic(service)
        doctor, patient = clinic.guest(), clinic.guest()
        room = clinic.room((doctor, ParticipantRole.PRESENTER), (patient, ParticipantRole.ATTENDEE))
        visits = [await visiting(clinic.link(room, one.token)) for one in (doctor, patient)]
        for visit in visits:
            await visit.join()
        for visit in visits:
            await visit.sees_frames()
        service.stop(signal.SIGKILL)
        await expect(visits[0].page.get_by_text("Reconnecting…")).to_be_visible(timeout=20_000)
        (tmp_path / "ready.json").unlink()
    with running(*where, folder=tmp_path):
        for visit in visits:
            await visit.is_in_call(30)
            await visit.sees_frames(30)
        clinic.close()
