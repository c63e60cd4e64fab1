"""Floor 1: typed records of AWS things, sites and hosts, and the estate that holds them.

Nothing here knows where a record came from or what is done with it.
"""

from .coverage import Coverage, Problem, Scope
from .estate import Change, Estate

__all__ = ["Change", "Coverage", "Estate", "Problem", "Scope"]
