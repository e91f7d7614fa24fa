"""From runs to figures: each gateway run against the bare run of its own round, then medians."""

from statistics import median

GATEWAY = ("64 keys", "one key")

# name: (heading, format)
FIGURES = {
    "per_second": ("requests/s", "{:,.0f}"),
    "throughput": ("throughput / bare", "{:.2f}"),
    "nginx_us": ("nginx µs", "{:.1f}"),
    "redis_us": ("Redis µs", "{:.1f}"),
    "nginx_ratio": ("nginx / bare", "{:.2f}"),
    "all_ratio": ("(nginx + Redis) / bare", "{:.2f}"),
    "per_1000": ("connections / 1,000 requests", "{:.2f}"),
    "added_p50_us": ("added p50 µs", "{:+.0f}"),
    "added_p99_us": ("added p99 µs", "{:+.0f}"),
}

# The medians a release has to keep: (variant, figure, bound, what the bound is).
BUDGET = (
    ("64 keys", "nginx_ratio", 1.25, "at most"), ("one key", "nginx_ratio", 1.25, "at most"),
    ("64 keys", "all_ratio", 1.8, "at most"), ("one key", "all_ratio", 1.25, "at most"),
    ("64 keys", "throughput", 0.62, "at least"), ("one key", "throughput", 0.88, "at least"),
    ("64 keys", "added_p50_us", 90, "at most"), ("one key", "added_p50_us", 90, "at most"),
)


def figures(round_: dict, variant: str) -> dict[str, float]:
    run, bare = round_[variant], round_["bare"]
    full, bare_full = run["saturated"], bare["saturated"]
    redis_us = full["redis_us"] if variant != "bare" else 0.0
    return {
        "per_second": full["per_second"],
        "throughput": full["per_second"] / bare_full["per_second"],
        "nginx_us": full["nginx_us"],
        "redis_us": redis_us,
        "nginx_ratio": full["nginx_us"] / bare_full["nginx_us"],
        "all_ratio": (full["nginx_us"] + redis_us) / bare_full["nginx_us"],
        "per_1000": 1000 * full["connections"] / full["requests"],
        "p50_us": run["rate"]["p50_us"],
        "p99_us": run["rate"]["p99_us"],
        "added_p50_us": run["rate"]["p50_us"] - bare["rate"]["p50_us"],
        "added_p99_us": run["rate"]["p99_us"] - bare["rate"]["p99_us"],
    }


def medians(rounds: list[dict]) -> dict[str, dict[str, float]]:
    result = {}
    for variant in ("bare", *GATEWAY):
        of_rounds = [figures(round_, variant) for round_ in rounds]
        result[variant] = {name: median(row[name] for row in of_rounds) for name in of_rounds[0]}
    return result


def _cells(row: dict[str, float], variant: str) -> list[str]:
    bare = variant == "bare"
    cells = [form.format(row[name]) for name, (_, form) in FIGURES.items()]
    if bare:  # its own latencies, not added ones
        cells[3] = "-"
        cells[-2:] = [f"({row['p50_us']:.0f})", f"({row['p99_us']:.0f})"]
    return cells


def _print_table(rows: dict[str, dict[str, float]]) -> None:
    headings = ["", *(heading for heading, _ in FIGURES.values())]
    print("  ".join(f"{heading:>{max(8, len(heading))}}" for heading in headings))
    for variant, row in rows.items():
        cells = [variant, *_cells(row, variant)]
        print("  ".join(f"{cell:>{max(8, len(heading))}}"
                        for cell, heading in zip(cells, headings)), flush=True)


def print_round(number: int, round_: dict) -> None:
    print(f"\nround {number}")
    _print_table({variant: figures(round_, variant) for variant in ("bare", *GATEWAY)})


def print_medians(rows: dict, machine: str) -> None:
    print(f"\nmedian of the rounds ({machine})")
    _print_table(rows)


def markdown(rows: dict, machine: str, rounds: int, seconds: int) -> str:
    """The README's table."""
    headings = ["", *(heading for heading, _ in FIGURES.values())]
    lines = ["| " + " | ".join(headings) + " |", "| --- |" + " ---: |" * len(FIGURES)]
    lines += ["| " + " | ".join([variant, *_cells(row, variant)]) + " |"
              for variant, row in rows.items()]
    lines += ["", f"Medians over interleaved rounds ({rounds}, {seconds} s a run); {machine}."]
    return "\n".join(lines)


def budget_misses(rows: dict) -> list[str]:
    misses = []
    for variant, name, bound, side in BUDGET:
        value = rows[variant][name]
        if value > bound if side == "at most" else value < bound:
            heading, form = FIGURES[name]
            misses.append(f"over budget: {variant}, {heading} {form.format(value)}; "
                          f"{side} {bound}")
    return misses
