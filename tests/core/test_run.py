"""A run's identity holds what can move a score, and nothing else."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace

import pytest

from isogloss import plugin
from isogloss.core.errors import IsoglossError
from isogloss.core.material import Reading
from isogloss.core.run import Fit, Generate, Run, from_json, singles, to_json

RUN = Run("verbalise", "mini/mt5", ("en",), revision="r1")

OTHER = {
    "steps": 7, "batch": 7, "tokens": 7, "lr": 0.5, "optimizer": "adafactor",
    "schedule": "constant", "warmup": 0.3, "weight_decay": 0.3, "clip": 0.3,
    "label_smoothing": 0.3, "dropout": 0.3, "snapshots": 7, "patience": 7, "max_source": 7,
    "max_target": 7, "long": "chunks", "stride": 7, "beams": 7, "sample": True,
    "temperature": 0.3, "top_p": 0.3, "length_penalty": 0.3, "no_repeat": 7,
    "repetition_penalty": 0.3, "max_tokens": 7,
}  # fmt: skip
"""Another value of every setting: a new field fails here until it is listed."""


@pytest.mark.parametrize("name", [f.name for f in fields(Fit)])
def test_every_fit_setting_moves_both_keys(name: str) -> None:
    other = replace(RUN, fit=replace(RUN.fit, **{name: OTHER[name]}))
    assert other.id != RUN.id
    assert other.train_key != RUN.train_key


@pytest.mark.parametrize("name", [f.name for f in fields(Generate)])
def test_generation_moves_the_run_but_shares_the_training(name: str) -> None:
    other = replace(RUN, generate=replace(RUN.generate, **{name: OTHER[name]}))
    assert other.id != RUN.id
    assert other.train_key == RUN.train_key


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"sources": ("de",)},
        {"revision": "r2"},
        {"material": (("examples", "en", "x"),)},
        {"model": "m"},
    ],
)
def test_every_axis_moves_the_identity(change: dict[str, object]) -> None:
    assert replace(RUN, **change).id != RUN.id  # type: ignore[arg-type]


def test_what_penalties_count_is_named_where_there_are_some() -> None:
    assert Generate(beams=4).identity() == asdict(Generate(beams=4))
    for some in (Generate(no_repeat=3), Generate(repetition_penalty=1.2)):
        assert some.identity() == {**asdict(some), "counts": "output"}


def test_cell_is_the_run_without_its_seed() -> None:
    assert replace(RUN, seed=3).cell == RUN.cell
    assert replace(RUN, seed=3).id != RUN.id


def test_late_methods_share_the_training() -> None:
    plain = replace(RUN, fit=Fit(snapshots=2))
    late = replace(plain, recipe="average(last=2)")
    early = replace(plain, recipe="lora()")
    assert late.train_key == plain.train_key
    assert late.id != plain.id
    assert early.train_key != plain.train_key


def test_json_gives_the_run_back() -> None:
    run = replace(RUN, recipe="lora(r=4)", fit=Fit(lr=0.1), material=(("examples", "en", "x"),))
    assert from_json(json.loads(json.dumps(to_json(run)))) == run
    assert from_json(to_json(run)).id == run.id


def test_material_counts_where_it_is_read() -> None:
    text, other = (("text", "fr", "a"),), (("text", "fr", "b"),)
    assert replace(RUN, material=text).id == RUN.id
    mixed = replace(RUN, recipe="mix_in(langs=['fr'])")
    assert len({replace(mixed, material=m).train_key for m in ((), text, other)}) == 3
    # A part's material moves the run, and not the training that the run shares.
    added = replace(RUN, recipe="arithmetic(langs=['fr'])")
    assert replace(added, material=text).id != replace(added, material=other).id
    assert replace(added, material=text).train_key == replace(RUN, material=other).train_key


def test_a_late_translator_moves_the_run_and_shares_the_training() -> None:
    one, two = ((("translator", "", name),) for name in "ab")
    late = replace(RUN, recipe="translate_test()")
    assert replace(late, material=one).id != replace(late, material=two).id
    assert replace(late, material=one).train_key == RUN.train_key
    early = replace(RUN, recipe="translate_train(langs=['fr'])")
    assert replace(early, material=one).train_key != replace(early, material=two).train_key


def test_generation_moves_a_training_that_reads_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(RUN, recipe="lora()", generate=Generate(beams=7))
    assert other.train_key == replace(RUN, recipe="lora()").train_key
    said = (Reading("answers", (), "train"),)
    monkeypatch.setattr(plugin.method("lora"), "reads", lambda self, run: said)
    again = replace(other)
    assert again.train_key != replace(RUN, recipe="lora()").train_key


def test_dev_data_count_where_they_stop_the_training() -> None:
    dev = (("dev_examples", "en", "x"),)
    assert replace(RUN, material=dev).id == RUN.id
    patient = replace(RUN, fit=Fit(patience=1))
    assert replace(patient, material=dev).train_key != patient.train_key


def test_singles_are_the_runs_with_one_source() -> None:
    bea = "bea()"
    run = replace(
        RUN, sources=("en", "de"), recipe=f"lora() + {bea}", material=(("examples", "en", "e"),)
    )
    found = singles(run, run.parsed.methods[1])
    assert found == tuple(replace(run, sources=(lang,), recipe="lora()") for lang in ("en", "de"))
    with pytest.raises(IsoglossError, match="at least 2 sources; the run has en"):
        replace(run, sources=("en",)).check()
