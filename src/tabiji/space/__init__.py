"""Floor 4: sets of packets through the tables, there and back, exactly.

``explore`` takes a set one way, ``reach`` there and back.  Both run the same
stage graph as ``walk`` and must agree with it packet by packet.
"""

from .cube import Cube
from .explore import LIMIT, OVERFLOW, Outcome, explore
from .reach import DEPENDS, Ending, Reachability, Region, reach

__all__ = ["DEPENDS", "LIMIT", "OVERFLOW", "Cube", "Ending", "Outcome", "Reachability", "Region", "explore", "reach"]
