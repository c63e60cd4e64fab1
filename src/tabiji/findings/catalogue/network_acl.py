"""Network ACLs (NA facts)."""

from __future__ import annotations

TEXTS = {
    "nacl.egress.deny": (
        "{nacl} of {subnet} denies {packet} on the way out (rule {rule}).",
        "{subnet} の {nacl} が、アウトバウンドで {packet} を拒否しています (ルール {rule})。",
    ),
    "nacl.ingress.deny": (
        "{nacl} of {subnet} denies {packet} on the way in (rule {rule}).",
        "{subnet} の {nacl} が、インバウンドで {packet} を拒否しています (ルール {rule})。",
    ),
}
