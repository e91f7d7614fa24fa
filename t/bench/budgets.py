"""What the medians have to keep, each for every way to the upstream that was measured."""

from collections.abc import Sequence

from report import FIGURES, WAYS

# (mode, key set, figure, bound, what the bound is)
Budget = tuple[str, str, str, float, str]

WITH_CREDIT: tuple[Budget, ...] = (
    ("saturation", "1", "throughput", 0.95, "at least"),
    ("saturation", "64", "throughput", 0.95, "at least"),
    ("saturation", "1000", "throughput", 0.90, "at least"),
    ("saturation", "100000z", "throughput", 0.90, "at least"),
    # Where a key has 20 requests in a horizon.
    ("saturation", "1", "commits", 0.05, "at most"),
    ("saturation", "64", "commits", 0.05, "at most"),
    ("saturation", "1000", "commits", 0.05, "at most"),
    ("rate", "1", "added_p50_us", 20, "at most"), ("rate", "64", "added_p50_us", 20, "at most"),
    ("rate", "1", "added_p99_us", 60, "at most"), ("rate", "64", "added_p99_us", 60, "at most"),
    ("cpu", "64", "all_ratio", 1.06, "at most"),
)

# `mmx_credit off`: each request waits for a commit, alone or with others of its key.
WITHOUT_CREDIT: tuple[Budget, ...] = (
    ("saturation", "1", "throughput", 0.88, "at least"),
    ("saturation", "64", "throughput", 0.62, "at least"),
    ("saturation", "1", "nginx_ratio", 1.25, "at most"),
    ("saturation", "64", "nginx_ratio", 1.25, "at most"),
    ("saturation", "1", "both_ratio", 1.25, "at most"),
    ("saturation", "64", "both_ratio", 1.8, "at most"),
    ("rate", "1", "added_p50_us", 90, "at most"), ("rate", "64", "added_p50_us", 90, "at most"),
)


def misses(results: dict[str, dict[str, dict[str, dict]]],
           budgets: Sequence[Budget]) -> list[str]:
    """results: mode, way and key set, and its medians."""
    found = []
    for mode, keys, name, bound, side in budgets:
        for way, rows in results.get(mode, {}).items():
            if keys not in rows:
                continue
            value = rows[keys][name]["median"]
            if value > bound if side == "at most" else value < bound:
                figure = FIGURES[mode][name]
                found.append(f"over budget: {mode}, {WAYS[way]}, keys {keys}, {figure.heading} "
                             f"{figure.form.format(value)}; {side} {bound}")
    return found
