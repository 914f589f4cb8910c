"""A scripted HTTP server on loopback, for what real servers do only when they fail."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, Any] | tuple[int, Any, dict[str, str]]


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # many connections at once are not turned away


class Loopback:
    """The requests it got, and where it listens."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.bodies: list[dict[str, Any]] = []


@contextmanager
def loopback(reply: Callable[[dict[str, Any]], Reply | float]) -> Iterator[Loopback]:
    """Serve: a reply is a status and a JSON value (or raw bytes), a float hangs for so many seconds."""
    done = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self, body: dict[str, Any]) -> None:
            server.bodies.append(body)
            answer = reply(body)
            if isinstance(answer, float):
                done.wait(answer)
                self.close_connection = True
                return
            status, value = answer[0], answer[1]
            raw = value if isinstance(value, bytes) else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            for name, said in (answer[2] if len(answer) > 2 else {}).items():
                self.send_header(name, said)
            self.end_headers()
            self.wfile.write(raw)

        def do_GET(self) -> None:
            self._answer({"path": self.path})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    http = Server(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Loopback(http.server_address[1])
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        done.set()
        http.shutdown()
        http.server_close()
        thread.join(5)


def wait_for(ready: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until it is so; fails after a while."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "the server did not come up"
        time.sleep(0.1)
