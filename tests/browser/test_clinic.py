"""The page of the example clinic: a doctor and a patient see each other in a call on a real LiveKit."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect
from tests.browser.visits import _FRAMES, _KEEP_CONNECTIONS
from tests.support.ports import free_port, wait_for_port
from tests.support.service import Process, environment

pytestmark = pytest.mark.asyncio(loop_scope="session")

FOLDER = Path(__file__).parents[2] / "examples" / "clinic"
SHOTS = os.environ.get("SCREENSHOTS")


@pytest.fixture
def address(service: Process, tmp_path: Path) -> Iterator[str]:
    """The clinic, as its README starts it."""
    port = free_port()
    key = service.connectionString.split("accesskey=")[1]
    variables = environment(
        CLINIC_CONNECTION_STRING=f"endpoint={service.http};accesskey={key}",
        CLINIC_DATABASE=str(tmp_path / "clinic.db"),
    )
    command = [sys.executable, "-m", "uvicorn", "--port", str(port), "--factory", "clinic.app:from_environment"]
    process = subprocess.Popen(command, cwd=FOLDER, env=variables)
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest_asyncio.fixture(loop_scope="session")
async def pages(browser: Browser) -> AsyncIterator[list[Page]]:
    contexts = [await browser.new_context() for _ in range(2)]
    for context in contexts:
        await context.add_init_script(_KEEP_CONNECTIONS)
    yield [await context.new_page() for context in contexts]
    for context in contexts:
        await context.close()


def book(address: str, starts: datetime) -> tuple[str, dict[str, str]]:
    visit = str(uuid4())
    times = {"starts": starts.isoformat(), "ends": (starts + timedelta(minutes=30)).isoformat()}
    answer = httpx2.put(f"{address}/visits/{visit}", json={"doctor": "Dr. Ada", "patient": "Bo"} | times)
    assert answer.status_code == 200, answer.text
    return visit, {name: address + link for name, link in answer.json()["links"].items()}


async def test_doctor_and_patient_see_each_other(address: str, pages: list[Page]) -> None:
    visit, links = book(address, datetime.now(UTC))
    for page, link in zip(pages, links.values(), strict=True):
        await page.goto(link)
        await page.get_by_role("button", name="Join").click()
    for page, other in zip(pages, reversed(links), strict=True):
        await expect(page.get_by_role("figure", name=other)).to_be_visible(timeout=30_000)
        await page.wait_for_function(f"async () => (await ({_FRAMES})()) >= 10", timeout=30_000)
        if SHOTS:
            await page.screenshot(path=f"{SHOTS}/clinic-{other}.png")
    await pages[0].get_by_role("button", name="Leave").click()
    await expect(pages[0].get_by_role("status")).to_have_text("The call is over for you.")
    await expect(pages[1].get_by_role("figure")).to_have_count(0)
    await asyncio.to_thread(httpx2.delete, f"{address}/visits/{visit}")
    await expect(pages[1].get_by_role("button", name="Join")).to_be_visible()


async def test_the_page_names_the_time_of_a_later_visit(address: str, pages: list[Page]) -> None:
    _, links = book(address, datetime.now(UTC) + timedelta(days=1))
    await pages[0].goto(links["Bo"])
    await pages[0].get_by_role("button", name="Join").click()
    await expect(pages[0].get_by_role("status")).to_contain_text("The visit is not open. It starts at")
