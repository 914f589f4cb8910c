"""Compose training turns from frames and objects: ``frames-*.toml`` in the corpus."""

from __future__ import annotations

import random
import tomllib
from typing import Any

from .corpus import CORPUS

_PREFERENCE: dict[str, Any] = {"kind": "preference", "condition": None, "strength": "normal", "lasting": True, "origin": "explicit"}


def turns(language: str, *, preferences: int, others: int, seed: int) -> list[dict[str, Any]]:
    """Composed turns with labels, as rows of the corpus; the same for the same seed."""
    data = tomllib.loads((CORPUS / f"frames-{language}.toml").read_text("utf-8"))
    draw = random.Random(f"{language}{seed}")
    things = [(slot, x) for slot, objects in data["objects"].items() if not slot.startswith("answers.") for x in objects]
    manners = [(slot, x) for slot, objects in data["objects"].items() if slot.startswith("answers.") for x in objects]
    rows: list[dict[str, Any]] = []

    def add(text: str, labels: list[dict[str, Any]], none: str | None) -> None:
        row = {"id": f"{language}-frame-{len(rows):05d}", "lang": language, "before": None, "text": text, "labels": labels}
        rows.append({**row, "none": none, "facts": "not labelled", "file": f"turns-{language}-frames"})

    def dress(core: str) -> str:
        lead, tail = draw.choice(data["leads"]["words"]), draw.choice(data["tails"]["words"])
        if core[-1] in "?？!！." and tail[:1] in ".,!。，！":
            tail = ""
        if not lead and draw.random() < 0.6:
            core = core[0].upper() + core[1:]
        return f"{lead}{core}{tail}"

    for _ in range(preferences):
        manner = draw.random() < 0.3
        pool, kind = (manners, "m") if manner else (things, "t")
        chance = draw.random()
        slot, x = draw.choice(pool)
        base = {**_PREFERENCE, "slot": slot, "object": x, "standing": manner}
        if chance < 0.07:
            x = draw.choice(data["allergens"]["words"])
            core = draw.choice(data["allergy"]["frames"]).replace("{x}", x)
            label = {**base, "object": x, "slot": "health.allergy", "standing": True, "polarity": "avoids", "strength": "strong"}
            labels = [label]
        elif chance < 0.22:
            near = [each for each in pool if each[0] == slot and each[1] != x] or pool
            other, y = draw.choice(near)
            core = draw.choice(data["both"][kind]).replace("{x}", x).replace("{y}", y)
            labels = [{**base, "polarity": "wants"}, {**base, "slot": other, "object": y, "polarity": "avoids"}]
        else:
            sign = draw.choice(("wants", "avoids"))
            table = "c" if draw.random() < 0.2 else kind
            core = draw.choice(data[sign][table]).replace("{x}", x)
            label = {**base, "polarity": sign}
            if "{c}" in core:
                label["condition"] = draw.choice(data["conditions"]["words"])
                core = core.replace("{c}", label["condition"])
            labels = [label]
        text = dress(core)
        if labels[0]["condition"] and labels[0]["condition"] not in text:  # a capital at its head
            labels[0]["condition"] = text[text.lower().find(labels[0]["condition"].lower()) :][: len(labels[0]["condition"])]
        add(text, [{**label, "evidence": core} for label in labels], None)
    reasons = list(data["none"])
    for _ in range(others):
        none = draw.choice(reasons)
        (_, x), (_, y) = draw.sample(things + manners if none not in ("fact", "past_only") else things, 2)
        add(dress(draw.choice(data["none"][none]).replace("{x}", x).replace("{y}", y)), [], None if none == "fact" else none)
    return rows
