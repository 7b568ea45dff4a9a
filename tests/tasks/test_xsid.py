"""xSID from its original files."""

from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.core.errors import IsoglossError
from isogloss.language.registry import canonical
from isogloss.tasks.xsid import TASK, available, digest, load

ONE = "# id = 7\n# intent = PlayMusic\n1\tplay\tPlayMusic\tO\n2\tit\tPlayMusic\tB-track\n\n"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    (tmp_path / "xsid").mkdir()
    for name in ("en.valid", "de-st.test"):
        (tmp_path / "xsid" / f"{name}.conll").write_text(ONE)
    return tmp_path


def test_english_validation_trains_where_nothing_else_does(made: Path) -> None:
    assert available(made) == {"en": ("train",), "bar": ("test",)}
    [example] = load("en", "train", made)
    assert (example.id, example.target) == ("train-7", ("PlayMusic", ("O", "B-track")))
    (made / "xsid" / "en.train.conll").write_text(ONE * 2)
    assert available(made)["en"] == ("train", "dev")
    assert load("en", "dev", made)[0].id == "dev-7"
    assert digest("en", "train", made) != digest("en", "dev", made)


def test_bad_input(made: Path) -> None:
    path = made / "xsid" / "de-st.test.conll"
    path.write_text(ONE.replace("PlayMusic", "PlayMusik"))
    with pytest.raises(IsoglossError, match=r"test\.conll:3: label 'PlayMusik' .*\n.*'PlayMusic'"):
        load("bar", "test", made)
    path.write_text(ONE.replace("# intent = PlayMusic\n", ""))
    with pytest.raises(IsoglossError, match=r"test\.conll:2: tags without an intent"):
        load("bar", "test", made)
    with pytest.raises(IsoglossError, match="unknown language of xsid here: 'fi'"):
        load("fi", "test", made)
    with pytest.raises(IsoglossError, match=r"xsid is read from its files\n.*--data DIR"):
        load("en", "train", None)


def test_languages_are_spelled_as_in_the_registry() -> None:
    assert [canonical(lang) for lang in TASK.langs] == list(TASK.langs)


def test_real_data(data: Path) -> None:
    counts = {lang: len(load(lang, "test", data)) for lang in available(data)}
    assert counts == {**dict.fromkeys(("ar", "bar", "de", "en", "id", "tr", "zh"), 500), "ja": 250}
    intents = {example.id: example.target.intent for example in load("en", "test", data)}
    same = [intents[e.id] == e.target.intent for lang in counts for e in load(lang, "test", data)]
    assert sum(same) / len(same) > 0.99  # the same items under the same ids
