"""`destilation completion`: a script that completes verbs and flags in a shell.

The script holds the table itself, so that completing starts no process.
"""

from collections.abc import Callable, Mapping, Sequence

import click

from destilation.cli.app import VERBS
from destilation.cli.pages import Flag, Page, pages
from destilation.config.provider_model import KINDS
from destilation.core.catalogue import BUILTIN

EPILOG = """\b
Examples:
  destilation completion bash >> ~/.bashrc
  destilation completion zsh > ~/.zfunc/_destilation
  destilation completion fish > ~/.config/fish/completions/destilation.fish
  destilation completion powershell >> profile.ps1
"""


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def command(shell: str) -> None:
    """Print a script that completes verbs, flags and their values in SHELL.

    For zsh the file belongs into a folder of $fpath, before compinit is called: fpath+=~/.zfunc. The others take it as
    the examples have it; it works from the next shell on.
    """
    print(SHELLS[shell](pages()).rstrip())


def _offered(flag: Flag) -> tuple[str, ...]:
    """The values that a flag is known to take; of templates and providers those that need no configuration."""
    known = {"--template": tuple(each.id for each in BUILTIN), "--provider": tuple(KINDS)}
    return flag.choices or known.get(flag.names[0], ())


def _offers(found: list[Page]) -> dict[str, list[str]]:
    """What may follow, by the words so far: verbs, verbs below them, flags."""
    offers = {"": list(VERBS), "help": [name for name in VERBS if name != "help"]}
    for page in found:
        flags = [name for flag in page.flags for name in flag.names if name.startswith("--")]
        offers[page.words] = [*offers.get(page.words, []), *page.inner, *_arguments(page), *flags, "--help"]
    return offers


def _arguments(page: Page) -> tuple[str, ...]:
    return tuple(each.id for each in BUILTIN) if page.words == "templates show" else page.values


def _worded(found: list[Page]) -> str:
    """A pattern of the verbs that are followed by words of our own, and not by files."""
    return "|".join(f'"{page.words}"' for page in found if page.inner or _arguments(page))


def _values(found: list[Page]) -> dict[str, tuple[str, ...]]:
    """The values of flags that take one of a few, by the words so far and the flag."""
    return {
        f"{page.words} {name}": offered
        for page in found
        for flag in page.flags
        if (offered := _offered(flag))
        for name in flag.names
    }


def _cases(table: Mapping[str, Sequence[str]], line: Callable[[str, str], str]) -> str:
    return "\n".join(line(key, " ".join(words)) for key, words in table.items())


def _bash(found: list[Page]) -> str:
    groups = "|".join(page.words for page in found if page.inner)
    return f"""\
_destilation() {{
    local word verb="" offers="" i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${{COMP_WORDS[i]}}"
        case "$word" in -*) continue ;; esac
        if [ -z "$verb" ]; then verb="$word"; continue; fi
        case "$verb" in {groups}) verb="$verb $word" ;; esac
        break
    done
    word="${{COMP_WORDS[COMP_CWORD]}}"
    case "$verb ${{COMP_WORDS[COMP_CWORD - 1]}}" in
{_cases(_values(found), lambda key, words: f'    "{key}") offers="{words}" ;;')}
    esac
    if [ -z "$offers" ]; then
        case "$verb" in ""|help|{_worded(found)}) ;; *) case "$word" in -*) ;; *) return ;; esac ;; esac
        case "$verb" in
{_cases(_offers(found), lambda key, words: f'        "{key}") offers="{words}" ;;')}
        esac
    fi
    COMPREPLY=($(compgen -W "$offers" -- "$word"))
}}
complete -o default -F _destilation destilation
"""


