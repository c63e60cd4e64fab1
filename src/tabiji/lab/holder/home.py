"""Where labs leave what finds them: a directory each, private to the user.

A lab's directory holds ``lock`` (held, by flock, for as long as the lab
lives), ``control`` (its socket), ``about.json`` (what it is, written when it is
up) and ``log.txt``.  A directory whose lock is free is what a killed lab left
behind; whoever meets it removes it.  Little is imported here: every
``lab exec`` comes by.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from .errors import LabError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}\Z")
"""What a lab may be called."""
YOUNG = 10.0
"""Seconds a directory being made may be without its lock."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What ``about.json`` says of a lab that is up."""

    name: str
    net: str
    """Estate it was made from, an absolute path."""
    overlay: tuple[str, ...] = ()
    holder: int
    """Process id of its PID 1, as seen from outside."""
    keeper: int
    started: float
    """Seconds since the epoch."""
    services: bool = True
    hosts: int = 0


class Home(NamedTuple):
    """A lab's directory."""

    name: str
    path: str

    def connect_path(self) -> str:
        """The control socket's path."""
        return os.path.join(self.path, "control")

    def about(self) -> About | None:
        """What the lab says of itself; None while it is coming up."""
        try:
            with open(os.path.join(self.path, "about.json"), "rb") as file:
                return msgspec.json.decode(file.read(65536), type=About)
        except (OSError, msgspec.MsgspecError):
            return None

    def log(self) -> str:
        """The lab's log, its last 64 KiB."""
        try:
            with open(os.path.join(self.path, "log.txt"), "rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 65536))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""


class Claim(NamedTuple):
    """A directory taken for a new lab; the lab lives as long as somebody holds ``lock``."""

    home: Home
    lock: int
    folder: int
    """A file descriptor of the directory: reaches it where its path is hidden."""


def base(make: bool = False) -> str:
    """The directory all labs of this user are in: below XDG_RUNTIME_DIR, else in /tmp; made if asked for.

    Raises LabError when it is not this user's alone.
    """
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    path = os.path.join(runtime, "tabiji") if _own(runtime) else f"/tmp/tabiji-{os.getuid()}"
    if make:
        try:
            os.makedirs(path, mode=0o700, exist_ok=True)
        except OSError as error:
            raise LabError("lab.no_folder", path=path, why=error.strerror or str(error)) from None
    try:
        found = os.lstat(path)
    except OSError:
        return path
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise LabError("lab.folder_unsafe", path=path)
    return path


def _own(path: str) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        return False
    return os.path.isabs(path) and stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def name_for(net: str) -> str:
    """The name a lab gets when none is given: of its estate's file."""
    stem = os.path.basename(os.path.normpath(net)).rsplit(".", 1)[0].lower()
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("-._")[:40] or "lab"


def claim(name: str) -> Claim:
    """Take a directory for a new lab.  Raises LabError if a lab of this name is there."""
    if not NAME.match(name):
        raise LabError("lab.bad_name", name=name)
    folder = base(make=True)
    sweep()
    new = os.path.join(folder, f".new-{secrets.token_hex(8)}")
    os.mkdir(new, 0o700)
    lock = os.open(os.path.join(new, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    home = Home(name, os.path.join(folder, name))
    try:
        os.rename(new, home.path)  # fails if a lab of this name is there: its directory is never empty
    except OSError:
        os.close(lock)
        shutil.rmtree(new, ignore_errors=True)
        raise LabError("lab.already_up", name=name) from None
    return Claim(home, lock, os.open(home.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))


def write(folder: int, name: str, data: bytes) -> None:
    """Write a file of a lab's directory, whole or not at all."""
    part = f".{name}"
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600, dir_fd=folder)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
    os.rename(part, name, src_dir_fd=folder, dst_dir_fd=folder)


def remove(path: str) -> None:
    """Remove a lab's directory; the name is free at once."""
    dead = os.path.join(os.path.dirname(path), f".dead-{secrets.token_hex(8)}")
    try:
        os.rename(path, dead)
    except FileNotFoundError:
        return
    shutil.rmtree(dead, ignore_errors=True)


def sweep() -> list[str]:
    """Remove what killed labs left behind; the names of the labs it was."""
    swept = []
    folder = base()
    for name in _entries(folder):
        path = os.path.join(folder, name)
        if not alive(path):
            remove(path)
            if not name.startswith("."):
                swept.append(name)
    return swept


def alive(path: str) -> bool:
    """Whether somebody holds the lab's lock."""
    try:
        lock = os.open(os.path.join(path, "lock"), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        try:
            return time.time() - os.stat(path).st_mtime < YOUNG
        except OSError:
            return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def labs() -> Iterator[Home]:
    """The labs there are, by name; directories of dead ones are removed on the way."""
    folder = base()
    for name in _entries(folder):
        path = os.path.join(folder, name)
        if not alive(path):
            remove(path)
        elif not name.startswith("."):
            yield Home(name, path)


def find(name: str = "") -> Home:
    """The lab of a name; without one, TABIJI_LAB's or the only one.  Raises LabError."""
    name = name or os.environ.get("TABIJI_LAB", "")
    there = list(labs())
    if name:
        for lab in there:
            if lab.name == name:
                return lab
        raise LabError("lab.none_such", name=name, there=", ".join(lab.name for lab in there) or "-")
    if not there:
        raise LabError("lab.none")
    if len(there) > 1:
        raise LabError("lab.several", there=", ".join(lab.name for lab in there))
    return there[0]


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
