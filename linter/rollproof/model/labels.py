"""Sets of labels, found by the labels they hold and by labels that look like those asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from rollproof.kube.suggest import nearest

Labels = Mapping[str, str]

_NUMBERS = re.compile(r"[0-9]+")


class LabelIndex:
    """``labels`` by number, with an inverted index from each label to the numbers of the sets that hold it."""

    def __init__(self, labels: tuple[Labels, ...]) -> None:
        self.labels = labels
        self._numbers: dict[tuple[str, str], list[int]] = {}
        for number, one in enumerate(labels):
            for pair in one.items():
                self._numbers.setdefault(pair, []).append(number)

    def having(self, wanted: Labels) -> tuple[int, ...]:
        """The numbers of the sets that hold all wanted labels; none where nothing is wanted.

        Costs time in proportion to the sets that hold the rarest of them.
        """
        if not wanted:
            return ()
        rarest = min((self._numbers.get(pair, ()) for pair in wanted.items()), key=len)
        if len(wanted) == 1:
            return tuple(rarest)
        return tuple(number for number in rarest if all(self.labels[number].get(key) == value for key, value in wanted.items()))

    def like(self, key: str, value: str) -> set[str]:
        """The values of ``key`` that are at most about one slip from ``value``, in their letters."""
        return {other for near in _variants(value) for name, other in self._by_variant.get(near, ()) if name == key and other != value}

    def resembling(self, key: str, value: str) -> Iterator[tuple[str, str]]:
        """The label that was meant, if the value of ``key`` is misspelt, and the one if ``key`` is."""
        word = misspelt(value, self.like(key, value))
        if word is not None:
            yield key, word
        name = misspelt(key, [other for near in _variants(key) for other, same in self._by_key_variant.get(near, ()) if same == value])
        if name is not None:
            yield name, value

    @cached_property
    def _by_variant(self) -> Mapping[str, list[tuple[str, str]]]:
        return _index((value, (key, value)) for key, value in self._numbers)

    @cached_property
    def _by_key_variant(self) -> Mapping[str, list[tuple[str, str]]]:
        # Keys are few and repeated; what tells the pairs apart is the value, so the variants of each key are made once.
        variants: dict[str, frozenset[str]] = {}
        index: dict[str, list[tuple[str, str]]] = {}
        for key, value in self._numbers:
            if key not in variants:
                variants[key] = _variants(key)
            for variant in variants[key]:
                index.setdefault(variant, []).append((key, value))
        return index


def misspelt(word: str, known: Iterable[str]) -> str | None:
    """The one of the known words that ``word`` most likely is a misspelling of; words that differ in their numbers only are no slips."""
    candidates = {other for other in known if other != word and _NUMBERS.sub("", other) != _NUMBERS.sub("", word)}
    return nearest(word, sorted(candidates)) if candidates else None


def _variants(word: str) -> frozenset[str]:
    """The word, folded, and what is left of it when one letter is dropped: two words one slip apart share at least one of these."""
    folded = word.lower().replace("-", "").replace("_", "").replace(".", "")
    return frozenset({folded, *(folded[:at] + folded[at + 1 :] for at in range(len(folded)))})


def _index(entries: Iterable[tuple[str, tuple[str, str]]]) -> Mapping[str, list[tuple[str, str]]]:
    index: dict[str, list[tuple[str, str]]] = {}
    for word, entry in entries:
        for variant in _variants(word):
            index.setdefault(variant, []).append(entry)
    return index
