"""Which language a piece of code is in: as declared, as fenced, as the requirement names it, or as it looks.

A wrong guess would refuse good code, so where it is not clear there is no language, and nothing is checked.
"""

import re
from collections.abc import Mapping

_ALIASES: Mapping[str, str] = {
    "py": "python", "python3": "python", "js": "javascript", "node": "javascript", "nodejs": "javascript",
    "jsx": "javascript", "mjs": "javascript", "ecmascript": "javascript", "ts": "typescript", "golang": "go",
    "rs": "rust", "c++": "cpp", "cxx": "cpp", "cc": "cpp", "hpp": "cpp", "c#": "csharp", "cs": "csharp",
    "rb": "ruby", "sh": "bash", "shell": "bash", "zsh": "bash", "yml": "yaml", "htm": "html", "kt": "kotlin",
    "hs": "haskell", "postgresql": "sql", "postgres": "sql", "mysql": "sql", "sqlite": "sql", "plpgsql": "sql",
}  # fmt: skip
KNOWN = frozenset(
    (
        "bash", "c", "cpp", "csharp", "css", "go", "haskell", "html", "java", "javascript", "json",
        "kotlin", "lua", "php", "python", "r", "ruby", "rust", "scala", "sql", "swift", "toml",
        "tsx", "typescript", "xml", "yaml",
    )
)  # fmt: skip
# Names that are also words of English count only where they are written as names.
_MENTIONS = re.compile(
    r"(?<![\w.+#-])(Python|JavaScript|TypeScript|Node\.js|Rust|Golang"
    r"|Go(?= (?:function|program|package|code|type|struct))"
    r"|Java(?!Script)|C\+\+|C#|C(?= (?:function|program|code))|Ruby|PHP|Bash|SQL|PostgreSQL|HTML|CSS|YAML|TOML|JSON"
    r"|Kotlin|Swift|Scala|Haskell|Lua)(?![\w+#])"
)
# Every repetition is bounded: these are searched for in texts that nobody vouches for.
_LOOKS: tuple[tuple[str, str], ...] = (
    ("bash", r"\A#!.*\b(?:ba|z|da)?sh\b"),
    ("python", r"\A#!.*\bpython"),
    ("javascript", r"\A#!.*\bnode\b"),
    ("ruby", r"\A#!.*\bruby\b"),
    ("php", r"<\?php\b"),
    ("html", r"(?i)\A\s*<!doctype html"),
    ("xml", r"\A\s*<\?xml\b"),
    ("go", r"^package \w{1,40}[ \t]{0,9}$"),
    ("cpp", r"^#include <(?:iostream|vector|string|memory|map|algorithm|optional)>|^using namespace \w+;|\bstd::\w"),
    ("c", r"^#include <(?:std\w+|string|errno|unistd)\.h>"),
    (
        "rust",
        r"^[ \t]{0,40}(?:pub )?fn \w{1,80}(?:<[^>]{0,200}>)?\([^)]{0,400}\)(?: -> [^{;]{1,200})?\s{0,9}(?:where|\{)"
        r"|^use (?:std|crate)::|\blet mut \w",
    ),
    ("csharp", r"^using System(?:\.\w{1,40}){0,9};|^namespace [\w.]{1,99};?$"),
    ("java", r"^import java[x.]|^[ \t]{0,40}public (?:final )?(?:class|interface|record|enum) \w"),
    (
        "python",
        r"^(?:async )?def \w{1,80}\(.{0,300}\)(?: -> .{1,80})?:|^from [\w.]{1,99} import "
        r"|^class \w{1,80}(?:\(.{0,99}\))?:$",
    ),
    ("ruby", r"^[ \t]{0,40}def \w{1,80}[?!]?(?:\(.{0,200}\))?[ \t]{0,9}$"),
    ("typescript", r"^(?:export )?(?:interface|type|enum) \w|: (?:string|number|boolean|void)\b.{0,80}[{=;]"),
    ("javascript", r"^(?:export )?(?:async )?function\*? \w{1,80}\(|^(?:const|let) \w{1,80} = |\bconsole\.log\("),
    (
        "sql",
        r"(?i)\A\s*(?:--[^\n]*\n\s*)*(?:with \w|select\b[^;]{1,2000}\bfrom\b|create (?:table|view|index)|insert into)",
    ),
)
_MOST_READ = 16_000
# What else a piece of code may be that looks like a language.
_KIN: Mapping[str, str] = {"java": "csharp", "javascript": "typescript", "c": "cpp"}


def normal_name(told: str) -> str | None:
    """The name that is used here for a language, whatever it is called; None for one that is not known."""
    name = told.strip().lower()
    name = _ALIASES.get(name, name)
    return name if name in KNOWN else None


def language_of(text: str, *, declared: str | None = None, fence: str | None = None, hint: str = "") -> str | None:
    """The language of a text, None where it is not clear. `hint` is a text that may name it."""
    for told in (declared, fence):
        if told:
            return normal_name(told)
    looks = [name for name, shape in _LOOKS if re.search(shape, text[:_MOST_READ], re.MULTILINE)]
    named = {
        name for each in _MENTIONS.findall(hint[:_MOST_READ]) if (name := normal_name(each.replace("Node.js", "node")))
    }
    agreed = [name for name in (*looks, *(_KIN[name] for name in looks if name in _KIN)) if name in named]
    if agreed:
        return agreed[0]
    if looks:
        return looks[0] if not named and len(set(looks)) == 1 else None
    return named.pop() if len(named) == 1 else None
