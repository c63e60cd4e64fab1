"""The assumptions about names that are not established (section 11), and how to change them.

An estate sets them by fact id (``switches``); the code asks with the default
named here.
"""

from __future__ import annotations

SWITCHES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "N1.1": (
        "unknown",
        ("unknown", "default"),
        "a DHCP option set that was not collected: undetermined, or the default one",
    ),
    "N2.2": ("", ("T/T", "T/F", "F/F"), "DNS attributes of VPCs for which none were collected; empty: conclude them"),
    "N2.2f": ("timeout", ("timeout", "refused", "servfail"), "what a client sees with enableDnsSupport off"),
    "N2.4a": ("unknown", ("unknown", "public"), "public names in a VPC whose zones or rules were not collected"),
    "N2.7g": ("SERVFAIL", ("SERVFAIL", "REFUSED", "NXDOMAIN"), "what a resolution loop ends with"),
    "N2.7h": ("servfail", ("servfail", "timeout"), "what a client sees when all forward targets fail"),
    "N2.8b": (
        "vpc",
        ("vpc", "kind"),
        "same name tied to the VPC and brought by a Profile: the VPC's, or the kind's order",
    ),
    "N2.9b": ("follow", ("follow", "cname"), "is the CNAME of a firewall override followed by the resolver"),
    "N2.9f": ("all", ("all", "public"), "which names DNS Firewall looks at"),
    "N3.1b": ("NXDOMAIN", ("NXDOMAIN", "NODATA"), "a resource name whose A and AAAA records are off (NT12)"),
    "N3.2b": ("N2.2b", ("N2.2b", "always"), "RFC 1918 IP names with enableDnsHostnames off: refuse or answer"),
    "N3.5b": ("private", ("private", "public"), "public instance names across a TGW with DNS support"),
    "N3.6b": ("none", ("none", "soa"), "authority of negative answers of instance names and reverse zones"),
    "N4.12": ("on", ("on", "off"), "private DNS of a DynamoDB endpoint that says it is on and lists no name"),
    "NT11": ("NXDOMAIN", ("NXDOMAIN", "answer"), "us-east-1.compute.internal in us-east-1"),
    "PC7": ("N3.2b", ("N3.2b", "PC7"), "IP names outside RFC 1918 that belong to a DNS peer: refuse or answer"),
}
"""Fact id -> default, values, what it decides."""
