"""Inputs that are no text: told apart by what they hold, and read where they are named."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest

from isogloss import plugin
from isogloss.core.content import content_hash
from isogloss.core.errors import IsoglossError
from isogloss.core.input import Input, Media, held, media
from isogloss.core.run import Run
from isogloss.core.types import Example
from isogloss.run.keep import late_key

SEEN = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


def test_media_are_equal_by_what_they_hold(tmp_path: Path) -> None:
    for name, content in (("a.png", b"one"), ("b.png", b"one"), ("c.png", b"two")):
        (tmp_path / name).write_bytes(content)
    one, same, other = (media(f"{name}.png", tmp_path, "here") for name in "abc")
    assert one == same == Media(b"one") != other
    assert len({one, same, other}) == 2
    assert content_hash({"image": one}) == content_hash({"image": same})
    assert content_hash([one]) != content_hash([other])
    assert Media(SEEN) == Media(SEEN.copy()) != Media(SEEN.astype(np.int16))
    assert Media((SEEN, 8000)) != Media((SEEN, 16000))
    assert str(one) == "a.png"


def test_a_file_that_changes_after_its_identity_was_taken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    value = media("a.png", tmp_path, "here")
    assert value.content() == b"one"
    path.write_bytes(b"two")
    assert value.content() == b"two", "nobody has asked what it was"
    assert value.content_digest == Media(b"two").content_digest
    path.write_bytes(b"three")
    with pytest.raises(IsoglossError, match="has changed since"):
        value.content()
    path.unlink()
    with pytest.raises(IsoglossError, match="No such file"):
        value.content()


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("gone.png", "line 3: no file 'gone.png'"),
        ("", "no file ''"),
        (".", "no file '.'"),
        ("data:image/png,raw", "not in base64"),
        (3, "got int"),
        (None, "got nothing"),
    ],
)
def test_what_is_no_file_is_refused(value: object, says: str, tmp_path: Path) -> None:
    with pytest.raises(IsoglossError, match=says):
        media(value, tmp_path, "line 3")


def test_bytes_may_stand_in_the_line(tmp_path: Path) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(b'one').decode()}"
    assert media(uri, tmp_path, "here") == Media(b"one")
    assert media(b"one", tmp_path, "here") == Media(b"one")


def test_fields_of_text_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"one")
    line = {"sound": "a.wav", "target": "high"}
    assert held(plugin.kind("sound"), line, tmp_path, "here") == {"sound": Media(b"one")}
    assert held(plugin.kind("classify"), {"text": "a.wav"}, tmp_path, "here") == {}


def test_answers_to_other_pictures_are_kept_apart() -> None:
    run = Run(task="sib200", model="mini/xlmr", sources=("en",))
    keys = {
        late_key(run, "predict", "en", "", [Example("1", "en", {"image": Media(content)})])
        for content in (b"one", b"two", b"one")
    }
    assert len(keys) == 2


def test_what_is_not_installed_names_the_extra() -> None:
    read = Input(auto="AutoTokenizer", files=(), module="no_such_module", extra="image", name="x")
    assert not read.usable
    with pytest.raises(IsoglossError, match="need no_such_module") as caught:
        read.check()
    assert "isogloss[image]" in caught.value.hint


def test_metrics_are_for_the_kinds_that_name_them() -> None:
    assert "sound" in plugin.metric("macro_f1").kinds
    assert "image_text" not in plugin.metric("macro_f1").kinds


def test_methods_of_text_say_so() -> None:
    from isogloss.core.recipe import parse

    def misfit(recipe: str, kind: str, family: str) -> str:
        return plugin.misfit(parse(recipe).methods[0], kind, family)

    assert not misfit("lora()", "sound", "speech_encoder")
    assert "text" in misfit("adapter()", "sound", "speech_encoder")
    assert "target_text is text" in misfit("mix_in(langs=['sw'])", "sound", "speech_encoder")
    assert not misfit("mix_in(langs=['sw'], labels=True)", "sound", "speech_encoder")
    assert not misfit("adapter()", "classify", "encoder")
    assert "sound" not in plugin.kinds_of(plugin.method("adapter"))
    assert "sound" in plugin.kinds_of(plugin.method("average"))
