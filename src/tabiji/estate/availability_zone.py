"""Availability Zones: names are per account, ids are not (ES3)."""

from .record import Record


class AvailabilityZone(Record, frozen=True, kw_only=True):
    """``describe-availability-zones``."""

    zone_name: str
    zone_id: str = ""
    region_name: str = ""
    state: str = "available"
