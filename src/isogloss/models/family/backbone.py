"""Find a pretrained model by name and say what it is, without loading it."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from isogloss import plugin
from isogloss.core.disk import reaching, read_object
from isogloss.core.errors import IsoglossError, nearest
from isogloss.core.field import Range
from isogloss.language.backbone_language import CARD, released, seen

log = logging.getLogger("isogloss")

T5 = ("t5", "mt5", "umt5")
_MADE = {
    "umt5": "umt5", "mt5": "mt5", "byt5": "t5", "nllb": "m2m_100", "m2m100": "m2m_100",
    "mbart50": "mbart", "mbart": "mbart", "xlmr": "xlm-roberta", "mbert": "bert",
    "bloom": "bloom", "xglm": "xglm",
}  # fmt: skip
"""Name in the language registry -> `model_type` of its config.json."""
WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
LAYERS = (
    "num_hidden_layers", "num_layers", "num_decoder_layers", "encoder_layers", "decoder_layers",
    "n_layer",
)  # fmt: skip
CONFIG = {
    "model_type": str | None,
    **dict.fromkeys(LAYERS, Annotated[int, Range(least=0, most=10_000)] | None),
}
"""What is read of a model's config.json."""
WHOLE = 64 << 20
"""Files up to this size, in bytes, are hashed whole; larger ones by 64 samples."""


@dataclass(frozen=True)
class Backbone:
    """A pretrained model, by what its config says."""

    name: str
    """As the user wrote it, without the revision."""
    path: Path | None
    """Its folder; None for a hub model that is not downloaded yet."""
    family: str
    """The name of a file beside this one."""
    architecture: str
    """`model_type` of its config.json."""
    revision: str
    """The hub's commit, or a digest of the local files."""
    pinned: bool = True
    """False for a hub id without revision."""
    langs: frozenset[str] | None = None
    """Languages seen in pre-training, BCP-47; None when unknown."""
    card: Mapping[str, Any] = field(default_factory=dict)
    """What the model's own card.json says: data, steps, licences."""


def backbone(name: str, *, away: bool = False) -> Backbone:
    """Resolve a mini model, a local folder or a hub id `name[@revision]`.

    Args:
        away: where the hub is out of reach, take a well-known model by its name
            alone, which is enough to plan with; its revision may be empty then.

    Raises:
        IsoglossError: no such model, an unsupported architecture, a folder
            without tokenizer or safetensors, or the hub is out of reach.
    """
    if plugin.shelved(name):
        return _folder(name, plugin.shelf(name))
    if (folder := _local(name)) is not None:
        return _folder(name, folder)
    if name.startswith((".", "/", "~")):
        raise IsoglossError(f"no model folder '{name}'", "give a folder that has a config.json")
    return _hub(name, away)


def recorded(name: str, revision: str) -> Backbone:
    """Resolve a backbone again, as a run recorded it.

    Raises:
        IsoglossError: the model's files are not those of the run any more.
    """
    local = plugin.shelved(name) or _local(name) is not None
    found = backbone(name if local or not revision else f"{name}@{revision}")
    if revision and found.revision != revision:
        raise IsoglossError(
            f"{name} has changed: the run was made with revision {revision}, this is "
            f"{found.revision}",
            "bring the old files back, or run the study again",
        )
    return found


@contextmanager
def opening(name: str) -> Iterator[None]:
    """Turn whatever the libraries raise at broken files into an error that names the model."""
    try:
        yield
    except (IsoglossError, MemoryError):
        raise
    except Exception as error:
        said = str(error).split("\n")[0] or "no reason given"
        raise IsoglossError(
            f"{name} can't be opened: {type(error).__name__}: {said}",
            "its files are broken or don't belong together: save the model and its tokenizer again",
        ) from error


def fetch(found: Backbone, *, trust: bool = False) -> Path:
    """Give the backbone's folder, downloading it when needed.

    Args:
        trust: download Python files too.
    """
    if found.path is not None:
        return found.path
    from huggingface_hub import snapshot_download

    patterns = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"] + ["*.py"] * trust
    with _hub_errors(found.name):
        path = Path(snapshot_download(found.name, revision=found.revision, allow_patterns=patterns))
    _complete(path, found.name, found.family)
    return path


def _folder(name: str, path: Path) -> Backbone:
    config = _config(path, name)
    family = _family(config, name)
    _complete(path, name, family)
    card = read_json(path / "card.json", CARD) if (path / "card.json").exists() else {}
    langs = card.get("langs")
    return Backbone(
        name=name,
        path=path,
        family=family,
        architecture=config["model_type"],
        revision=_digest(path.resolve(), _stamp(path)),
        langs=frozenset(langs) if langs else None,
        card=card,
    )


