"""``tabiji completion``: a script for bash, zsh or fish, made from the parser itself.

The names of an estate's hosts are asked for when TAB is pressed on a place
where one belongs (``tabiji _names``).
"""

from __future__ import annotations

import argparse
from typing import Any

from . import YES
from .arguments import VERBS, build

BASH = r"""# bash completion for tabiji; load it with: source <(tabiji completion bash)
_tabiji() {
  local cur prev verb="" net=() i
  cur="${COMP_WORDS[COMP_CWORD]}"
  prev="${COMP_WORDS[COMP_CWORD-1]}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
      -n|--net) net=(-n "${COMP_WORDS[i+1]}") ;;
      @VERBS@) [ -z "$verb" ] && verb="${COMP_WORDS[i]}" ;;
    esac
  done
  case "$prev" in
    -n|--net|--overlay) COMPREPLY=($(compgen -f -- "$cur")); return ;;
@CHOICES@
  esac
  case "$cur" in
    -*)
      case "$verb" in
@OPTIONS@
      esac
      return ;;
  esac
  case "$verb" in
    "") COMPREPLY=($(compgen -W "@WORDS@" -- "$cur")) ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
    trace|fix|dig) COMPREPLY=($(compgen -W "$(tabiji _names "${net[@]}" 2>/dev/null)" -- "$cur")) ;;
  esac
}
complete -o default -F _tabiji tabiji
"""
ZSH = """# zsh completion for tabiji; load it with: source <(tabiji completion zsh)
autoload -U +X compinit && compinit
autoload -U +X bashcompinit && bashcompinit
"""


def run(options: Any) -> int:
    """Print the script."""
    print(SCRIPTS[options.shell](), end="")
    return YES


def bash() -> str:
    """The script for bash."""
    verbs = _verbs()
    choices = []
    seen: set[str] = set()
    for action in (a for actions in verbs.values() for a in actions):
        name = "|".join(action.option_strings)
        if action.choices and name and name not in seen:
            seen.add(name)
            words = " ".join(map(str, action.choices))
            choices.append(f'    {name}) COMPREPLY=($(compgen -W "{words}" -- "$cur")); return ;;')
    options = []
    for verb, actions in verbs.items():
        words = " ".join(o for a in actions for o in a.option_strings)
        options.append(f'        {verb or chr(34) * 2}) COMPREPLY=($(compgen -W "{words}" -- "$cur")) ;;')
    shown = [verb for verb in verbs if verb]
    return (
        BASH.replace("@VERBS@", "|".join(shown))
        .replace("@WORDS@", " ".join(shown))
        .replace("@CHOICES@", "\n".join(choices))
        .replace("@OPTIONS@", "\n".join(options))
    )


def zsh() -> str:
    """The script for zsh, which understands bash's."""
    return ZSH + bash().split("\n", 1)[1]


def fish() -> str:
    """The script for fish."""
    lines = ["# fish completion for tabiji; load it with: tabiji completion fish | source", "complete -c tabiji -f"]
    verbs = _verbs()
    shown = [verb for verb in verbs if verb]
    for verb in shown:
        about = VERBS[verb][0].replace("'", "")
        lines.append(f"complete -c tabiji -n __fish_use_subcommand -a {verb} -d '{about}'")
    for action in verbs[""]:
        lines.append(_fish_option(action, ""))
    common = {option for action in verbs[""] for option in action.option_strings}
    for verb in shown:
        for action in verbs[verb]:
            if not common.intersection(action.option_strings):
                lines.append(_fish_option(action, f"-n '__fish_seen_subcommand_from {verb}'"))
    lines.append("complete -c tabiji -n '__fish_seen_subcommand_from trace fix dig' -a '(tabiji _names 2>/dev/null)'")
    lines.append("complete -c tabiji -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'")
    return "\n".join(line for line in lines if line) + "\n"


def _fish_option(action: argparse.Action, where: str) -> str:
    if not action.option_strings:
        return ""
    parts = ["complete -c tabiji", where]
    for option in action.option_strings:
        parts.append(f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}")
    if action.choices:
        parts.append(f"-x -a '{' '.join(map(str, action.choices))}'")
    elif action.metavar in ("ESTATE", "FILE"):
        parts.append("-r -F")
    about = (action.help or "").replace("'", "")
    return " ".join(part for part in [*parts, f"-d '{about}'"] if part)


def _verbs() -> dict[str, list[argparse.Action]]:
    """Verb ("" is the command itself) -> its options."""
    parser = build()
    out = {"": [a for a in parser._actions if a.option_strings]}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                if not name.startswith("_"):
                    out[name] = [a for a in verb._actions if a.option_strings]
    return out


SCRIPTS = {"bash": bash, "zsh": zsh, "fish": fish}
