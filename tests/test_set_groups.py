"""Which archives rank as one."""

from __future__ import annotations

from pathlib import Path

import searchlib as sl
from searchlib.set_groups import OpenedArchive, common_schema, grouped

NEWS = sl.Schema(id=sl.Key(), body=sl.Text(), section=sl.Keyword())


def test_texts_decide() -> None:
    more = sl.Schema(id=sl.Key(), section=sl.Keyword(), body=sl.Text(), words=sl.Number())
    assert common_schema(NEWS, NEWS) is NEWS
    common = common_schema(NEWS, more)
    assert common is not None
    assert list(common.fields) == ["id", "body", "section", "words"]
    for other in (
        sl.Schema(key=sl.Key(), body=sl.Text(), section=sl.Keyword()),
        sl.Schema(id=sl.Key(), body=sl.Text(weight=2.0), section=sl.Keyword()),
        sl.Schema(id=sl.Key(), body=sl.Text(stored=False), section=sl.Keyword()),
        sl.Schema(id=sl.Key(), body=sl.Text(), title=sl.Text(), section=sl.Keyword()),
        sl.Schema(id=sl.Key(), body=sl.Text(), section=sl.Keyword(many=True)),
        sl.Schema(id=sl.Key(), body=sl.Text(), lang=sl.Keyword()),
    ):
        assert common_schema(NEWS, other) is None


def test_settings_decide(tmp_path: Path) -> None:
    made = [
        sl.Archive.create(tmp_path / "one", NEWS),
        sl.Archive.create(tmp_path / "paris", NEWS, zone="Europe/Paris"),
        sl.Archive.create(tmp_path / "english", NEWS, language="en"),
        sl.Archive.create(tmp_path / "french", NEWS, language="fr"),
    ]
    folders = [OpenedArchive(Path(one.path).name, one, one._store.reader()) for one in made]
    groups = [[member.name for member in group.members] for group in grouped(folders)]
    assert groups == [["one", "english"], ["paris"], ["french"]]
    for _, archive, reader in folders:
        reader.close()
        archive.close()