def _zsh(found: list[Page]) -> str:
    groups = "|".join(page.words for page in found if page.inner)
    return f"""\
#compdef destilation
_destilation() {{
    local word verb="" offers="" last="${{words[CURRENT-1]}}"
    for word in ${{words[2,CURRENT-1]}}; do
        [[ $word == -* ]] && continue
        if [[ -z $verb ]]; then verb=$word; continue; fi
        case $verb in {groups}) verb="$verb $word" ;; esac
        break
    done
    case "$verb $last" in
{_cases(_values(found), lambda key, words: f'    "{key}") offers="{words}" ;;')}
    esac
    if [[ -z $offers ]]; then
        case $verb in
            ""|help|{_worded(found)}) ;;
            *) [[ ${{words[CURRENT]}} == -* ]] || {{ _files; return }} ;;
        esac
        case $verb in
{_cases(_offers(found), lambda key, words: f'        "{key}") offers="{words}" ;;')}
        esac
    fi
    compadd -- ${{=offers}}
}}
if [[ $funcstack[1] == _destilation ]]; then _destilation "$@"; else compdef _destilation destilation; fi
"""


def _fish(found: list[Page]) -> str:
    groups = " ".join(page.words for page in found if page.inner)
    lines = [
        f"""\
function __destilation_verb
    set -l verb
    for word in (commandline -opc)[2..]
        string match -q -- "-*" $word; and continue
        if test -z "$verb"
            set verb $word
            continue
        end
        contains -- $verb {groups}; and set verb "$verb $word"
        break
    end
    echo $verb
end"""
    ]
    lines += [_fish_line("", f"-f -a {verb} -d {_fish_quoted(told)}") for verb, (_, told) in VERBS.items()]
    lines.append(_fish_line("help", f"-f -a {_fish_quoted(' '.join(VERBS))}"))
    for page in found:
        if after := (*page.inner, *_arguments(page)):
            lines.append(_fish_line(page.words, f"-f -a {_fish_quoted(' '.join(after))}"))
        lines += [_fish_line(page.words, _fish_flag(flag)) for flag in page.flags]
        lines.append(_fish_line(page.words, "-s h -l help"))
    return "\n".join(lines)


def _fish_line(verb: str, offers: str) -> str:
    return f"complete -c destilation -n 'test (__destilation_verb) = \"{verb}\"' {offers}"


def _fish_flag(flag: Flag) -> str:
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in flag.names)
    offered = _offered(flag)
    values = f" -x -a {_fish_quoted(' '.join(offered))}" if offered else " -r" if flag.takes else ""
    return f"{names}{values} -d {_fish_quoted(flag.help)}"


def _powershell(found: list[Page]) -> str:
    groups = ", ".join(f"'{page.words}'" for page in found if page.inner)
    return f"""\
Register-ArgumentCompleter -Native -CommandName destilation -ScriptBlock {{
    param($word, $ast, $position)
    $groups = @({groups})
    $values = @{{
{_cases(_values(found), lambda key, words: f"        '{key}' = '{words}'")}
    }}
    $offers = @{{
{_cases(_offers(found), lambda key, words: f"        '{key}' = '{words}'")}
    }}
    $before = @($ast.CommandElements | Select-Object -Skip 1 |
        Where-Object {{ $_.Extent.EndOffset -lt $position }} | ForEach-Object {{ $_.ToString() }})
    $plain = @($before | Where-Object {{ -not $_.StartsWith('-') }})
    $verb = if ($plain.Count -eq 0) {{ '' }} else {{ $plain[0] }}
    if ($plain.Count -gt 1 -and $groups -contains $verb) {{ $verb = "$verb $($plain[1])" }}
    $last = if ($before.Count -eq 0) {{ '' }} else {{ $before[-1] }}
    $found = if ($values.ContainsKey("$verb $last")) {{ $values["$verb $last"] }} else {{ $offers[$verb] }}
    if ($found) {{ $found.Split(' ') | Where-Object {{ $_ -like "$word*" }} }}
}}
"""


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


SHELLS: Mapping[str, Callable[[list[Page]], str]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
    "powershell": _powershell,
}
