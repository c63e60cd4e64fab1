"""Prefix lists, AWS's own and customer-managed."""

from .record import Record, Tag


class PrefixList(Record, frozen=True, kw_only=True):
    """``describe-prefix-lists``: AWS-managed lists with their CIDRs."""

    prefix_list_id: str
    prefix_list_name: str = ""
    cidrs: tuple[str, ...] = ()


class ManagedPrefixList(Record, frozen=True, kw_only=True):
    """``describe-managed-prefix-lists``: the list without its entries."""

    prefix_list_id: str
    prefix_list_name: str = ""
    address_family: str = ""
    owner_id: str = ""
    state: str = ""
    tags: tuple[Tag, ...] = ()


class PrefixListEntry(Record, frozen=True, kw_only=True):
    """One CIDR of a list."""

    cidr: str
    description: str = ""


class PrefixListEntries(Record, frozen=True, kw_only=True):
    """``get-managed-prefix-list-entries`` of one list, with the list's id put in by the collector."""

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...] = ()
