"""Other people's names for our fields."""

from __future__ import annotations

from typing import Any

import pytest

from searchlib.errors import ArgumentError
from searchlib.ingest.field_names import FieldNames, is_known_name


@pytest.mark.parametrize(
    ("record", "renamed"),
    [
        ({"id": "a", "title": "Rain", "words": 3}, {"id": "a", "title": "Rain", "words": 3}),
        ({"headline": "Rain", "text": "It rained"}, {"title": "Rain", "body": "It rained"}),
        ({"Headline": "Rain", "PubDate": "2022"}, {"title": "Rain", "date": "2022"}),
        ({"published_at": "2022", "updated_at": "2023"}, {"date": "2022", "updated_at": "2023"}),
        ({"publishedAt": "", "updated": "2023"}, {"date": "2023"}),
        ({"content": None, "description": "Short"}, {"body": "Short"}),
        ({"content": "Long", "description": "Short"}, {"body": "Long", "description": "Short"}),
        ({"body": "", "summary": "Short"}, {"body": "Short"}),
        ({"source": {"id": "w", "name": "Wire"}}, {"source": "Wire"}),
        ({"author": [{"name": "Ann"}, {"name": "Bo"}]}, {"authors": ["Ann", "Bo"]}),
        ({"author": {"first_name": "Ann", "last_name": "Lee"}}, {"authors": "Ann Lee"}),
        ({"_id": {"$oid": "5f"}, "date": {"$date": "2022"}}, {"id": "5f", "date": "2022"}),
        ({"id": "a", "_id": "b"}, {"id": "a", "_id": "b"}),
        ({"guid": "g", "link": "https://a.example"}, {"id": "g", "url": "https://a.example"}),
        ({"doc": {"title": "Rain"}, "id": "a"}, {"id": "a", "title": "Rain"}),
        ({"_source": {"headline": "Rain"}, "_id": "a"}, {"id": "a", "title": "Rain"}),
        ({"id": "a", "fields": {"bodyText": "x", "byline": "Ann"}},
         {"id": "a", "body": "x", "authors": "Ann"}),
        ({"tags": ["a"], "category": "world", "language": "en"},
         {"topics": ["a"], "section": "world", "lang": "en"}),
        ({"title": {"rendered": "Rain"}}, {"title": "Rain"}),
    ],
)  # fmt: skip
def test_known_names(record: dict[str, Any], renamed: dict[str, Any]) -> None:
    before = dict(record)
    assert FieldNames().rename(record) == renamed
    assert record == before


@pytest.mark.parametrize(
    ("record", "renamed"),
    [
        ({"a": "", "b": None, "headline": "Rain", "c": 0}, {"title": "Rain", "c": 0}),
        ({"title": "", "headline": "Rain"}, {"title": "Rain"}),
        ({"headline": "Rain", "title": "Sun"}, {"title": "Sun", "headline": "Rain"}),
        ({"heading": "B", "headline": "A"}, {"title": "A", "heading": "B"}),  # the best first
        ({"headline": [], "head": {}, "hed": "A"}, {"title": "A", "headline": [], "head": {}}),
        ({"doc": "x", "_source": {"headline": "Rain"}}, {"doc": "x", "title": "Rain"}),
        ({"doc": {"title": "A"}, "attributes": {"title": "B"}}, {"title": "B"}),
        ({"doc": {"_source": {"fields": {"title": "A"}}}}, {"title": "A"}),
        ({"doc": "x", "id": "a"}, {"id": "a", "doc": "x"}),
        ({"_id": "", "guid": "b"}, {"id": "b"}),
        ({"_id": "a", "guid": "b"}, {"id": "a", "guid": "b"}),
        ({"title": "A", "article": {"body": "B"}}, {"title": "A", "body": "B"}),
        ({"body": "B", "object": {"id": "a"}}, {"body": "B", "object": {"id": "a"}}),
        ({"headline": "Rain", "data": {"id": "a"}}, {"title": "Rain", "data": {"id": "a"}}),
        ({"data": {"id": "a"}, "kind": 1}, {"kind": 1, "id": "a"}),
        ({"data": 3, "kind": 1}, {"kind": 1, "data": 3}),
        ({"title": {"x": {"y": "Rain"}}}, {"title": {"x": {"y": "Rain"}}}),
        ({"stars": {"name": "five"}}, {"stars": {"name": "five"}}),  # no field of an article
        ({"source": {"name": "", "title": "Wire"}}, {"source": "Wire"}),
        ({"source": {"name": "a", "value": 5}}, {"source": "a"}),
        ({"source": {"value": "b"}}, {"source": "b"}),
        ({"source": {"last_name": "Lee"}}, {"source": "Lee"}),
        ({"source": {"first_name": 1}}, {"source": {"first_name": 1}}),
        ({"body": ["A", "B"]}, {"body": ["A", "B"]}),
        ({"tags": [{"id": 5}, "rain"]}, {"tags": [{"id": 5}, "rain"]}),
        ({"body": [{"text": "A"}, {"text": "B"}]}, {"body": ["A", "B"]}),
        ({"body": ["A ", {"text": "B"}, 3]}, {"body": "A B3"}),
    ],
)  # fmt: skip
def test_which_of_several_is_taken(record: dict[str, Any], renamed: dict[str, Any]) -> None:
    assert FieldNames().rename(record) == renamed


