"""A Weaviate behind TLS is reached by ``weaviates://``, and by no one who does not trust its certificate."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from memos_integrations.stores.weaviate.address import Address

from .weaviate_server import running_server

_ASKING = """
import sys
from memos_integrations import MemOS, StoreUnavailable
try:
    with MemOS(sys.argv[1], embedder=None) as memory:
        memory.add_message({"role": "user", "content": "I like tea. 我喜欢喝茶。"}, user_id="a")
        print(len(memory.search_memory("喝茶", user_id="a", kinds=["episode"]).memories))
except StoreUnavailable as error:
    print("refused", "certificate" in str(error).lower() or "handshake" in str(error).lower() or str(error))
"""


@pytest.fixture
def secured(weaviate_binary: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The URL of a server behind TLS, and the certificate that it shows."""
    if shutil.which("openssl") is None:
        pytest.fail("openssl is needed to make a certificate")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
        *subject,
    ]
    subprocess.run(make, check=True, capture_output=True)
    with running_server(tmp_path / "data") as server:
        plain = Address.parse(server.url)
        front = [sys.executable, str(Path(__file__).with_name("tls_front.py")), str(certificate), str(key)]
        ports = [str(plain.port), str(plain.grpc_port)]
        with subprocess.Popen([*front, *ports], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tls:
            try:
                assert tls.stdout is not None
                rest, grpc = tls.stdout.readline().split()
                yield f"weaviates://localhost:{rest}?grpc_port={grpc}&timeout=5&trust_env=true", certificate
            finally:
                tls.kill()


def _asked(url: str, **environment: str) -> str:
    quiet = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ASKING, url],
        env=quiet | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.strip()


def test_a_server_behind_tls_is_reached_by_those_who_trust_it(secured: tuple[str, Path]) -> None:
    url, certificate = secured
    trusted = {"SSL_CERT_FILE": str(certificate), "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate)}
    assert _asked(url, **trusted) == "1"
    assert _asked(url).startswith("refused")
    assert _asked(url.replace("weaviates://", "weaviate://"), **trusted).startswith("refused")
