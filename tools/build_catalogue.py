#!/usr/bin/env python3
"""Build the shipped tables of AWS service names from public packages.

    tools/build_catalogue.py [--check] [--botocore VERSION] [--cdk VERSION] [--work FOLDER]

Downloads botocore (with pip) and aws-cdk-lib (with npm) by name into a
temporary folder, reads the facts in them, applies tools/exceptions.yaml, and
writes src/tabiji/names/data/endpoint_services.json and public_services.json.
--check writes nothing and fails when the shipped files differ from what their
versions give.  --work keeps the downloads, and uses what is there.  Needs
network, pip and npm; tabiji itself never does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "tabiji" / "names" / "data"
EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
VARIANTS = {"default": (False, False), "fips": (True, False), "dualstack": (False, True), "both": (True, True)}
PROBE_REGIONS = (
    "ap-northeast-1", "us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1",
    "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1",
)  # fmt: skip
"""Rulesets build a name for any Region; these show the special cases of us-east-1 and of each partition."""


def main() -> int:
    """Run the tool; the exit code is 1 when --check finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--botocore", default="", metavar="VERSION")
    parser.add_argument("--cdk", default="", metavar="VERSION")
    parser.add_argument("--work", type=Path)
    options = parser.parse_args()
    if options.check:  # compare like with like: the versions the shipped data was built from
        shipped = json.loads((DATA / "endpoint_services.json").read_text())["sources"]
        options.botocore = options.botocore or shipped["botocore"]
        options.cdk = options.cdk or shipped["aws-cdk-lib"]
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        site = fetch_botocore(work, options.botocore)
        script, cdk_version = fetch_cdk(work, options.cdk)
        sys.path.insert(0, str(site))
        import botocore  # the downloaded one

        sources = {"botocore": botocore.__version__, "aws-cdk-lib": cdk_version}
        facts = yaml.safe_load(EXCEPTIONS.read_text())
        public, beside = public_services(site / "botocore" / "data", facts)
        endpoints = endpoint_services(script, facts, public, beside)
    differing = 0
    for name, table in (("public_services.json", public), ("endpoint_services.json", endpoints)):
        text = render({"format": 1, "sources": sources, **table})
        path = DATA / name
        if options.check:
            same = path.exists() and path.read_text() == text
            differing += not same
            print(f"{name}: {'as built' if same else 'differs'}", file=sys.stderr)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
            print(f"{name}: {len(text)} bytes", file=sys.stderr)
    report(endpoints)
    return 1 if differing else 0


# --- fetching -------------------------------------------------------------------------------------------------


def fetch_botocore(work: Path, version: str) -> Path:
    """A folder botocore can be imported from."""
    site = work / "site"
    if not (site / "botocore").exists():
        spec = f"botocore=={version}" if version else "botocore"
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(site), spec], check=True)
    return site


def fetch_cdk(work: Path, version: str) -> tuple[str, str]:
    """The text of aws-ec2/lib/vpc-endpoint.js, and the package's version."""
    archives = sorted(work.glob("aws-cdk-lib-*.tgz"))
    if not archives:
        spec = f"aws-cdk-lib@{version}" if version else "aws-cdk-lib"
        subprocess.run(["npm", "pack", "--silent", spec], cwd=work, check=True, stdout=subprocess.DEVNULL)
        archives = sorted(work.glob("aws-cdk-lib-*.tgz"))
    with tarfile.open(archives[-1]) as archive:
        read = {name: archive.extractfile(f"package/{name}").read().decode()  # type: ignore[union-attr]
                for name in ("aws-ec2/lib/vpc-endpoint.js", "package.json")}  # fmt: skip
    return read["aws-ec2/lib/vpc-endpoint.js"], json.loads(read["package.json"])["version"]


# --- public hosts (botocore) ----------------------------------------------------------------------------------


