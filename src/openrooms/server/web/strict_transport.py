"""HTTP Strict Transport Security (RFC 6797) for a service that terminates TLS itself: browsers then use only HTTPS.

Behind a proxy that terminates TLS, the proxy sends the header.
"""

from openrooms.server.web.messages import Header, Message, Receive, Request, Response, Scope, Send, Service

_HEADER: Header = (b"strict-transport-security", b"max-age=31536000")


class StrictTransport:
    """Adds the header to each response over TLS; browsers ignore it without TLS."""

    def __init__(self, application: Service) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["scheme"] != "https":
            await self._application(scope, receive, send)
            return

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _HEADER]
            await send(message)

        await self._application(scope, receive, send_marked)

    def takes(self, request: Request) -> bool:
        """Return whether the application answers without ASGI."""
        return self._application.takes(request)

    async def answer(self, request: Request, receive: Receive) -> Response | None:
        """Return the application's answer."""
        # Read before the application replaces the scheme with the one that a proxy forwards.
        is_marked = request.scheme == "https"
        response = await self._application.answer(request, receive)
        if response is None or not is_marked:
            return response
        return Response(response.status, response.body, response.headers, (*response.own, _HEADER))
