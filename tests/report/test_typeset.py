"""Tables for a paper."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest

import synthetic_store
from isogloss import plugin, report
from isogloss.report.bibtex import keyed, read
from isogloss.store import Results, Store


@pytest.fixture(scope="module")
def built(made: Store) -> report.Report:
    return report.build(made.results())


def test_systems_are_rows(built: report.Report) -> None:
    latex = report.table(built, "latex")
    assert latex.count(r"\begin{tabular}{ll" + "r" * 14 + "}") == 1
    rows = re.findall(r"^(untouched|full|adapter|mixed in)\b.*\\\\$", latex, re.M)
    assert rows == ["untouched", "full", "adapter", "mixed in"], "one row each, at the rate taken"
    assert r"$3\cdot10^{-5}$" in latex
    (mixed,) = re.findall(r"^mixed in.*$", latex, re.M)
    assert re.search(r"0\.\d\d\} \{\\scriptsize 0\.\d\d\}\$\^\{\*\}\$ \{\\scriptsize \[", mixed)
    assert "paired bootstrap" in latex


def test_every_citation_has_its_entry(built: report.Report) -> None:
    latex, bib = report.table(built, "latex"), report.table(built, "bibtex")
    cited = {key for keys in re.findall(r"\\cite\{([^}]+)\}", latex) for key in keys.split(",")}
    entries = re.findall(r"^@misc\{([^,]+),$", bib, re.M)
    assert cited
    assert cited <= set(entries)
    assert len(entries) == len(set(entries))
    assert r"adapter~\cite{houlsby2019,chirkova2023}" in latex
    assert "author = {Houlsby and others}" in bib
    assert bib.count("{") == bib.count("}")


def test_every_work_of_the_catalogue_has_a_key() -> None:
    every = [
        plugin.find(group, name).cite
        for group in ("method", "task", "metric")
        for name in plugin.names(group)
    ]
    keys = keyed(text for text in every if text)
    assert len(set(keys.values())) == len(keys)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", key) for key in keys.values())
    assert {"hu2022", "demarneffe2021", "tjongkimsang2003", "popovic2015"} <= set(keys.values())


def test_works_are_read() -> None:
    first, second = read(
        "Artetxe, Ruder and Yogatama (2020), On the X: A Study, ACL 2020, arXiv:1910.11856; "
        "deep: Qin & Eisner 2021, 2104.06599; and the contributors"
    )
    assert (first.title, first.venue, first.arxiv) == (
        "On the X: A Study",
        "ACL 2020",
        "1910.11856",
    )
    assert "author = {Artetxe and Ruder and Yogatama}" in first.entry("a")
    assert (second.authors, second.year) == ("Qin & Eisner", "2021")


def test_bold_is_what_is_best_and_differs(tmp_path) -> None:
    arms = [
        synthetic_store.Arm("full", "", 1e-4, 0.3, 0.9),
        synthetic_store.Arm("lora", "lora()", 1e-4, 0.8, 0.95),
        synthetic_store.Arm("adapter", "adapter()", 1e-4, 0.8, 0.95),
    ]
    apart = report.table(
        report.build(synthetic_store.fill(tmp_path / "a", arms[:2], n=100)), "latex"
    )
    assert all(r"\textbf" in line for line in apart.splitlines() if line.startswith("lora"))
    assert not any(r"\textbf" in line for line in apart.splitlines() if line.startswith("full"))
    alike = report.table(report.build(synthetic_store.fill(tmp_path / "b", arms, n=100)), "latex")
    (mean,) = {line.split(" & ")[-1] for line in alike.splitlines() if line.startswith("lora")}
    assert r"\textbf" not in mean, "a lead that may be chance"


def test_names_are_spelled_as_the_field_does(made: Store) -> None:
    rows = [replace(row, metric="entity_f1") for row in made.rows() if row.metric == "exact_match"]
    for form in ("latex", "markdown"):
        text = report.table(report.build(Results(rows, made.out)), form)
        assert "entity F1" in text or "Entity F1" in text
        assert "f1" not in re.sub(r"entity\\?_f1", "", text)


def test_numbers_in_full(built: report.Report) -> None:
    lines = list(csv.DictReader(io.StringIO(report.table(built, "csv"))))
    assert len(lines) == 7 * 13
    assert {line["language"] for line in lines} == set(synthetic_store.TEXTS)
    assert "| **mean of 12** |" in report.table(built, "markdown")
