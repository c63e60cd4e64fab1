"""What answers inside the lab's ``svc`` namespace; see the README beside this file."""

from __future__ import annotations

from .authority import CaFiles, ca_files
from .aws.keys import credentials, of_host, of_instance
from .directory import Directory
from .listen import ListenError
from .serve import Options, Services, serve

__all__ = [
    "CaFiles",
    "Directory",
    "ListenError",
    "Options",
    "Services",
    "ca_files",
    "credentials",
    "of_host",
    "of_instance",
    "serve",
]
