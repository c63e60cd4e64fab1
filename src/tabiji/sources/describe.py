"""A folder (or one file) of ``aws ... describe-*`` JSON.

The top-level key says what a file holds; file names mean nothing.  Account
and Region come from folder names that look like them, else from the records.
``_collection.json`` may say what a collector was refused:
``{"denied": ["TransitGatewayRoutes"]}``.
"""

from __future__ import annotations

import gc
import os
from typing import Any, NamedTuple

import msgspec

from ..estate import Coverage, Estate, Problem, Scope
from ..estate.coverage import COLLECTED, DENIED
from ..estate.instance import Reservation
from ..estate.kinds import BY_KEY, BY_NAME, Kind, record_id
from . import joins
from .checks import check_snapshot
from .errors import SourceError
from .loose import BY_LOOSE_KEY, WHOLE
from .places import place_of_path, region_of_zone
from .reading import place_of, read_bytes

COLLECTION_FILE = "_collection.json"
ENVELOPE_KEYS = frozenset(
    [
        *("NextToken", "nextToken", "NextMarker", "Marker", "IsTruncated", "MaxItems", "MaxResults", "NumResults"),
        *("ResponseMetadata", "ServiceNames", "AdditionalRoutesAvailable"),
    ]
)
"""What stands beside the data in raw answers and says nothing about the network."""

_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENTRIES = msgspec.json.Decoder(list[msgspec.Raw])
_decoders: dict[str, msgspec.json.Decoder[list[Any]]] = {}
_records: dict[str, Any] = {}


class Chunk(NamedTuple):
    """The records of one kind in one file."""

    kind: str
    file: str
    group: tuple[str, str, str]
    """Folder, account, Region; the latter two as far as the path tells."""
    rows: list[Any]


