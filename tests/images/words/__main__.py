"""Serves with a handler of its own that streams words."""

from serving.errors import RequestError
from serving.handler import Response
from serving.server import run_server


class Words:
    inline_bytes = 0

    def answer(self, request):
        return Response(self.chunks(request.body), "text/plain", {"x-count": "2"})

    def chunks(self, body):
        if body == b"refuse":
            raise RequestError("not this one")
        for word in body.split():
            if word == b"fail":
                raise RuntimeError("secret detail")
            yield word + b"."

    def close(self):
        pass


def words(folder, settings):
    del folder, settings
    return Words()


raise SystemExit(run_server(words))
