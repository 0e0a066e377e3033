"""OpenTelemetry spans of calls, through azure-core."""

import json
from collections.abc import Iterator

import pytest
from azure.core.exceptions import DecodeError, ServiceResponseError
from azure.core.settings import settings
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.client.stub import KEY, NOT_FOUND, answer, reset

from openrooms import RoomNotFoundError, __version__

ID = "99475330965778483"
TOKEN = "eyJhbGciOi.very-secret.signature"


@pytest.fixture(scope="session")
def exporter() -> InMemorySpanExporter:
    """The exporter of the spans; OpenTelemetry's provider can be set only once per process."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    exporter.clear()
    settings.tracing_enabled = True
    yield exporter
    settings.tracing_enabled.unset_value()


def of_call(exporter: InMemorySpanExporter) -> tuple[list[ReadableSpan], ReadableSpan]:
    """Return the spans of the attempts and the span of the operation, which ends last."""
    *tries, operation = exporter.get_finished_spans()
    for attempt in tries:
        assert attempt.parent.span_id == operation.context.span_id
    return tries, operation


def test_a_call_span_contains_the_request_span(face, stub, spans):
    stub.usual = answer(200, json.dumps({"token": TOKEN, "expiresOn": "2026-01-01T00:00:00+00:00"}).encode())
    face.identity(stub.url, KEY).get_token("8:acs:ada", ["voip"])
    [http], operation = of_call(spans)
    [request] = stub.requests
    assert (operation.name, operation.kind) == ("CommunicationIdentityClient.get_token", SpanKind.INTERNAL)
    assert (http.name, http.kind) == ("POST", SpanKind.CLIENT)
    assert {(span.instrumentation_scope.name, span.instrumentation_scope.version) for span in (http, operation)} == {
        ("openrooms", __version__)
    }
    assert http.attributes == {
        "http.request.method": "POST",
        "url.full": f"{stub.url}/identities/8:acs:ada/:issueAccessToken?api-version=2023-10-01",
        "server.address": "127.0.0.1",
        "server.port": stub.port,
        "user_agent.original": request.headers["user-agent"],
        "http.response.status_code": 200,
        "az.client_request_id": request.headers["x-ms-client-request-id"],
    }
    assert request.headers["traceparent"].startswith(f"00-{http.context.trace_id:032x}-{http.context.span_id:016x}-")
    assert request.signed
    for span in (http, operation):
        text = span.to_json()
        for secret in (KEY, TOKEN, request.headers["authorization"]):
            assert secret not in text


def test_each_attempt_is_a_span(face, stub, spans):
    stub.steps(answer(503), answer(503))
    face.rooms(stub.url, KEY, retry_backoff_factor=0).get_room(ID)
    tries, operation = of_call(spans)
    assert operation.name == "RoomsClient.get_room"
    assert [span.attributes["http.response.status_code"] for span in tries] == [503, 503, 200]
    assert [span.attributes.get("http.request.resend_count") for span in tries] == [None, 1, 2]


def test_page_spans_hide_the_continuation_token(rooms, stub, spans):
    """Each page is a span, and no span shows the continuation token."""
    stub.steps(answer(200, f'{{"value":[],"nextLink":"{stub.url}/rooms?$skipToken=where-to"}}'.encode()))
    stub.usual = answer(200, b'{"value":[]}')
    assert list(rooms.list_rooms()) == []
    names = [span.name for span in spans.get_finished_spans()]
    assert names == ["GET", "RoomsClient.list_rooms"] * 2
    assert stub.requests[1].target.endswith("where-to")
    assert not any("where-to" in span.to_json() for span in spans.get_finished_spans())


@pytest.mark.parametrize(
    ("fault", "kind", "of_http"),
    [
        pytest.param(answer(404, NOT_FOUND), RoomNotFoundError, "404", id="refused"),
        pytest.param(reset, ServiceResponseError, "azure.core.exceptions.ServiceResponseError", id="no answer"),
        pytest.param(answer(200, b"[]"), DecodeError, None, id="unreadable"),
    ],
)
def test_spans_record_the_error_of_a_call(face, stub, spans, fault, kind, of_http):
    stub.usual = fault
    with pytest.raises(kind) as caught:
        face.rooms(stub.url, KEY, retries=0).get_room(ID)
    [http], operation = of_call(spans)
    assert operation.status.status_code is StatusCode.ERROR
    assert operation.attributes["error.type"] == f"{caught.type.__module__}.{caught.type.__qualname__}"
    assert http.attributes.get("error.type") == of_http
    assert "Signature" not in operation.to_json() + http.to_json()


def test_tracing_is_off_by_default(face, stub, exporter):
    exporter.clear()
    client = face.rooms(stub.url, KEY)
    client.get_room(ID)
    assert not exporter.get_finished_spans()
    assert "traceparent" not in stub.requests[0].headers
    client.get_room(ID, tracing_options={"enabled": True, "attributes": {"clinic": "north"}})
    [http], operation = of_call(exporter)
    assert http.attributes["clinic"] == operation.attributes["clinic"] == "north"