class _Reader:
    """Collects chunks file by file."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.denied: list[tuple[tuple[str, str, str], str]] = []
        self.not_modelled: dict[str, int] = {}
        self.groups: dict[str, tuple[str, str, str]] = {}

    def group_of(self, folder: str) -> tuple[str, str, str]:
        """The folder with the account and Region its path tells."""
        if folder not in self.groups:
            self.groups[folder] = (folder, *place_of_path(folder.split(os.sep)))
        return self.groups[folder]

    def read(self, path: str) -> None:
        """Decode one file."""
        data = read_bytes(path)
        if not data or data.isspace():
            raise SourceError(path, "", "is empty")
        group = self.group_of(os.path.dirname(path))
        try:
            top = _TOP.decode(data)
        except RecursionError:
            raise SourceError(path, "", "is nested too deeply") from None
        except msgspec.ValidationError as error:
            got = str(error).partition("got ")[2].strip("`") or "something else"
            raise SourceError(path, "1", f"holds {got}; an object with a describe-* key is expected") from None
        except msgspec.DecodeError as error:
            raise _not_json(path, data, error) from None
        if os.path.basename(path) == COLLECTION_FILE:
            self._collection(path, top, group)
            return
        for marker, whole in WHOLE.items():
            if marker in top:
                for name, rows in whole.records(_decode(path, "", msgspec.Raw(data), marker, whole.type, single=True)):
                    self._add(name, path, group, rows)
                return
        for key, raw in top.items():
            if key in ENVELOPE_KEYS:
                continue
            kind = BY_KEY.get(key)
            if kind is not None:
                self._add(kind.name, path, group, self._rows(path, key, kind, raw))
            elif key == "Reservations":
                found: list[Any] = []
                for reservation in _decode(path, key, raw, key, Reservation):
                    found.extend(reservation.instances)
                self._add("instances", path, group, found)
            elif key in BY_LOOSE_KEY:
                loose = BY_LOOSE_KEY[key]
                for name, rows in loose.records(_decode(path, key, raw, key, loose.type)):
                    self._add(name, path, group, rows)
            elif entries := _count(raw):
                self.not_modelled[key] = self.not_modelled.get(key, 0) + entries

    def _add(self, kind: str, path: str, group: tuple[str, str, str], rows: list[Any]) -> None:
        self.chunks.append(Chunk(kind, path, group, joins.normal(kind, rows)))

    def _rows(self, path: str, key: str, kind: Kind, raw: msgspec.Raw) -> list[Any]:
        # VpcBlockPublicAccessOptions is one object, not a list.
        single = bytes(memoryview(raw)[:1]) == b"{" and key == "VpcBlockPublicAccessOptions"
        record = _records.get(kind.name)
        if record is None:
            record = _records[kind.name] = kind.record
        return _decode(path, key, raw, kind.name, record, single=single)

    def _collection(self, path: str, top: dict[str, msgspec.Raw], group: tuple[str, str, str]) -> None:
        if "denied" not in top:
            return
        try:
            names = msgspec.json.decode(top["denied"], type=list[str])
        except msgspec.ValidationError as error:
            raise SourceError(path, "denied", str(error)) from None
        for name in names:
            kind = BY_KEY.get(name) or BY_NAME.get(name) or (BY_NAME["instances"] if name == "Reservations" else None)
            if kind is not None:
                self.denied.append((group, kind.name))


def _decode(path: str, key: str, raw: msgspec.Raw, name: str, record: Any, *, single: bool = False) -> list[Any]:
    """The records under one key, typed.  Raises SourceError naming the JSON path."""
    decoder = _decoders.get(name)
    if decoder is None:
        decoder = _decoders[name] = msgspec.json.Decoder(list[record])
    try:
        if single:
            return [msgspec.json.decode(raw, type=record)]
        return decoder.decode(raw)
    except RecursionError:
        raise SourceError(path, key, "is nested too deeply") from None
    except msgspec.ValidationError as error:
        if "got `null`" in str(error):  # some collectors write null for "not there"
            try:
                return msgspec.convert(_without_null(msgspec.json.decode(raw)), list[record])
            except (msgspec.ValidationError, RecursionError) as second:
                raise _wrong_type(path, key, second) from None
        raise _wrong_type(path, key, error) from None
    except UnicodeDecodeError:
        raise SourceError(path, key, "is not UTF-8") from None
    except msgspec.DecodeError as error:
        raise SourceError(path, key, str(error)) from None


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_null(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_null(v) for v in value if v is not None]
    return value


def _wrong_type(path: str, key: str, error: Exception) -> SourceError:
    what, _, where = str(error).partition(" - at `$")
    return SourceError(path, key + where.rstrip("`"), what[:1].lower() + what[1:])


def _not_json(path: str, data: bytes, error: Exception) -> SourceError:
    text = str(error)
    if "truncated" in text:
        return SourceError(path, place_of(data, len(data)), "is cut off: the JSON ends too early")
    what, _, at = text.partition(" (byte ")
    place = place_of(data, int(at.rstrip(")"))) if at else ""
    return SourceError(path, place, f"is not JSON: {what.rpartition(': ')[2]}")


def _count(raw: msgspec.Raw) -> int:
    """Entries under a key nobody models."""
    try:
        return len(_ENTRIES.decode(raw))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return 1


def json_files(folder: str) -> list[str]:
    """Every ``*.json`` below a folder in a stable order; hidden folders are left out."""
    out: list[str] = []

    def unreadable(error: OSError) -> None:
        raise SourceError(error.filename or folder, "", (error.strerror or "cannot be read").lower())

    for where, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        out += [os.path.join(where, f) for f in sorted(files) if f.endswith(".json") and not f.startswith(".")]
    return out


def load_describe(path: str) -> Estate:
    """The estate in a folder of describe-* JSON or in one such file.  Raises SourceError."""
    reader = _Reader()
    # Decoding makes many objects and no garbage: the collector would only walk them again and again.
    was_on = gc.isenabled()
    gc.disable()
    try:
        if os.path.isdir(path):
            files = json_files(path)
            if not files:
                raise SourceError(path, "", "holds no .json file (a YAML estate is named by its file)")
            for file in files:
                reader.read(file)
        else:
            reader.read(path)
        return _assemble(path, reader)
    finally:
        if was_on:
            gc.enable()


def _assemble(path: str, reader: _Reader) -> Estate:
    places = _places(reader.chunks)
    scopes: dict[str, Scope] = {}
    states: dict[tuple[Scope, str], str] = {}
    views: dict[str, _Views] = {}
    for chunk in reader.chunks:
        kind = BY_NAME[chunk.kind]
        scope = Scope(*places[chunk.group])
        states[(scope if kind.regional else Scope(scope.account, ""), chunk.kind)] = COLLECTED
        rows = views.setdefault(chunk.kind, _Views(kind)).lay(chunk, scope)
        if chunk.kind not in joins.ANSWERS:
            _place(rows, scope, scopes)
    tables = {name: view.table for name, view in views.items()}
    for group, name in reader.denied:
        account, region = places.get(group, group[1:])
        states.setdefault((Scope(account, region if BY_NAME[name].regional else ""), name), DENIED)
    joins.join(tables)
    coverage = Coverage(complete=False, states=states, not_modelled=reader.not_modelled)

    def file_of(kind: str, key: str) -> str:
        for chunk in reader.chunks:
            if chunk.kind == kind and any(record_id(BY_NAME[kind], row) == key for row in chunk.rows):
                return chunk.file
        return path

    problems: list[Problem] = check_snapshot(tables, coverage, file_of)
    return Estate(tables, scopes, coverage, problems, path)


def _places(chunks: list[Chunk]) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Account and Region of every group of files, inferred from records where the path is silent."""
    accounts: dict[tuple[str, str, str], set[str]] = {}
    regions: dict[tuple[str, str, str], set[str]] = {}
    for chunk in chunks:
        owners = accounts.setdefault(chunk.group, set())
        zones = regions.setdefault(chunk.group, set())
        if not chunk.group[1] and chunk.kind in ("vpcs", "subnets", "security_groups", "transit_gateways"):
            owners.update(row.owner_id for row in chunk.rows)
        if not chunk.group[2]:
            if chunk.kind in ("subnets", "network_interfaces"):
                zones.update({region_of_zone(z) for z in {row.availability_zone for row in chunk.rows}})
            elif chunk.kind == "availability_zones":
                zones.update(row.region_name for row in chunk.rows)
    out = {}
    for group in accounts:
        owners, zones = accounts[group] - {""}, regions[group] - {""}
        out[group] = (
            group[1] or (owners.pop() if len(owners) == 1 else ""),
            group[2] or (zones.pop() if len(zones) == 1 else ""),
        )
    return out


