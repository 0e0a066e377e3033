"""Logs, errors and reprs contain no secrets."""

import json
import logging

import pytest
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import AzureError
from tests.client.stub import KEY, NOT_FOUND, answer, reset

TOKEN = "eyJhbGciOi.very-secret.signature"
ENTRA = "entra-token-of-the-user"


def test_request_logging_hides_secrets(face, stub, caplog):
    caplog.set_level(logging.DEBUG)
    stub.usual = answer(200, json.dumps({"token": TOKEN, "expiresOn": "2026-01-01T00:00:00+00:00"}).encode())
    stub.steps(reset)
    client = face.identity(stub.url, KEY, logging_enable=True, retry_backoff_factor=0)
    client.get_token_for_teams_user(ENTRA, "app", "user")
    _, _, signature = stub.requests[-1].headers["authorization"].partition("Signature=")
    assert "Request URL" in caplog.text
    assert '"appId"' in caplog.text
    assert "expiresOn" in caplog.text
    assert len(signature) == 44
    for secret in (KEY, TOKEN, ENTRA, signature):
        assert secret not in caplog.text


def test_bearer_tokens_are_hidden_too(face, stub, caplog):
    class Credential:
        def get_token(self, *_, **__):
            from azure.core.credentials import AccessToken

            return AccessToken(ENTRA, 9_999_999_999)

    class AsyncCredential(Credential):
        async def get_token(self, *_, **__):
            return super().get_token()

    caplog.set_level(logging.DEBUG)
    stub.steps(reset)
    credential = Credential() if face.name == "sync" else AsyncCredential()
    face.rooms(stub.url, credential, retry_backoff_factor=0).get_room("1", logging_enable=True)
    assert "Request URL" in caplog.text
    assert ENTRA not in caplog.text


@pytest.mark.parametrize("fault", [answer(404, NOT_FOUND), answer(500, b""), reset])
def test_errors_show_no_key_and_no_signature(face, stub, fault):
    stub.usual = fault
    client = face.rooms(stub.url, AzureKeyCredential(KEY), retries=0)
    with pytest.raises(AzureError) as caught:
        client.get_room("1")
    error = caught.value
    texts = [repr(error), str(error), repr(client)]
    response = getattr(error, "response", None)
    if response is not None:
        texts += [repr(response), repr(response.request), repr(dict(response.request.headers))]
    for text in texts:
        assert KEY not in text
        assert "Signature" not in text
