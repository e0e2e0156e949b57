"""The formula of a `multi` grader: arithmetic over graders' names, and nothing else."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

_BINARY: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: math.pow,
}
_FUNCTIONS: Final[dict[str, Callable[..., float]]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "exp": math.exp,
    "sqrt": math.sqrt,
    "log": math.log,
}


class BadFormula(ValueError):
    """A formula that is more, or less, than arithmetic over known names."""


class Formula:
    """A formula, read once."""

    def __init__(self, text: str, names: Collection[str]) -> None:
        """Reads it; `^` is a power.

        Raises:
            BadFormula: it cannot be read, or names what is unknown.
        """
        try:
            self._tree = ast.parse(text.replace("^", "**"), mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            raise BadFormula(f"{text!r} cannot be read") from None
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Name) and node.id not in (*names, *_FUNCTIONS):
                raise BadFormula(f"{text!r} names {node.id}; known are {', '.join(sorted(names))}")
        self._eval(self._tree, dict.fromkeys(names, 1.0), dry=True)

    def value(self, values: Mapping[str, float]) -> float:
        """The formula's value.

        Raises:
            ArithmeticError: a division by zero, or too large a number.
            ValueError: the logarithm or the root of what has none.
        """
        return self._eval(self._tree, values)

    def _eval(self, node: ast.AST, values: Mapping[str, float], *, dry: bool = False) -> float:
        def inner(part: ast.AST) -> float:
            return self._eval(part, values, dry=dry)

        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return float(number)
            case ast.Name(id=name) if name in values:
                return values[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -inner(operand)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return inner(operand)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in _BINARY:
                return _applied(_BINARY[type(op)], [inner(left), inner(right)], dry)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
                return _applied(_FUNCTIONS[name], [inner(part) for part in args], dry)
        raise BadFormula(f"{ast.unparse(node)} is no arithmetic")


def _applied(function: Callable[..., Any], arguments: list[float], dry: bool) -> float:
    # Whether a value exists shows when there are values; only the form is read beforehand.
    return 1.0 if dry else float(function(*arguments))
