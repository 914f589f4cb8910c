"""Training and evaluation of the small models in ``memos_integrations/core/learnt/data``."""
