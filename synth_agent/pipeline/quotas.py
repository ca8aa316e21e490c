"""Quotas as integers, joined over two axes to the unit."""

from collections.abc import Sequence

from synth_agent.shares import apportion

__all__ = ["joint_table"]


def joint_table(rows: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """Return a table of counts with exactly these margins, as near to independence as integers are.

    Each row is apportioned over what the columns still hold; the last row therefore takes the rest.

    >>> joint_table([2, 8], [4, 3, 3])
    [[1, 1, 0], [3, 2, 3]]

    Raises:
        ValueError: Rows and columns do not add up to the same.
    """
    if sum(rows) != sum(columns):
        raise ValueError(f"rows add up to {sum(rows)}, columns to {sum(columns)}")
    left = list(columns)
    table = []
    for row in rows:
        parts = apportion(row, left)
        left = [have - part for have, part in zip(left, parts, strict=True)]
        table.append(parts)
    return table
