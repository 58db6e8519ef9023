"""Calculations that a text states, done again. Knows nothing of what they are about.

Read are chains of numbers and operators up to an equals sign and a number: `1,200 / 8 = 150`, `3 × (4 + 5) ≈ 27`.
What is stated may be rounded: it has to be right to its last digit. What cannot be read for certain is left alone.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

from destilation.core.compare import number_of

MOST_STATED = 200
MOST_READ = 64_000
_BIGGEST = Fraction(10) ** 40
# Every repetition is bounded or gives nothing back: texts may be made to cost time.
_GAP = r"\s{0,9}+"
_DIGITS = r"(?>\d(?:[\d,]*\d)?(?:\.\d+)?)"
_SIGNS = r"[-+*/\u00d7\u22c5\u00b7\u00f7\u2212^]"
_TERM = rf"\({{0,9}}+{_GAP}[-\u2212]?+{_GAP}{_DIGITS}{_GAP}\){{0,9}}+"
_STATED = re.compile(
    rf"(?<![\w.,)%\]=^*/+\-\u2212\u00d7\u00f7$])(?P<left>{_TERM}(?:{_GAP}{_SIGNS}{_GAP}{_TERM}){{1,12}}+){_GAP}"
    rf"(?P<sign>=|\u2248){_GAP}(?P<right>[-\u2212]?{_GAP}{_DIGITS})(?P<percent>{_GAP}%)?(?![\d.]*\d|{_GAP}{_SIGNS}{_GAP}[\d(]|{_GAP}[=(!])"
)
_BINARY: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def miscalculated(text: str) -> list[str]:
    """What is wrong with the calculations in a text, worded for whoever made them."""
    found = []
    for number, match in enumerate(_STATED.finditer(text[:MOST_READ])):
        if number >= MOST_STATED:
            break
        value, stated = _value(match["left"]), number_of(match["right"])
        if value is None or stated is None or _fits(value, stated, match["right"], percent=bool(match["percent"])):
            continue
        found.append(f"{' '.join(match.group().split())} is wrong: it is {_shown(value)}")
    return found


def _value(left: str) -> Fraction | None:
    plain = left.translate(str.maketrans("\u00d7\u22c5\u00b7\u00f7\u2212", "***/-")).replace("^", "**").replace(",", "")
    plain = re.sub(r"(?<![\d.])0+(?=\d)", "", plain)
    try:
        return _evaluated(ast.parse(plain.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError):
        return None


def _evaluated(node: ast.expr) -> Fraction:
    """The value of plain arithmetic. Raises ValueError for anything else, and for what grows beyond bounds."""
    match node:
        case ast.Constant(value=int() | float()):
            value = Fraction(str(node.value))
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            value = -_evaluated(inner)
        case ast.BinOp(op=ast.Pow(), left=base, right=ast.Constant(value=int(power))) if power <= 40:
            value = _evaluated(base) ** power
        case ast.BinOp(op=sign) if type(sign) in _BINARY:
            value = _BINARY[type(sign)](_evaluated(node.left), _evaluated(node.right))
        case _:
            raise ValueError("no plain arithmetic")
    if abs(value) > _BIGGEST:
        raise ValueError("too large")
    return value


def _fits(value: Fraction, stated: Fraction, written: str, *, percent: bool) -> bool:
    """Whether the stated number is the value, rounded or cut to the digits that are written."""
    decimals = len(written.partition(".")[2])
    unit = Fraction(1, 10**decimals)
    if not decimals:
        digits = written.strip(" -\u2212").replace(",", "")
        unit = Fraction(10) ** (len(digits) - len(digits.rstrip("0"))) if len(digits.rstrip("0")) >= 2 else unit
    # A share may be stated as a percentage: 3 / 4 = 75 %.
    scales = (1, 100) if percent else (1,)
    return any(abs(value * scale - stated) < unit for scale in scales)


def _shown(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.6g}"
