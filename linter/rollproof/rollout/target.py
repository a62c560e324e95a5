"""A target of a Service: a workload whose pods it selects, and how many of them there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rollproof.model.workload import Workload
from rollproof.rollout.piecewise import Range


@dataclass(frozen=True, slots=True)
class Target:
    """A workload whose pods a Service selects, and ranges of pods (None: unbounded).

    ``replicas``: when nothing rolls; ``available``: the fewest that are available during its rollout; ``peak``: the most there are then.
    """

    workload: Workload
    replicas: Range
    available: Range
    peak: Range = (None, None)

    @property
    def size(self) -> int | None:
        """The number of pods, where it is known."""
        return self.replicas[0] if self.replicas[0] == self.replicas[1] else None


def total(ranges: Sequence[Range]) -> Range:
    """The sum of ranges; without bound where one of them is."""
    low = sum(least or 0 for least, _ in ranges)
    high = None if any(most is None for _, most in ranges) else sum(most or 0 for _, most in ranges)
    return low, high