def public_services(data: Path, facts: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
    """(partitions and every host a service answers at; default host -> its other variants)."""
    partitions = _partitions(data)
    regions = sorted(r for p in partitions.values() for r in p["regions"])
    bit = {region: 1 << i for i, region in enumerate(regions)}
    book = _HostBook(partitions, bit)
    endpoints = json.loads((data / "endpoints.json").read_text())
    models = {folder.name: _model(folder) for folder in sorted(data.iterdir()) if folder.is_dir()}
    keys: dict[str, str] = {}  # endpoints.json key -> botocore service
    for service, (metadata, _, _) in models.items():
        if metadata["endpointPrefix"] not in keys or service == metadata["endpointPrefix"]:
            keys[metadata["endpointPrefix"]] = service
    prefixed = []
    for metadata, ruleset, prefixes in models.values():
        # Services that share an endpoint prefix (rds, neptune, docdb) are one host; one name stands for it.
        owner = keys[metadata["endpointPrefix"]]
        resolved = list(_resolved(ruleset, data))
        for variant, host in resolved:
            book.add(owner, variant, host)
        book.relate(resolved)
        heads = sorted(head for head in prefixes if "{" not in head)
        prefixed += [(owner, variant, head + host) for head in heads for variant, host in resolved]
    for owner, variant, host in prefixed:  # afterwards: a host of a service's own comes first
        book.add(owner, variant, host)
    for partition in endpoints["partitions"]:
        for key, block in partition["services"].items():
            book.add_block(keys.get(key, key), key, partition, block)
    for row in facts["hosts"].values():
        book.lefts.setdefault(row["left"], [row["service"], "default"])
    table = {
        "regions": regions,
        "partitions": partitions,
        "services": book.services(),
        "hosts": dict(sorted(book.regular_lefts().items())),
        "names": dict(sorted(book.fixed.items())),
        "legacy": dict(sorted(book.legacy.items())),
    }
    return table, book.beside


def _partitions(data: Path) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for row in json.loads((data / "partitions.json").read_text())["partitions"]:
        outputs = row["outputs"]
        heads = re.sub(r"\\-\\w\+\\-\\d\+\$$", "-", row["regionRegex"].removeprefix("^")).replace("\\-", "-")
        out[row["id"]] = {
            "suffix": outputs["dnsSuffix"],
            "dual": outputs["dualStackDnsSuffix"],
            "heads": _spread(heads),
            "regions": sorted(r for r in row["regions"] if not r.endswith("-global")),
        }
    return out


def _spread(pattern: str) -> list[str]:
    """The prefixes ``(us|eu)-`` stands for."""
    found = re.fullmatch(r"(.*?)\(([a-z|]+)\)(.*)", pattern)
    return [found[1] + head + found[3] for head in found[2].split("|")] if found else [pattern]


def _model(folder: Path) -> tuple[dict[str, Any], dict[str, Any], set[str]]:
    """Metadata, endpoint ruleset and the host prefixes of the operations of one service."""
    version = sorted(p for p in folder.iterdir() if p.is_dir())[-1]
    service = json.loads(gzip.decompress((version / "service-2.json.gz").read_bytes()))
    ruleset = json.loads(gzip.decompress((version / "endpoint-rule-set-1.json.gz").read_bytes()))
    prefixes = {op.get("endpoint", {}).get("hostPrefix") for op in service["operations"].values()} - {None}
    return service["metadata"], ruleset, prefixes


def _resolved(ruleset: dict[str, Any], data: Path) -> Iterator[tuple[str, str]]:
    """(variant, host) the ruleset gives in the probe Regions."""
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import EndpointProviderError

    provider = EndpointProvider(ruleset, json.loads((data / "partitions.json").read_text()))
    known = ruleset["parameters"]
    for region in PROBE_REGIONS:
        for variant, (fips, dual) in VARIANTS.items():
            wish = {"Region": region, "UseFIPS": fips, "UseDualStack": dual}
            try:
                endpoint = provider.resolve_endpoint(**{k: v for k, v in wish.items() if k in known})
            except (EndpointProviderError, KeyError, TypeError):
                continue  # this service has no such variant, or needs more than a Region (a token, an account)
            host = endpoint.url.partition("://")[2].partition("/")[0]
            if "{" not in host:
                yield variant, host


class _HostBook:
    """Hosts sorted into: labels left of the Region, names without a Region, names with the Region first."""

    def __init__(self, partitions: dict[str, Any], bit: dict[str, int]) -> None:
        self.bit = bit
        self.home = set(partitions["aws"]["regions"])
        self.lefts: dict[str, list[str]] = {}
        self.api: dict[str, bool] = {}
        self.fixed: dict[str, list[str]] = {}
        self.legacy: dict[str, str] = {}
        self.masks: dict[str, dict[str, int]] = {}
        self.ports: dict[str, list[int]] = {}
        self.beside: dict[str, dict[str, str]] = {}
        self.suffixes = {p[kind]: kind for p in partitions.values() for kind in ("suffix", "dual")}

    def split(self, host: str) -> tuple[str, str, str]:
        """(labels left of the Region, Region or nothing, ``suffix`` or ``dual``)."""
        suffix = max((s for s in self.suffixes if host.endswith("." + s)), key=len, default="")
        labels = host[: -len(suffix) - 1].split(".") if suffix else []
        if not labels or labels[-1] not in self.bit:
            return ".".join(labels), "", self.suffixes.get(suffix, "")
        return ".".join(labels[:-1]), labels[-1], self.suffixes[suffix]

    def add(self, service: str, variant: str, host: str, credential_region: str = "") -> None:
        left, region, kind = self.split(host)
        if not kind or ".dualstack" in f".{left}":
            return  # S3's dualstack label is read by the reader of S3 names
        if not region:
            if left:
                row = self.fixed.setdefault(host, [service, variant, credential_region])
                row[2] = row[2] or credential_region
            return
        self.lefts.setdefault(left, [service, variant])
        if variant == "default" and region in self.home:
            self.api.setdefault(left, kind == "dual")

    def relate(self, resolved: list[tuple[str, str]]) -> None:
        """Remember which other variants stand beside a default host."""
        default, region, kind = self.split(next((h for v, h in resolved if v == "default"), ""))
        if not region:
            return
        for variant, host in resolved:
            left, where, kind = self.split(host)
            if variant != "default" and where == region:
                template = f"{left}.{{r}}.{{{'d' if kind == 'dual' else 's'}}}"
                self.beside.setdefault(default, {}).setdefault(variant, template)

    def add_block(self, service: str, key: str, partition: dict[str, Any], block: dict[str, Any]) -> None:
        """One service of endpoints.json: which Regions list which variant, fixed names, ports, legacy names."""
        defaults = block.get("defaults", {})
        masks = self.masks.setdefault(service, {})
        if "http" in defaults.get("protocols", ()):
            self.ports[service] = [443, 80]
        elif defaults.get("protocols") == []:
            self.ports[service] = []
        for region, row in block["endpoints"].items():
            if region in self.bit:
                masks["default"] = masks.get("default", 0) | self.bit[region]
            elif not row.get("hostname"):
                continue
            credential = row.get("credentialScope", {}).get("region", "")
            if region == block.get("partitionEndpoint") and row.get("hostname"):
                self.add(service, "default", row["hostname"], credential)
            hosts = [("default", row.get("hostname", ""))]
            hosts += [(_variant(v["tags"]), v.get("hostname", "")) for v in row.get("variants", ())]
            for variant, host in hosts:
                if variant == "default" and region not in self.bit:
                    continue
                left, where, _ = self.split(host) if host else ("", region, "")
                if variant != "default" and where in self.bit:
                    masks[variant] = masks.get(variant, 0) | self.bit[where]
                if left:
                    self.add(service, variant, host, credential)
            common = row.get("sslCommonName") or defaults.get("sslCommonName", "")
            if region in self.bit and common:
                self.add_legacy(
                    service, common.format(service=key, region=region, dnsSuffix=partition["dnsSuffix"]), region
                )

    def add_legacy(self, service: str, host: str, region: str) -> None:
        """A certificate's common name that older clients use as host name (N5.3, RQ27)."""
        labels = host.split(".")
        if labels[0] in self.bit:
            self.legacy[labels[1]] = service
        elif not any(label in self.bit for label in labels):
            self.fixed.setdefault(host, [service, "legacy", region])

    def services(self) -> dict[str, Any]:
        """Service -> [ports, masks of Regions listed for default, fips, dualstack, both]."""
        names = {row[0] for row in self.lefts.values()} | {row[0] for row in self.fixed.values()} | set(self.masks)
        return {
            name: [self.ports.get(name, [443]), *(self.masks.get(name, {}).get(v, 0) for v in VARIANTS)]
            for name in sorted(names)
        }

    def regular_lefts(self) -> dict[str, list[Any]]:
        """Labels -> [service, variant, at home on the dual-stack suffix?], without those that follow by rule."""
        out: dict[str, list[Any]] = {}
        for left, (service, variant) in self.lefts.items():
            base = self.lefts.get(left.removesuffix("-fips"))
            if variant in ("fips", "both") and left.endswith("-fips") and base and base == [service, "default"]:
                continue
            if variant in ("dualstack", "both") and base == [service, "default"]:
                continue
            out[left] = [service, variant, self.api.get(left, False)]
        return out


def _variant(tags: list[str]) -> str:
    return {(): "default", ("fips",): "fips", ("dualstack",): "dualstack"}.get(tuple(tags), "both")


# --- endpoint services (aws-cdk-lib + rule + exceptions) ------------------------------------------------------


def endpoint_services(
    script: str, facts: dict[str, Any], public: dict[str, Any], beside: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """Every endpoint service: its names, what they rest on, and where the service is listed."""
    tails = _interface_tails(script)
    for row in facts["add"]:
        tails.setdefault(row["tail"], (row["prefix"], 443, row.get("global", False)))
    gateways = set(re.findall(r'new GatewayVpcEndpointAwsService\("([^"]+)"', script))
    for tail in gateways:
        tails.setdefault(tail, ("", 443, False))
    interface = set(_interface_tails(script)) | {row["tail"] for row in facts["add"]}
    rows = []
    for tail, (prefix, port, is_global) in sorted(tails.items()):
        kinds = "".join(k for k, there in (("I", tail in interface), ("G", tail in gateways)) if there)
        names, confidence, fact = (
            _private_names(tail, is_global, facts, public) if "I" in kinds else ([], "confirmed", "N4.16")
        )
        service = _service_of(names, public)
        extra = _extra(tail, names, tails, beside)
        said = {*facts["observed"]["tails"], *facts["policy"]["also"]} - set(facts["policy"]["not_then"])
        policy = True if tail in said else None
        ports = facts["ports"].get(tail, {"ports": [port]})["ports"]
        rows.append([tail, prefix, bool(is_global), kinds, ports, names, extra, confidence, fact, service, policy])
    return {
        "prefixes": _prefix_tables(script),
        "services": rows,
    }


def _interface_tails(script: str) -> dict[str, tuple[str, int, bool]]:
    """Tail -> (prefix or nothing for the partition's own, port, without a Region)."""
    out: dict[str, tuple[str, int, bool]] = {}
    for args in re.findall(r"=new InterfaceVpcEndpointAwsService\(([^)]*)\)", script):
        found = re.fullmatch(r'"([^"]+)"(?:,"([^"]*)"(?:,(\d+|void 0)(?:,\{global:(!0)\})?)?)?', args)
        if not found:
            raise SystemExit(f"vpc-endpoint.js: cannot read InterfaceVpcEndpointAwsService({args})")
        port = int(found[3]) if found[3] and found[3].isdigit() else 443
        out.setdefault(found[1], (found[2] or "", port, bool(found[4])))
    if len(out) < 300:
        raise SystemExit(f"vpc-endpoint.js: only {len(out)} services read; its form has changed")
    return out


def _prefix_tables(script: str) -> dict[str, Any]:
    """Region -> [prefix, tails that have it, suffix of names, tails that have that] outside ``com.amazonaws``."""
    body = script[script.index("getDefaultEndpointPrefix(name,region){") :]
    table = json.loads(re.search(r"if\((\{.*?\})\[region\]", body)[1])  # type: ignore[index]
    prefixes: dict[str, str] = {}
    waiting: list[str] = []
    middle = body.index("getDefaultEndpointSuffix(name,region){")
    for case, value in re.findall(r'case"([^"]+)":|return"([^"]+)"', body[:middle]):
        if case:
            waiting.append(case)
        else:
            prefixes.update(dict.fromkeys(waiting, value))
            waiting = []
    end = body[middle:]
    suffixes = json.loads(re.search(r"return(\{.*?\})\[region\]", end)[1])  # type: ignore[index]
    suffix = re.search(r'includes\(name\)\?"([^"]+)"', end)[1]  # type: ignore[index]
    return {r: [prefixes[r], sorted(set(t)), suffix, sorted(suffixes.get(r, []))] for r, t in sorted(table.items())}


def _private_names(
    tail: str, is_global: bool, facts: dict[str, Any], public: dict[str, Any]
) -> tuple[list[str], str, str]:
    """(name templates, confidence, fact)."""
    left = ".".join(reversed(tail.split(".")))
    if is_global and tail not in facts["names"]:
        for host, (service, variant, _) in sorted(public["names"].items()):
            if host == f"{left}.amazonaws.com" or (
                service == left and variant == "default" and host.endswith(".api.aws")
            ):
                return [host.replace("amazonaws.com", "{s}").replace("api.aws", "{d}")], "confirmed", "N5.2"
        return [f"{left}.{{s}}"], "rule", "N8.4"
    if tail in facts["names"]:
        return facts["names"][tail]["names"], "exception", facts["names"][tail]["fact"]
    if tail in facts["unknown"]:
        row = facts["unknown"][tail]
        return row.get("names", [f"{left}.{{r}}.{{s}}"]), "unknown", row["fact"]
    row = public["hosts"].get(left) or public["hosts"].get(left.removesuffix("-fips"))
    dual = bool(row and row[2])
    name = f"{left}.{{r}}.{{{'d' if dual else 's'}}}"
    if tail in facts["observed"]["tails"]:
        return [f"{left}.{{r}}.{{s}}"], "confirmed", facts["observed"]["fact"]
    return [name], "confirmed" if row and row[1] != "dualstack" else "rule", "N8.8" if row else "N8.4"


def _service_of(names: list[str], public: dict[str, Any]) -> str:
    """The botocore service behind the first name."""
    if not names:
        return ""
    left, _, _ = names[0].removeprefix("*.").partition(".{r}.")
    labels = left.split(".")
    for i in range(len(labels)):
        rest = ".".join(labels[i:])
        row = public["hosts"].get(rest) or public["hosts"].get(rest.removesuffix("-fips"))
        if row:
            return str(row[0])
    fixed = public["names"].get(names[0].replace("{s}", "amazonaws.com").replace("{d}", "api.aws"))
    return fixed[0] if fixed else ""


def _extra(tail: str, names: list[str], tails: Iterable[str], beside: dict[str, dict[str, str]]) -> list[str]:
    """The service's other endpoint variants: an endpoint may serve them too, only DnsEntries tell (N8.9, N4.8)."""
    if not names or names[0].startswith("*."):
        return []
    variants = beside.get(names[0].partition(".{r}.")[0], {})
    # The FIPS names belong to the FIPS endpoint service where there is one.
    apart = f"{tail}-fips" in set(tails)
    kept = (v for k, v in variants.items() if v not in names and not (apart and k in ("fips", "both")))
    return list(dict.fromkeys(kept))


# --- output ---------------------------------------------------------------------------------------------------


def render(table: dict[str, Any]) -> str:
    """JSON with one row a line, so that a new version shows as a readable diff."""
    lines = []
    for key, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], list):
            body = "[\n" + ",\n".join(_one(row) for row in value) + "\n]"
        elif isinstance(value, dict) and key in ("services", "hosts", "names", "partitions", "prefixes"):
            body = "{\n" + ",\n".join(f"{_one(k)}:{_one(v)}" for k, v in value.items()) + "\n}"
        else:
            body = _one(value)
        lines.append(f"{_one(key)}:{body}")
    return "{" + ",\n".join(lines) + "}\n"


def _one(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)


def report(endpoints: dict[str, Any]) -> None:
    """Counts by confidence, on stderr."""
    counts: dict[str, int] = {}
    for row in endpoints["services"]:
        counts[row[7]] = counts.get(row[7], 0) + 1
    print(f"{len(endpoints['services'])} endpoint services: {counts}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