def _hub(name: str, away: bool) -> Backbone:
    repo, _, revision = name.partition("@")
    from huggingface_hub import hf_hub_download

    here: dict[str, Any] = {"local_files_only": True} if away and not _reachable() else {}
    try:
        with _hub_errors(repo):
            file = hf_hub_download(repo, "config.json", revision=revision or None, **here)
    except IsoglossError:
        if not here or released(repo) is None:
            raise
        return _by_name(repo, revision)
    config = Path(file)
    if not revision:
        log.warning(
            "%s has no revision; it resolved to %s. Pin it: %s@%s",
            repo, config.parent.name, repo, config.parent.name,
        )  # fmt: skip
    settings = read_json(config, CONFIG)
    return Backbone(
        name=repo,
        path=None,
        family=_family(settings, repo),
        architecture=settings["model_type"],
        revision=config.parent.name,
        pinned=bool(revision),
        langs=seen(repo),
    )


def _by_name(repo: str, revision: str) -> Backbone:
    """Say what the name of a well-known model tells."""
    architecture = _MADE[released(repo) or ""]
    return Backbone(
        name=repo,
        path=None,
        family=_family({"model_type": architecture}, repo),
        architecture=architecture,
        revision=revision,
        pinned=bool(revision),
        langs=seen(repo),
    )


@cache
def _reachable() -> bool:
    """Ask the hub once; a download would try again for half a minute per model."""
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=5)
    except Exception:
        return False
    return True


class _hub_errors:  # noqa: N801
    """Turn the hub's many errors into one that names the way out."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or not isinstance(error, Exception):
            return
        from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

        if isinstance(error, RevisionNotFoundError):
            raise IsoglossError(f"{self.name} has no such revision", "see its commits") from error
        if isinstance(error, RepositoryNotFoundError):
            raise IsoglossError(
                f"the hub has no model '{self.name}', or you may not see it",
                "check the name; `isogloss list models` shows those in the package",
            ) from error
        raise IsoglossError(
            f"can't get '{self.name}': it is no local folder and the hub is out of reach",
            "give a folder, a model in the package (mini/mt5), or go online and try again",
        ) from error


def _family(config: Mapping[str, Any], name: str) -> str:
    kind = config.get("model_type") or ""
    for name_of_family, family in plugin.families().items():
        if kind in family.architectures:
            return name_of_family
    known = sorted(kind for family in plugin.families().values() for kind in family.architectures)
    near = nearest(kind, known) if kind else None
    hint = f"did you mean '{near}'? " if near else ""
    raise IsoglossError(
        f"{name}: architecture '{kind}' is not supported", f"{hint}supported: {', '.join(known)}"
    )


def _config(path: Path, name: str) -> dict[str, Any]:
    if not (path / "config.json").is_file():
        raise IsoglossError(f"'{name}' has no config.json", "give a folder of save_pretrained")
    return read_json(path / "config.json", CONFIG)


def read_json(path: Path, kinds: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Read a file of a model that holds a JSON object; see ``core.disk.read_object``."""
    return read_object(path, "save the model again", kinds)


def _local(name: str) -> Path | None:
    """Give the folder that a name is, where there is one."""
    with suppress(RuntimeError, ValueError), reaching(Path(name)):
        path = Path(name).expanduser()  # there may be no such user
        return path if path.is_dir() else None
    return None


def _complete(path: Path, name: str, family: str) -> None:
    """Check that a folder has what reads its inputs, and safe weights."""
    for read in map(plugin.input, plugin.family(family).reads):
        read.check()
        if not any((path / file).is_file() for file in read.files):
            what = read.auto.removeprefix("Auto")
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", what).lower()
            raise IsoglossError(
                f"'{name}' has no {words}",
                f"save it beside the model: {words.replace(' ', '_')}.save_pretrained(folder)",
            )
    if not any((path / file).is_file() for file in WEIGHTS):
        pickled = sorted(file.name for file in path.glob("*.bin"))
        what = f"only {pickled[0]}, which can run code when opened" if pickled else "no weights"
        raise IsoglossError(
            f"'{name}' has {what}",
            "save it as safetensors: model.save_pretrained(folder) writes model.safetensors",
        )


def _stamp(path: Path) -> tuple[tuple[str, int, int], ...]:
    """List the files that make the model what it is."""
    files = [*path.glob("*.safetensors"), *path.glob("*.json"), *path.glob("*.model"),
             *path.glob("*.txt")]  # fmt: skip
    kept = sorted(file for file in files if file.name != "card.json" and file.is_file())
    return tuple((f.name, f.stat().st_size, f.stat().st_mtime_ns) for f in kept)


@cache
def _digest(path: Path, stamp: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in stamp:
        digest.update(f"{name} {size} ".encode())
        with (path / name).open("rb") as file:
            if size <= WHOLE:
                digest.update(file.read())
                continue
            for part in range(64):
                file.seek(part * (size - (1 << 20)) // 63)
                digest.update(file.read(1 << 20))
    return digest.hexdigest()[:12]
