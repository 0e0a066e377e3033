"""The JSON that a call's metadata holds."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openrooms.domain.calls import CallNotice
from openrooms.domain.moments import Moment
from openrooms.domain.names import clean
from openrooms.wire.notices import read_notice, render_notice

moments = st.integers(0, 2_534_023_007_999_999_999).map(Moment)
notices = st.builds(CallNotice, st.text().map(clean), moments, moments, st.integers(0, 1440))
NOTICE = CallNotice('Dr Ada\'s "hours"', Moment(17_564_273_885_964_328), Moment(17_564_273_885_964_329), 10)


def test_a_notice_as_the_pages_read_it() -> None:
    assert json.loads(render_notice(NOTICE)) == {
        "title": 'Dr Ada\'s "hours"',
        "validFrom": "2025-08-29T00:29:48.5964328+00:00",
        "validUntil": "2025-08-29T00:29:48.5964329+00:00",
        "extendBy": 10,
    }


@given(notices)
def test_every_notice_is_read_as_it_was_written(notice: CallNotice) -> None:
    assert read_notice(render_notice(notice)) == notice


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="none"),
        pytest.param("hello", id="not JSON"),
        pytest.param("[]", id="another shape"),
        pytest.param(render_notice(NOTICE).replace("T00", " 00"), id="no time"),
        pytest.param(render_notice(NOTICE).replace("{", '{"later":1,'), id="of a later version"),
        pytest.param(render_notice(NOTICE).replace(',"extendBy":10', ""), id="of an earlier version"),
    ],
)
def test_other_metadata_is_not_a_notice(text: str) -> None:
    """So it is written anew."""
    assert read_notice(text) is None
