"""How well memory understands: recall, preferences and updates on real conversations. See ``docs/quality.md``."""
