"""Results, hits, facet counts and explanations as plain values, without an archive."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import searchlib as sl
from searchlib import results as results_module
from searchlib.errors import UnknownKey
from searchlib.highlight import snippet
from searchlib.highlight_terms import HighlightTerm
from searchlib.requests import SearchRequest
from searchlib.results import (
    Carried,
    CopiedStories,
    Copies,
    Explanation,
    FacetCounts,
    Facets,
    Hit,
    Results,
    tiers_note,
)
from searchlib.schema import NEWS

ARTICLE = {"id": "a1", "title": "Rain in Oslo", "body": "It rained on the harbour.", "words": 5}


def hit(number: int = 1, article: Mapping[str, Any] = ARTICLE, **options: Any) -> Hit:
    return Hit(f"a{number}", 1.5, number, lambda: article, **options)


def results(offset: int = 0, limit: int = 2, total: int = 5) -> Results:
    numbers = range(offset + 1, min(offset + limit, total) + 1)
    return Results(
        [hit(number) for number in numbers],
        request=SearchRequest("rain", offset=offset, limit=limit),
        total=total,
        took=0.25,
        query=lambda: "rain",
        notes=lambda: ["last week -> 16 to 22 November 2026"],
        facets={"section": FacetCounts("section", [("World", 3)])},
        page=lambda request: results(request.offset, request.limit, total),
    )


def test_a_hit_reads_its_article_once_at_the_first_field() -> None:
    asked: list[int] = []

    def load() -> Mapping[str, Any]:
        asked.append(1)
        return ARTICLE

    one = Hit("a1", 2.0, 1, load)
    assert (one.id, one.score, one.rank, asked) == ("a1", 2.0, 1, [])
    assert repr(one) == "Hit(id='a1', score=2.0000, rank=1)"
    assert one["title"] == one.get("title") == "Rain in Oslo"
    assert one.fields == ARTICLE
    assert "title" in one
    assert "date" not in one
    assert asked == [1]


def test_a_hit_is_not_changed_through_its_fields() -> None:
    one = hit()
    one.fields["title"] = "changed"
    assert one["title"] == "Rain in Oslo"
    assert one.get("date") is None
    assert one.get("date", "never") == "never"


def test_a_hit_is_a_mapping() -> None:
    one = hit()
    assert isinstance(one, Mapping)
    assert dict(one) == {**one} == one.fields == ARTICLE
    assert list(one) == list(one.keys()) == list(ARTICLE)
    assert list(one.values()) == list(ARTICLE.values())
    assert len(one) == len(ARTICLE)
    match one:
        case {"title": title}:
            assert title == "Rain in Oslo"


def test_a_field_that_the_article_lacks_is_none() -> None:
    one = hit(schema=NEWS)
    assert one["date"] is None
    assert "date" not in one
    assert "date" not in dict(one)
    assert one.get("date", "never") == "never"
    assert one["words"] == 5  # stored, but not in the schema


@pytest.mark.parametrize(
    ("schema", "names"), [(NEWS, "id, title, body, date"), (None, "id, title")]
)
def test_another_name_is_a_key_error_that_lists_the_names(schema: Any, names: str) -> None:
    with pytest.raises(KeyError) as caught:
        hit(schema=schema)["titel"]
    assert isinstance(caught.value, UnknownKey)
    assert str(caught.value).startswith(f"there is no field 'titel': the fields are {names}")
    assert "words" in str(caught.value)


def test_hits_compare_by_key_and_score() -> None:
    assert hit() == hit(article={})
    assert hash(hit()) == hash(hit())
    assert hit(1) != hit(2)
    assert hit() != Hit("a1", 1.0, 1, dict)
    assert hit() != "a1"


def test_snippets() -> None:
    one = hit(
        terms=lambda: [
            HighlightTerm("body", "term", ("rain",)),
            HighlightTerm("title", "term", ("oslo",), True),
        ],
        schema=NEWS,
    )
    assert one.snippet() == "It **rained** on the harbour."
    assert one.snippet("title") == "Rain in **Oslo**"
    assert one.snippet("title", form="html") == "Rain in <mark>Oslo</mark>"
    assert "rained" in one.snippet(width=12)
    assert one.snippet("words") == one.snippet("dateline") == ""  # a number, and nothing
    assert hit().snippet() == "It rained on the harbour."


def test_only_texts_are_marked() -> None:
    assert [hit().marked(name) for name in ("body", "words", "title")] == [
        ARTICLE["body"], "", ARTICLE["title"],
    ]  # fmt: skip
    with pytest.raises(sl.ArgumentError):
        hit().marked("words", "bold")  # type: ignore[arg-type]


def test_what_a_snippet_cannot_be() -> None:
    for name in ("body", "words"):
        with pytest.raises(sl.ArgumentTypeError) as raised:
            hit().snippet(name, "html")  # type: ignore[arg-type]
        assert str(raised.value) == (
            f"width is a number of characters, not 'html': snippet({name!r}, form='html')"
        )
        with pytest.raises(sl.ArgumentError, match="width is a whole number from 0 on, not -1"):
            hit().snippet(name, -1)
        for method in (hit().snippet, hit().marked):
            with pytest.raises(sl.ArgumentError, match="form is"):
                method(name, form="rtf")  # type: ignore[operator]


def test_a_snippet_has_two_hundred_and_forty_characters() -> None:
    one = hit(article={"body": f"{'a' * 236} b c {'d ' * 100}"})
    assert one.snippet() == one.snippet(width=240) == f"{'a' * 236} b …"
    assert one.snippet(width=239) == f"{'a' * 236} …"
    assert one.snippet(width=241) == one.snippet()
    text = "雨" * 500
    for found in (hit(article={"body": text}).snippet(), snippet(text, [], field="body")):
        assert found == "雨" * 238 + " …"


def test_copies_are_more_than_one() -> None:
    carried = Carried("a", None, None)
    assert [Copies(n, carried, carried).is_copied for n in (1, 2, 3)] == [False, True, True]


def test_results_are_a_sequence() -> None:
    page = results()
    assert isinstance(page, Sequence)
    assert len(page) == 2
    assert list(page) == page.hits == [page[0], page[-1]] == page[:]
    assert page[0] in page
    assert not results(offset=9)
    assert (page.total, page.took, page.query) == (5, 0.25, "rain")
    assert page.notes == ["last week -> 16 to 22 November 2026"]
    assert repr(page) == "<Results 2 of 5 for 'rain'>"
    with pytest.raises(IndexError):
        page[2]


def test_pages_follow_each_other() -> None:
    page = results()
    assert [one.id for one in page.next()] == ["a3", "a4"]
    assert [one.id for one in page.next().next()] == ["a5"]
    assert list(page.next().next().next()) == []
    assert list(page.next().previous()) == list(page)
    assert list(page.previous()) == list(page)
    assert results(offset=1).previous().offset == 0


def test_facet_counts() -> None:
    counts = FacetCounts("section", [("World", 3), ("Arts", 1)], missing=2)
    assert isinstance(counts, Sequence)
    assert (len(counts), counts[0], counts[-1:]) == (2, ("World", 3), [("Arts", 1)])
    assert list(counts) == [("World", 3), ("Arts", 1)]
    assert ("Arts", 1) in counts
    assert counts.values() == ["World", "Arts"]
    assert counts.counts() == [3, 1]
    assert dict(counts) == {"World": 3, "Arts": 1}
    assert repr(counts) == "FacetCounts('section', [('World', 3), ('Arts', 1)], missing=2)"


def test_how_many_values_there_are() -> None:
    assert FacetCounts("section", [("World", 3), ("Arts", 1)]).distinct == 2
    assert FacetCounts("section", [("World", 3)]).missing == 0
    assert FacetCounts("section", [("World", 3)], distinct=7).distinct == 7
    assert FacetCounts("section", [("World", 3)], distinct=0).distinct == 0


def test_empty_periods_have_no_stories() -> None:
    counts = FacetCounts(
        "date:year", [("2021", 3), ("2023", 1)], 4, 2, {"2021": 2, "2023": 1, "1999": 9}
    )
    assert counts.stories == {"2021": 2, "2023": 1}
    shown = counts.with_empty()
    assert shown == FacetCounts("date:year", [("2021", 3), ("2022", 0), ("2023", 1)], 4)
    assert (shown.stories, shown.missing, shown.distinct) == (
        {"2021": 2, "2022": 0, "2023": 1},
        4,
        2,
    )
    assert shown.to_dicts() == [
        {"value": "2021", "count": 3, "stories": 2}, {"value": "2022", "count": 0, "stories": 0},
        {"value": "2023", "count": 1, "stories": 1},
    ]  # fmt: skip
    own = FacetCounts("date:my own", [("2021", 3), ("2023", 1)])
    assert own.with_empty() is own
    some = FacetCounts(str(sl.FacetRequest("date", "year", limit=2)), [("2021", 3), ("2023", 1)])
    assert some.with_empty() is some


def test_facets_are_found_by_any_order_of_their_options() -> None:
    facets = Facets({"section:limit=5,order=value": FacetCounts("section", [("World", 3)])})
    assert facets["section:order=value,limit=5"] == [("World", 3)]
    for name in ("section", "section:limit=5", "section:nothing", "", 7):
        with pytest.raises(KeyError) as raised:
            facets[name]  # type: ignore[index]
        assert raised.value.args == (name,)


def test_facet_counts_compare_by_value() -> None:
    counts = FacetCounts("section", [("World", 3)], missing=2)
    assert counts == FacetCounts("section", (("World", 3),), missing=2)
    assert counts == [("World", 3)]
    assert counts != FacetCounts("section", [("World", 3)])
    assert counts != FacetCounts("source", [("World", 3)], missing=2)
    assert counts != "World"
    with pytest.raises(TypeError):
        hash(counts)


def test_an_explanation_shows_small_scores() -> None:
    recency = Explanation("times recency", 2.0**-50, True)
    assert str(Explanation("rain", 0.5 * 2.0**-50, True, (recency,))).splitlines() == [
        "4.4e-16 rain",
        "  8.9e-16 times recency",
    ]


def test_an_explanation_is_indented_and_says_what_did_not_match() -> None:
    inner = Explanation("any of", 1.5, True, (Explanation("body:rain", 1.5, True),))
    none = Explanation("title:rain", 0.0, False)
    assert str(Explanation("all", 1.5, True, (inner, none))).splitlines() == [
        "1.5000 all", "  1.5000 any of", "    1.5000 body:rain", "  -      title:rain",
    ]  # fmt: skip


def test_one_hit_of_a_rank() -> None:
    asked: list[tuple[int, int]] = []

    def page(request: SearchRequest) -> Results:
        asked.append((request.offset, request.limit))
        return results(request.offset, request.limit)

    found = results()
    found._page = page
    assert [found.at(rank).id for rank in (1, 5)] == ["a1", "a5"]
    assert asked == [(0, 1), (4, 1)]
    found.stories = 3
    assert found.at(3).id == "a3"
    for rank in (0, 4):
        with pytest.raises(IndexError, match=f"there is no hit {rank}: these are 1 to 3"):
            found.at(rank)


def test_rows_of_stories_and_of_several_archives() -> None:
    carried = Carried("a", None, None)
    found = results()
    found.stories = 2
    found.hits[0]._copies = lambda: Copies(3, carried, carried)
    found.hits[1].archive = "wire"
    first, second = found.to_dicts()
    assert first == {"rank": 1, "score": 1.5, "copies": 3, **ARTICLE}
    assert second == {"rank": 2, "score": 1.5, "copies": None, "archive": "wire", **ARTICLE}


def test_stories_that_have_copies_are_a_list() -> None:
    stories = CopiedStories([hit(2), hit(1)], ["one is left out"])
    assert ([one.id for one in stories], stories.notes) == (["a2", "a1"], ("one is left out",))


def test_what_tables_and_pictures_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(name: str) -> Any:
        return lambda *args, **options: (name, *args, *options.items())

    for name in ("pandas_frame", "polars_frame", "arrow_stream", "draw_bars", "bar_chart",
                 "explanation_html"):  # fmt: skip
        monkeypatch.setattr(results_module, name, called(name))
    pandas = SimpleNamespace(Series=called("Series"))
    monkeypatch.setattr(results_module, "import_module", {"pandas": pandas}.__getitem__)
    found = results()
    assert found._columns() == {"rank": "integer", "score": "number"}
    schema = sl.Schema(
        id=sl.Key(), title=sl.Text(), day=sl.Date(), words=sl.Number(), tags=sl.Keyword(many=True),
        tag=sl.Keyword(), raw=sl.Stored(),
    )  # fmt: skip
    found._schema, found.stories, found.hits[1].archive = schema, 2, "wire"
    found.hits[0]._copies = lambda: Copies(3, None, None)
    columns = {
        "rank": "integer", "score": "number", "copies": "integer", "archive": "text", "id": "text",
        "title": "text", "day": "date", "words": "number", "tags": "texts", "tag": "text",
        "raw": "any",
    }  # fmt: skip
    rows, zone = found.to_dicts(), found._zone
    assert found._columns() == columns
    assert found.to_pandas() == ("pandas_frame", rows, columns, zone)
    assert found.to_polars() == ("polars_frame", rows, columns, zone)
    assert found.__arrow_c_stream__(7) == ("arrow_stream", rows, columns, 7, zone)

    counts = FacetCounts("section", [("World", 3), ("Arts", 1)])
    rows, of_counts = counts.to_dicts(), {"value": "text", "count": "integer"}
    assert counts.to_pandas() == (
        "Series", [3, 1], ("index", ["World", "Arts"]), ("name", "section")
    )  # fmt: skip
    assert counts.to_polars() == ("polars_frame", rows, of_counts)
    assert counts.__arrow_c_stream__(7) == ("arrow_stream", rows, of_counts, 7)
    pairs = [("World", 3), ("Arts", 1)]
    assert counts.plot() == ("bar_chart", "section", pairs, counts._repr_html_())
    assert counts.plot(matplotlib=True) == ("draw_bars", "section", pairs, None)
    assert counts.plot(ax=5) == ("draw_bars", "section", pairs, 5)
    assert Explanation("x", 1.0, True)._repr_html_() == ("explanation_html", "x", 1.0, True, ())


@pytest.mark.parametrize(
    ("stories", "total", "shown"),
    [(None, 5, "5"), (1, 1, "1 story (1 article)"), (2, 5, "2 stories (5 articles)"),
     (1200, 3400, "1,200 stories (3,400 articles)")],
)  # fmt: skip
def test_what_notebooks_say_of_results(
    monkeypatch: pytest.MonkeyPatch, stories: int | None, total: int, shown: str
) -> None:
    monkeypatch.setattr(results_module, "hits_html", lambda *args: args)
    found = results(offset=3)
    found.total, found.stories = total, stories
    query, how_many, first, rows, facets, notes = found._repr_html_()
    assert (query, how_many, first, notes) == ("rain", shown, 4, found.notes)
    assert [row[2] for row in rows] == ["It rained on the harbour."] * 2
    assert facets == [found.facets["section"]._repr_html_()]
    found.hits[1]._copies = lambda: Copies(1234, None, None)
    abouts = [row[1] for row in found._repr_html_()[3]]
    assert abouts == ["", "1,234 copies" if stories else ""]


@pytest.mark.parametrize(
    ("complete", "total", "notes"),
    [
        (None, 5, []), (5, 5, []),
        (0, 1200, ["no article has all of the words; 1,200 with some of them were found"]),
        (1, 1200, ["1,200 articles have some of the words, 1 all: these come first"]),
    ],
)  # fmt: skip
def test_what_is_said_of_articles_with_some_of_the_words(
    complete: int | None, total: int, notes: list[str]
) -> None:
    assert tiers_note(complete, total) == notes


def test_hits_without_a_title_in_notebooks() -> None:
    body = " ".join(map(str, range(100, 120)))
    articles = [{"headline": "Snow", "body": "Snow fell."}, {"body": body}, {"id": "x", "body": ""}]
    found = results(offset=3)
    found._hits = [hit(number, article) for number, article in enumerate(articles, 7)]
    html = found._repr_html_()
    for number, title in ((4, "Snow"), (5, " ".join(body.split()[:12])), (6, "a9")):
        assert f">{number}</td>" in html
        assert f"<b>{title}</b>" in html
    found._hits = found.hits[1:]
    assert f"<b>{body}</b>" in found._repr_html_()  # where the first has no title
    found._hits = [hit(7, {"title": "", "date": "2022", "source": "Wire", "section": ""})]
    assert "<b>a7</b> <small>2022 Wire</small>" in found._repr_html_()


def test_hits_and_results_are_pickled_by_value(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path) as archive:
        archive.add([{"id": f"a{n}", "title": f"Rain {n}", "section": "x"} for n in range(30)])
        found = archive.search("rain", facets=["section"], limit=5)
        expected = [(hit.id, hit.score, hit.rank, dict(hit), hit.snippet("title")) for hit in found]
        expected_notes = found.notes
        back = pickle.loads(pickle.dumps(found))
    assert [(h.id, h.score, h.rank, dict(h), h.snippet("title")) for h in back] == expected
    assert (back.total, back.query, back.facets) == (30, "rain", found.facets)
    assert (back.request, back.notes) == (found.request, expected_notes)
    assert back[0]["body"] is None
    with pytest.raises(sl.SnapshotClosed, match=r"results\.request"):
        back.next()


def test_all_hits_whatever_the_page(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add({"id": f"a{n:02}", "title": "rain " * (n + 1)} for n in range(30))
        everything = [hit.id for hit in archive.search("rain", limit=100)]
        page = archive.search("rain", limit=4, offset=8, facets=["section"])
        archive.delete(everything[0])  # the page is of the commit before
        assert [hit.id for hit in page.all()] == everything
        assert [hit.rank for hit in page.all()] == list(range(1, 31))
        assert page.at(25).id == everything[24]
        for rank in (0, 31, -1):
            with pytest.raises(IndexError):
                page.at(rank)
        best = archive.search("rain OR klingon", match="best", limit=2, sort="-id")
        assert len(list(best.all())) == 29
        assert list(archive.search("klingon").all()) == []


def test_plain_values(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": "a", "title": "Rain", "section": "weather", "stars": 2}])
        results = archive.search("rain", facets=["section"])
        row = {"rank": 1, "score": results[0].score, "id": "a", "title": "Rain"}
        row |= {"section": "weather", "stars": 2}
        assert results.to_dicts() == [row]
        answer = json.loads(json.dumps(results.to_json()))
        assert (answer["total"], answer["hits"]) == (1, [row])
        assert answer["facets"] == {"section": [{"value": "weather", "count": 1}]}


def test_a_part_of_an_article_is_changed(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": "a", "title": "Rain", "date": "2022", "stars": 2}])
        report = archive.update("a", stars=3, title=None)
        assert (report.updated, archive["a"]) == (1, {"id": "a", "date": "2022", "stars": 3})
        assert archive.update("a", stars=3).unchanged == 1
        assert archive.update(archive.search("date:2022")[0], section="x").updated == 1
        rejected = archive.update("a", date="never").rejected
        assert len(rejected) == 1
        assert archive["a"]["date"] == "2022"
        with pytest.raises(sl.UnknownKey):
            archive.update("b", stars=1)
        assert len(archive) == 1


def test_the_key_of_an_article_is_not_changed(tmp_path: Path) -> None:
    with sl.Archive.create(tmp_path / "a", language="en") as archive:
        archive.add([{"id": "3", "title": "Three"}, {"id": "4", "title": "Four, precious"}])
        for other in ("4", "9"):
            with pytest.raises(sl.ArgumentError, match="the id of an article cannot be changed"):
                archive.update("3", id=other)
        assert archive.update("3", id="3", title="Third").updated == 1
        assert [archive[key]["title"] for key in archive] == ["Four, precious", "Third"]
