"""The nearest spelling: which known word was probably meant by an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST_WORD = 128
"""Longer words are free text; they are not compared, as the cost grows with the square of the length."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The one candidate that ``word`` most probably means; None where none is near, or two are equally near.

    Case and separators are forgiven first (``max_surge`` is ``maxSurge``), then singular and plural (``label`` is ``labels``),
    then slips: letters added, dropped, replaced or swapped with their neighbour, about one for three letters.
    """
    if not word or len(word) > _LONGEST_WORD:
        return None
    folded = _fold(word)
    by_fold: dict[str, list[str]] = {}
    for candidate in candidates:
        by_fold.setdefault(_fold(candidate), []).append(candidate)
    for fold in (folded, *_other_numbers(folded)):
        same = by_fold.get(fold)
        if same is not None:
            return same[0] if len(set(same)) == 1 else None
    return _fewest_slips(folded, by_fold)


def slips(one: str, other: str, most: int) -> int:
    """How many letters were added, dropped, replaced or swapped with a neighbour, or ``most + 1`` where it takes more.

    This is the optimal string alignment distance: no letter is edited twice.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        current = [row]
        for column, wanted in enumerate(other, 1):
            cost = min(previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > most and min(previous) > most:
            return most + 1
        before, previous = previous, current
    return min(previous[-1], most + 1)


def _fewest_slips(folded: str, by_fold: dict[str, list[str]]) -> str | None:
    best: list[str] = []
    fewest = (_forgiven(folded), _LONGEST_WORD)
    for fold, words in by_fold.items():
        # A short word must not be rewritten wholly to become another one.
        most = min(fewest[0], _forgiven(fold))
        count = min(slips(folded, fold, most), slips(folded.removesuffix("s"), fold.removesuffix("s"), most))
        if count > most:
            continue
        # Where a slip and a plural come together, the candidate that needs no change of number is nearer.
        found = (count, slips(folded, fold, most + 1))
        if found < fewest or not best:
            best, fewest = list(words), found
        elif found == fewest:
            best += words
    return best[0] if len(set(best)) == 1 else None


def _forgiven(word: str) -> int:
    """How many slips a word of this length is forgiven: none for two letters, one up to five, then a third of the letters."""
    return 0 if len(word) < 3 else max(1, len(word) // 3)


def _other_numbers(word: str) -> tuple[str, ...]:
    """The plurals of a singular and the singular of a plural, by the regular rules of English."""
    found = [f"{word}s", f"{word}es"]
    if word.endswith("y"):
        found.append(f"{word[:-1]}ies")
    if word.endswith("ies"):
        found.append(f"{word[:-3]}y")
    if word.endswith("es"):
        found.append(word[:-2])
    if word.endswith("s"):
        found.append(word[:-1])
    return tuple(found)


def _fold(word: str) -> str:
    return word.replace("-", "").replace("_", "").replace(".", "").replace(" ", "").lower()
