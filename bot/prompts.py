"""The prompts and the offline texts, read from `prompts/` once and checked while reading.

A prompt is a Markdown file: front matter (`name`, `version`, `needs`, `output`, `tasks`), then a part "# System" and a
part "# User". An offline text is a YAML file for each language and kind: see `prompts/README.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.core.wording import NAMES, Blanks, Sentence, blanks_in, values_of, written
from bot.models import Kind

FOLDER = Path(__file__).parent.parent / "prompts"
LANGUAGES = ("en", "de", "es", "ru", "bg")
SITUATIONS = ("late_delivery", "service_outage", "faulty_product", "data_leak", "staff_misconduct", "generic")


class PromptError(ValueError):
    """A file below `prompts/` is not as it must be; the message is one sentence that names the file."""


@dataclass(frozen=True)
class Composed:
    """A text written offline, and the file it comes from."""

    text: str
    prompt: str
    version: str


@dataclass(frozen=True)
class RenderedPrompt:
    """What a model is asked, and the shape its answer must have: a JSON object with these strings."""

    name: str
    version: str
    system: str
    user: str
    output: Mapping[str, str]
    """Field -> what it holds."""


@dataclass(frozen=True)
class Prompt:
    """A prompt file; `render` fills it in."""

    name: str
    version: str
    needs: tuple[str, ...]
    output: Mapping[str, str]
    tasks: Mapping[str, str]
    """Kind of text -> what is wanted; the variable `task` holds the one for the kind at hand."""
    system: str
    user: str

    def render(self, task: str, values: Mapping[str, str]) -> RenderedPrompt:
        """The prompt for one kind of text; exactly the variables it needs are given."""
        given = {"task": self.tasks[task], **values}
        if given.keys() != set(self.needs):
            odd = ", ".join(sorted(given.keys() ^ set(self.needs)))
            raise PromptError(f"The prompt {self.name} was not given exactly what it needs: {odd}.")
        return RenderedPrompt(
            name=self.name,
            version=self.version,
            system=self.system.format_map(given),
            user=self.user.format_map(given),
            output=self.output,
        )


@dataclass(frozen=True)
class Fallback:
    """The offline texts of one kind in one language."""

    name: str
    version: str
    paragraphs: tuple[tuple[Sentence, ...], ...]
    situations: Mapping[str, Mapping[str, str | None]]
    """Situation -> its own sentences by name; each situation has them all."""


class Prompts:
    """Everything below `prompts/`."""

    languages = LANGUAGES

    def __init__(self, folder: Path = FOLDER) -> None:
        self.prompts = {path.stem: _prompt(path) for path in sorted(folder.glob("*.md")) if path.stem != "README"}
        self.fallbacks = {
            (language, kind.value): _fallback(folder / "fallback" / language / f"{kind.value}.yaml", language, kind)
            for language in LANGUAGES
            for kind in Kind
        }

    def compose(self, kind: str, situation: str, language: str, blanks: Blanks) -> Composed:
        """The offline text. An unknown situation reads as the generic one, an unknown language as English."""
        spoken = language if language in LANGUAGES else "en"
        fallback = self.fallbacks[spoken, str(kind)]
        own = fallback.situations.get(str(situation), fallback.situations["generic"])
        values = values_of(blanks, spoken)
        text = written(fallback.paragraphs, own, values, responsibility=blanks.responsibility, late=blanks.late)
        return Composed(text, fallback.name, fallback.version)

    def render(self, name: str, task: str, values: Mapping[str, str]) -> RenderedPrompt:
        """A prompt, filled in."""
        return self.prompts[name].render(task, values)


def _prompt(path: Path) -> Prompt:
    front, body = _front_matter(path)
    _only(path, front, {"name", "version", "needs", "output", "tasks"})
    system, found, user = body.partition("# User\n")
    if not found or not system.lstrip().startswith("# System\n"):
        raise PromptError(f'{_at(path)} needs a part "# System" and then a part "# User".')
    system = system.lstrip().removeprefix("# System\n").strip()
    prompt = Prompt(
        name=_string(path, front, "name"),
        version=_string(path, front, "version"),
        needs=tuple(_list(path, front["needs"], "needs")),
        output=_strings(path, front["output"], "output"),
        tasks=_strings(path, front["tasks"], "tasks"),
        system=system,
        user=user.strip(),
    )
    _named_like(path, prompt.name, path.stem)
    if odd := set(prompt.needs) ^ {*blanks_in(prompt.system), *blanks_in(prompt.user)}:
        raise PromptError(f"{_at(path)} lists in `needs` other variables than its text uses: {', '.join(sorted(odd))}.")
    if missing := {kind.value for kind in Kind} ^ prompt.tasks.keys():
        raise PromptError(f"{_at(path)} must have a task for each kind of text; look at {', '.join(sorted(missing))}.")
    return prompt


def _fallback(path: Path, language: str, kind: Kind) -> Fallback:
    content = _yaml(path, _read(path))
    _only(path, content, {"name", "version", "text", "situations"})
    name = _string(path, content, "name")
    _named_like(path, name, f"fallback/{language}/{kind.value}")
    paragraphs = tuple(
        tuple(_sentence(path, item) for item in _list(path, paragraph, "text"))
        for paragraph in _list(path, content["text"], "text")
    )
    situations = _situations(path, content["situations"])
    _check_blanks(path, paragraphs, situations)
    return Fallback(name, _string(path, content, "version"), paragraphs, situations)


FORMS = "`first_of:`, `responsible:`, `in_time:` with `late:`"


def _sentence(path: Path, item: Any) -> Sentence:
    """A sentence is a string, or a mapping that says when it is said."""
    if isinstance(item, str):
        return Sentence((item,))
    match item:
        case {"first_of": list(wordings), **rest} if not rest and all(isinstance(w, str) for w in wordings):
            return Sentence(tuple(wordings))
        case {"responsible": str(wording), **rest} if not rest:
            return Sentence((wording,), responsible=True)
        case {"in_time": str(wording), "late": str(late), **rest} if not rest:
            return Sentence((wording,), late=late)
    raise PromptError(f"{_at(path)} has a sentence that is neither a string nor one of {FORMS}: {item}.")


def _situations(path: Path, content: Any) -> dict[str, dict[str, str | None]]:
    if not isinstance(content, dict) or "generic" not in content:
        raise PromptError(f"{_at(path)} needs `situations` with at least `generic`.")
    if unknown := content.keys() - set(SITUATIONS):
        raise PromptError(f"{_at(path)} has an unknown situation: {', '.join(sorted(unknown))}.")
    generic = content["generic"]
    for situation, own in content.items():
        if not isinstance(own, dict) or not all(isinstance(sentence, str | None) for sentence in own.values()):
            raise PromptError(f"{_at(path)}: `{situation}` must be sentences by name.")
        if unknown := own.keys() - generic.keys():
            raise PromptError(f"{_at(path)}: `{situation}` has {', '.join(sorted(unknown))}, which `generic` lacks.")
    return {situation: {**generic, **content.get(situation, {})} for situation in SITUATIONS}


def _check_blanks(
    path: Path, paragraphs: tuple[tuple[Sentence, ...], ...], situations: Mapping[str, Mapping[str, str | None]]
) -> None:
    """Every blank is known, and every sentence of a situation has a place in the text."""
    own = situations["generic"].keys()
    sentences = [sentence for paragraph in paragraphs for sentence in paragraph]
    wordings = [w for sentence in sentences for w in (*sentence.wordings, sentence.late) if w]
    try:
        used = {name for wording in wordings for name in blanks_in(wording)}
        inside = {name for said in situations.values() for w in said.values() if w for name in blanks_in(w)}
    except ValueError as broken:
        raise PromptError(f"{_at(path)} has a broken blank: {broken}.") from broken
    if unknown := (used - own | inside) - set(NAMES):
        raise PromptError(f"{_at(path)} has an unknown blank: {', '.join(sorted(unknown))}.")
    if unplaced := own - used:
        raise PromptError(f"{_at(path)} never says {', '.join(sorted(unplaced))} in its `text`.")


def _at(path: Path) -> str:
    """The file by its place below `prompts/`."""
    parts = path.parts
    return "/".join(parts[parts.index("prompts") :]) if "prompts" in parts else str(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PromptError(f"{_at(path)} is missing.") from None


def _front_matter(path: Path) -> tuple[dict[str, Any], str]:
    parts = _read(path).split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise PromptError(f'{_at(path)} must begin with front matter between two lines of "---".')
    return _yaml(path, parts[1]), parts[2]


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where there is one: ten times as fast, and a bot that starts reads forty files."""


