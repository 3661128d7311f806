"""How long the Glue job takes for so many raw bytes, as the ledgers at hand show it. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clickstream.contract import Contract
from clickstream.costs.prices import BYTES_PER_GIB

# How many times as much as the contract's assumption of a part a measured run counts in the sum of squares. So one run
# moves the part that made up its time, and hardly the other.
TRUST_IN_A_RUN = 100.0


@dataclass(frozen=True)
class GlueTime:
    """A run takes ``start_s`` however little it reads, and ``s_per_gib`` more for each GiB of raw objects.

    :param measured_runs: how many ledgers this rests on; 0 means the contract's assumption
    """

    start_s: float
    s_per_gib: float
    measured_runs: int

    def expected_s(self, raw_bytes: float) -> float:
        """How long a run that reads so much is expected to work; Glue does not bill its own start-up.

        https://aws.amazon.com/glue/pricing/: "you are not charged for startup or shutdown time".
        """
        return self.start_s + raw_bytes / BYTES_PER_GIB * self.s_per_gib


def assumed_glue_time(contract: Contract) -> GlueTime:
    """What the contract assumes while no run has shown anything."""
    return GlueTime(contract.costs.assumed_glue_start_s, contract.costs.assumed_glue_s_per_gib, 0)


def fit_glue_time(runs: Iterable[tuple[float, float]], contract: Contract) -> GlueTime:
    """The line through the runs: both parts chosen so that the squares of the relative errors are least.

    A line through one point, or through runs of one size, could be any. Therefore the contract's assumption of each
    part counts as a weak measurement: small runs show the start and leave the slope as assumed, large ones the other
    way round.

    :param runs: raw bytes read and seconds taken; those that took no time are left out
    """
    assumed = assumed_glue_time(contract)
    points = [(raw_bytes / BYTES_PER_GIB, seconds) for raw_bytes, seconds in runs if seconds > 0]
    # In multiples of the assumption: start * assumed.start_s + slope * assumed.s_per_gib * gib = seconds, for each run.
    starts = [assumed.start_s / seconds for _, seconds in points]
    slopes = [assumed.s_per_gib * gib / seconds for gib, seconds in points]
    start_start = 1 + TRUST_IN_A_RUN * sum(a * a for a in starts)
    slope_slope = 1 + TRUST_IN_A_RUN * sum(b * b for b in slopes)
    start_slope = TRUST_IN_A_RUN * sum(a * b for a, b in zip(starts, slopes, strict=True))
    start_right, slope_right = 1 + TRUST_IN_A_RUN * sum(starts), 1 + TRUST_IN_A_RUN * sum(slopes)
    determinant = start_start * slope_slope - start_slope**2
    start = (start_right * slope_slope - slope_right * start_slope) / determinant
    slope = (slope_right * start_start - start_right * start_slope) / determinant
    # Neither part is below nothing: what is left of the other then explains the runs alone.
    if start < 0:
        start, slope = 0.0, slope_right / slope_slope
    elif slope < 0:
        start, slope = start_right / start_start, 0.0
    return GlueTime(start * assumed.start_s, slope * assumed.s_per_gib, len(points))
