"""Account and Region, told by folder names or by the records themselves."""

from __future__ import annotations

from collections.abc import Iterable


def is_account(text: str) -> bool:
    """Twelve digits."""
    return len(text) == 12 and text.isascii() and text.isdigit()


def is_region(text: str) -> bool:
    """``ap-northeast-1``, ``us-gov-west-1``, ``eusc-de-east-1``..."""
    parts = text.split("-")
    return (
        text.isascii()
        and len(parts) in (3, 4)
        and 2 <= len(parts[0]) <= 4
        and all(part.isalpha() and part.islower() for part in parts[:-1])
        and len(parts[-1]) == 1
        and parts[-1].isdigit()
    )


def place_of_path(parts: Iterable[str]) -> tuple[str, str]:
    """(account, Region) a path names; the deepest folder of each kind counts, empty where there is none."""
    account = region = ""
    for part in parts:
        if is_account(part):
            account = part
        elif is_region(part):
            region = part
    return account, region


def region_of_zone(zone: str) -> str:
    """Region of an Availability, Local or Wavelength Zone name; empty when it does not look like one."""
    parts = zone.split("-")
    for end in (3, 4):  # us-west-2-lax-1a is in us-west-2, us-gov-west-1a in us-gov-west-1
        if len(parts) >= end:
            region = "-".join(parts[:end]).rstrip("abcdefghijklmnopqrstuvwxyz")
            if is_region(region):
                return region
    return ""