def _yaml(path: Path, text: str) -> dict[str, Any]:
    try:
        content = yaml.load(text, Loader=_SafeLoader)  # noqa: S506 - it is a safe one
    except yaml.YAMLError as broken:
        raise PromptError(f"{_at(path)} is not valid YAML: {' '.join(str(broken).split())}.") from broken
    if not isinstance(content, dict):
        raise PromptError(f"{_at(path)} must be keys with values.")
    return content


def _only(path: Path, content: Mapping[str, Any], keys: set[str]) -> None:
    if unknown := content.keys() - keys:
        raise PromptError(f"{_at(path)} has an unknown key: {', '.join(sorted(map(str, unknown)))}.")
    if missing := keys - content.keys():
        raise PromptError(f"{_at(path)} lacks {', '.join(sorted(missing))}.")


def _named_like(path: Path, name: str, expected: str) -> None:
    if name != expected:
        raise PromptError(f"{_at(path)} calls itself {name}; its name is {expected}.")


def _string(path: Path, content: Mapping[str, Any], key: str) -> str:
    if isinstance(value := content[key], str | int) and str(value).strip():
        return str(value)
    raise PromptError(f"{_at(path)} needs a {key}.")


def _list(path: Path, value: Any, key: str) -> list[Any]:
    if isinstance(value, list) and value:
        return value
    raise PromptError(f"{_at(path)}: `{key}` must be a list, and one with something in it.")


def _strings(path: Path, value: Any, key: str) -> dict[str, str]:
    if isinstance(value, dict) and value and all(isinstance(v, str) for v in value.values()):
        return {str(k): " ".join(v.split()) for k, v in value.items()}
    raise PromptError(f"{_at(path)}: `{key}` must be texts by name.")
