"""A face: the names views of an estate as a real DNS server.

``Server`` listens, ``View`` answers (and remembers finished answers),
``Forwarder`` asks a real resolver for what the estate does not know.
"""

from .forward import Forwarder
from .server import ListenError, Server, ViewBinding, run
from .view import View

__all__ = ["Forwarder", "ListenError", "Server", "View", "ViewBinding", "run"]
