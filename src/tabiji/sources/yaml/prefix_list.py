"""Prefix lists: customer-managed, and AWS's own by their name."""

from msgspec.structs import replace

from ...estate.prefix_list import ManagedPrefixList, PrefixList, PrefixListEntries, PrefixListEntry
from ..spec import Names, Spec, many
from .build import Build, Item


class PrefixListFields(Spec):
    """The long form."""

    id: str | None = None
    account: str | None = None
    cidrs: Names = None
    add: Names = None
    remove: Names = None
    aws: str | None = None
    """Name of an AWS-managed list: ``com.amazonaws.ap-northeast-1.s3``."""


PrefixListSpec = list[str] | PrefixListFields


def declare_prefix_lists(build: Build, items: list[Item]) -> None:
    """Ids and names."""
    for item in items:
        if isinstance(item.spec, list):
            item.spec = PrefixListFields(cidrs=item.spec)
        build.declare("managed_prefix_lists", "pl", item, account=item.spec.account or "")


def build_prefix_lists(build: Build, items: list[Item]) -> None:
    """Records of the list and of its entries."""
    for item in items:
        spec: PrefixListFields = item.spec
        held = build.get("prefix_list_entries", item.id)
        cidrs = [e.cidr for e in held.entries] if held is not None else []
        if held is None and (aws := build.get("prefix_lists", item.id)) is not None:
            cidrs = list(aws.cidrs)
        if spec.cidrs is not None:
            cidrs = [build.cidr(c, (*item.path, "cidrs")) for c in many(spec.cidrs)]
        cidrs += [build.cidr(c, (*item.path, "add")) for c in many(spec.add) if c not in cidrs]
        for text in many(spec.remove):
            if text not in cidrs:
                build.fail((*item.path, "remove"), f"{item.id} has no {text}")
            cidrs.remove(text)
        put_list(build, item.id, spec.aws or item.name, cidrs, item.old, aws=spec.aws is not None)


def put_list(
    build: Build, key: str, name: str, cidrs: list[str], old: ManagedPrefixList | None = None, *, aws: bool = False
) -> None:
    """A list with its entries in every place the API shows it."""
    record = old or ManagedPrefixList(
        prefix_list_id=key,
        prefix_list_name=name,
        address_family="IPv6" if any(":" in c for c in cidrs) else "IPv4",
        owner_id="AWS" if aws else build.account_of(key),
        state="create-complete",
    )
    build.put("managed_prefix_lists", replace(record))
    build.put(
        "prefix_list_entries",
        PrefixListEntries(prefix_list_id=key, entries=tuple(PrefixListEntry(cidr=c) for c in cidrs)),
    )
    if aws:
        build.put("prefix_lists", PrefixList(prefix_list_id=key, prefix_list_name=name, cidrs=tuple(cidrs)))
