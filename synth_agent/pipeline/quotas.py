"""Quotas as integers: rescaled to another total, and joined over two axes, both to the unit."""

from collections.abc import Sequence

__all__ = ["apportion", "joint_table"]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total in proportion to the weights, by largest remainder; ties go to the earlier.

    Each part is its exact share rounded down or up, so none exceeds its weight unless the total
    exceeds the sum of weights, and none falls below it unless the total does.

    >>> apportion(10, [1, 1, 1])
    [4, 3, 3]
    """
    whole = sum(weights)
    if whole == 0:
        if total:
            raise ValueError(f"cannot split {total} over weights that add up to 0")
        return [0] * len(weights)
    shares = [divmod(total * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-shares[i][1], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


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
