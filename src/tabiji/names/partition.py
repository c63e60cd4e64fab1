"""Regions inside names, and the DNS suffix of a Region's names (N5.1); the tables are ``public_endpoints``'."""

from __future__ import annotations


def dns_suffix(region: str) -> str:
    """``amazonaws.com`` or the partition's own."""
    from .public_endpoints import suffixes_of  # its tables are read only when they are needed

    return suffixes_of(region).suffix


def is_region(label: str) -> bool:
    """Is the label a Region (``ap-northeast-1``, ``us-gov-west-1``), also one newer than the tables?"""
    if label.count("-") not in (2, 3):
        return False
    from .public_endpoints import partition_of

    return bool(partition_of(label))


def region_in(dotted: str) -> str:
    """The Region among the labels of a service name or domain name; empty when there is none."""
    for label in dotted.split("."):
        if is_region(label):
            return label
    return ""
