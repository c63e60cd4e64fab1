"""Floor 7: a TCP relay that connects only to what was named.

One thread, edge-triggered epoll, splice for bulk; the reasons and figures are
in docs/relay.md.
"""

from .errors import RelayError
from .listener import Spec
from .log import Log
from .server import Config, Relay, serve

__all__ = ["Config", "Log", "Relay", "RelayError", "Spec", "serve"]
