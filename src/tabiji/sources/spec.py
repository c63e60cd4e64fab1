"""Types of a hand-written estate, and plain data converted to them with errors that name the key.

Specs are msgspec Structs; ``None`` stands for "not said".  The same types
give the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import msgspec

Path = tuple[str | int, ...]
Names = str | list[str] | None
"""One name or several."""
Fail = Callable[[Path, str], NoReturn]


class Spec(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Base of every section entry."""


def many(value: Names | tuple[str, ...]) -> tuple[str, ...]:
    """One, several or none as a tuple."""
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def convert(value: Any, type_: Any, path: Path, fail: Fail) -> Any:
    """``value`` as ``type_``; calls ``fail`` with the path of what does not fit."""
    try:
        return msgspec.convert(value, type_, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        _locate(value, type_, path, fail)
        fail(path, _plain(error))


def did_you_mean(word: str, known: Any) -> str:
    """`` (did you mean x?)``, or nothing."""
    import difflib

    close = difflib.get_close_matches(word, list(known), 1, 0.6)
    return f"; did you mean {close[0]}?" if close else ""


_WORDS = {"object": "a mapping", "array": "a list", "str": "text", "int": "a whole number", "bool": "true or false"}


def _plain(error: Exception) -> str:
    text = str(error).partition(" - at `")[0]
    if text.startswith("Expected `"):
        wanted = " or ".join(_WORDS.get(w, w) for w in text.split("`")[1].split(" | ") if w != "null")
        got = text.rpartition("got ")[2].strip("`") if "got " in text else ""
        return f"must be {wanted}" + (f", not {_WORDS.get(got, got)}" if got in _WORDS else "")
    if text.startswith("Object missing required field"):
        return f"{text.split('`')[1]} is missing"
    return text[:1].lower() + text[1:]


def _locate(value: Any, type_: Any, path: Path, fail: Fail) -> None:
    """Find the innermost misfit, field by field."""
    info = msgspec.inspect.type_info(type_) if not isinstance(type_, msgspec.inspect.Type) else type_
    if isinstance(info, msgspec.inspect.UnionType):
        for option in info.types:
            container = isinstance(option, msgspec.inspect.StructType | msgspec.inspect.DictType)
            if isinstance(value, dict) and container:
                return _locate(value, option, path, fail)
            if isinstance(value, list) and isinstance(option, msgspec.inspect.ListType):
                return _locate(value, option, path, fail)
    elif isinstance(info, msgspec.inspect.StructType):
        if not isinstance(value, dict):
            fail(path, f"must be a mapping, not {_kind(value)}")
        fields = {field.encode_name: field for field in info.fields}
        for key in value:
            if key not in fields:
                fail((*path, key), f"unknown key{did_you_mean(key, fields)}")
        for key, field in fields.items():
            if key in value:
                _try(value[key], field.type, (*path, key), fail)
            elif field.required:
                fail(path, f"{key} is missing")
    elif isinstance(info, msgspec.inspect.DictType):
        if not isinstance(value, dict):
            fail(path, f"must be a mapping, not {_kind(value)}")
        for key, entry in value.items():
            _try(entry, info.value_type, (*path, key), fail)
    elif isinstance(info, msgspec.inspect.ListType):
        if not isinstance(value, list):
            fail(path, f"must be a list, not {_kind(value)}")
        for index, entry in enumerate(value):
            _try(entry, info.item_type, (*path, index), fail)
    return None


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return {dict: "a mapping", list: "a list", bool: "true or false"}.get(type(value), f"{value!r}"[:60])


def _python(info: Any) -> Any:
    """The Python type of an inspected one, to convert with."""
    kinds: dict[Any, Any] = {
        msgspec.inspect.StrType: str,
        msgspec.inspect.IntType: int,
        msgspec.inspect.BoolType: bool,
        msgspec.inspect.FloatType: float,
        msgspec.inspect.NoneType: None,
        msgspec.inspect.AnyType: Any,
    }
    if isinstance(info, msgspec.inspect.StructType):
        return info.cls
    if isinstance(info, msgspec.inspect.DictType):
        return dict[str, _python(info.value_type)]  # type: ignore[misc]
    if isinstance(info, msgspec.inspect.ListType):
        return list[_python(info.item_type)]  # type: ignore[misc]
    if isinstance(info, msgspec.inspect.UnionType):
        out: Any = None
        for option in info.types:
            python = _python(option)
            out = python if out is None else out | python
        return out
    return kinds.get(type(info), Any)


def _try(value: Any, info: Any, path: Path, fail: Fail) -> None:
    try:
        msgspec.convert(value, _python(info), strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        _locate(value, info, path, fail)
        fail(path, _plain(error))
