"""The plugin in a new user's project: every way of running async tests, xdist, unittest, a real LiveKit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openrooms.server.media.livekit_process import find_program

pytest_plugins = ["pytester"]

# pytester gives each test another home, where there is no LiveKit.
PROGRAM = find_program()

# pytest-asyncio warns so of itself, even without openrooms.
STRICT = ("-W", "error", "-W", "ignore:The configuration option")

ASYNC = """
    import pytest
    from openrooms import RoomParticipant

    {mark}
    async def test_it(async_rooms_client, async_identity_client, async_rooms_call, rooms_user):
        user = await async_identity_client.create_user()
        room = await async_rooms_client.create_room(participants=[user])
        assert [person.role async for person in async_rooms_client.list_participants(room.id)] == ["Attendee"]
        ada = rooms_user("Ada")
        await async_rooms_call(room).join(ada, "Presenter")
        await async_rooms_call(room).wait_for(ada)

    {mark}
    async def test_again(async_rooms_client):
        assert [room.id async for room in async_rooms_client.list_rooms()] == []
"""


@pytest.mark.parametrize(
    ("mark", "options"),
    [
        pytest.param("@pytest.mark.asyncio", (), id="pytest-asyncio, strict"),
        pytest.param("", ("-o", "asyncio_mode=auto"), id="pytest-asyncio, auto"),
        pytest.param("@pytest.mark.asyncio(loop_scope='module')", (), id="pytest-asyncio, one loop"),
        pytest.param("@pytest.mark.anyio", (), id="AnyIO beside pytest-asyncio"),
        pytest.param("@pytest.mark.anyio", ("-p", "no:asyncio"), id="AnyIO alone"),
    ],
)
def test_async_fixtures_need_no_setting(pytester, mark, options):
    backend = "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
    pytester.makeconftest(f"import pytest\n{backend}")
    pytester.makepyfile(ASYNC.format(mark=mark))
    pytester.runpytest_subprocess(*STRICT, *options).assert_outcomes(passed=2)


def test_workers_of_xdist_have_their_own_services(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_it(rooms_client, rooms_clock, number):
            assert list(rooms_client.list_rooms()) == []
            rooms_clock.advance(days=number)
            rooms_client.create_room()
    """)
    pytester.runpytest_subprocess("-n", "2", *STRICT).assert_outcomes(passed=8)


UNITTEST = """
import asyncio
import unittest

from openrooms.testing import RoomsBench


class Visits(unittest.TestCase):
    def setUp(self):
        self.bench = self.enterContext(RoomsBench())

    def test_a_visit(self):
        ada = self.bench.user("Ada")
        call = self.bench.call(self.bench.rooms_client.create_room(participants=[ada]))
        call.join(ada)
        self.bench.clock.advance(days=200)
        self.assertEqual(call.participants, ())


class AsyncVisits(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.bench = self.enterContext(RoomsBench())

    async def test_a_visit(self):
        room = await self.bench.async_rooms_client.create_room()
        self.assertEqual((await self.bench.async_rooms_client.get_room(room.id)).id, room.id)


def plain():
    with RoomsBench() as bench:
        return bench.rooms_client.create_room().id


if __name__ == "__main__":
    plain()
    unittest.main()
"""


def test_unittest_and_plain_functions(tmp_path: Path):
    program = tmp_path / "visits.py"
    program.write_text(UNITTEST)
    command = [sys.executable, "-W", "error", "-X", "dev", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr


LIVEKIT = """
    import pytest

    @pytest.mark.openrooms(livekit=True)
    def test_it(rooms_client, rooms_user, rooms_call, calls_client):
        ada = rooms_user("Ada")
        call = rooms_call(rooms_client.create_room(participants=[ada]))
        assert call.why(ada).may_join
        assert call.participants == ()
        with pytest.raises(RuntimeError, match="connect a LiveKit SDK"):
            call.join(ada)
"""


def test_a_mark_asks_for_a_real_livekit(pytester, monkeypatch):
    assert PROGRAM is not None, "there is no livekit-server: run `make livekit`"
    monkeypatch.setenv("PATH", str(PROGRAM.parent), prepend=os.pathsep)
    pytester.makepyfile(LIVEKIT)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_without_livekit_the_mark_says_so(pytester, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", os.fspath(pytester.path))
    pytester.makepyfile(LIVEKIT)
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wants a real LiveKit*there is no livekit-server*"])


def test_a_mistaken_mark_is_refused(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.openrooms(live=True)
        def test_it(rooms_client):
            pass
    """)
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["*takes only livekit=True*"])
