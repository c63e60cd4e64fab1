"""Floor 3: policies.  Who may do what, as far as the estate knows.

``authorise(estate, context)`` is the whole of it.  The order in which policy
types are consulted is ``ORDER`` in ``evaluate.py``; a statement is judged in
``statement.py``, condition operators are in ``operators.py``.  Everything is
three-valued: what hangs on a policy or key nobody knows is unknown.
"""

from __future__ import annotations

from .actions import actions_of
from .arns import resource_arn
from .context import ANONYMOUS, RequestContext, keys_of
from .document import PolicyError, parse
from .evaluate import ALLOW, DENY, UNKNOWN, Assumption, Decision, Denial, authorise
from .network import Way, network_keys

__all__ = [
    "ALLOW",
    "ANONYMOUS",
    "DENY",
    "UNKNOWN",
    "Assumption",
    "Decision",
    "Denial",
    "PolicyError",
    "RequestContext",
    "Way",
    "actions_of",
    "authorise",
    "keys_of",
    "network_keys",
    "parse",
    "resource_arn",
]
