"""Real Weaviate servers on loopback: started, stopped, killed, held and restarted by the tests, and by ``make weaviate``.

A server keeps to loopback except for its gRPC and cluster data ports, which it binds on every interface; no setting of its own
changes that. Where that matters, run it in a network namespace.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

HOST = "127.0.0.1"
MISSING = "no weaviate-server was found: run `make weaviate-server` (needs Go), or set WEAVIATE_URL"


def find_server() -> Path | None:
    """The server on PATH, else where ``go install`` puts it."""
    on_path = shutil.which("weaviate-server")
    if on_path:
        return Path(on_path)
    go = shutil.which("go")
    if go is None:
        return None
    said = subprocess.run([go, "env", "GOBIN", "GOPATH"], capture_output=True, text=True, check=True).stdout.split("\n")
    built = Path(said[0] or Path(said[1].split(os.pathsep)[0]) / "bin") / "weaviate-server"
    return built if built.is_file() else None


@dataclass(frozen=True)
class Ports:
    """Where a node listens. Other nodes take ``raft + 1`` for its inner calls, whatever it was told."""

    http: int
    grpc: int
    gossip: int
    data: int
    raft: int

    @classmethod
    def free(cls) -> Ports:
        """Six ports in a row that nobody has at this moment, below those that outgoing connections are given.

        A client that tries the port of a server that is down could otherwise be given that very port, and talk to itself.
        """
        while True:
            first = random.randrange(10_000, 32_000)
            with ExitStack() as held:
                try:
                    for port in range(first, first + 6):
                        held.enter_context(socket.socket()).bind(("", port))
                except OSError:
                    continue
            return cls(http=first, grpc=first + 1, gossip=first + 2, data=first + 3, raft=first + 4)


class WeaviateServer:
    """One node: a process, its ports and its folder, which outlives the process."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "weaviate-0",
        ports: Ports | None = None,
        peers: Sequence[tuple[str, Ports]] = (),
        api_key: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.name, self.ports, self.peers, self.api_key = folder, name, ports or Ports.free(), peers, api_key
        self.environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._watcher: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where a ``MemOS`` finds it; without the key."""
        return f"weaviate://{HOST}:{self.ports.http}?grpc_port={self.ports.grpc}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "not running"
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it on its folder; returns when it is ready."""
        assert self._process is None, "already running"
        binary = find_server()
        assert binary is not None, MISSING
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(binary), "--host", HOST, "--port", str(self.ports.http), "--scheme", "http"],
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt from the keyboard is for us
            )
        if os.name == "posix":  # ends the server if we are killed ourselves: the pipe closes then
            kill = f"read _; kill -9 {self._process.pid}"
            self._watcher = subprocess.Popen(["sh", "-c", kill], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds: float = 60.0) -> None:
        """Until it answers over both protocols."""
        assert self._process is not None, "not running"
        end = time.monotonic() + seconds
        while not self.ready():
            if self._process.poll() is not None or time.monotonic() > end:
                log = (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")[-4000:]
                self.kill()
                raise AssertionError(f"weaviate-server did not come up; its log ends with\n{log}")
            time.sleep(0.05)

    def ready(self) -> bool:
        """Whether it takes calls at this moment."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.ports.http}/v1/.well-known/ready", timeout=2):
                pass
            with socket.create_connection((HOST, self.ports.grpc), timeout=2):
                return True
        except (OSError, urllib.error.URLError):
            return False

    def running(self) -> bool:
        """Whether its process lives, held or not."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it as an operator does: it flushes and leaves its cluster."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """``kill -9``."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again on its folder and ports, whether it was killed or runs."""
        self.stop()
        self.start()

    def suspend(self) -> None:
        """Hold it where it is: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def _end(self, number: int) -> None:
        process, watcher = self._process, self._watcher
        if process is not None:
            process.send_signal(number)
            if os.name == "posix":
                process.send_signal(signal.SIGCONT)  # one that is held ends too
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if watcher is not None:
            watcher.kill()
            watcher.wait()
            assert watcher.stdin is not None
            watcher.stdin.close()
        self._process = self._watcher = None

    def _environment(self) -> dict[str, str]:
        nodes = [(self.name, self.ports), *self.peers]
        joined = any((self.folder / "data").glob("*"))  # the first node of a new cluster has nobody to join yet
        own = {
            "CLUSTER_HOSTNAME": self.name,
            "CLUSTER_IN_LOCALHOST": "true",
            "CLUSTER_ADVERTISE_ADDR": HOST,
            "CLUSTER_BIND_ADDR": HOST,
            "CLUSTER_GOSSIP_BIND_PORT": str(self.ports.gossip),
            "CLUSTER_DATA_BIND_PORT": str(self.ports.data),
            "RAFT_PORT": str(self.ports.raft),
            "RAFT_INTERNAL_RPC_PORT": str(self.ports.raft + 1),
            "RAFT_BOOTSTRAP_EXPECT": str(len(nodes)),
            "RAFT_JOIN": ",".join(f"{name}:{ports.raft}" for name, ports in sorted(nodes, key=lambda node: node[0])),
            "RAFT_TIMEOUTS_MULTIPLIER": "1",
            "GRPC_PORT": str(self.ports.grpc),
            "PERSISTENCE_DATA_PATH": str(self.folder / "data"),
            "DEFAULT_VECTORIZER_MODULE": "none",
            "ENABLE_MODULES": "",
            "API_BASED_MODULES_DISABLED": "true",
            "DISABLE_TELEMETRY": "true",
            "DISABLE_GRAPHQL": "true",
            "GO_PROFILING_DISABLE": "true",
            "AUTOSCHEMA_ENABLED": "false",
            "DISK_USE_READONLY_PERCENTAGE": "0",
            "DISK_USE_WARNING_PERCENTAGE": "0",
            "QUERY_DEFAULTS_LIMIT": "10",
            "QUERY_MAXIMUM_RESULTS": "10000",
            "LOG_LEVEL": "error",
            "GOMEMLIMIT": "1GiB",
        }
        if self.peers and (joined or self.name != min(name for name, _ in nodes)):
            own["CLUSTER_JOIN"] = ",".join(f"{HOST}:{ports.gossip}" for _, ports in self.peers)
        if self.api_key is None:
            own["AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED"] = "true"
        else:
            own |= {
                "AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED": "false",
                "AUTHENTICATION_APIKEY_ENABLED": "true",
                "AUTHENTICATION_APIKEY_ALLOWED_KEYS": self.api_key,
                "AUTHENTICATION_APIKEY_USERS": "memos",
                "AUTHORIZATION_ADMINLIST_ENABLED": "true",
                "AUTHORIZATION_ADMINLIST_USERS": "memos",
            }
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        return {**inherited, **own, **self.environment}


@contextmanager
def running_server(
    folder: Path | None = None, *, api_key: str | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[WeaviateServer]:
    """One node, ready, on a folder of its own; gone afterwards."""
    with _folder(folder) as place:
        for attempt in range(3):
            server = WeaviateServer(place, api_key=api_key, environment=environment)
            try:
                server.start()
                break
            except AssertionError as error:  # somebody took one of its ports meanwhile
                if attempt == 2 or "address already in use" not in str(error):
                    raise
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def running_cluster(folder: Path | None = None, *, nodes: int = 3) -> Iterator[list[WeaviateServer]]:
    """Nodes that form one cluster, ready; gone afterwards."""
    with _folder(folder) as place:
        members = [(f"weaviate-{number}", Ports.free()) for number in range(nodes)]
        environment = {"GOMAXPROCS": "1", "GOMEMLIMIT": "512MiB"}
        environment |= {
            "ASYNC_REPLICATION_FREQUENCY": "5s",
            "ASYNC_REPLICATION_PROPAGATION_DELAY": "1s",
        }  # half a minute where nobody waits
        servers = [
            WeaviateServer(place / name, name=name, ports=ports, peers=[one for one in members if one[0] != name], environment=environment)
            for name, ports in members
        ]
        try:
            for server in servers:
                server.start(wait=False)
            for server in servers:
                server.wait_ready()
            yield servers
        finally:
            for server in servers:
                server.kill()


def with_options(url: str, **options: str) -> str:
    """The same URL with these options in its query."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **options})).geturl()


def schema_call(url: str, method: str = "GET", path: str = "", *, api_key: str | None = None, body: object = None) -> Any:
    """Ask a server for its schema, or for a change of it, without any client of ours."""
    parts = urlsplit(url)
    scheme = "https" if parts.scheme in ("https", "weaviates") else "http"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{scheme}://{parts.hostname}:{parts.port or 8080}/v1/schema{path}", method=method, data=data)
    request.add_header("Content-Type", "application/json")
    if api_key:
        request.add_header("Authorization", f"Bearer {api_key}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")


def drop_collections(url: str, prefix: str, *, api_key: str | None = None) -> None:
    """Remove the collections whose names begin so."""
    for found in schema_call(url, api_key=api_key)["classes"]:
        if found["class"].startswith(prefix):
            schema_call(url, "DELETE", f"/{found['class']}", api_key=api_key)


@contextmanager
def fresh_collections(url: str, *, api_key: str | None = None) -> Iterator[str]:
    """A store that nobody else has: collections with a prefix of its own, removed afterwards."""
    prefix = f"T{uuid.uuid4().hex[:12]}"
    try:
        yield with_options(url, prefix=prefix)
    finally:
        drop_collections(url, prefix, api_key=api_key)


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="memos-weaviate-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def main(arguments: Iterable[str]) -> int:
    """Run one node on the usual ports until it is interrupted: ``make weaviate``."""
    (folder,) = arguments
    if find_server() is None:
        print(MISSING, file=sys.stderr)
        return 1
    ports = Ports(http=8080, grpc=50051, gossip=7100, data=7101, raft=8300)
    server = WeaviateServer(
        Path(folder).resolve(), name="weaviate-0", ports=ports, environment={"GOMEMLIMIT": "2GiB", "LOG_LEVEL": "warning"}
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        server.start()
        print(
            f'MemOS("weaviate://localhost:8080") finds it; gRPC listens on 50051, data and log are in {folder}. Ctrl-C ends it.', flush=True
        )
        while not ended.wait(1) and server.running():
            pass
    finally:
        server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
