"""What goes wrong, in one line that holds no secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

_LONGEST = 200


class PathsError(Exception):
    """Nothing can be measured at all; the text is one line."""


class NothingError(PathsError):
    """The command is sound, but no path led anywhere."""


class TransferError(Exception):
    """One path failed; the text is one line and says why."""


def reason(error: BaseException, secrets: Iterable[str] = ()) -> str:
    """Why a transfer failed: what the service said, or what the network did."""
    text = " ".join(_said(error).split())
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _said(error: BaseException) -> str:
    from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

    if isinstance(error, (PathsError, TransferError)):
        return str(error)
    chain = list(_chain(error))
    for one in chain:
        if isinstance(one, ClientError):
            return _service_said(one.response)
        if isinstance(one, ConnectTimeoutError):
            return "no answer to connect in time"
        if isinstance(one, ReadTimeoutError):
            return "connected, but nothing came in time"
    for one in reversed(chain):  # what the kernel or TLS said is deepest
        if isinstance(one, OSError) and one.strerror:
            verify = getattr(one, "verify_message", "")
            return f"TLS: {verify}" if verify else one.strerror[:1].lower() + one.strerror[1:]
    return f"{type(error).__name__}: {error}"


def _service_said(response: dict[str, Any]) -> str:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
    code, message = (str(response.get("Error", {}).get(key, "")) for key in ("Code", "Message"))
    if code == str(status):  # a HEAD has no body to say more in
        code = ""
    return f"{status} {code}".strip() + (f": {message}" if message else "")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and those behind it, each once; botocore and urllib3 also keep them in fields."""
    seen: set[int] = set()
    found: list[Any] = [error]
    while found:
        one = found.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        more = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        more.append(getattr(one, "kwargs", {}).get("error"))
        found += more
