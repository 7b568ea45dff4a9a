"""The page of similarities: a tree, heat maps, and what is not known."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from isogloss.relation.similarity import similarity
from isogloss.relation.statistic import profile
from isogloss.report.similarity import dendrogram, heat, page

FOUND = similarity(["ja", "es", "pt", "io"], ["syntactic", "geographic"])


def test_heat_map() -> None:
    one = FOUND.matrix("syntactic")
    svg = heat(one, FOUND.langs, [0, 1, 2, 3])
    drawn = ET.fromstring(svg)
    paths = {path.get("class"): path.get("d", "") for path in drawn.iter("path")}
    assert paths["none"].count("M") == 7, "what is not known is a frame"
    cells = sum(path.get("d", "").count("M") for path in drawn.iter("path"))
    assert cells == 16
    texts = [text.text for text in drawn.iter("text")]
    assert texts.count(".00") == 3
    assert texts.count(".27") == 2


def test_order_is_the_trees() -> None:
    labels = [text.text for text in ET.fromstring(dendrogram(FOUND)).iter("text")]
    assert labels[:3] == ["Japanese ja", "Spanish es", "Portuguese pt"]
    text = page(FOUND)
    assert text.index("Tree") < text.index("Syntactic") < text.index("Geographic")


def test_page_is_whole_and_escaped() -> None:
    odd = profile(["agua"] * 200, "es")
    found = replace(FOUND, profiles={"es": odd}, notes=("<script>alert(1)</script>",))
    text = page(found)
    assert "<script" not in text
    assert "http://" not in text.replace("http://www.w3.org", "")
    assert "URIEL+" in text
    assert '<td class="num">200</td>' in text


def test_a_hundred_languages_are_a_small_page() -> None:
    from isogloss.language.registry import languages

    langs = [lang.code for lang in languages() if lang.flores and "-" not in lang.code][:100]
    found = similarity(langs, ["syntactic"])
    assert len(page(found)) < 600_000


def test_no_tree() -> None:
    assert "<h2>Tree</h2>" not in page(similarity(["io", "vo"], ["syntactic"]))
