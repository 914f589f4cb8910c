"""``python -m memos_integrations.cli``."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
