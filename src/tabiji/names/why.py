"""Why an answer cannot be told: a sentence that knows how to be said in another language."""

from __future__ import annotations


class Why(str):
    """The reason in English; ``code`` and ``params`` give it in any language of the catalogue."""

    code: str
    params: dict[str, str]


def why(code: str, **params: object) -> Why:
    """The reason of that code (``names.why.*``)."""
    from .texts import TEXTS

    values = {name: str(value) for name, value in params.items()}
    out = Why(TEXTS[code][0].format(**values))
    out.code, out.params = code, values
    return out
