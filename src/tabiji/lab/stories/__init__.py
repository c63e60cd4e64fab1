"""The five stories, run for real: one file a story, told in this order."""

from __future__ import annotations

from importlib import import_module

from .model import Story

FILES = ("s3_cli", "s3_relay", "central_egress", "console_over_dx", "interface_endpoint")


def story(number: int) -> Story:
    """The story of that number, 1 to 5.  Raises KeyError for another."""
    if not 1 <= number <= len(FILES):
        raise KeyError(number)
    found: Story = import_module(f".{FILES[number - 1]}", __name__).STORY
    return found
