"""When a delivery is tried again, which ones are due, and what an endpoint may be."""

import base64

import pytest

from openrooms.domain import subscriptions
from openrooms.domain.errors import InvalidRequest
from openrooms.domain.events import EventKey
from openrooms.domain.moments import HOUR, MINUTE, SECOND, Moment, after
from openrooms.domain.rooms import RoomId
from openrooms.domain.subscriptions import Answer, Delivery, Progress

NOW = Moment(17 * HOUR)
SECRET = "whsec_" + base64.b64encode(bytes(24)).decode()


def delivery(position: int, room: str = "a", since: int = 0, next_at: int = 0) -> Delivery:
    return Delivery(EventKey(position, NOW), RoomId(room), after(NOW, since), next_at=after(NOW, next_at))


def test_a_failed_delivery_is_tried_less_and_less_often():
    pauses, tried, now = [], delivery(1), NOW
    for _ in range(9):
        tried = subscriptions.failed(tried, Answer(500), now)
        pauses.append((tried.next_at - now) // SECOND)
        now = tried.next_at
    assert pauses == [2, 10, 30, 60, 300, 600, 1800, 3600, 3600]
    assert (tried.attempts, tried.error, tried.died_at) == (9, "answered 500", None)


@pytest.mark.parametrize(
    ("asked_for", "pause"),
    [
        pytest.param(0, 2 * SECOND, id="not asked for"),
        pytest.param(SECOND, 2 * SECOND, id="shorter than usual"),
        pytest.param(5 * MINUTE, 5 * MINUTE, id="longer than usual"),
        pytest.param(9 * HOUR, HOUR, id="too long"),
    ],
)
def test_an_endpoint_may_ask_for_a_longer_pause(asked_for: int, pause: int):
    away = subscriptions.went_away(Progress(), Answer(503, "", asked_for), NOW)
    assert (away.failures, away.next_at - NOW) == (1, pause)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        pytest.param(0, "away", id="no answer"),
        pytest.param(200, "success", id="OK"),
        pytest.param(204, "success", id="no content"),
        pytest.param(302, "refusal", id="a redirect"),
        pytest.param(400, "refusal", id="a bad request"),
        pytest.param(410, "gone", id="gone"),
        pytest.param(429, "away", id="too many requests"),
        pytest.param(500, "refusal", id="a failure, maybe of this event"),
        pytest.param(503, "away", id="unavailable"),
    ],
)
def test_what_an_answer_means(status: int, kind: str):
    answer = Answer(status)
    found = {"success": answer.is_success, "away": answer.is_away, "gone": answer.is_gone}
    assert [name for name, holds in found.items() if holds] == ([] if kind == "refusal" else [kind])


def test_a_delivery_is_given_up_after_a_day():
    waiting = [delivery(1, since=-24 * HOUR), delivery(2, since=-24 * HOUR + 1)]
    dead = subscriptions.given_up(waiting, NOW)
    assert [(key.position, one.died_at) for key, one in dead.items()] == [(1, NOW)]
    again = subscriptions.revived(dead[waiting[0].key], NOW)
    assert subscriptions.due([again], NOW) == [[again]]
    assert not subscriptions.given_up([again], after(NOW, 24 * HOUR - 1))


def test_events_of_a_room_wait_for_the_one_before():
    waiting = [delivery(3, "a"), delivery(1, "a", next_at=SECOND), delivery(2, "b"), delivery(4, "b", next_at=HOUR)]
    assert subscriptions.due(waiting, NOW) == [[waiting[2], waiting[3]]]
    assert subscriptions.next_due(waiting) == NOW
    assert subscriptions.next_due(waiting[:2]) == after(NOW, SECOND)
    assert subscriptions.next_due([]) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example",
        "https://app.example:8443/hooks?tenant=1",
        "https://[2001:db8::1]/",
    ],
)
def test_urls_of_endpoints(url: str):
    assert subscriptions.check_url(url, plain=False) == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://app.example/", "https"),
        ("ftp://app.example/", "https address"),
        ("https://", "https address"),
        ("/hooks", "https address"),
        ("https://app.example:99999/", "not a URL"),
        ("https://app.example:0/", "https address"),
        ("https://user:pass@app.example/", "user name"),
        ("https://app.example/#top", "fragment"),
        ("https://app.example/a b", "spaces"),
        ("https://app.example/\r\nHost: other", "spaces"),
        ("https://bücher.example/", "ASCII"),
        ("https://app.example/" + "a" * 2048, "2048"),
    ],
)
def test_urls_that_are_refused(url: str, problem: str):
    with pytest.raises(InvalidRequest, match=problem):
        subscriptions.check_url(url, plain=False)


def test_plain_http_where_it_is_allowed():
    assert subscriptions.check_url("http://127.0.0.1:3000/hook", plain=True)


@pytest.mark.parametrize("secret", ["", SECRET[6:], "whsec_", "whsec_abc", "whsec_" + "A" * 20, "whsec_" + "A" * 88])
def test_secrets_that_are_refused(secret: str):
    with pytest.raises(InvalidRequest, match="whsec_"):
        subscriptions.check_secret(secret)


def test_a_secret():
    assert base64.b64decode(subscriptions.check_secret(SECRET)) == bytes(24)
