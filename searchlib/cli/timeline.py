"""The command that shows several queries over time."""

from __future__ import annotations

import click

from searchlib.cli.completion import complete_dates
from searchlib.cli.indexing import asked_archives, open_archives
from searchlib.cli.output import stderr, stdout
from searchlib.repl import data, render
from searchlib.repl.outcome import Exit, damage_named
from searchlib.requests import Collapse, DateUnit, Match

__all__ = ["timeline"]

_UNITS = ("decade", "year", "quarter", "month", "week", "week_of", "day")


@click.command()
@click.argument("queries", nargs=-1, required=True, metavar="QUERY...")
@asked_archives
@click.option("--by", type=click.Choice(_UNITS), default="month", show_default=True)
@click.option("--field", help="A date field; else the first.", shell_complete=complete_dates)
@click.option(
    "--match", type=click.Choice(["all", "any"]), default="all", show_default=True,
    help="Whether an article must have all of the words of a query, or any.",
)  # fmt: skip
@click.option(
    "--collapse", type=click.Choice(["story"]),
    help="Count stories, not articles: near copies of a text are one.",
)  # fmt: skip
@click.option(
    "--share", is_flag=True, help="In CSV and JSON shares of all of a period, not counts."
)
@click.option("--csv", "form", flag_value="csv", help="A header, and a line for each period.")
@click.option("--json", "form", flag_value="json", help="As JSON.")
def timeline(
    queries: tuple[str, ...], paths: tuple[str, ...], by: DateUnit, field: str | None,
    match: Match, collapse: Collapse | None, share: bool, form: str | None,
) -> int:  # fmt: skip
    """Count several queries over time, beside each other.

    \b
      searchlib timeline wheat barley '"Kansas City"' --by year
      searchlib timeline strike section:world --csv --share > strikes.csv
    """
    with open_archives(paths) as archive, damage_named(archive):
        shown = archive.timeline(queries, by=by, field=field, match=match, collapse=collapse)
    for note in shown.notes:
        stderr().print(note)
    rows = shown.to_dicts(share=share)
    if form == "json":
        said = {"field": shown.field, "by": by, "counted": shown.counted, "rows": rows,
                "missing": dict(shown.missing)}  # fmt: skip
        click.echo(data.to_json(said, indent=2))
    elif form == "csv":
        for line in (
            list(rows[0]) if rows else ["period", "total", *shown.counts],
            *(map(_cell, row.values()) for row in rows),
        ):
            click.echo(data.csv_line(line), nl=False)
        if rest := render.undated(shown):
            stderr().print(rest)
    else:
        console = stdout()
        unicode = console.encoding.startswith("utf")
        console.print(render.comparison(shown, console.width, unicode=unicode))
    found = shown.periods or any(shown.missing.values())
    return Exit.DONE if found else Exit.NO_HITS


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
