"""Reads an expression over N back from the text that ``str()`` writes for it."""

import ast

from rollproof.rollout.expr import Const, Expr, N, ceil_div, floor_div, greatest, least


def parse(text: str) -> Expr:
    """Read an expression back from ``str(expr)``: N, integers, + - *, quotients inside ceil() or floor(), min(), max().

    Raises ValueError for anything else. Division stands only directly inside ceil() or floor(), over a positive integer.
    """
    try:
        return _from_ast(ast.parse(text, mode="eval").body)
    except SyntaxError as error:
        raise ValueError(f"not an expression over N: {text!r}") from error


def _from_ast(node: ast.expr) -> Expr:
    match node:
        case ast.Name(id="N"):
            return N
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return Const(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _from_ast(operand) * -1
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _from_ast(left) + _from_ast(right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _from_ast(left) - _from_ast(right)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            factor = _from_ast(left)
            if isinstance(factor, Const):
                return _from_ast(right) * factor.value
        case ast.Call(func=ast.Name(id="min" | "max" as name), args=args, keywords=[]) if args:
            return (least if name == "min" else greatest)(*map(_from_ast, args))
        case ast.Call(func=ast.Name(id="ceil" | "floor" as name), args=[ast.BinOp(left=left, op=ast.Div(), right=right)], keywords=[]):
            divisor = _from_ast(right)
            if isinstance(divisor, Const):
                return (ceil_div if name == "ceil" else floor_div)(_from_ast(left), divisor.value)
    raise ValueError(f"not an expression over N: {ast.unparse(node)!r}")
