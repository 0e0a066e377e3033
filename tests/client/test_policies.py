"""The keywords of azure-core's clients: policies, hooks, headers, logs and traces."""

import logging

import pytest
from azure.core.pipeline.policies import (
    AsyncRetryPolicy,
    HttpLoggingPolicy,
    RetryPolicy,
    SansIOHTTPPolicy,
)
from azure.core.settings import settings
from azure.core.tracing import AbstractSpan
from tests.client.stub import KEY, NOT_FOUND, answer

from openrooms import RoomNotFoundError

ID = "99475330965778483"


class Marking(SansIOHTTPPolicy):
    """A policy that adds a line to a header each time it runs."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def on_request(self, request):
        headers = request.http_request.headers
        headers["X-Marks"] = f"{headers.get('X-Marks', '')}{self.name}"


@pytest.mark.parametrize("several", [True, False])
def test_custom_policies_per_call_and_per_attempt(face, stub, several):
    stub.steps(answer(503, b""))
    call, retry = Marking("c"), Marking("r")
    client = face.rooms(
        stub.url,
        KEY,
        per_call_policies=[call] if several else call,
        per_retry_policies=[retry] if several else retry,
        retry_backoff_factor=0,
    )
    client.get_room(ID)
    assert [request.headers["x-marks"] for request in stub.requests] == ["cr", "crr"]
    assert all(request.signed for request in stub.requests)


def test_a_custom_policy_list_replaces_the_default(face, stub):
    client = face.rooms(stub.url, KEY, policies=[Marking("p")], per_call_policies=Marking("c"))
    client.get_room(ID)
    assert stub.requests[0].headers["x-marks"] == "cp"
    assert "authorization" not in stub.requests[0].headers


def test_a_custom_retry_policy(face, stub):
    stub.usual = answer(404, NOT_FOUND)
    kind = RetryPolicy if face.name == "sync" else AsyncRetryPolicy
    policy = kind(retry_on_status_codes=[404], retry_total=2, retry_backoff_factor=0)
    with pytest.raises(RoomNotFoundError):
        face.rooms(stub.url, KEY, retry_policy=policy).get_room(ID)
    assert len(stub.requests) == 3


def test_additional_statuses_to_retry(face, stub):
    stub.steps(answer(404, NOT_FOUND))
    client = face.rooms(stub.url, KEY, retry_on_status_codes=[404], retry_backoff_factor=0)
    assert client.create_room().id == ID
    assert len(stub.requests) == 2


def test_request_hooks_run_before_signing(face, stub):
    """Hooks see each request, and the signature covers their changes."""
    seen = []

    def change(request):
        request.http_request.headers["X-Clinic"] = "north"
        request.http_request.url += "&note=1"
        seen.append("request")

    client = face.rooms(
        stub.url, KEY, raw_request_hook=change, raw_response_hook=lambda response: seen.append(response.context)
    )
    client.get_room(ID)
    assert seen[0] == "request"
    assert len(seen) == 2
    assert stub.requests[0].headers["x-clinic"] == "north"
    assert stub.requests[0].target.endswith("&note=1")
    assert stub.requests[0].signed


def test_headers_for_every_call(face, stub):
    face.rooms(stub.url, KEY, headers={"X-Clinic": "north"}).get_room(ID, headers={"X-Ward": "3"})
    [request] = stub.requests
    assert (request.headers["x-clinic"], request.headers["x-ward"]) == ("north", "3")


@pytest.mark.parametrize(
    ("of_client", "of_call", "sent"),
    [
        ({"request_id": "mine"}, {}, "mine"),
        ({}, {"request_id": "this"}, "this"),
        ({"auto_request_id": False}, {}, None),
    ],
)
def test_custom_request_ids(face, stub, of_client, of_call, sent):
    face.rooms(stub.url, KEY, **of_client).get_room(ID, **of_call)
    assert stub.requests[0].headers.get("x-ms-client-request-id") == sent


def test_the_user_agent_of_one_call(rooms, stub):
    rooms.get_room(ID, user_agent="night-shift", user_agent_overwrite=True)
    assert stub.requests[0].headers["user-agent"] == "night-shift"


def test_http_logging_uses_azure_core(face, stub, caplog):
    caplog.set_level(logging.INFO, "clinic")
    face.rooms(stub.url, KEY, http_logging_policy=HttpLoggingPolicy(logging.getLogger("clinic"))).get_room(ID)
    assert f"Request URL: '{stub.url}/rooms/{ID}?api-version=2025-03-13'" in caplog.text
    assert "Response status: 200" in caplog.text


class Span(AbstractSpan):
    """A recorder of the spans of a call."""

    names: list[str] = []  # noqa: RUF012 - shared by all instances on purpose
    context = None

    def __init__(self, span=None, name="", kind=None, **_):
        self.name, self.kind, self.attributes = name, kind, {}
        Span.names.append(name)

    span_instance = property(lambda self: self)

    def span(self, name="", kind=None, **_):
        return Span(name=name, kind=kind)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def start(self):
        pass

    def finish(self):
        pass

    def to_header(self):
        return {"traceparent": "00-1-2-01"}

    def add_attribute(self, key, value):
        self.attributes[key] = value

    def set_http_attributes(self, request, response=None):
        assert "Authorization" not in request.headers

    def get_trace_parent(self):
        return "00-1-2-01"

    @classmethod
    def link(cls, traceparent, attributes=None):
        pass

    @classmethod
    def link_from_headers(cls, headers, attributes=None):
        pass

    @classmethod
    def get_current_span(cls):
        return cls.context

    @classmethod
    def get_current_tracer(cls):
        return None

    @classmethod
    def set_current_span(cls, span):
        pass

    @classmethod
    def set_current_tracer(cls, tracer):
        pass

    @classmethod
    def change_context(cls, span):
        import contextlib

        return contextlib.nullcontext()

    @classmethod
    def with_current_context(cls, func):
        return func


@pytest.fixture
def traced():
    Span.names.clear()
    settings.tracing_implementation = Span
    settings.tracing_enabled = True
    yield Span.names
    settings.tracing_implementation.unset_value()
    settings.tracing_enabled.unset_value()


def test_calls_are_traced_by_azure_core(rooms, stub, traced):
    rooms.get_room(ID)
    assert traced == ["RoomsClient.get_room", "GET"]
    assert stub.requests[0].headers["traceparent"] == "00-1-2-01"


def test_a_page_of_a_list_is_traced(rooms, stub, traced):
    stub.usual = answer(200, b'{"value":[]}')
    assert list(rooms.list_rooms()) == []
    assert traced == ["RoomsClient.list_rooms", "GET"]