class _Views:
    """One kind's table while it grows, and in which scope each record was seen."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.table: dict[str, Any] = {}
        self.seen: list[tuple[dict[str, Any], Scope, Chunk]] = []

    def lay(self, chunk: Chunk, scope: Scope) -> dict[str, Any]:
        """Lay one chunk in, settling what is there already; gives its rows by id."""
        single = self.kind.id[0] if len(self.kind.id) == 1 else ""
        rows: dict[str, Any] = {}
        for row in chunk.rows:
            key = getattr(row, single) if single else record_id(self.kind, row)
            if key in rows:
                row = self._same_scope(key, rows[key], row, chunk)
            rows[key] = row
        for key in self.table.keys() & rows.keys():
            rows[key] = self._settle(key, rows[key], scope, chunk)
        self.table.update(rows)
        self.seen.append((rows, scope, chunk))
        return rows

    def _settle(self, key: str, row: Any, scope: Scope, chunk: Chunk) -> Any:
        have = self.table[key]
        where, other = next((s, c) for rows, s, c in self.seen if key in rows)
        if have == row:
            return row
        if where == scope and ((scope.account and scope.region) or other.group == chunk.group):
            return self._same_scope(key, have, row, chunk)
        if self.kind.name in joins.ANSWERS:
            return self._same_scope(key, have, row, chunk)
        return joins.prefer(have, where, row, scope)

    def _same_scope(self, key: str, have: Any, row: Any, chunk: Chunk) -> Any:
        if have == row:
            return have
        merged = joins.merge(self.kind.name, have, row)
        if merged is None:
            raise SourceError(chunk.file, key, f"is listed twice with different content ({self.kind.name})")
        return merged


def _place(rows: dict[str, Any], scope: Scope, scopes: dict[str, Scope]) -> None:
    """Write down where each record is at home: its owner's account, else the one it was seen in."""
    first = next(iter(rows.values()), None)
    if first is None:
        return
    if not hasattr(first, "owner_id"):
        for key in rows:
            scopes.setdefault(key, scope)
        return
    homes = {"": scope, scope.account: scope}
    for key, row in rows.items():
        home = homes.get(row.owner_id)
        if home is None:
            home = homes[row.owner_id] = Scope(row.owner_id, scope.region)
        scopes[key] = home
