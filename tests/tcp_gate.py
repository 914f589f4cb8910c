"""A gate between a client and a server on loopback: it lets through, holds, slows down, or cuts what passes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

HOST = "127.0.0.1"
CHUNK = 65_536


class Gate:
    """One listening port in front of another.

    Attributes:
        port: Where it listens.
        delay: How long each piece of an answer is kept back, in seconds.
        passed: Bytes that went to the server.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0
        self.passed = 0
        self._open = threading.Event()
        self._open.set()
        self._ended = False
        self._cut_after: int | None = None
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True, name="gate").start()

    def hold(self) -> None:
        """Connections stay, new ones are taken, and nothing passes any more, as with a server that hangs."""
        self._open.clear()

    def release(self) -> None:
        """What was held passes now."""
        self._open.set()

    def cut(self) -> None:
        """Reset every connection; new ones pass."""
        with self._guard:
            for one in self._sockets:
                self._reset(one)
            self._sockets.clear()

    def cut_after(self, number: int) -> None:
        """Reset the connection in which that many more bytes have gone to the server; those bytes do get there."""
        self._cut_after = number

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        with self._guard:
            return len(self._sockets) // 2

    def close(self) -> None:
        self._ended = True
        self._open.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    @staticmethod
    def _reset(one: socket.socket) -> None:
        with suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            one.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self.target), timeout=5)
                server.settimeout(None)
            except OSError:
                self._reset(client)
                continue
            with self._guard:
                self._sockets |= {client, server}
            for source, sink, up in ((client, server, True), (server, client, False)):
                threading.Thread(target=self._pump, args=(source, sink, up), daemon=True, name="gate").start()

    def _pump(self, source: socket.socket, sink: socket.socket, up: bool) -> None:
        try:
            while piece := source.recv(CHUNK):
                if self.delay and not up:
                    time.sleep(self.delay)
                self._open.wait()
                sink.sendall(piece)
                if up:
                    self.passed += len(piece)
                    if self._spent(len(piece)):
                        return
        except OSError:
            pass
        finally:
            with self._guard:
                self._sockets -= {source, sink}
            self._reset(source)
            self._reset(sink)

    def _spent(self, number: int) -> bool:
        with self._guard:
            if self._cut_after is None:
                return False
            self._cut_after -= number
            if self._cut_after > 0:
                return False
            self._cut_after = None
            return True


class Gates:
    """Both ports of one Weaviate server behind gates."""

    def __init__(self, http: Gate, grpc: Gate) -> None:
        self.http, self.grpc = http, grpc

    @property
    def url(self) -> str:
        return f"weaviate://{HOST}:{self.http.port}?grpc_port={self.grpc.port}"

    @property
    def both(self) -> tuple[Gate, Gate]:
        return self.http, self.grpc

    @property
    def connections(self) -> int:
        return sum(gate.connections for gate in self.both)

    def hold(self) -> None:
        for gate in self.both:
            gate.hold()

    def release(self) -> None:
        for gate in self.both:
            gate.release()

    def cut(self) -> None:
        for gate in self.both:
            gate.cut()

    def slow(self, seconds: float) -> None:
        for gate in self.both:
            gate.delay = seconds


@contextmanager
def gates_before(http: int, grpc: int) -> Iterator[Gates]:
    """Gates before a server's ports; closed afterwards."""
    with ExitStack() as stack:
        pair = []
        for target in (http, grpc):
            gate = Gate(target)
            stack.callback(gate.close)
            pair.append(gate)
        yield Gates(*pair)
