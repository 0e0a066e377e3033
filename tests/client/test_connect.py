"""The way to the service: TLS and whom it trusts, proxies, other transports, credentials."""

import ssl
import time
import traceback
from pathlib import Path

import pytest
from azure.core.credentials import AccessToken, AzureKeyCredential
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AioHttpTransport, AsyncioRequestsTransport, RequestsTransport
from tests.client.faces import AsyncFace, SyncFace
from tests.client.stub import KEY, ROOM, answer, say_nothing
from tests.client.tunnel import Socks, Tunnel

import openrooms
import openrooms.aio
from openrooms import RoomsClient
from openrooms.client._network import find_proxy, tls_context
from openrooms.wire.connection_string import VARIABLES, parse_connection_string, parse_endpoint

ID = "99475330965778483"
CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    """Whatever this machine trusts and goes through, the tests do not."""
    for name in (*CA_VARIABLES, *PROXY_VARIABLES, *map(str.upper, PROXY_VARIABLES)):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def key(service):
    return AzureKeyCredential(parse_connection_string(service.connectionString).access_key.reveal())


def works(client):
    return client.create_room().id.startswith("994")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_environment_names_the_ca(face, service, key, monkeypatch, variable):
    monkeypatch.setenv(variable, service.ca)
    assert works(face.rooms(service.endpoint, key))


@pytest.mark.parametrize(
    "verify",
    [
        pytest.param(lambda ca: ca, id="file"),
        pytest.param(lambda ca: False, id="off"),
        pytest.param(lambda ca: ssl.create_default_context(cafile=ca), id="context"),
    ],
)
def test_the_caller_names_the_ca(face, service, key, verify):
    assert works(face.rooms(service.endpoint, key, connection_verify=verify(service.ca)))
    client = face.rooms(service.endpoint, key)
    assert client.create_room(connection_verify=verify(service.ca)).id


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(face, service, key):
    started = time.monotonic()
    with pytest.raises(ServiceRequestError, match=r"is not trusted.*connection_verify=, REQUESTS_CA_BUNDLE"):
        face.rooms(service.endpoint, key).create_room()
    assert time.monotonic() - started < 1, "trying again would not help"


def test_a_certificate_for_another_name_is_refused(face, service, key):
    with Tunnel(port_behind=int(service.endpoint.rstrip("/").rpartition(":")[2])) as tunnel:
        client = face.rooms("https://rooms.example", key, connection_verify=service.ca, proxies={"https": tunnel.url})
        with pytest.raises(ServiceRequestError, match="is not trusted: Hostname mismatch"):
            client.create_room()


