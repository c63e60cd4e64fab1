"""How long the same file takes up and down by several paths to S3: directly, by an endpoint, through a relay.

``Way`` says how one path goes, ``Store`` does the transfers, ``measure``
takes turns and keeps the times.  boto3 is imported only when a store is made.
"""

from __future__ import annotations

from .errors import NothingError, PathsError, TransferError
from .measure import Outcome, Row, document, measure
from .payload import Payload, size_of
from .store import Access, Store
from .way import Way, ways_of

__all__ = [
    "Access", "NothingError", "Outcome", "PathsError", "Payload", "Row", "Store", "TransferError", "Way", "document",
    "measure", "size_of", "ways_of",
]  # fmt: skip
