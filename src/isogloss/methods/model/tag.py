"""Give a language a tag in a backbone that has none for it (mBART, NLLB)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.core.errors import IsoglossError
from isogloss.core.method import Context, Method
from isogloss.core.run import Run

if TYPE_CHECKING:
    from isogloss.models.model import Model


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
    families = ("encoder_decoder",)
    cite = "2008.00401"
    example = "tag(lang='eu', like='es')"

    def check(self, run: Run) -> None:
        """Refuse both ways at once, backbones without tags, and a tag in a prompt's place."""
        from isogloss.language.model_code import TAGGED
        from isogloss.models.family.backbone import backbone

        if bool(self.like) == self.new:
            raise IsoglossError(
                f"tag(lang='{self.lang}') needs one of like and new",
                f"write tag(lang='{self.lang}', like='es') or tag(lang='{self.lang}', new=True)",
            )
        if backbone(run.model, away=True).architecture not in TAGGED:
            raise IsoglossError(
                f"{run.model} has no language tags", "leave tag() out of the recipe"
            )
        before = run.parsed.methods[: run.parsed.methods.index(self)]
        tables = [method.adds for method in before if method.adds in ("prompt", "language")]
        if self.new and tables:
            raise IsoglossError(
                f"a new tag for '{self.lang}' takes the place of the addition '{tables[0]}'",
                "put tag() before the method that adds it",
            )

    def model(self, model: Model, ctx: Context) -> Any:
        """Set the language's tag."""
        from isogloss.models.family import language_code

        if self.like:
            language_code.borrow(model, self.lang, self.like)
        else:
            language_code.add(model, self.lang)
        model.note.append(f"tag {self.lang} {f'like {self.like}' if self.like else 'new'}")
        return model
