"""From hits of two arms to one order."""

from ._entry import Ranked, RankInput, sources_of
from ._places import says_little, tells_all
from ._ranking import rank

__all__ = ["RankInput", "Ranked", "rank", "says_little", "sources_of", "tells_all"]
