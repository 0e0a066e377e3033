"""Openrooms with client timeouts of half a second, so that tests need not wait long.

python -P tests/support/impatient.py COMMAND ...   (the variable IMPATIENT_SECONDS makes it more)
"""

import os

from openrooms.cli import main
from openrooms.server.web.connection import HttpConnection
from openrooms.server.web.server import Server
from openrooms.server.web.websocket import WebSocket

_SECONDS = float(os.environ.get("IMPATIENT_SECONDS", "0.5"))

HttpConnection.head_seconds = HttpConnection.body_seconds = HttpConnection.answer_seconds = _SECONDS
HttpConnection.keep_alive_seconds = _SECONDS
HttpConnection.linger_seconds = 0.2
Server.handshake_seconds = _SECONDS
Server.tick_seconds = 0.1
WebSocket.open_seconds = WebSocket.ping_seconds = WebSocket.close_seconds = _SECONDS

main()
