"""One more kind of supervision is one file, through studies, identities and conformance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isogloss import Study, plugin
from isogloss.core.errors import IsoglossError
from isogloss.store import Store
from isogloss.study.grid import run_study
from isogloss.study.plan import plan_study
from isogloss.testing import check_method, toy
from isogloss.testing.trace import context, results

ONTOLOGY = '''"""Words of a language and their classes."""

from isogloss.core.material import Material


def read(path):
    """Read a word and its class a line."""
    return dict(line.split("\\t") for line in path.read_text().splitlines())


def made(toy, lang):
    """Class the toy's words by their length."""
    return {word: "long" if len(word) > 3 else "short" for word in toy.words[lang]}


MATERIAL = Material(example="onto/{lang}.tsv", read=read, toy=made)
'''
GUIDED = '''"""Put the class of each word behind it."""

from dataclasses import dataclass, replace

from isogloss import Method


@dataclass(frozen=True)
class Guided(Method):
    """Put the class of each word behind it."""

    langs: tuple[str, ...] = ("en",)
    """Languages."""

    needs = ("ontology",)
    cite = ""

    def data(self, train, ctx):
        """Add a copy of each example, in classes."""
        known = {w: c for lang in self.langs for w, c in ctx.get("ontology", lang=lang).items()}
        return train + [replace(each, id=f"{each.id}+", origin="mixed", inputs={
            name: say(known, value) for name, value in each.inputs.items()}) for each in train]


def say(known, value):
    """Say words by their classes."""
    if not isinstance(value, str):
        return value
    return " ".join(known.get(word, word) for word in value.split())
'''
STUDY: dict[str, Any] = {
    "tasks": ["small"],
    "targets": ["fr"],
    "fit": {"steps": 1, "batch": 4},
    "recipes": {"plain": "", "guided": "guided()"},
    "supply": {"ontology": "onto/{lang}.tsv"},
}
Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(**files: str) -> None:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
            plugin.add(tmp_path / f"{name}.py")

    return write


def _study(base: Path, model: str, **changes: Any) -> Study:
    (base / "onto").mkdir(exist_ok=True)
    (base / "onto/en.tsv").write_text("red\tcolour\none\tnumber\n")
    return Study.of({**STUDY, "models": [model], **changes}, base=base)


def test_a_study_supplies_it(small: Any, tiny_xlmr: str, write: Write, tmp_path: Path) -> None:
    write(ontology=ONTOLOGY, guided=GUIDED)
    found = _study(tmp_path, tiny_xlmr)
    run_study(found, tmp_path / "out")
    rows = Store(tmp_path / "out").rows()
    assert {row.recipe: row.needs for row in rows} == {"": "", "guided()": "ontology"}

    def ids() -> list[str]:
        return [job.run.id for job in plan_study(Study.of(table, base=tmp_path)).cells]

    table = {**STUDY, "models": [tiny_xlmr]}
    before = ids()
    (tmp_path / "onto/en.tsv").write_text("red\tshade\n")
    assert [a == b for a, b in zip(before, ids(), strict=True)] == [True, False]


def test_its_code_is_part_of_identities(
    small: Any, tiny_xlmr: str, write: Write, tmp_path: Path
) -> None:
    found = []
    for text in (ONTOLOGY, ONTOLOGY.replace("a line", "per line")):
        write(ontology=text)
        write(guided=GUIDED)
        study = _study(tmp_path, tiny_xlmr)
        found.append([job.run.id for job in plan_study(study).cells])
    assert [a == b for a, b in zip(*found, strict=True)] == [True, False]


def test_conformance_knows_its_toy(write: Write) -> None:
    write(ontology=ONTOLOGY, guided=GUIDED)
    check_method("guided")
    write(bold=GUIDED.replace("Guided", "Bold").replace('needs = ("ontology",)', "needs = ()"))
    with pytest.raises(IsoglossError, match="bold uses ontology without declaring it"):
        check_method("bold")


def test_every_need_can_be_asked_for_by_name(write: Write) -> None:
    needs = tuple(plugin.names("material"))
    write(asking=GUIDED.replace("Guided", "Asking").replace('("ontology",)', str(needs)))
    with results() as store:
        ctx = context(plugin.method("asking")(), "generate", "mt5", store)
        world = toy.task("generate").supply.gives
        assert ctx.get("dictionary", source="en", target="sw") == world["dictionary"]("en", "sw")
        assert ctx.get("parallel_text", source="en", target="sw", n=2) == ctx.parallel(
            "en", "sw", 2
        )
        assert ctx.get("target_text", lang="sw", n=3) == ctx.text("sw", 3)
        assert ctx.get("target_labels", lang="sw", split="dev") == ctx.labels("sw", split="dev")
        assert ctx.get("translator", texts=["one"], source="en", target="sw") == ["moja"]
        wrong: list[tuple[str, Any, str]] = [
            ("dictionary", {"lang": "sw"}, "write ctx.get('dictionary', source=…, target=…)"),
            ("dictionnary", {}, "did you mean 'dictionary'"),
            ("test_inputs", {}, "comes by itself"),
        ]
        for need, asked, said in wrong:
            with pytest.raises(IsoglossError) as caught:
                ctx.get(need, **asked)
            assert said in str(caught.value)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("{lang}.tsv", "all.tsv", "does not name"),
        ('example="onto/{lang}.tsv", ', "", "give both"),
        ("read=read", "read=read, langs=('to',)", "langs of the material"),
        ("read=read", "read=read, key='text'", "have one key, 'text'"),
        ("read=read", "read='lines'", "'read' of the material is no function"),
    ],
)
def test_what_it_declares_is_checked(was: str, now: str, said: str, write: Write) -> None:
    def load() -> None:
        write(ontology=ONTOLOGY.replace(was, now))
        plugin.readable()

    with pytest.raises(IsoglossError, match=said):
        load()


def test_a_study_is_told_what_it_can_supply(write: Write, tmp_path: Path, small: Any) -> None:
    write(ontology=ONTOLOGY)
    with pytest.raises(IsoglossError, match=r'write ontology = "onto/.lang..tsv"'):
        _study(tmp_path, "mini/xlmr", supply={"ontology": "onto/en.tsv"})
    with pytest.raises(IsoglossError, match="did you mean 'ontology'"):
        _study(tmp_path, "mini/xlmr", supply={"ontologie": "onto/{lang}.tsv"})
