"""Give a language a tag in a backbone that has none for it (mBART, NLLB)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context, Method


@dataclass(frozen=True)
class Tag(Method):
    """Give a language a tag in a backbone that has none for it (mBART, NLLB).

    Either another language's tag is used, or a new one is added to the
    vocabulary, which starts as the mean of all tags.
    """

    lang: str
    """The language, BCP-47."""
    like: str | None = None
    """The language whose tag it borrows."""
    new: bool = False
    """Add a tag of its own."""

    version = "2"
    families = ("encoder-decoder",)
    cite = "2008.00401"
    example = "tag(lang='eu', like='es')"

    def model(self, model: Any, ctx: Context) -> Any:
        """Set the language's tag."""
        from isogloss.models import tags

        if bool(self.like) == self.new:
            raise IsoglossError(
                f"tag(lang='{self.lang}') needs one of like and new",
                f"write tag(lang='{self.lang}', like='es') or tag(lang='{self.lang}', new=True)",
            )
        if not tags.tagged(model):
            raise IsoglossError(
                f"{model.name} has no language tags", "leave tag() out of the recipe"
            )
        if self.like:
            tags.borrow(model, self.lang, self.like)
        else:
            tags.add(model, self.lang)
        model.note.append(f"tag {self.lang} {f'like {self.like}' if self.like else 'new'}")
        return model
