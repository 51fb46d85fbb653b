"""A server in a thread that says what a test puts into its queue, and passes everything else on to a server behind it.

    with front(prometheus.url) as before: before.says(429, "slow down", **{"Retry-After": "0"})

For commands, which run a loop of their own. The one thing a reader could forget: without a server behind it, what is
not in the queue is answered with `otherwise`.
"""

import contextlib
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Said:
    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Front:
    behind: str = ""
    url: str = ""
    queue: list[Said] = field(default_factory=list)
    otherwise: Said = Said(404, "nothing here")
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Paths, and the headers that came with them."""

    def says(self, status: int, text: str = "", times: int = 1, **headers: str) -> None:
        self.queue += [Said(status, text, {"Content-Type": "text/plain", **headers})] * times

    def answer(self, request: BaseHTTPRequestHandler) -> Said:
        self.asked.append((request.path, dict(request.headers)))
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0)) or None
        if self.queue:
            return self.queue.pop(0)
        if not self.behind:
            return self.otherwise
        kind = {"Content-Type": request.headers.get("Content-Type", "")}
        passed = urllib.request.Request(f"{self.behind}{request.path}", body, kind, method=request.command)  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(passed, timeout=10) as answer:  # noqa: S310 - the same
                return Said(answer.status, answer.read().decode(), {"Content-Type": answer.headers.get_content_type()})
        except urllib.error.HTTPError as error:
            return Said(error.code, error.read().decode())


@contextlib.contextmanager
def front(behind: str = "") -> Iterator[Front]:
    """Listening on a free port."""
    made = Front(behind)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = made.answer(self)
            body = said.text.encode()
            self.send_response(said.status)
            for name, value in {**said.headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the same

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
