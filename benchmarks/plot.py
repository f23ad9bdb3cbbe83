"""The plots: PNG files if matplotlib is installed, else bars of text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

_PANELS: dict[str, Callable[[dict[str, Any]], float | None]] = {
    "articles per second": lambda one: one["rate"],
    "archive, MB": lambda one: one["bytes"] / 1e6,
    "memory of the build, MB": lambda one: one["peak_memory"] / 1e6,
    "opening, ms": lambda one: one["open_ms"],
    "adding 100 and finding them, ms": lambda one: one.get("append_ms"),
    "all queries, median us": lambda one: one["classes"]["all"].get("p50_us"),
    "all queries, p99 us": lambda one: one["classes"]["all"].get("p99_us"),
    "any of 4, median us": lambda one: one["classes"]["any of 4"].get("p50_us"),
    "one word, median us": lambda one: one["classes"]["one word"].get("p50_us"),
}


def growth(figures: dict[str, Any], folder: Path) -> Path:
    """A panel for each figure over the number of articles, both axes logarithmic."""
    folder.mkdir(exist_ok=True)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        path = folder / "growth.txt"
        path.write_text(_text(figures))
        return path
    page = Figure(figsize=(13, 11), layout="constrained")
    for axes, (title, value) in zip(page.subplots(3, 3).flat, _PANELS.items(), strict=True):
        for name, sizes in figures.items():
            points = [(int(n), value(one)) for n, one in sizes.items()]
            points = [(n, v) for n, v in points if v]
            axes.loglog([n for n, _ in points], [v for _, v in points], "o-", label=name)
        axes.set_title(title)
        axes.set_xlabel("articles")
        axes.grid(alpha=0.3)
    page.axes[0].legend()
    path = folder / "growth.png"
    page.savefig(path, dpi=90)
    return path


def classes(figures: dict[str, dict[str, Any]], ours: str, path: Path) -> Path:
    """Median times of every class, one bar per peer; without matplotlib, as text."""
    names = list(next(iter(figures.values())))
    try:
        from matplotlib.figure import Figure
    except ImportError:
        path = path.with_suffix(".txt")
        values = {
            f"{kind}, {name}": one[name].get("p50_us")
            for kind, one in figures.items()
            for name in names
        }
        path.write_text(bars({k: v for k, v in values.items() if v}))
        return path
    page = Figure(figsize=(13, 6), layout="constrained")
    axes = page.subplots()
    width = 0.8 / len(names)
    for i, name in enumerate(names):
        positions = [group + i * width for group in range(len(figures))]
        axes.bar(
            positions, [one[name].get("p50_us", 0) for one in figures.values()], width, label=name
        )
    axes.set_yscale("log")
    axes.set_ylabel("microseconds, median")
    axes.set_xticks(
        [group + 0.4 - width / 2 for group in range(len(figures))], list(figures), rotation=20
    )
    axes.set_title(f"{ours} and its peers")
    axes.grid(axis="y", alpha=0.3)
    axes.legend()
    page.savefig(path, dpi=90)
    return path


def bars(values: dict[str, float], width: int = 50) -> str:
    """Values as bars of text.

    >>> print(bars({"a": 1.0, "bb": 2.0}, width=4), end="")
    a   ## 1
    bb  #### 2
    """
    most = max(values.values(), default=1)
    label = max(map(len, values), default=0)
    lines = [f"{k:<{label}}  {'#' * round(width * v / most)} {v:,.4g}\n" for k, v in values.items()]
    return "".join(lines)


def _text(figures: dict[str, Any]) -> str:
    pages = []
    for title, value in _PANELS.items():
        values = {
            f"{name}, {int(n):,}": value(one)
            for name, sizes in figures.items()
            for n, one in sizes.items()
        }
        pages.append(f"{title}\n{bars({k: v for k, v in values.items() if v})}")
    return "\n".join(pages)
