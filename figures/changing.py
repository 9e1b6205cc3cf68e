"""A figure of the paper's experiments under numbers of one's own, such as another KL coefficient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from figures.catalog import MODULES, select_figures
from figures.figure import Figure
from theory.errors import InvalidInputError, did_you_mean

KEPT = ("name",)
"""Fields of a setting that are no numbers of the experiment."""

Value = float | int | str


def changed_figure(id: str, changes: Mapping[str, Value]) -> Figure:
    """The figure under the setting that has these fields changed.

    **Arguments**

    - `id`: one of Figures 2 to 14 or Tables 1 to 12, such as `"fig2"`.
    - `changes`: by the name of a field of `sims.rlhf.Setting`, its value, which may be a text such as `"0.2"`.

    **Returns** a figure with the same id, whose title, picture and provenance say what was changed.

    **Raises** `InvalidInputError` for an unknown id, a figure without a setting, an unknown field, or a value that it
    cannot have.

    >>> changed_figure("fig2", {"kl_coefficient": "0.2"}).title
    'More accurate reward models are not necessarily better teachers (kl_coefficient = 0.2)'
    """
    (figure,) = select_figures([id])
    if figure.setting is None or figure.under is None:
        known = [each.id for each in select_figures(_of_the_paper()) if each.setting is not None]
        raise InvalidInputError("figure", repr(id), f"It has no setting to change; these have: {', '.join(known)}.")
    setting = figure.setting
    read = {name: _read(setting, name, value) for name, value in changes.items()}
    made = figure.under(replace(setting, **read))
    said = [f"{name} = {value}" for name, value in read.items()]
    before = [f"{name} = {getattr(setting, name)}" for name in read]
    return replace(
        made,
        id=id,
        module=MODULES[id],
        title=f"{figure.title} ({', '.join(said)})",
        corresponds_to=f"{made.corresponds_to} Changed: {', '.join(said)}; it was {', '.join(before)}.",
        options="".join(f" --set {name}={value}" for name, value in read.items()),
        note=f"Changed: {', '.join(said)} (was {', '.join(str(getattr(setting, name)) for name in read)})",
    )


def parse_changes(texts: list[str]) -> dict[str, str]:
    """What `--set NAME=VALUE` says.

    **Raises** `InvalidInputError` for a text of another form, or a name that is given twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InvalidInputError("--set", repr(text), "Give NAME=VALUE, such as kl_coefficient=0.2.")
        if name in found:
            raise InvalidInputError("--set", repr(text), f"Give {name} once.")
        found[name] = value
    return found


def _of_the_paper() -> list[str]:
    return [id for id, module in MODULES.items() if module.startswith("figures.paper.")]


def _read(setting: Any, name: str, value: Value) -> Value:
    kinds = {field.name: type(getattr(setting, field.name)) for field in fields(setting) if field.name not in KEPT}
    if name not in kinds:
        raise InvalidInputError("setting", repr(name), f"{did_you_mean(name, kinds)}Known: {', '.join(kinds)}.")
    try:
        return kinds[name](str(value))
    except ValueError:
        wanted = {float: "a number", int: "a whole number"}[kinds[name]]
        raise InvalidInputError(name, repr(value), f"Give {wanted}, such as {getattr(setting, name)}.") from None
