"""Plans of networks written in a few lines of YAML, and questions about them."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from tabiji.estate import Estate
from tabiji.lab.plan.compile import compile_plan
from tabiji.lab.plan.model import Plan, Reason, Table
from tabiji.sources import load

HEAD = 'account: "111122223333"\nregion: ap-northeast-1\n'
EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
DROP = re.compile(r'log prefix "d(\d+)" group 1 drop')
QUOTED = re.compile(r'"([^"]+)"')


def estate(text: str) -> Estate:
    """The estate of a YAML text; account and Region are given."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.yaml"
        path.write_text(HEAD + dedent(text))
        return load(path)


def plan(text: str, *, hosts: bool = False) -> Plan:
    """The plan of a YAML text."""
    return compile_plan(estate(text), hosts=hosts)


def table(made: Plan, owner: str, place: int = 0) -> dict[str, str]:
    """Routes of a table: prefix -> device."""
    found: list[Table] = [t for t in made.tables if t.owner == owner]
    return {r.prefix: r.dev for r in found[place].routes}


def owner(made: Plan, device: str) -> str:
    """Whose interface a device of the fabric is."""
    owners = {port.name: port.owner for port in made.ports}
    owners |= {end: wire.owner for wire in made.wires for end in (wire.a, wire.b)}
    return owners[device]


def refusal(made: Plan, device: str) -> Reason:
    """Why a sink drops."""
    (chain,) = re.findall(rf'"{device}" : goto (sink_\d+)', made.nft)
    return made.reasons[int(DROP.findall(body(made, chain))[0])]


def body(made: Plan, chain: str) -> str:
    """The text of a chain."""
    start = made.nft.index(f"chain {chain} {{")
    return made.nft[start : made.nft.index("}\n", made.nft.index("\n }", start))]


def chain_at(made: Plan, address: str, table_name: str) -> str:
    """The chain a map of ports leads the port with this address to."""
    (port,) = [p.name for p in made.ports if address in p.addresses]
    start = made.nft.index(f"map {table_name} {{")
    (name,) = re.findall(rf'"{port}" : goto (\w+)', made.nft[start : made.nft.index("\n }", start)])
    return str(name)
