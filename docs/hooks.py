"""Pages of the site that are generated when it is built: see ``hooks`` in mkdocs.yml.

The API comes from ``searchlib.__all__``, the command's pages from its ``--help``, the file format
from the docstrings of ``searchlib/codec``; the others are Markdown files that live elsewhere.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import click

import searchlib
from searchlib import codec
from searchlib.cli import main as cli

ROOT = Path(__file__).resolve().parent.parent
SOURCE = "https://github.com/searchlib/searchlib/blob/main/"

#: Sections of the API page. Names of ``__all__`` that none lists come last, by their kind.
SECTIONS = {
    "Archives": (
        "open", "open_many", "Archive", "ArchiveSet", "ClusterArchive", "AnyArchive", "Snapshot",
        "SetSnapshot", "Report", "Stats", "FieldStats", "RepairReport",
    ),
    "Reading articles": ("read", "read_page", "Article", "Rejected"),
    "Schema": ("Schema", "NEWS", "Key", "Text", "Keyword", "Date", "Number", "Stored"),
    "Requests": (
        "SearchRequest", "FacetRequest", "SortKey", "Synonyms", "by_year", "by_month", "by_day",
        "Limits",
        "DateSettings",
    ),
    "Results": ("Results", "Hit", "FacetCounts", "Timeline", "Explanation", "Parsed"),
}  # fmt: skip

#: Modules of ``searchlib.codec`` that define no bytes of their own.
NO_FORMAT = {"cache", "checksum", "directory", "postings_writer"}

#: Files outside docs/ that are pages of the site, and what their links mean there.
INCLUDED = {
    "explanation/architecture.md": ROOT / "ARCHITECTURE.md",
    "reference/query-language.md": ROOT / "searchlib/query/LANGUAGE.md",
    "changelog.md": ROOT / "CHANGELOG.md",
    "contributing.md": ROOT / "CONTRIBUTING.md",
    "security.md": ROOT / "SECURITY.md",
}


def api_page() -> str:
    """The API: everything in ``searchlib.__all__``, by section."""
    left = dict.fromkeys(searchlib.__all__)
    sections: dict[str, list[str]] = {}
    for title, names in SECTIONS.items():
        sections[title] = [name for name in names if name in left]
        for name in sections[title]:
            del left[name]
    for name in left:
        value = getattr(searchlib, name)
        error = inspect.isclass(value) and issubclass(value, Exception)
        sections.setdefault("Errors" if error else "More", []).append(name)
    errors = sections.get("Errors", [])
    errors.sort(key=lambda name: (len(getattr(searchlib, name).__mro__), name))
    lines = [
        "# The Python API",
        "",
        "Everything that `import searchlib as sl` promises. What is not on this page may change "
        "without notice.",
    ]
    for title, names in sections.items():
        lines += ["", f"## {title}", ""]
        for name in names:
            lines += [f"::: searchlib.{name}", "    options:", "      heading_level: 3", ""]
    return "\n".join(lines)


def commands() -> dict[str, click.Command]:
    """The command and its subcommands, by what one types."""
    found: dict[str, click.Command] = {}

    def collect(name: str, command: click.Command) -> None:
        found[name] = command
        if isinstance(command, click.Group):
            for part in sorted(command.commands):
                collect(f"{name} {part}", command.commands[part])

    collect("searchlib", cli.searchlib)
    return found


def command_page() -> str:
    """The help of the command and of every subcommand."""
    lines = [
        "# The command",
        "",
        "Data goes to standard output, everything else to standard error. Exit codes: 0 hits "
        "found or done, 1 a search without hits, 2 a bad query or bad arguments (or "
        "no record could be taken), 3 trouble with the archive. `SEARCHLIB_ARCHIVE` sets the "
        "default of `--archive`.",
    ]
    for name, command in commands().items():
        context = click.Context(
            command, info_name=name, terminal_width=88, max_content_width=88,
            help_option_names=["-h", "--help"],
        )  # fmt: skip
        lines += ["", f"## {name}", "", "```text", command.get_help(context), "```"]
    return "\n".join(lines) + "\n"


def format_page() -> str:
    """The picture of an archive's files, then each structure as its module describes it."""
    page = (ROOT / "docs/reference/file-format.md").read_text(encoding="utf-8")
    names = [module.name for module in pkgutil.iter_modules(codec.__path__)]
    first = ["segment_file", "packed_ints", "offsets", "term_dictionary", "postings"]
    names.sort(key=lambda name: (first.index(name) if name in first else len(first), name))
    for name in names:
        if name not in NO_FORMAT:
            page += f"\n## `codec/{name}.py`\n\n::: searchlib.codec.{name}\n    options:\n"
            page += "      members: false\n      show_root_heading: false\n"
            page += "      show_root_toc_entry: false\n"
    return page


def included(path: str) -> str:
    """A Markdown file from outside docs/, with its links made to work on the site."""
    text = INCLUDED[path].read_text(encoding="utf-8")
    pages = {source.name: target for target, source in INCLUDED.items()}
    up = "../" * path.count("/")

    def relinked(match: re.Match[str]) -> str:
        target = match[1].split("#")[0]
        if not target or "://" in target:
            return match[0]
        if (name := target.rsplit("/", 1)[-1]) in pages:
            return f"]({up}{pages[name]})"
        return f"]({SOURCE}{target})"

    return re.sub(r"\]\(([^)\s]+)\)", relinked, text)


def generated() -> dict[str, str]:
    """Every generated page, by its path in the site."""
    return {
        "reference/api.md": api_page(),
        "reference/command.md": command_page(),
        "reference/file-format.md": format_page(),
        **{path: included(path) for path in INCLUDED},
    }


def on_files(files: Any, config: Any) -> Any:
    """MkDocs calls this with the files of the site: add the generated ones."""
    from mkdocs.structure.files import File

    for path, content in generated().items():
        if (old := files.get_file_from_path(path)) is not None:
            files.remove(old)
        files.append(File.generated(config, path, content=content))
    return files
