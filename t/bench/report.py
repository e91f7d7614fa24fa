"""From runs to figures: each gateway run against the bare run of its own round, then medians."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median

Run = dict[str, float]
PARTS = ("nginx_us", "redis_us", "upstream_us", "client_us")
WAYS = {"plain": "plain", "tls": "TLS"}


@dataclass(frozen=True, slots=True)
class Figure:
    """of: bare run, gateway run. spread: the table shows the least and the most of the rounds."""

    heading: str
    form: str
    of: Callable[[Run, Run], float]
    spread: bool = False


@dataclass(frozen=True, slots=True)
class Median:
    median: float
    low: float
    high: float


def _ratio(name: str) -> Callable[[Run, Run], float]:
    return lambda bare, gateway: gateway[name] / bare[name] if bare[name] else 0.0


def _added(name: str) -> Callable[[Run, Run], float]:
    return lambda bare, gateway: gateway[name] - bare[name]


def _bare(name: str, scale: float = 1) -> Callable[[Run, Run], float]:
    return lambda bare, _: bare[name] * scale


def _own(name: str, scale: float = 1) -> Callable[[Run, Run], float]:
    return lambda _, gateway: gateway[name] * scale


def _share(name: str, of: int = 1) -> Callable[[Run, Run], float]:
    return lambda _, gateway: of * gateway[name] / gateway["requests"]


def _together(*parts: str) -> Callable[[Run, Run], float]:
    """Redis does nothing for bare: what it uses meanwhile is not bare's."""
    return lambda bare, gateway: (sum(gateway[part] for part in parts)
                                  / sum(bare[part] for part in parts if part != "redis_us"))


COMMITS = Figure("commits a request", "{:.3f}", _share("commits"))
MIB = 1 / (1 << 20)
STATES = {"idle": "idle", "loaded": "loaded", "peak": "with large bodies", "after": "after them"}

FIGURES: dict[str, dict[str, Figure]] = {
    "saturation": {
        "bare_per_second": Figure("bare/s", "{:,.0f}", _bare("per_second")),
        "per_second": Figure("gateway/s", "{:,.0f}", _own("per_second")),
        "throughput": Figure("gateway / bare", "{:.2f}", _ratio("per_second"), True),
        "nginx_ratio": Figure("nginx / bare", "{:.2f}", _ratio("nginx_us")),
        "both_ratio": Figure("(nginx + Redis) / bare", "{:.2f}", _together(*PARTS[:2])),
        "commits": COMMITS,
        "per_1000": Figure("connections / 1,000", "{:.2f}", _share("connections", 1000)),
    },
    "rate": {
        "bare_p50_us": Figure("bare p50 µs", "{:.0f}", _bare("all_p50_us")),
        "added_p50_us": Figure("added p50 µs", "{:+.0f}", _added("all_p50_us"), True),
        "bare_p99_us": Figure("bare p99 µs", "{:.0f}", _bare("all_p99_us")),
        "added_p99_us": Figure("added p99 µs", "{:+.0f}", _added("all_p99_us"), True),
        "commits": COMMITS,
    },
    "ladder": {
        name: figure for bound in (1, 5, 10) for name, figure in {
            f"bare_{bound}": Figure(f"bare/s under {bound} ms", "{:,.0f}",
                                    _bare(f"under_{bound}_ms")),
            f"gateway_{bound}": Figure("gateway/s", "{:,.0f}", _own(f"under_{bound}_ms")),
            f"ratio_{bound}": Figure("gateway / bare", "{:.2f}", _ratio(f"under_{bound}_ms")),
        }.items()},
    "cpu": {
        "bare_us": Figure("bare, all, µs", "{:.1f}",
                          lambda bare, _: sum(bare[part] for part in PARTS if part != "redis_us")),
        "nginx_us": Figure("nginx µs", "{:.1f}", _own("nginx_us")),
        "redis_us": Figure("Redis µs", "{:.1f}", _own("redis_us")),
        "upstream_us": Figure("upstream µs", "{:.1f}", _own("upstream_us")),
        "client_us": Figure("client µs", "{:.1f}", _own("client_us")),
        "nginx_ratio": Figure("nginx / bare", "{:.2f}", _ratio("nginx_us")),
        "upstream_ratio": Figure("upstream / bare", "{:.2f}", _ratio("upstream_us")),
        "client_ratio": Figure("client / bare", "{:.2f}", _ratio("client_us")),
        "all_ratio": Figure("together / bare", "{:.2f}", _together(*PARTS), True),
        "commits": COMMITS,
    },
    "streams": {
        "bare_first_us": Figure("bare first byte µs", "{:.0f}", _bare("first_p50_us")),
        "first_p50_us": Figure("added first byte p50", "{:+.0f}", _added("first_p50_us"), True),
        "first_p99_us": Figure("added first byte p99", "{:+.0f}", _added("first_p99_us")),
        "bare_way_us": Figure("bare way of a delta µs", "{:.0f}", _bare("way_p50_us")),
        "way_p50_us": Figure("added way p50", "{:+.0f}", _added("way_p50_us"), True),
        "way_p99_us": Figure("added way p99", "{:+.0f}", _added("way_p99_us")),
        "gap_p99_us": Figure("added gap p99", "{:+.0f}", _added("gap_p99_us")),
        "bare_most": Figure("bare at once", "{:,.0f}", _bare("most")),
        "most": Figure("gateway at once", "{:,.0f}", _own("most"), True),
    },
    "memory": {
        name: figure for state, words in STATES.items() for name, figure in {
            f"bare_{state}": Figure(f"bare, {words}, MiB", "{:.1f}", _bare(state, MIB)),
            state: Figure("gateway", "{:.1f}", _own(state, MIB)),
        }.items()} | {
            f"redis_{state}": Figure(f"Redis, {state}", "{:.1f}", _own(f"redis_{state}", MIB))
            for state in ("idle", "loaded")},
}


def figures(mode: str, round_: dict[str, Run]) -> dict[str, float]:
    return {name: figure.of(round_["bare"], round_["gateway"])
            for name, figure in FIGURES[mode].items()}


def medians(mode: str, rounds: list[dict[str, Run]]) -> dict[str, dict[str, float]]:
    rows = [figures(mode, round_) for round_ in rounds]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    return {name: asdict(Median(median(column), min(column), max(column)))
            for name, column in columns.items()}


def _cell(figure: Figure, value: dict[str, float]) -> str:
    text = figure.form.format(value["median"])
    if figure.spread:
        text += f" ({figure.form.format(value['low'])} to {figure.form.format(value['high'])})"
    return text


def table(mode: str, ways: dict[str, dict[str, dict]]) -> list[list[str]]:
    """Heading and rows. ways: of each way, key sets as they are called, and their medians."""
    heading = ["upstream, keys", *(figure.heading for figure in FIGURES[mode].values())]
    return [heading] + [
        [f"{WAYS[way]}, {keys}", *(_cell(figure, row[name])
                                   for name, figure in FIGURES[mode].items())]
        for way, rows in ways.items() for keys, row in rows.items()]


def plain(rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.rjust(width) if column else cell.ljust(width)
                               for column, (cell, width) in enumerate(zip(row, widths)))
                     for row in rows)


def markdown(rows: list[list[str]]) -> str:
    """As the README's tables are."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "| --- |" + " ---: |" * (len(rows[0]) - 1), *lines[1:]])
