"""Connecting to the service: TLS and certificates, proxies, other transports, credentials."""

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
from tests.support.patience import patient

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
    """Clear the certificate and proxy settings of this machine."""
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


def test_an_untrusted_certificate_is_refused_at_once(face, service, key):
    started = time.monotonic()
    with pytest.raises(ServiceRequestError, match=r"is not trusted.*connection_verify=, REQUESTS_CA_BUNDLE"):
        face.rooms(service.endpoint, key).create_room()
    assert time.monotonic() - started < patient(1), "trying again would not help"


def test_a_certificate_for_another_name_is_refused(face, service, key):
    with Tunnel(port_behind=int(service.endpoint.rstrip("/").rpartition(":")[2])) as tunnel:
        client = face.rooms("https://rooms.example", key, connection_verify=service.ca, proxies={"https": tunnel.url})
        with pytest.raises(ServiceRequestError, match="is not trusted: Hostname mismatch"):
            client.create_room()


@pytest.mark.parametrize("option", ["connection_verify", "connection_cert"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_unreadable_certificate_file_is_named(face, service, key, tmp_path, option, content):
    path = tmp_path / "file.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=f"{option}.*(No such file|PEM|SSL|certificate)") as caught:
        face.rooms(service.endpoint, key, **{option: str(path)}).create_room()
    assert str(path) in str(caught.value)


def test_certifi_is_used_without_system_certificates(monkeypatch, tmp_path):
    """As in a container without ca-certificates, where the folder exists but is empty."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert tls_context(True, None, use_env=False).cert_store_stats()["x509_ca"] > 50
    (tmp_path / "0a1b2c3d.0").touch()
    assert tls_context(True, None, use_env=False).cert_store_stats()["x509_ca"] == 0, "what the folder has is enough"


def test_tls_with_a_server_that_has_none(face, service, key):
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
def test_no_proxy(monkeypatch, endpoint, no_proxy, direct):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert (find_proxy(parse_endpoint(endpoint), None, use_env=True) is None) is direct


@pytest.mark.parametrize("url", ["http://ada:sec/ret@proxy:3128", "http://ada:1#sec@proxy", "http://[sec/ret"])
def test_a_malformed_proxy_url_shows_no_password(face, stub, url):
    with pytest.raises(ValueError, match="percent-encoded") as caught:
        face.rooms(stub.url, KEY, proxies={"http": url}).get_room(ID)
    assert "sec" not in "".join(traceback.format_exception(caught.value)).replace(url, "")


def test_tls_goes_through_a_tunnel(face, service, key):
    with Tunnel() as tunnel:
        client = face.rooms(service.endpoint, key, connection_verify=service.ca, proxies={"https": tunnel.url})
        assert works(client)
        assert works(client)
    assert tunnel.targets == [service.endpoint.removeprefix("https://").rstrip("/")], "one tunnel serves both calls"


def test_a_refused_tunnel(face, service, key):
    with Tunnel() as tunnel:
        url = tunnel.url.replace("p%40ss", "secret")
        client = face.rooms(service.endpoint, key, retries=0, proxies={"https": url})
        with pytest.raises(ServiceRequestError, match=r"did not connect to .*: 407 Proxy Auth") as caught:
            client.create_room()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "socks5h://proxy", "https://ada:secret@127.0.0.1:3128"])
@pytest.mark.parametrize("how", ["HTTP_PROXY", "all_proxy", "client", "call"])
def test_errors_for_unsupported_proxies(face, monkeypatch, url, how):
    """The error names the kind of proxy and the transports that support it."""
    options = {"proxies": {"http": url}}
    if how.lower().endswith("proxy"):
        monkeypatch.setenv(how, url)
    client = face.rooms("http://rooms.example", KEY, **options if how == "client" else {})
    says = rf"not {url.partition('://')[0]}://.*transport=RequestsTransport\(\).*AsyncioRequestsTransport\(\)"
    with pytest.raises(ValueError, match=says) as caught:
        client.get_room(ID, **options if how == "call" else {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "transport", "how"),
    [
        pytest.param("https", RequestsTransport, "client", id="https, sync"),
        pytest.param("https", RequestsTransport, "environment", id="https, sync, from the environment"),
        pytest.param("https", AioHttpTransport, "client", id="https, async"),
        pytest.param("socks5", RequestsTransport, "client", id="socks, sync"),
        pytest.param("socks5", RequestsTransport, "environment", id="socks, sync, from the environment"),
        pytest.param("socks5", AsyncioRequestsTransport, "client", id="socks, async"),
    ],
)
def test_other_transports_support_other_proxies(service, key, monkeypatch, kind, transport, how):
    certificate = str(Path(service.ca).with_name("server.pem"))
    with Tunnel(certificate=certificate) if kind == "https" else Socks() as tunnel:
        options = {"proxies": {"https": tunnel.url}} if how == "client" else {}
        if how == "environment":
            monkeypatch.setenv("HTTPS_PROXY", tunnel.url)
        # requests reads the CA of a proxy only from the environment.
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", service.ca)
        face = SyncFace() if transport is RequestsTransport else AsyncFace()
        client = face.rooms(service.endpoint, key, transport=transport(connection_verify=service.ca), **options)
        assert works(client)
        face.close()
    assert tunnel.targets == [service.endpoint.removeprefix("https://").rstrip("/")]


async def test_requests_on_threads_works_for_async_clients(stub):
    async with openrooms.aio.RoomsClient(stub.url, KEY, transport=AsyncioRequestsTransport()) as client:
        assert (await client.get_room(ID)).id == ID
        stub.usual = say_nothing
        with pytest.raises(ServiceResponseError):
            await client.get_room(ID, timeout=0.2)


@pytest.mark.parametrize("where", ["endpoint", "http"])
def test_azure_core_transports_work(face, service, key, where):
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
    """A credential like those of azure-identity that counts its calls."""

    def __init__(self):
        self.scopes = []

    def get_token(self, *scopes, **_):
        self.scopes.append(scopes)
        return AccessToken("entra-token", int(time.time()) + 3600)


class AsyncTokens(Tokens):
    async def get_token(self, *scopes, **_):
        return super().get_token(*scopes)


def test_a_token_is_requested_once_per_scope(face, stub):
    """Over http this works only on loopback."""
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
def test_tokens_are_not_sent_unencrypted(face, host):
    with pytest.raises(ValueError, match="a token credential needs https"):
        face.rooms(f"http://{host}", Tokens())


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.10", "[::1]:8720"])
def test_tokens_may_be_sent_over_http_to_loopback(face, host):
    assert face.rooms(f"http://{host}", Tokens())


def test_enforce_https_false_allows_http(face):
    assert face.rooms("http://rooms.example", Tokens(), enforce_https=False)


@pytest.mark.parametrize("credential", [None, 3, object()])
def test_other_credentials_are_refused_at_once(face, credential):
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
def test_malformed_endpoints(text, says):
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
    """The client uses the scheme of the connection string."""
    client = openrooms.RoomsClient if face.name == "sync" else openrooms.aio.RoomsClient
    assert repr(client.from_connection_string(text)) == "RoomsClient('http://contoso.example')"
    assert repr(client.from_connection_string(conn_str=text)) == "RoomsClient('http://contoso.example')"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "connection string is empty"),
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
def test_malformed_connection_strings(text, says):
    """The error says what is wrong with the connection string and does not show the key."""
    with pytest.raises(ValueError, match=says) as caught:
        RoomsClient.from_connection_string(text)
    assert KEY not in str(caught.value)
    assert "sec*ret" not in str(caught.value)


def test_a_missing_connection_string_is_a_type_error(face):
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


def test_errors_name_the_malformed_variable(monkeypatch):
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
