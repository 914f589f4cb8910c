"""Where a Weaviate server is, and how it is used, as one URL."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from ...errors import InvalidInput

__all__ = ["Address", "Consistency"]

Consistency = Literal["ONE", "QUORUM", "ALL"]
"""How many replicas answer before a read or a write counts."""

_SCHEMES = {"weaviate": False, "weaviates": True}
_KEY = "WEAVIATE_API_KEY"
_PREFIX = re.compile(r"[A-Z][A-Za-z0-9]{0,40}")
_REPLICAS = 16  # more than any cluster has use for


@dataclass(frozen=True, slots=True)
class Address:
    """A server and how to use it.

    Attributes:
        host: Its name or address.
        port: Of its REST interface.
        secure: Whether both interfaces speak TLS.
        grpc_host: Where its gRPC interface is; a proxy may put it elsewhere.
        grpc_port: Of its gRPC interface.
        api_key: What it lets in; None: anonymous.
        prefix: How the names of our collections begin: several memories may live on one server.
        timeout_s: How long one request may take, in seconds.
        consistency: Replicas that must answer; of one replica all three mean the same.
        replicas: Copies of each namespace, when the collections are made.
        idle_after_s: A namespace that nobody used for so long is put to sleep, in seconds; 0: never.
        trust_env: Whether ``SSL_CERT_FILE`` and the proxies of the environment count, as they do for ``httpx``. gRPC reads
            ``GRPC_DEFAULT_SSL_ROOTS_FILE_PATH`` in any case.
    """

    host: str
    port: int = 8080
    secure: bool = False
    grpc_host: str = ""
    grpc_port: int = 50051
    api_key: str | None = field(default=None, repr=False)
    prefix: str = "MemOS"
    timeout_s: float = 10.0
    consistency: Consistency = "QUORUM"
    replicas: int = 1
    idle_after_s: float = 3600.0
    trust_env: bool = False

    @classmethod
    def parse(cls, url: str, *, api_key: str | None = None) -> Address:
        """Read ``weaviate://[:KEY@]HOST[:PORT][?OPTION=VALUE&…]``, or ``weaviates://`` for TLS.

        Options: ``grpc_host``, ``grpc_port``, ``prefix``, ``timeout``, ``consistency``, ``replicas``, ``idle_after``,
        ``trust_env``. Without a key in the URL or beside it ``WEAVIATE_API_KEY`` is taken.

        Raises:
            InvalidInput: It is no such URL.
        """
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError as error:
            raise _wrong(f"is no URL: {error}") from error
        if parts.scheme not in _SCHEMES or not host or parts.path not in ("", "/") or parts.fragment:
            raise _wrong("must be weaviate://HOST:PORT, or weaviates:// for TLS")
        secure = _SCHEMES[parts.scheme]
        options = _options(parts.query)
        key = api_key or unquote(parts.password or parts.username or "") or os.environ.get(_KEY) or None
        consistency = options.pop("consistency", "QUORUM").upper()
        if consistency not in get_args(Consistency):
            raise _wrong(f"consistency must be one of {', '.join(get_args(Consistency))}")
        prefix = options.pop("prefix", "MemOS")
        if not _PREFIX.fullmatch(prefix):
            raise _wrong("prefix must begin with a capital and hold letters and digits only")
        address = cls(
            host=host,
            port=port or (443 if secure else 8080),
            secure=secure,
            grpc_host=options.pop("grpc_host", host),
            grpc_port=int(_number(options, "grpc_port", 443 if secure else 50051, 1, 65535)),
            api_key=key,
            prefix=prefix,
            timeout_s=_number(options, "timeout", 10.0, 0.05, 3600),
            consistency=cast("Consistency", consistency),
            replicas=int(_number(options, "replicas", 1, 1, _REPLICAS)),
            idle_after_s=_number(options, "idle_after", 3600.0, 0, 10.0**9),
            trust_env=_flag(options, "trust_env"),
        )
        if options:
            raise _wrong(f"has no option {sorted(options)[0]!r}")
        return address

    @property
    def location(self) -> str:
        """The URL without its key."""
        scheme = "weaviates" if self.secure else "weaviate"
        host = f"[{self.host}]" if ":" in self.host else self.host
        changed = {
            name: value
            for name, value, default in (
                ("grpc_host", self.grpc_host, self.host),
                ("grpc_port", self.grpc_port, 443 if self.secure else 50051),
                ("prefix", self.prefix, "MemOS"),
                ("timeout", self.timeout_s, 10.0),
                ("consistency", self.consistency, "QUORUM"),
                ("replicas", self.replicas, 1),
                ("idle_after", self.idle_after_s, 3600.0),
                ("trust_env", str(self.trust_env).lower(), "false"),
            )
            if value != default
        }
        query = "&".join(f"{name}={quote(f'{value:g}' if isinstance(value, float) else str(value))}" for name, value in changed.items())
        return f"{scheme}://{host}:{self.port}{'?' if query else ''}{query}"


def _wrong(why: str) -> InvalidInput:
    return InvalidInput(why, field="store")


def _options(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=50)
    except ValueError as error:
        raise _wrong(f"has options that cannot be read: {error}") from error
    options = dict(pairs)
    if len(options) < len(pairs):
        raise _wrong("names an option twice")
    return options


def _number(options: dict[str, str], name: str, default: float, low: float, high: float) -> float:
    text = options.pop(name, None)
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise _wrong(f"{name} must be a number from {low:g} to {high:g}")
    return value


def _flag(options: dict[str, str], name: str) -> bool:
    text = options.pop(name, "false").lower()
    if text not in ("true", "false"):
        raise _wrong(f"{name} must be true or false")
    return text == "true"
