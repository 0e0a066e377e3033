"""The client's address behind trusted and untrusted proxies."""

from ipaddress import ip_network

import pytest

from openrooms.server.web.messages import Connection, Request
from openrooms.server.web.proxies import Proxies

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
PROXY = "10.0.0.7"
CLIENT = "203.0.113.5"


def client(peer: str, *lines: bytes) -> str:
    """Return the client's address for a request from `peer` with these X-Forwarded-For header lines."""
    headers = [(b"x-forwarded-for", line) for line in lines]
    request = Request("GET", b"/", b"", headers, Connection("http", peer, 80))
    Proxies(TRUSTED).restore(request)
    return request.peer


@pytest.mark.parametrize(
    ("peer", "lines", "expected"),
    [
        pytest.param(CLIENT, [b"198.51.100.1"], CLIENT, id="no proxy of ours: an invention"),
        pytest.param(PROXY, [], PROXY, id="a proxy that says nothing"),
        pytest.param(PROXY, [b""], PROXY, id="an empty line"),
        pytest.param(PROXY, [b"203.0.113.5"], CLIENT, id="one proxy"),
        pytest.param(PROXY, [b"198.51.100.1, 203.0.113.5"], CLIENT, id="the client invented one before"),
        pytest.param(PROXY, [b"203.0.113.5 ,10.9.9.9,  10.8.8.8"], CLIENT, id="three proxies"),
        pytest.param(PROXY, [b"198.51.100.1", b"203.0.113.5", b"10.9.9.9"], CLIENT, id="a line for each proxy"),
        pytest.param(PROXY, [b"10.1.1.1, 10.9.9.9"], "10.1.1.1", id="a client in the proxies' network"),
        pytest.param(PROXY, [b"203.0.113.5:4711"], CLIENT, id="with its port"),
        pytest.param(PROXY, [b"2001:db8::5"], "2001:db8::5", id="IPv6"),
        pytest.param(PROXY, [b"[2001:DB8:0::5]:4711"], "2001:db8::5", id="IPv6 with its port, in another form"),
        pytest.param(PROXY, [b"fe80::5%eth0"], "fe80::5", id="IPv6 with a zone"),
        pytest.param(PROXY, [b"::ffff:203.0.113.5"], CLIENT, id="IPv4 in IPv6"),
        pytest.param("fd00::7", [b"203.0.113.5"], CLIENT, id="a proxy with IPv6"),
        pytest.param(PROXY, [b"203.0.113.5, unknown"], PROXY, id="the nearest is hidden"),
        pytest.param(PROXY, [b"203.0.113.5, \xff\x00, 10.9.9.9"], "10.9.9.9", id="no address stops the reading"),
        pytest.param(PROXY, [b"1," * 5000 + b"203.0.113.5"], CLIENT, id="a long invention"),
        pytest.param("", [b"203.0.113.5"], "", id="no address at all"),
    ],
)
def test_client_is_the_last_untrusted_address(peer: str, lines: list[bytes], expected: str) -> None:
    assert client(peer, *lines) == expected


def test_long_chains_are_not_followed() -> None:
    assert client(PROXY, b"203.0.113.5," + b"10.9.9.9," * 5000 + b"10.8.8.8").startswith("10.")
