"""``tabiji fix``: the smallest change that makes a request, or a whole command, work."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from . import NO, UNDETERMINED, YES, UsageError
from .settings import estate_of, lang_of

if TYPE_CHECKING:
    from ..estate import Estate
    from ..findings.finding import Fix
    from ..lab.prove import Proof
    from ..report.fix import Offered, Told
    from ..report.labels import Labels

EXITS = {"reachable": YES, "blocked": NO}


def run(options: Any) -> int:
    """Ask, repair, confirm each overlay, tell; write one of them if wanted."""
    from ..report.labels import Labels

    lang = lang_of(options)
    estate = estate_of(options)
    told = asked(estate, options)
    fixes = fixes_of(estate, told, options)
    offered = confirmed(estate, told, fixes, options.forward_only)
    if told.verdict != "reachable" and offered and options.take > len(offered):
        raise UsageError(f"--take {options.take}: fixes found: {len(offered)}")
    labels = Labels(estate, lang)
    written = None
    if options.write and offered:
        write(options, offered[options.take - 1], labels)
        written = {"file": options.write, "take": options.take}
    elif options.write:
        why = "fix.report.nothing" if told.verdict == "reachable" else "fix.report.none"
        print(f"tabiji: {options.write}: {labels.text(why)}", file=sys.stderr)
    wanted = options.prove and offered
    proof = _proof(estate, told, offered[options.take - 1], labels) if wanted else None
    _tell(options, estate, labels, told, offered, written, proof)
    if wanted and (proof is None or not proof.holds):
        return UNDETERMINED
    return EXITS.get(told.verdict, UNDETERMINED)


def _tell(
    options: Any,
    estate: Estate,
    labels: Labels,
    told: Told,
    offered: Sequence[Offered],
    written: dict[str, Any] | None,
    proof: Proof | None,
) -> None:
    from ..report import fix as report

    if options.format == "json":
        from ..report.json import encode

        document = report.fixes_document(told, offered, estate=estate, lang=labels.lang, written=written)
        if options.prove:
            from .fix_proof import proof_document

            document["proof"] = None if proof is None else proof_document(proof, options.take)
        print(encode(document, pretty=sys.stdout.isatty()))
        return
    from ..report.terminal import style_for

    style = style_for(options.color)
    text = report.render_fixes(
        told, offered, estate=estate, lang=labels.lang, style=style, forward_only=options.forward_only
    )
    sys.stdout.write(text)
    if proof is not None:
        from .fix_proof import proof_lines

        print("\n".join(proof_lines(proof, options.take, labels, style)))
    if written is not None:
        print("\n" + labels.text("fix.report.written", (), number=str(options.take), file=options.write))


def _proof(estate: Estate, told: Told, row: Offered, labels: Labels) -> Proof | None:
    """What the kernel says; None, and a line on standard error, where it cannot be asked."""
    from ..lab.prove import Unprovable
    from .fix_proof import proved

    try:
        return proved(estate, told, row)
    except Unprovable as error:
        print(f"tabiji: {labels.text('fix.proof.unable', (), why=str(error))}", file=sys.stderr)
        return None


def asked(estate: Estate, options: Any) -> Told:
    """What is to work: a request, a command or a job; its journey without fixes."""
    from .command import is_command

    if options.job or is_command(options.words):
        from .command import told_of

        return told_of(estate, options, fixes=False)
    if len(options.words) != 2:
        raise UsageError("what to mend? tabiji fix FROM TO (see tabiji fix --help)")
    from .. import trace

    return trace(
        estate,
        *options.words,
        protocol=options.protocol,
        port=options.port,
        forward_only=options.forward_only,
        all_blockers=options.all_blockers,
        fixes=False,
    )


def fixes_of(estate: Estate, told: Told, options: Any) -> tuple[Fix, ...]:
    """Verified fixes, the smallest first."""
    from ..journey.model import Journey

    if told.verdict == "reachable":
        return ()
    if isinstance(told, Journey):
        from ..journey.repair import repair

        return repair(estate, told, forward_only=options.forward_only)
    from ..journey.repair_command import repair_command

    return repair_command(estate, told)


def confirmed(estate: Estate, told: Told, fixes: Sequence[Fix], forward_only: bool) -> list[Offered]:
    """Each fix with the question asked again over its overlay, which is what the user gets."""
    from ..journey.engine import walk_request
    from ..journey.model import Journey
    from ..report.fix import Offered
    from ..sources import SourceError, apply_overlay

    out = []
    for fix in fixes:
        after: Told | None = None
        try:
            changed = apply_overlay(estate, fix.overlay)
        except SourceError:
            pass
        else:
            if isinstance(told, Journey):
                after = walk_request(changed, told.vantage, told.request, forward_only=forward_only)
            else:
                from ..journey.repair_command import again

                after = again(changed, told)
        out.append(Offered(fix, after))
    return out


def write(options: Any, row: Offered, labels: Labels) -> None:
    """Write the overlay, whole or not at all; an existing file only with ``--force``.  Raises UsageError."""
    from ..report.text import overlay_yaml

    if not row.holds:
        raise UsageError(f"fix {options.take} cannot be said as an overlay; choose another with --take")
    steps = row.fix.steps or (row.fix,)
    head = "".join(f"# {labels.text(step.code, step.params)}\n" for step in steps)
    text = f"{head}{overlay_yaml(row.fix.overlay)}\n"
    path = options.write
    folder = os.path.dirname(path) or "."
    try:
        handle, temporary = tempfile.mkstemp(prefix=".tabiji-", suffix=".yaml", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(temporary, 0o666 & ~_umask())
            if options.force:
                os.replace(temporary, path)
            else:
                os.link(temporary, path)  # fails where the name is taken, even by another who was faster
        finally:
            if os.path.lexists(temporary):
                os.unlink(temporary)
    except FileExistsError:
        raise UsageError(f"{path} is there already; --force writes over it") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
