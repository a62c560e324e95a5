"""The hash by which GitHub code scanning recognises an alert when its line has moved."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from itertools import accumulate

_WINDOW = 100  # code units from the start of a line that make its hash
_FACTOR = 37
_LOW_64_BITS = (1 << 64) - 1
_END_OF_FILE = 65535
_SHIFT = pow(_FACTOR, _WINDOW, 1 << 64)


def line_hashes(text: str) -> list[str]:
    """``primaryLocationLineHash`` of every line of ``text``, in order.

    As github/codeql-action computes it (src/fingerprints.ts): a polynomial hash modulo 2^64 over the 100 UTF-16 code units from the start
    of the line, where blanks and tabs are left out, every line end is one line feed, and 65535 and then zeros follow the text; then a colon
    and the number of lines so far that have this hash.
    """
    kept = re.sub("[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = array("H", kept.encode("utf-16-le", "surrogatepass"))
    units.append(_END_OF_FILE)
    starts = [0, *(index + 1 for index, unit in enumerate(units) if unit == 10)]
    units.extend([0] * _WINDOW)
    # Hashes of all that stands before each position: what stands in a window is a difference of two of them.
    before = list(accumulate(units, lambda so_far, unit: (so_far * _FACTOR + unit) & _LOW_64_BITS, initial=0))
    seen: Counter[int] = Counter()
    hashes: list[str] = []
    for start in starts:
        value = (before[start + _WINDOW] - before[start] * _SHIFT) & _LOW_64_BITS
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes
