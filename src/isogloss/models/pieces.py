"""A backbone's tokenizer as a function from a text to its tokens' spellings."""

from __future__ import annotations

from collections.abc import Callable

UNKNOWN = "<unk>"


def pieces(name: str) -> Callable[[str], list[str]]:
    """Load a backbone's tokenizer alone; unknown tokens are spelled ``<unk>``.

    Raises:
        IsoglossError: no such model, or its tokenizer can't be loaded.
    """
    from isogloss.models.family.backbone import backbone
    from isogloss.models.head.text import tokens
    from isogloss.models.load import read_tokenizer

    tokenizer = read_tokenizer(backbone(name))

    def split(text: str) -> list[str]:
        ids = tokens(tokenizer, [text])[0]
        spelled = zip(ids, tokenizer.convert_ids_to_tokens(ids), strict=True)
        return [UNKNOWN if id_ == tokenizer.unk_token_id else token for id_, token in spelled]

    return split
