"""What a user says about what was shown: that it is right, that it is wrong, or what is right instead."""

from ._correcting import corrected, lasting, named_among, replaced_in, said_with
from ._overheard import may_react, overheard
from ._reaction import Reaction, names, reaction_of

__all__ = ["Reaction", "corrected", "lasting", "may_react", "named_among", "names", "overheard", "reaction_of", "replaced_in", "said_with"]