def test_how_deep_objects_are_looked_into() -> None:
    for depth in (8, 9):
        name: Any = "Rain"
        record: dict[str, Any] = {"title": "Rain"}
        for _ in range(depth):
            name, record = {"name": name}, {"doc": record}
        assert (FieldNames().rename({"title": name})["title"] == "Rain") == (depth == 8)
        assert ("title" in FieldNames().rename(record)) == (depth == 8)


def test_other_fields_are_looked_for_from_then_on() -> None:
    names = FieldNames()
    record = {"headline": "Rain", "stars": {"value": 5}, "title": {"main": "Snow"}}
    assert names.rename(record) == {"title": "Snow", "headline": "Rain", "stars": {"value": 5}}
    names.use_fields(["id", "headline", "stars"])
    assert names.rename(record) == {"title": "Snow", "headline": "Rain", "stars": 5}
    assert names.stays("title")
    names.use_fields(["headline"])
    assert names.rename({"_id": "a"}) == {"_id": "a"}


def test_settings_say_all_that_decides() -> None:
    names = FieldNames(
        {"title": "b.c, a", "id": "k"}, keep=["y", "x"], drop=["d"], split=["topics"]
    )
    given = [("id", [("k",)]), ("title", [("b", "c"), ("a",)])]
    assert names.settings() == [given, ["x", "y"], ["d"], ["topics"]]
    assert FieldNames().settings() == [[], None, [], []]


def test_records_whose_keys_are_data() -> None:
    names = FieldNames()
    names._plans = {(str(number),): None for number in range(10_001)}
    assert names.rename({"headline": "Rain"}) == {"title": "Rain"}
    assert len(names._plans) == 1


def test_what_was_renamed_is_told() -> None:
    names = FieldNames({"body": "lead, text"})
    names.rename({"headline": "Rain", "lead": "It rained.", "text": "All day.", "id": "a"})
    assert names.renamed == {"headline": "title", "lead,text": "body"}
    names.rename({"title": "", "headline": "Rain", "_id": "a"})
    assert names.renamed == {"headline": "title", "lead,text": "body", "_id": "id"}
    named = FieldNames({"title": "title"})
    named.rename({"title": "Rain"})
    assert named.renamed == {}


@pytest.mark.parametrize(
    ("given", "record", "renamed"),
    [
        ({"title": "kicker"}, {"kicker": "Rain", "headline": "Sun"},
         {"title": "Rain", "headline": "Sun"}),
        ({"body": "lead,text"}, {"lead": "A", "text": "B"}, {"body": "A\n\nB"}),
        ({"body": "lead,text"}, {"lead": "", "text": "B"}, {"body": "B"}),
        ({"source": "feed.site.name"}, {"feed": {"site": {"name": "Wire"}}}, {"source": "Wire"}),
        ({"authors": "by[]"}, {"by": ["Ann", "Bo"]}, {"authors": ["Ann", "Bo"]}),
        ({"authors": "by"}, {"by": {"name": "Ann"}}, {"authors": "Ann"}),
        ({"authors": "by.names[]"}, {"by": {"names": ["Ann"]}}, {"authors": ["Ann"]}),
        ({"authors": "by.none[]"}, {"by": {"names": ["Ann"]}}, {}),
        ({"authors": "by[].name"}, {"by": [{"name": "Ann"}, {"name": "Bo"}]},
         {"authors": ["Ann", "Bo"]}),
        ({"authors": "who.name"}, {"who": [{"name": "Ann"}]}, {"authors": ["Ann"]}),
        ({"source": "a.b"}, {"a.b": "Wire"}, {"source": "Wire"}),
        ({"id": "nr"}, {"nr": 7, "guid": "g"}, {"id": 7, "guid": "g"}),
        ({"title": "nothing"}, {"id": "a"}, {"id": "a"}),
        ({"authors": "a,b"}, {"a": ["Ann", "Bo"], "b": "Cy"}, {"authors": ["Ann", "Bo", "Cy"]}),
        ({"body": "a,b"}, {"a": None, "b": []}, {}),
        ({"title": "a.b.c"}, {"a": {"b.c": "Rain"}}, {"title": "Rain"}),
        ({"title": "a.b"}, {"a": "x", "id": "i"}, {"id": "i"}),
        ({"title": "a.b"}, {"a": {"c": 1}}, {}),
        ({"topics": "a.b.c"}, {"a": [{"b": [{"c": "x"}, {"c": "y"}]}]}, {"topics": [["x", "y"]]}),
        ({"id": "_id"}, {"_id": "b", "guid": "c"}, {"id": "b", "guid": "c"}),
        ({"title": "a"}, {"title": "own", "a": ""}, {}),
    ],
)  # fmt: skip
def test_names_that_are_given(
    given: dict[str, str], record: dict[str, Any], renamed: dict[str, Any]
) -> None:
    assert FieldNames(given).rename(record) == renamed


