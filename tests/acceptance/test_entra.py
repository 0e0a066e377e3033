"""DefaultAzureCredential of the published packages works offline with `openrooms dev --entra`."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from azure.communication.rooms import RoomsClient
from azure.core.exceptions import HttpResponseError
from azure.identity import ClientSecretCredential
from tests.support.service import Process, dev, environment

JAVASCRIPT = Path(__file__).parents[1] / "js"

PYTHON = """
import os
from azure.communication.identity import CommunicationIdentityClient
from azure.communication.rooms import RoomsClient
from azure.identity import DefaultAzureCredential

endpoint, credential = os.environ["ENDPOINT"], DefaultAzureCredential()
user = CommunicationIdentityClient(endpoint, credential).create_user()
rooms = RoomsClient(endpoint, credential)
room = rooms.create_room()
assert rooms.get_room(room.id).id == room.id
print("works", user.properties["id"])
"""
NODE = """
import { CommunicationIdentityClient } from "@azure/communication-identity";
import { RoomsClient } from "@azure/communication-rooms";
import { DefaultAzureCredential } from "@azure/identity";

const endpoint = process.env.ENDPOINT;
const credential = new DefaultAzureCredential();
const user = await new CommunicationIdentityClient(endpoint, credential).createUser();
const rooms = new RoomsClient(endpoint, credential);
const room = await rooms.createRoom();
if ((await rooms.getRoom(room.id)).id !== room.id) throw new Error("another room");
console.log("works", user.communicationUserId);
"""


@pytest.fixture(scope="module")
def entra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with dev(tmp_path_factory.mktemp("entra"), "--entra") as process:
        yield process


def managed_identity(service: Process) -> Mapping[str, str]:
    return {"IDENTITY_ENDPOINT": service.identity, "IDENTITY_HEADER": "openrooms"}


def client_secret(service: Process) -> Mapping[str, str]:
    return {
        "AZURE_AUTHORITY_HOST": service.endpoint,
        "AZURE_TENANT_ID": "adfs",
        "AZURE_CLIENT_ID": "clinic",
        "AZURE_CLIENT_SECRET": "any",
    }


@pytest.mark.parametrize("credential", [managed_identity, client_secret])
@pytest.mark.parametrize("language", ["python", "javascript"])
def test_default_azure_credential_works_offline(entra: Process, tmp_path: Path, language: str, credential):
    """A proxy that does not exist shows that no other host is asked."""
    if language == "python":
        command = [sys.executable, "-c", PYTHON]
    else:
        (tmp_path / "node_modules").symlink_to(JAVASCRIPT / "node_modules")
        (tmp_path / "program.mjs").write_text(NODE)
        command = ["node", "program.mjs"]
    nowhere = "http://127.0.0.1:1"
    variables = environment(
        ENDPOINT=entra.endpoint,
        REQUESTS_CA_BUNDLE=entra.ca,
        NODE_EXTRA_CA_CERTS=entra.ca,
        HTTP_PROXY=nowhere,
        HTTPS_PROXY=nowhere,
        NO_PROXY="127.0.0.1",
        **credential(entra),
    )
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("works 8:acs:"), done.stdout + done.stderr


def test_an_access_key_still_works(entra: Process):
    with RoomsClient.from_connection_string(entra.connectionString, connection_verify=entra.ca) as client:
        assert client.create_room().id


def test_without_the_flag_there_is_no_issuer(service: Process, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
    assert service.ready["identity"] is None
    credential = ClientSecretCredential(
        "adfs", "clinic", "any", authority=service.endpoint, disable_instance_discovery=True
    )
    with pytest.raises((HttpResponseError, ValueError)):
        credential.get_token("https://communication.azure.com/.default")


def test_the_welcome_names_the_variables(entra: Process):
    printed = entra.output()
    for _ in range(100):
        # The service prints it once it is ready.
        if "AZURE_AUTHORITY_HOST" in printed:
            break
        time.sleep(0.05)
        printed = entra.output()
    assert f'IDENTITY_ENDPOINT="{entra.identity}"' in printed
    assert f'AZURE_AUTHORITY_HOST="{entra.endpoint}" AZURE_TENANT_ID=adfs' in printed