@pytest.mark.parametrize("option", ["connection_verify", "connection_cert"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_file_of_certificates_that_cannot_be_read_is_named(face, service, key, tmp_path, option, content):
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{option}.*(No such file|PEM|SSL|certificate)") as caught:
        face.rooms(service.endpoint, key, **{option: str(path)}).create_room()
    assert str(path) in str(caught.value)


def test_without_a_store_of_the_system_certifi_is_trusted(monkeypatch, tmp_path):
    """As in a container without ca-certificates, whose folder is there and empty."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert tls_context(True, None, use_env=False).cert_store_stats()["x509_ca"] > 50
    (tmp_path / "0a1b2c3d.0").touch()
    assert tls_context(True, None, use_env=False).cert_store_stats()["x509_ca"] == 0, "what the folder has is enough"


def test_tls_with_who_speaks_none(face, service, key):
    with pytest.raises(ServiceRequestError, match=r"the TLS handshake with .* Does it speak https"):
        face.rooms(service.http.replace("http:", "https:"), key).create_room()


def test_a_proxy_by_keyword_and_by_call(face, stub):
    client = face.rooms("http://rooms.example", KEY, proxies={"http": stub.url})
    assert client.get_room(ID).id == ID
    other = face.rooms("http://rooms.example", KEY)
    assert other.get_room(ID, proxies={"all": stub.url}).id == ID
    assert all(request.signed for request in stub.requests)


def test_the_environment_names_the_proxy(face, stub, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", stub.url.replace("http://", "http://ada:p%40ss@"))
    face.rooms("http://rooms.example", KEY).get_room(ID)
    assert stub.requests[0].headers["proxy-authorization"] == "Basic YWRhOnBAc3M="
    monkeypatch.setenv("NO_PROXY", "rooms.example")
    with pytest.raises(ServiceRequestError):
        face.rooms("http://rooms.example", KEY, retries=0, connection_timeout=2).get_room(ID)
    monkeypatch.delenv("NO_PROXY")
    with pytest.raises(ServiceRequestError):
        face.rooms("http://rooms.example", KEY, retries=0, connection_timeout=2, use_env_settings=False).get_room(ID)
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("endpoint", "no_proxy", "direct"),
    [
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://10.1.2.3", "rooms.example, 10.1.0.0/16", True),
        ("http://10.1.2.3", "10.1.2.3", True),
        ("http://10.1.2.3:8080", "10.1.2.3:8080", True),
        ("http://10.1.2.3:8080", "10.1.2.3:80", False),
        ("http://11.1.2.3", "10.0.0.0/8", False),
        ("http://[::1]:8720", "[::1]", True),
        ("http://[::1]:8720", "::1", True),
        ("http://[::1]:8720", "[::1]:8720", True),
        ("http://[::1]:8720", "[::1]:80", False),
        ("http://[fd00::5]", "fd00::/8", True),
        ("http://[fe00::5]", "fd00::/8,10.0.0.0/8", False),
        ("http://rooms.example", "example", True),
        ("http://rooms.example", "10.0.0.0/8,,", False),
        ("http://rooms.example", "*", True),
    ],
)
def test_whom_the_proxy_is_not_for(monkeypatch, endpoint, no_proxy, direct):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (find_proxy(parse_endpoint(endpoint), None, use_env=True) is None) is direct


@pytest.mark.parametrize("url", ["http://ada:sec/ret@proxy:3128", "http://ada:1#sec@proxy", "http://[sec/ret"])
def test_a_proxy_that_cannot_be_read_shows_no_password(face, stub, url):
    with pytest.raises(ValueError, match="percent-encoded") as caught:
        face.rooms(stub.url, KEY, proxies={"http": url}).get_room(ID)
    assert "sec" not in "".join(traceback.format_exception(caught.value)).replace(url, "")


def test_tls_goes_through_a_tunnel(face, service, key):
    with Tunnel() as tunnel:
        client = face.rooms(service.endpoint, key, connection_verify=service.ca, proxies={"https": tunnel.url})
        assert works(client)
        assert works(client)
    assert tunnel.asked == [service.endpoint.removeprefix("https://").rstrip("/")], "one tunnel serves both calls"


def test_a_tunnel_that_is_refused(face, service, key):
    with Tunnel() as tunnel:
        url = tunnel.url.replace("p%40ss", "secret")
        client = face.rooms(service.endpoint, key, retries=0, proxies={"https": url})
        with pytest.raises(ServiceRequestError, match=r"did not connect to .*: 407 Proxy Auth") as caught:
            client.create_room()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "socks5h://proxy", "https://ada:secret@127.0.0.1:3128"])
@pytest.mark.parametrize("how", ["HTTP_PROXY", "all_proxy", "client", "call"])
def test_proxies_that_we_cannot_are_named_with_the_way_out(face, monkeypatch, url, how):
    given = {"proxies": {"http": url}}
    if how.lower().endswith("proxy"):
        monkeypatch.setenv(how, url)
    client = face.rooms("http://rooms.example", KEY, **given if how == "client" else {})
    says = rf"not {url.partition('://')[0]}://.*transport=RequestsTransport\(\).*AsyncioRequestsTransport\(\)"
    with pytest.raises(ValueError, match=says) as caught:
        client.get_room(ID, **given if how == "call" else {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "transport", "how"),
    [
        pytest.param("https", RequestsTransport, "client", id="https, sync"),
        pytest.param("https", RequestsTransport, "environment", id="https, sync, by the environment"),
        pytest.param("https", AioHttpTransport, "client", id="https, async"),
        pytest.param("socks5", RequestsTransport, "client", id="socks, sync"),
        pytest.param("socks5", RequestsTransport, "environment", id="socks, sync, by the environment"),
        pytest.param("socks5", AsyncioRequestsTransport, "client", id="socks, async"),
    ],
)
def test_the_way_out_leads_through_such_proxies(service, key, monkeypatch, kind, transport, how):
    certificate = str(Path(service.ca).with_name("server.pem"))
    with Tunnel(certificate=certificate) if kind == "https" else Socks() as tunnel:
        given = {"proxies": {"https": tunnel.url}} if how == "client" else {}
        if how == "environment":
            monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
        # requests trusts a proxy by the environment only.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
        face = SyncFace() if transport is RequestsTransport else AsyncFace()
        client = face.rooms(service.endpoint, key, transport=transport(connection_verify=service.ca), **given)
        assert works(client)
        face.close()
    assert tunnel.asked == [service.endpoint.removeprefix("https://").rstrip("/")]


async def test_requests_on_threads_works_for_async_clients(stub):
    async with openrooms.aio.RoomsClient(stub.url, KEY, transport=AsyncioRequestsTransport()) as client:
        assert (await client.get_room(ID)).id == ID
        stub.usual = say_nothing
        with pytest.raises(ServiceResponseError):
            await client.get_room(ID, timeout=0.2)


@pytest.mark.parametrize("where", ["endpoint", "http"])
def test_azure_cores_transports_work_as_well(face, service, key, where):
    transport = RequestsTransport() if face.name == "sync" else AioHttpTransport()
    verify = {"connection_verify": service.ca} if where == "endpoint" else {}
    client = face.rooms(getattr(service, where), key, transport=transport)
    room = client.create_room(
        participants=["8:acs:" + "_".join(["5d2f6f1f-7a0e-4b3e-9d51-6a3f0c0a1b2c"] * 2)], **verify
    )
    assert len(list(client.list_participants(room.id, **verify))) == 1
    identities = face.identity(
        getattr(service, where), key, transport=RequestsTransport() if face.name == "sync" else AioHttpTransport()
    )
    user = identities.create_user(**verify)
    assert identities.get_token(user, ["voip"], **verify).token


class Tokens:
    """Gives tokens as azure-identity does, and counts."""

    def __init__(self):
        self.scopes = []

    def get_token(self, *scopes, **_):
        self.scopes.append(scopes)
        return AccessToken("entra-token", int(time.time()) + 3600)


class AsyncTokens(Tokens):
    async def get_token(self, *scopes, **_):
        return super().get_token(*scopes)


def test_a_token_credential_is_asked_once_for_the_scope(face, stub):
    """Over plain http only on this machine."""
    tokens = Tokens() if face.name == "sync" else AsyncTokens()
    client = face.rooms(stub.url, tokens)
    client.get_room(ID)
    client.get_room(ID)
    assert tokens.scopes == [("https://communication.azure.com//.default",)]
    assert {request.headers["authorization"] for request in stub.requests} == {"Bearer entra-token"}


@pytest.mark.parametrize(
    "host",
    [
        "rooms.example",
        "127.attacker.example",
        "127.0.0.1.nip.example",
        "localhost.example",
        "127.1",
        "0.0.0.0",
        "[::2]",
    ],
)
def test_a_token_does_not_travel_in_the_clear(face, host):
    with pytest.raises(ValueError, match="a token credential needs https"):
        face.rooms(f"http://{host}", Tokens())


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.10", "[::1]:8720"])
def test_a_token_may_stay_on_this_machine(face, host):
    assert face.rooms(f"http://{host}", Tokens())


def test_a_token_travels_in_the_clear_if_the_caller_says_so(face):
    assert face.rooms("http://rooms.example", Tokens(), enforce_https=False)


@pytest.mark.parametrize("credential", [None, 3, object()])
def test_what_is_no_credential_is_said_at_once(face, credential):
    with pytest.raises(TypeError, match="credential must be an access key"):
        face.rooms("https://rooms.example", credential)


def test_a_refused_signature(face, service):
    with pytest.raises(ClientAuthenticationError, match="401 Denied"):
        face.rooms(service.http, KEY).create_room()


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://contoso.communication.azure.com", "https://contoso.communication.azure.com"),
        ("https://Contoso.Example:443/", "https://contoso.example"),
        ("HTTP://contoso.example", "http://contoso.example"),
        ("contoso.example", "https://contoso.example"),
        ("httpx.example.com", "https://httpx.example.com"),
        ("localhost:8720", "https://localhost:8720"),
        (" http://[::1]:8721/ ", "http://[::1]:8721"),
        ("https://contoso.example./", "https://contoso.example."),
        (f"https://{'a' * 63}.example", f"https://{'a' * 63}.example"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_endpoints(text, url):
    assert parse_endpoint(text).url == url


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no host"),
        ("https://", "no host"),
        (f"https://{'a' * 64}.example", "longer than 63"),
        (f"https://{'ä' * 64}.example", "longer than 63"),
        ("https://contoso..example", "empty or longer"),
        ("https://a b", "no host"),
        ("ftp://contoso.example", "must begin with https"),
        ("https://contoso.example:99999", "port"),
        ("https://contoso.example/path", "nothing more"),
        ("https://contoso.example/?a=b", "nothing more"),
        ("https://me:secret@contoso.example", "nothing more"),
        ("endpoint=https://contoso.example/;accesskey=secret", "use from_connection_string"),
    ],
)
def test_endpoints_that_are_none(text, says):
    with pytest.raises(ValueError, match=says) as caught:
        RoomsClient(text, KEY)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"endpoint=http://contoso.example/;accesskey={KEY}",
        f"AccessKey = {KEY} ; Other=1; ENDPOINT = http://contoso.example ;",
        f" accesskey={KEY};endpoint=http://contoso.example:80/;",
    ],
)
def test_connection_strings(face, text):
    """The scheme given is the scheme used."""
    client = openrooms.RoomsClient if face.name == "sync" else openrooms.aio.RoomsClient
    assert repr(client.from_connection_string(text)) == "RoomsClient('http://contoso.example')"
    assert repr(client.from_connection_string(conn_str=text)) == "RoomsClient('http://contoso.example')"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "part without a name"),
        ("nonsense", "part without a name"),
        (f"endpoint=https://a.example;accesskey={KEY};endpoint=https://b.example", "endpoint twice"),
        (f"accesskey={KEY}", "no endpoint"),
        ("endpoint=https://a.example", "no accesskey"),
        (f"endpoint=;accesskey={KEY}", "no endpoint"),
        ("endpoint=https://a.example;accesskey=sec*ret", "access key is not base64"),
        ("endpoint=https://a.example;accesskey=c2VjcmV0Kg", "access key is not base64"),
        (f"endpoint=https://a.example/path;accesskey={KEY}", "nothing more"),
    ],
)
def test_connection_strings_that_are_none_say_why_and_show_no_key(text, says):
    with pytest.raises(ValueError, match=says) as caught:
        RoomsClient.from_connection_string(text)
    assert KEY not in str(caught.value)
    assert "sec*ret" not in str(caught.value)


def test_no_connection_string_at_all_is_a_type_error(face):
    client = openrooms.RoomsClient if face.name == "sync" else openrooms.aio.RoomsClient
    with pytest.raises(TypeError, match="the connection string must be a str"):
        client.from_connection_string()


def test_the_environment_names_the_service(monkeypatch, stub):
    for name in reversed(VARIABLES):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match="set OPENROOMS_CONNECTION_STRING"):
        RoomsClient.from_environment()
    for number, name in enumerate(reversed(VARIABLES)):
        monkeypatch.setenv(name, f"endpoint=http://{number}.example;accesskey={KEY}")
        assert repr(RoomsClient.from_environment()) == f"RoomsClient('http://{number}.example')"
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", stub.connection_string)
    stub.usual = answer(200, ROOM)
    with RoomsClient.from_environment() as client:
        assert client.get_room(ID).id == ID
    assert stub.requests[0].signed


def test_an_empty_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", "")
    monkeypatch.setenv("COMMUNICATION_SERVICES_CONNECTION_STRING", f"endpoint=http://a.example;accesskey={KEY}")
    assert repr(RoomsClient.from_environment()) == "RoomsClient('http://a.example')"


def test_the_variable_that_is_no_connection_string_is_named(monkeypatch):
    monkeypatch.delenv("OPENROOMS_CONNECTION_STRING", raising=False)
    monkeypatch.setenv("COMMUNICATION_CONNECTION_STRING", f"endpoint=https://a.example;key={KEY}")
    monkeypatch.setenv("COMMUNICATION_SERVICES_CONNECTION_STRING", f"endpoint=http://a.example;accesskey={KEY}")
    with pytest.raises(ValueError, match=r"^COMMUNICATION_CONNECTION_STRING: .* no accesskey") as caught:
        RoomsClient.from_environment()
    assert KEY not in str(caught.value)
    monkeypatch.setenv("OPENROOMS_CONNECTION_STRING", f"endpoint=http://a.example;accesskey={KEY}")
    with pytest.raises(ValueError, match=r"^retries must not be negative"):
        RoomsClient.from_environment(retries=-1)


def test_the_user_agent_names_us(face, stub):
    face.rooms(stub.url, KEY, user_agent="clinic/2").get_room(ID)
    assert stub.requests[0].headers["user-agent"].startswith("clinic/2 openrooms/")