def test_keys_that_are_kept_and_dropped() -> None:
    record = {"id": "a", "headline": "Rain", "x": 1, "y": 2}
    assert FieldNames(keep=["x"]).rename(record) == {"id": "a", "title": "Rain", "x": 1}
    assert FieldNames(drop=["x"]).rename(record) == {"id": "a", "title": "Rain", "y": 2}
    assert FieldNames(keep=[]).rename({"id": "a", "x": 1}) == {"id": "a"}


def test_the_names_of_a_schema_are_not_renamed() -> None:
    names = FieldNames()
    names.use_fields(["id", "headline", "body"])
    assert all(map(names.stays, ("id", "headline", "body")))
    assert names.rename({"headline": "Rain", "text": "x"}) == {"headline": "Rain", "body": "x"}
    assert names.rename({"name": "Rain"}) == {"name": "Rain"}  # it has no title
    names.use_fields(None)
    assert names.rename({"headline": "Rain"}) == {"title": "Rain"}


def test_keys_that_stay() -> None:
    names = FieldNames(drop=["note"], split=["authors"])
    assert all(map(names.stays, ("id", "title", "words", "source")))
    for key in ("headline", "Head-Line", "note", "authors", "_id", "doc", "data"):
        assert not names.stays(key), key
    assert not FieldNames({"title": "x"}).stays("id")
    assert not FieldNames(keep=["x"]).stays("x")


def test_a_field_without_a_key_is_an_error() -> None:
    with pytest.raises(ArgumentError, match="no key is given for title: write title=KEY"):
        FieldNames({"title": " "})


def test_names_in_tables() -> None:
    assert all(
        map(is_known_name, ["id", "Pub Date", "headline", "tags", "Überschrift"[:0] or "url"])
    )
    assert not is_known_name("colour")


def test_the_shapes_of_posts_and_listings() -> None:
    names = FieldNames()
    post = {"type": "Create", "object": {"id": "u", "content": "It rained", "published": "2024"}}
    assert names.rename(post) == {
        "type": "Note",
        "id": "u",
        "body": "It rained",
        "date": "2024",
    } | {"type": "Create"}
    listing = {"kind": "t3", "data": {"title": "Rain", "selftext": "It rained"}}
    assert names.rename(listing) == {"kind": "t3", "title": "Rain", "body": "It rained"}
    kept = {"title": "Rain", "data": {"title": "Snow"}}  # it is an article already
    assert names.rename(kept) == kept
    message = {"text": ["Rain in ", {"type": "bold", "text": "Oslo"}, " today"]}
    assert names.rename(message) == {"body": "Rain in Oslo today"}
    named = {"keywords": [{"name": "place", "value": "Oslo"}], "byline": ["Ann", {"name": "Bo"}]}
    assert names.rename(named) == {"topics": ["Oslo"], "authors": ["Ann", "Bo"]}
    dump = {"_id": {"$oid": "5f"}, "date": {"$date": {"$numberLong": "1709287200000"}}}
    assert names.rename(dump) == {"id": "5f", "date": "1709287200000"}


def test_names_in_several_words() -> None:
    record = {"Titre": "Pluie", "Date de publication": "01/03/2024", "Lead Paragraph": "Il a plu."}
    assert FieldNames().rename(record) == {
        "title": "Pluie", "date": "01/03/2024", "body": "Il a plu."
    }  # fmt: skip


def test_objects_that_hold_no_name_stay_beside_the_field() -> None:
    names = FieldNames()
    record = {"headline": "Rain", "tags": [{"id": 5}], "keywords": ["rain"]}
    assert names.rename(record) == {"title": "Rain", "topics": ["rain"], "tags": [{"id": 5}]}
    record = {"headline": "Rain", "content": {"en": "It rained."}}
    assert names.rename(record)["body"] == {"en": "It rained."}  # which is refused
    tags = [{"id": "w", "webTitle": "Weather"}, {"term": "Oslo"}, {"slug": "rain", "href": "/r"}]
    assert names.rename({"headline": "Rain", "tags": tags})["topics"] == ["Weather", "Oslo", "rain"]


def test_names_lie_at_most_so_deep() -> None:
    value: Any = {"name": "Ann"}
    for _ in range(7):
        value = [value, {"name": "Bo"}]
    assert "{'name'" not in repr(FieldNames().rename({"author": value}))
    for _ in range(3):
        value = [value, {"name": "Bo"}]
    assert "{'name': 'Ann'}" in repr(FieldNames().rename({"author": value}))
