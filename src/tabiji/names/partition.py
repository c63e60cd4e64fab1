"""Partitions: which DNS suffix a Region's names have (N5.1), and Regions inside names."""

from __future__ import annotations

SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
}


def dns_suffix(region: str) -> str:
    """``amazonaws.com`` or the partition's own."""
    for head, suffix in SUFFIXES.items():
        if region.startswith(head):
            return suffix
    return "amazonaws.com"


def is_region(label: str) -> bool:
    """Does the label look like a Region (``ap-northeast-1``, ``us-gov-west-1``)?"""
    parts = label.split("-")
    return 3 <= len(parts) <= 4 and parts[-1].isdigit() and len(parts[-1]) == 1 and all(p.isalpha() for p in parts[:-1])


def region_in(dotted: str) -> str:
    """The Region among the labels of a service name or domain name; empty when there is none."""
    for label in dotted.split("."):
        if is_region(label):
            return label
    return ""
