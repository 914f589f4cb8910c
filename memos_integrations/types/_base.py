from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A frozen record that survives a JSON round trip unchanged."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
