"""Tunnel proxies: HTTP CONNECT with a password, with or without TLS, and SOCKS 5."""

import base64
import socket
import ssl
import struct
import threading
from typing import Self

AUTHORIZATION = "Basic " + base64.b64encode(b"ada:p@ss").decode()


class Tunnel:
    """A proxy on a free port; `targets` are the requested addresses, but it connects to `port_behind` if given.

    With a `certificate` (a file that also has its key) clients connect to it with TLS.
    """

    def __init__(self, port_behind: int | None = None, certificate: str | None = None) -> None:
        self.targets: list[str] = []
        self._port_behind = port_behind
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"{'https' if certificate else 'http'}://ada:p%40ss@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        if self._tls:
            near = self._tls.wrap_socket(near, server_side=True)
        head = b""
        while b"\r\n\r\n" not in head:
            head += near.recv(4096)
        _, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.targets.append(target)
        if f"Proxy-Authorization: {AUTHORIZATION}".encode() not in head:
            near.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            near.close()
            return
        host, _, port = target.rpartition(":")
        far = socket.create_connection(("127.0.0.1", self._port_behind) if self._port_behind else (host, int(port)))
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        _join(near, far)


class Socks(Tunnel):
    """A SOCKS 5 proxy without a password, for IPv4 addresses (RFC 1928)."""

    def __init__(self) -> None:
        super().__init__()
        self.url = f"socks5://127.0.0.1:{self.port}"

    def _serve(self, near: socket.socket) -> None:
        _, methods = struct.unpack("!BB", near.recv(2))
        near.recv(methods)
        near.sendall(b"\x05\x00")
        *_, packed, port = struct.unpack("!BBBB4sH", near.recv(10))
        host = socket.inet_ntoa(packed)
        self.targets.append(f"{host}:{port}")
        far = socket.create_connection((host, port))
        near.sendall(b"\x05\x00\x00\x01" + bytes(6))
        _join(near, far)


def _join(near: socket.socket, far: socket.socket) -> None:
    there = threading.Thread(target=_pass_on, args=(near, far), daemon=True)
    there.start()
    _pass_on(far, near)
    there.join()
    near.close()
    far.close()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass
