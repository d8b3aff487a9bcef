"""The front's HTTP server: what is not understandable HTTP is answered in the gateway's form as well."""

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from scripts.local.front.payload import gateway_response


class _Connection(RequestHandler):
    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  it quotes what was sent
    ) -> web.StreamResponse:
        """Says no more than the gateway would, and nothing of what was sent."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already") from exc
        said = gateway_response(status, HTTPStatus(status).phrase)
        answer = web.Response(status=said.status, body=said.body, headers=dict(said.headers))
        answer.force_close()
        return answer


class Listener(web.Server):
    """A `web.Server` whose every connection answers so."""

    def __call__(self) -> RequestHandler:
        """A new connection."""
        return _Connection(self, loop=self._loop, **self._kwargs)
