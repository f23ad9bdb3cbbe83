"""The web services of the how-to answer; each is skipped where its framework is not installed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

import searchlib as sl

from .examples import ROOT, blocks

PAGE = ROOT / "docs/how-to/applications.md"


def service(name: str, folder: Path) -> dict[str, Any]:
    with sl.Archive.create(folder / "news") as archive:
        archive.add({"id": n, "title": "Rain", "section": "weather"} for n in range(3))
    (block,) = [one for one in blocks(PAGE.read_text(encoding="utf-8")) if one.title == name]
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(block.body, names)
    return names


def test_fastapi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fastapi")
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the framework's client
        client = pytest.importorskip("fastapi.testclient").TestClient
    web = client(service("with_fastapi.py", tmp_path)["app"])
    answer = web.get("/search", params={"q": "rain"})
    assert (answer.status_code, answer.json()["total"]) == (200, 3)
    assert answer.json()["facets"]["section"] == [{"value": "weather", "count": 3}]
    wrong = web.get("/search", params={"q": "(rain"})
    assert wrong.status_code == 422
    assert wrong.json()["detail"]["cure"]


def test_flask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flask")
    monkeypatch.chdir(tmp_path)
    web = service("with_flask.py", tmp_path)["app"].test_client()
    answer = web.get("/search?q=rain")
    assert (answer.status_code, answer.json["total"]) == (200, 3)
    wrong = web.get("/search?q=(rain")
    assert (wrong.status_code, bool(wrong.json["cure"])) == (422, True)
