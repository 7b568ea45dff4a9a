"""How likely a backbone that is not known saw a language."""

from isogloss.language.backbone_language import unseen


def test_unseen() -> None:
    assert unseen("en") == unseen("de") == 0
    assert unseen("hsb") == 1
    assert 0 < unseen("yo") < unseen("bm") < 1
