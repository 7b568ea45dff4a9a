"""Mask what is no text: code, addresses, markup, handles, placeholders, emoji.

Corpora hide names and links behind such marks, and writers repeat them at will. So they
tell nothing of a text's language, of a loop in it or of its being a copy.
"""

from __future__ import annotations

from functools import lru_cache

import regex

_NO_TEXT = regex.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`|\$\$.*?\$\$|</?[A-Za-z][^<>\n]*>|https?://\S+|www\.\S+"
    r"|(?<![\w-])[\w-]++\.(?:com|org|net|edu|gov|io|ai|co|info|tv|app|dev|ru|cn|jp|kr|uk|eu)\b"
    r"|(?<![\w-])[\w-]++\.(?:js|py|php|html?|exe|zip|pdf|txt|docx?|xlsx?|jpe?g|png|gif|mp[34])\b"
    r"|(?<![\w.+-])[\w.+-]++@[\w-]++\.[\w.]+|[@#＠＃][\w\u200c\u200d]+|\\[A-Za-z]+"
    # [NAME] [PERSON_1] [رابط] 【地址】, {name} {{name}}, NAME_1 __URL__, blanks to fill in
    r"|[\[【][\p{Lu}\p{Lo}][\p{Lu}\p{Lo}\p{M}\p{N}_-]*[\]】]|\{\{?\s*\w+\s*\}?\}|%\w+%"
    r"|\b(?:\p{Lu}++_)++(?:\p{N}+|\p{Lu}+)\b|\b_+\p{L}+_+\b|_{2,}"
    r"|\b(?i:https?|(?:http_?)?urls?)\b|\bUSER(?:NAME)?S?\b"
    r"|(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[\p{N}*#]\ufe0f?\u20e3)"
    r"[\p{Emoji_Modifier}\ufe0e\ufe0f\u20e3\u200d\U000e0020-\U000e007f]*"
    r"|(?<!\S)(?:[:;=][-^']?[DPOSX3])+(?![\p{L}\p{N}])",
    flags=regex.S,
)
_SIGN = regex.compile(
    r"[`$<@#＠＃\\\[【{_\u20e3]|%\w|[:;=][-^']?[DPOSX3]|www\.|\w\.\w|(?i:http|url)|USER"
    r"|\p{Extended_Pictographic}|\p{Regional_Indicator}"
)
"""What no mask does without, to look for first."""


@lru_cache(maxsize=4096)
def mask(text: str) -> str:
    """Blank out what is no text, keeping every other character's place."""
    if not _SIGN.search(text):
        return text
    masked: str = _NO_TEXT.sub(lambda found: " " * len(found[0]), text)
    return masked
