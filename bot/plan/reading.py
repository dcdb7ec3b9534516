"""Reading a plan: YAML with the place of everything in it, laid over the starter plan, and every mistake at once."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.config import Wrong
from bot.i18n import _
from bot.plan.checks import check
from bot.plan.mistakes import Place, sentence_for, written
from bot.plan.model import Plan
from bot.plan.sources import NAME

STARTER = Path(__file__).parent.parent / "starter.yaml"
"""What a plan leaves out is as it stands here."""
REPLACED = ("sources", "rules")
"""A file that names one of these means only what it names."""


@dataclass
class Document:
    """A YAML file: what it says, and on which line each thing is said."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Place, int] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of this place, or of what it stands in; 0 where the file says nothing of it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines[place] if place else 0

    def sentence(self, place: Place, what: str) -> str:
        """plan.yaml:12: roles.pr.people: …; without a line where the file does not say it at all."""
        line = f":{self.line(place)}" if self.line(place) else ""
        path = written(place)
        return f"{self.name}{line}: {path}: {what}" if path else f"{self.name}{line}: {what}"


def load_plan(path: Path | None, environ: Mapping[str, str]) -> Plan:
    """The plan in this file, else in plan.yaml, else the starter plan; secrets come from `environ`."""
    if path is None:
        path = Path("plan.yaml") if Path("plan.yaml").is_file() else STARTER
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Wrong(_("{path} cannot be read: {why}", path=path, why=error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise Wrong(_("{path} is not text in UTF-8; save it as such.", path=path)) from error
    return parse_plan(text, name=path.name, environ=environ)


def parse_plan(text: str, *, name: str = "plan.yaml", environ: Mapping[str, str] | None = None) -> Plan:
    """The plan this text says, laid over the starter plan, or `Wrong` with every mistake and its line."""
    document = read(text, name)
    starter = _starter()
    whole = laid_over(starter, document.data)
    roles = whole["roles"] if isinstance(whole["roles"], dict) else {}
    context = {"environ": environ or {}, "may_be_unset": _may_be_unset(whole), "roles": list(roles)}
    plan, wrong = _checked(whole, starter, context)
    wrong.sort(key=lambda mistake: document.line(mistake[0]))
    sentences = [*document.mistakes, *(document.sentence(place, what) for place, what in wrong)]
    if sentences or plan is None:
        raise Wrong(dict.fromkeys(sentences))
    return plan


@cache
def _starter() -> Mapping[str, Any]:
    return read(STARTER.read_text(encoding="utf-8"), STARTER.name).data


def read(text: str, name: str) -> Document:
    """What the YAML says; whatever keeps it from being read is a mistake with its line."""
    document = Document(name)
    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            if root is not None:
                _note(root, (), document, ())
                document.data = loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        document.data = {}
        document.mistakes = [document.sentence((), _yaml_trouble(error)).replace(name, f"{name}:{_line(error)}", 1)]
        return document
    except yaml.YAMLError as error:
        raise Wrong(_("{name} is not YAML: {why}", name=name, why=" ".join(str(error).split()))) from error
    except RecursionError:
        raise Wrong(_("{name} has one thing inside another far too often: is a bracket missing?", name=name)) from None
    if root is None:
        document.data = {}
        document.mistakes = [_("{name} is empty: begin with a copy of plan.example.yaml.", name=name)]
    elif not isinstance(document.data, dict):
        document.data = {}
        document.mistakes = [
            _('{name}:1: a plan is made of lines like "company:", not of one text or list.', name=name)
        ]
    return document


def _line(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _yaml_trouble(error: yaml.MarkedYAMLError) -> str:
    if "\\t" in (error.problem or ""):
        return _("there is a tab here; YAML is indented with spaces")
    return _("this is not YAML: {why}", why=error.problem or error.context or "")


def _note(node: yaml.Node, place: Place, document: Document, within: tuple[yaml.Node, ...]) -> None:
    """Remembers the line of everything under this node, and keys that are written twice."""
    document.lines.setdefault(place, node.start_mark.line + 1)
    if node in within:  # an alias to itself; construction refuses it
        return
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            document.lines[(*place, number)] = item.start_mark.line + 1
            _note(item, (*place, number), document, (*within, node))
    elif isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and name != "<<":
                key.tag = "tag:yaml.org,2002:str"  # a name is text, also where YAML sees a number or a yes
            if name in seen and name != "<<":
                what = _("is written twice, first on line {line}; only one can count", line=seen[name])
                document.lines[(*place, name)] = line
                document.mistakes.append(document.sentence((*place, name), what))
            seen.setdefault(name, line)
            document.lines[(*place, name)] = line
            _note(value, (*place, name), document, (*within, node))


def laid_over(starter: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says over what the starter plan says: names are joined, lists and values replaced."""
    whole: dict[str, Any] = deepcopy(dict(starter))
    for key, value in said.items():
        if key in REPLACED:
            whole[key] = {} if value is None else value
        elif isinstance(whole.get(key), dict) and (value is None or isinstance(value, dict)):
            whole[key] = laid_over(whole[key], value or {})  # a heading with nothing under it changes nothing
        else:
            whole[key] = value
    return whole


def _may_be_unset(whole: Mapping[str, Any]) -> set[str]:
    """Names of secrets that only optional sources use."""
    names: dict[bool, set[str]] = {True: set(), False: set()}
    sources = whole.get("sources")
    for source in sources.values() if isinstance(sources, dict) else ():
        auth = source.get("auth") if isinstance(source, dict) else None
        written = auth.get("secret") if isinstance(auth, dict) else None
        if isinstance(written, str) and (name := NAME.fullmatch(written.strip())):
            names[source.get("optional") is True].add(name[1])
    return names[True] - names[False]


def _checked(
    whole: dict[str, Any], starter: Mapping[str, Any], context: Mapping[str, Any]
) -> tuple[Plan | None, list[tuple[Place, str]]]:
    """The plan if it is right, and all that is wrong with it: what cannot be read is set aside and the rest checked."""
    wrong: list[tuple[Place, str]] = []
    data = deepcopy(whole)
    for attempt in range(10):
        try:
            plan = Plan.model_validate(data, context=context)
        except ValidationError as error:
            for mistake in _worth_saying(error):
                place, what = sentence_for(mistake, data)
                if attempt == 0 or mistake["type"] != "missing":  # later it is missing because it was set aside
                    wrong.append((place, what))
            for place in {_there(sentence_for(mistake, data)[0], data) for mistake in _worth_saying(error)}:
                _set_aside(place, data, starter)
        else:
            wrong += check(plan)
            return (None if wrong else plan), wrong
    return None, wrong


def _worth_saying(error: ValidationError) -> list[ErrorDetails]:
    """All mistakes, but of a name that cannot stand there only that."""
    errors = error.errors(include_url=False, include_input=False)
    names = {mistake["loc"][:-1] for mistake in errors if mistake["loc"] and mistake["loc"][-1] == "[key]"}
    return [
        mistake
        for mistake in errors
        if mistake["loc"][-1:] == ("[key]",) or not any(mistake["loc"][: len(name)] == name for name in names)
    ]


def _there(place: Place, data: Any) -> Place:
    """The part of this place that the data has, down to a list at most (its places would shift)."""
    for depth, step in enumerate(place):
        if not isinstance(data, dict) or step not in data:
            return place[:depth]
        data = data[step]
    return place


def _set_aside(place: Place, data: dict[str, Any], starter: Mapping[str, Any]) -> None:
    """Replaces what is at this place by what the starter plan has there, or takes it out."""
    original: Any = starter
    around: Any = data
    for step in place[:-1]:
        original = original.get(step) if isinstance(original, dict) else None
        around = around.get(step) if isinstance(around, dict) else None
    if not isinstance(around, dict):  # what it stood in is already set aside
        return
    if not place:
        data.clear()
        data.update(deepcopy(dict(starter)))
    elif isinstance(original, dict) and place[-1] in original:
        around[place[-1]] = deepcopy(original[place[-1]])
    else:
        around.pop(place[-1], None)
