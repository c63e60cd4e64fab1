"""What answers inside the lab's ``svc`` namespace; see the README beside this file."""

from __future__ import annotations

from .authority import Authority, CaFiles, ca_files
from .aws.keys import credentials, environment_of, of_host, of_instance
from .directory import Directory
from .listen import ListenError
from .serve import Options, Services, serve

__all__ = [
    "Authority",
    "CaFiles",
    "Directory",
    "ListenError",
    "Options",
    "Services",
    "ca_files",
    "credentials",
    "environment_of",
    "of_host",
    "of_instance",
    "serve",
]
