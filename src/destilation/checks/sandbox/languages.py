"""How code of each language is run with its tests, and the proof that all of it was. Knows no sample.

Exit status 0 proves nothing: code may end the process itself. So a harness reads the code, loads it, and only then
reads the tests and a number it has to print after the last of them. The code cannot guess it; code that goes looking
for it, in the harness's own process, could find it: this protects against accidents and laziness, while it is the box
that protects the machine.
"""

import ast
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from destilation.checks.sandbox.box import Sandbox
from destilation.checks.sandbox.bubblewrap import PYTHON
from destilation.checks.sandbox.limits import Limits, Outcome, Program

_PYTHON = """
import os, sys, types
def exactly(fd, n):
    data = b""
    while len(data) < n and (piece := os.read(fd, n - len(data))):
        data += piece
    return data
def main():
    code = exactly(0, int(exactly(0, 12))).decode()
    rest = os.dup(0)
    os.set_inheritable(rest, False)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    module = types.ModuleType("solution")
    sys.modules["solution"] = module
    sys.setrecursionlimit(3000)
    exec(compile(code, "solution.py", "exec", dont_inherit=True), module.__dict__)
    tests = exactly(rest, int(exactly(rest, 12))).decode()
    documented = [module, *vars(module).values()]
    if any(">>>" in str(getattr(each, "__doc__", "")) for each in documented):
        import doctest
        found = doctest.testmod(module)
        if found.failed:
            sys.exit(1)
    exec(compile(tests, "tests.py", "exec", dont_inherit=True), module.__dict__)
    sys.stdout.flush()
    os.write(1, b"\\n" + exactly(rest, 64))
main()
"""

_JAVASCRIPT = """
const fs = require('fs'), vm = require('vm'), write = fs.writeSync, read = fs.readSync;
const exactly = n => { const b = Buffer.alloc(n); let at = 0;
  while (at < n) { let got = 0;
    try { got = read(0, b, at, n - at) } catch (e) { if (e.code !== 'EAGAIN') throw e; continue }
    if (!got) break; at += got }
  return b.subarray(0, at).toString('utf8') };
const code = exactly(parseInt(exactly(12), 10));
const tests = () => exactly(parseInt(exactly(12), 10));
const proof = () => write(1, '\\n' + exactly(64));
if (/^\\s*(?:import\\s|export\\s)/m.test(code)) {
  fs.writeFileSync('/work/solution.mjs', code + '\\n' + tests());
  import('/work/solution.mjs').then(proof).catch(e => { console.error(e && e.stack || e); process.exitCode = 1 });
} else {
  Object.assign(globalThis, { require, module: { exports: {} }, exports: {}, assert: require('assert') });
  vm.runInThisContext(code, { filename: 'solution.js' });
  const result = vm.runInThisContext('(async () => {' + tests() + '\\n})()', { filename: 'tests.js' });
  result.then(proof).catch(e => { console.error(e && e.stack || e); process.exitCode = 1 });
}
"""

_BASH = """
exec 9<&0 </dev/null
take() { local LC_ALL=C n; IFS= read -r -N 12 n <&9; IFS= read -r -d '' -N "$((10#$n))" "$1" <&9; }
take _code
printf '%s' "$_code" > /work/solution.sh
unset _code
take _tests
printf '%s' "$_tests" > /work/tests.sh
if [ -s /work/tests.sh ]; then
  ( exec 9<&-; set -e; source /work/solution.sh; source /work/tests.sh; : > /work/.done )
  status=$?
  [ "$status" = 0 ] || exit 1
  [ -e /work/.done ] || exit 0
else
  bash -n /work/solution.sh || exit 1
fi
IFS= read -r -N 64 _proof <&9
printf '\\n%s' "$_proof"
"""


class Language(Struct, frozen=True):
    """How a language is run: the command with its harness, and whether its address space can be bounded."""

    argv: tuple[str, ...]
    bounded: bool = True
    program: str = ""

    @property
    def there(self) -> bool:
        """Whether its interpreter is on this machine."""
        return not self.program or Path(self.program).exists()


LANGUAGES: Mapping[str, Language] = {
    "python": Language((f"{PYTHON}/bin/python3", "-I", "-B", "-c", _PYTHON)),
    "javascript": Language(("/usr/bin/node", "--max-old-space-size=160", "-e", _JAVASCRIPT), False, "/usr/bin/node"),
    "bash": Language(("/usr/bin/bash", "--noprofile", "--norc", "-c", _BASH), True, "/usr/bin/bash"),
}


class Ran(Struct, frozen=True):
    """What became of code and tests: the outcome of the process, and whether all was run to the end."""

    outcome: Outcome
    proved: bool


def runnable(language: str | None) -> bool:
    """Whether code of that language can be run here."""
    return language is not None and language in LANGUAGES and LANGUAGES[language].there


async def execute(sandbox: Sandbox, language: str, code: str, tests: str = "", limits: Limits = Limits()) -> Ran:
    """Run the code, then its own examples and the tests. Raises KeyError for an unknown language."""
    known, proof = LANGUAGES[language], secrets.token_hex(32)
    parts = [code.encode("utf-8", "replace"), tests.encode("utf-8", "replace")]
    stdin = b"".join(b"%012d%s" % (len(part), part) for part in parts) + proof.encode()
    if language == "bash":
        stdin = stdin.replace(b"\0", b"")
    outcome = await sandbox.run(Program(known.argv, stdin, known.bounded), limits)
    proved = outcome.ending == "exit" and outcome.code == 0 and outcome.stdout.rstrip().endswith(proof)
    return Ran(_without(outcome, proof), proved)


def has_examples(language: str, code: str) -> bool:
    """Whether code has examples of its own that can be run: doctests."""
    if language != "python" or ">>>" not in code:
        return False
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return any(
        re.search(r"^\s*>>> ", ast.get_docstring(node) or "", re.MULTILINE)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    )


def _without(outcome: Outcome, proof: str) -> Outcome:
    return Outcome(
        ending=outcome.ending,
        code=outcome.code,
        stdout=outcome.stdout.replace(proof, "").rstrip(),
        stderr=outcome.stderr.replace(proof, ""),
        seconds=outcome.seconds,
    )
