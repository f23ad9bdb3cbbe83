"""The command that lists the stories with the most copies."""

from __future__ import annotations

import click
from rich.text import Text

from searchlib.cli.indexing import asked_archives, open_archives
from searchlib.cli.output import stderr, stdout
from searchlib.repl import data, render
from searchlib.repl.outcome import Exit, damage_named

__all__ = ["stories"]


@click.command()
@click.argument("query", nargs=-1)
@asked_archives
@click.option(
    "--limit", type=click.IntRange(min=1), default=10, show_default=True, metavar="N",
    help="How many stories.",
)  # fmt: skip
@click.option("--json", "form", flag_value="json", help="As JSON, with who carried each.")
@click.option("--csv", "form", flag_value="csv", help="A header, and a line for each story.")
def stories(query: tuple[str, ...], paths: tuple[str, ...], limit: int, form: str | None) -> int:
    """List the stories with the most copies.

    They are those of all articles, or of those that QUERY finds: a story is listed if QUERY finds
    one of its articles and the archive has another. "1 of 3" has one that is found, and two others;
    the title is that of the first one found, the dates and sources are those of all.

    It is for archives that were made with --stories.

    \b
      searchlib stories
      searchlib stories date:2024-09 section:world --limit 20 --json
    """
    with open_archives(paths) as archive, damage_named(archive):
        text = " ".join(query) or "*"
        found = archive.most_copied(text, limit=limit)
        for note in found.notes:
            stderr().print(note)
        layout = render.Layout.of(archive.schema)
        if form == "json":
            rows = [{**data.hit_data(hit, layout), **data.copies_data(hit)} for hit in found]
            click.echo(data.to_json(rows, indent=2))
        elif form == "csv":
            for line in data.story_lines(found, layout):
                click.echo(line, nl=False)
        else:
            console = stdout()
            if found:
                console.print(render.stories(found, layout, console.width))
            else:
                total = archive.count(text)
                said = f"none of {render.number(total, 'article')} has copies"
                stderr().print(Text(said if total else "no article is found", style="dim"))
    return Exit.DONE if found else Exit.NO_HITS
