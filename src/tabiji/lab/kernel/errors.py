"""What the kernel refused."""

from __future__ import annotations


class KernelError(OSError):
    """A request to the kernel failed; the text says which and why, in one line."""
