"""``python -m benchmarks.models train|evaluate FAMILY``: one module here for each family of models."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from .pack import DATA, write

FAMILIES = ("turns", "applies", "relations")


def main() -> None:
    """Train a family and write its data file, or report how it does on the part of the corpus that training never sees."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=main.__doc__)
    parser.add_argument("action", choices=("train", "evaluate"))
    parser.add_argument("family", nargs="*", choices=(*FAMILIES, []), default=[], help="all if none is named")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=DATA, help="folder for the data files")
    args = parser.parse_args()
    here = Path(__file__).parent
    for family in args.family or [name for name in FAMILIES if (here / f"{name}.py").exists()]:
        module = importlib.import_module(f"{__package__}.{family}")
        if args.action == "evaluate":
            module.evaluate(seed=args.seed)
            continue
        arrays = module.train(seed=args.seed)
        files = {name: arrays.pop(name) for name in list(arrays) if isinstance(arrays[name], bytes)}
        for name, data in files.items():
            (args.out / name).write_bytes(data)
        path = args.out / f"{family}.npz"
        write(path, arrays)
        print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
