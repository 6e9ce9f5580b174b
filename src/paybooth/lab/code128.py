"""A payment code as phones draw it beside its QR: Code 128, set C, as SVG. Pure; even numbers of digits only.

Source: ISO/IEC 15417, whose table of bar and space widths stands below by symbol value.
"""

from __future__ import annotations

_TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222"
    " 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321"
    " 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121"
    " 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224"
    " 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111"
    " 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113"
    " 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232"
)
_WIDTHS = _TABLE.split()
_START_C, _STOP = 105, "2331112"
_QUIET = 10
HEIGHT = 40


def widths(digits: str) -> str:
    """Bar, space, bar … from start to stop, in modules. Raises ValueError for what set C cannot hold."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) % 2:
        raise ValueError("an even number of digits, please")
    values = [int(digits[n : n + 2]) for n in range(0, len(digits), 2)]
    check = (_START_C + sum(n * value for n, value in enumerate(values, start=1))) % 103
    return "".join(_WIDTHS[value] for value in (_START_C, *values, check)) + _STOP


def svg(digits: str) -> str:
    """Black on nothing, quiet zones included; as wide as its box."""
    at, path = _QUIET, []
    for n, width in enumerate(map(int, widths(digits))):
        if n % 2 == 0:
            path.append(f"M{at} 0h{width}v{HEIGHT}h-{width}z")
        at += width
    box = f'viewBox="0 0 {at + _QUIET} {HEIGHT}" preserveAspectRatio="none" shape-rendering="crispEdges"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path fill="#15171a" d="{"".join(path)}"/></svg>'
