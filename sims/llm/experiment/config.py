"""The configuration of an experiment, and its file (TOML)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from sims.llm.loading import PRECISIONS
from sims.llm.training.settings import CHOICES, TrainingSettings
from theory.arguments.checks import check_whole
from theory.errors import InvalidInputError, did_you_mean

from .reward_choice import OF_TRUTH, RewardChoice, of_type

WORD_MODEL = "word model"
"""The path that stands for the small random model."""

_SETTINGS: dict[str, type] = {
    field.name: type(field.default) for field in fields(TrainingSettings) if field.name != "seed"
}
"""The settings that a file may give, with their types."""

_ROLES = ("reward_model", "taught", "held_out")


@dataclass(frozen=True)
class Course:
    """Runs that differ in the reward and the seed alone.

    **Fields**: `rewards`, names; `seeds`; `settings`, of all of them, whose own seed is replaced.
    """

    rewards: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: TrainingSettings


@dataclass(frozen=True)
class ExperimentConfig:
    """All that an experiment's numbers depend on.

    **Fields**

    - `model`: as `load_language_model` takes it, None for SmolLM2-135M-Instruct, "word model" for a small random one;
      `precision`: `float32` or `bfloat16`.
    - `prompts`: None for the built-in ones. `reward_model_prompts`, `taught_prompts`, `held_out_prompts`: how many each
      role gets.
    - `initial_completions`: of every prompt, from the initial policy, on which reward models are trained, normalised
      and measured; `off_policy_completions`: of every prompt, drawn with `off_policy_prefix` in front of it.
    - `truth`: the reward that judges; `rewards`: those that teach; `courses`: the runs.

    **Raises** `InvalidInputError`, naming the field, for what does not fit together.
    """

    model: str | None
    truth: RewardChoice
    rewards: tuple[RewardChoice, ...]
    courses: tuple[Course, ...]
    precision: str = "float32"
    prompts: tuple[str, ...] | None = None
    reward_model_prompts: int = 128
    taught_prompts: int = 32
    held_out_prompts: int = 64
    initial_completions: int = 6
    off_policy_completions: int = 4
    off_policy_prefix: str = "From an old fairy tale.\n\n"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise InvalidInputError("precision", repr(self.precision), f"Give one of {', '.join(PRECISIONS)}.")
        for name in ("reward_model_prompts", "taught_prompts", "held_out_prompts"):
            check_whole(name, getattr(self, name), least=1)
        for name in ("initial_completions", "off_policy_completions"):
            check_whole(name, getattr(self, name), least=2)
        if self.truth.kind in OF_TRUTH:
            raise InvalidInputError("truth", self.truth.kind, "Give a reward that is read off the text alone.")
        names = [choice.name for choice in self.rewards]
        if not names or len(set(names)) < len(names):
            raise InvalidInputError("rewards", names, "Give at least one, each with a name of its own.")
        if not self.courses:
            raise InvalidInputError("courses", "none", "Give at least one.")
        for course in self.courses:
            for name in course.rewards:
                if name not in names:
                    raise InvalidInputError("course", f"the reward {name!r}", f"Known: {', '.join(names)}.")
            if not course.rewards or not course.seeds or len(set(course.seeds)) < len(course.seeds):
                raise InvalidInputError("course", "no rewards, or seeds that are not distinct", "Give both.")
            if course.settings.prompts_per_step > self.taught_prompts:
                remedy = f"Give at most {self.taught_prompts}, the prompts that the policy is taught on."
                raise InvalidInputError("prompts_per_step", course.settings.prompts_per_step, remedy)
        labels = [label for label, *_ in self.runs()]
        if len(set(labels)) < len(labels):
            repeated = next(label for number, label in enumerate(labels) if label in labels[:number])
            raise InvalidInputError("courses", f"two runs named {repeated}", "Give each run once.")

    def runs(self) -> list[tuple[str, str, TrainingSettings]]:
        """Every run: its name, its reward's, and its settings; those of the first seeds come first."""
        listed = [
            (place, number, course, reward, seed)
            for number, course in enumerate(self.courses)
            for place, seed in enumerate(course.seeds)
            for reward in course.rewards
        ]
        listed.sort(key=lambda item: item[:2])
        return [
            (_run_name(reward, settings := replace(course.settings, seed=seed)), reward, settings)
            for _, _, course, reward, seed in listed
        ]

    def record(self) -> dict[str, Any]:
        """As JSON knows it."""
        found = asdict(self) | {
            "truth": self.truth.record(),
            "rewards": [choice.record() for choice in self.rewards],
        }
        plain: dict[str, Any] = _lists(found)
        return plain


def _run_name(reward: str, settings: TrainingSettings) -> str:
    words = re.sub(r"\W+", "-", reward).strip("-")
    return f"{words}-{settings.method}-{settings.trained}-{settings.seed}"


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def read_config(path: Path) -> ExperimentConfig:
    """The configuration in a TOML file; `configs/` has examples, docs/language-models.md every key.

    **Raises** `InvalidInputError` for a file that cannot be read, unknown keys, and what does not fit together.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInputError("config", f"{path}: {error}", "Give a TOML file that can be read.") from error
    return config_from(data, path.parent)


def config_from(data: Mapping[str, Any], folder: Path) -> ExperimentConfig:
    """A configuration from the tables of its file, which lies in `folder`."""
    tables = {"model", "prompts", "initial", "truth", "reward", "training", "course"}
    _known("config", data, tables)
    model, prompts, initial = (_table(data, name) for name in ("model", "prompts", "initial"))
    _known("[model]", model, {"path", "precision"})
    _known("[prompts]", prompts, {"file", *_ROLES})
    _known("[initial]", initial, {"completions", "off_policy_completions", "off_policy_prefix"})
    common = _table(data, "training")
    if "seed" in common:
        raise InvalidInputError("[training]", "seed", "Give seeds to each [[course]].")
    common = _settings("[training]", common)
    truth = dict(_table(data, "truth")) or {"kind": "vader"}
    found: dict[str, Any] = {
        f"{name}_prompts": of_type(f"[prompts] {name}", prompts[name], int) for name in _ROLES if name in prompts
    }
    for name, value in initial.items():
        field = "initial_completions" if name == "completions" else name
        found[field] = of_type(f"[initial] {name}", value, str if name == "off_policy_prefix" else int)
    if "precision" in model:
        found["precision"] = of_type("[model] precision", model["precision"], str)
    if "file" in prompts:
        found["prompts"] = _prompt_lines(folder / of_type("[prompts] file", prompts["file"], str))
    return ExperimentConfig(
        model=_model_path(model.get("path"), folder),
        truth=_choice("[truth]", {"name": "ground truth"} | truth, folder),
        rewards=tuple(_choice("[[reward]]", table, folder) for table in _tables(data, "reward")),
        courses=tuple(_course(table, common) for table in _tables(data, "course")),
        **found,
    )


def _model_path(path: Any, folder: Path) -> str | None:
    """A path as it is written, or in the folder of the configuration's file."""
    if path is None or path == WORD_MODEL:
        return path
    beside = folder / of_type("[model] path", path, str)
    return str(beside) if beside.exists() else path


def _choice(where: str, table: Mapping[str, Any], folder: Path) -> RewardChoice:
    for key in ("name", "kind"):
        if key not in table:
            raise InvalidInputError(where, f"no {key}", f"Give its {key}.")
        of_type(f"{where} {key}", table[key], str)
    options = {key: value for key, value in table.items() if key not in ("name", "kind")}
    if isinstance(options.get("path"), str):
        options["path"] = _model_path(options["path"], folder)
    return RewardChoice(table["name"], table["kind"], options)


def _course(table: Mapping[str, Any], common: Mapping[str, Any]) -> Course:
    own = _settings("[[course]]", {key: value for key, value in table.items() if key not in ("rewards", "seeds")})
    rewards, seeds = table.get("rewards", []), table.get("seeds", [0])
    for name, value, kind, words in (("rewards", rewards, str, "names"), ("seeds", seeds, int, "whole numbers")):
        if not isinstance(value, list) or any(type(item) is not kind for item in value):
            raise InvalidInputError(f"[[course]] {name}", value, f"Give a list of {words}.")
    return Course(tuple(rewards), tuple(seeds), TrainingSettings(**(dict(common) | own)))


def _settings(where: str, table: Mapping[str, Any]) -> dict[str, Any]:
    _known(where, table, set(_SETTINGS))
    for name, known in CHOICES.items():
        if name in table and table[name] not in known:
            raise InvalidInputError(f"{where} {name}", repr(table[name]), f"Give one of {', '.join(known)}.")
    return {name: of_type(f"{where} {name}", value, _SETTINGS[name]) for name, value in table.items()}


def _prompt_lines(path: Path) -> tuple[str, ...]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError("[prompts] file", f"{path}: {error}", "Give a text file, a prompt a line.") from error
    return tuple(line for line in text.splitlines() if line.strip())


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise InvalidInputError("config", f"{name} = {table!r}", f"Write it as the table [{name}].")
    return table


def _tables(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    tables = data.get(name, [])
    if not isinstance(tables, list) or any(not isinstance(table, dict) for table in tables):
        raise InvalidInputError("config", name, f"Write each as [[{name}]].")
    return tables


def _known(where: str, table: Mapping[str, Any], names: set[str]) -> None:
    for key in table:
        if key not in names:
            meant = did_you_mean(key, names)
            raise InvalidInputError(where, f"the key {key!r}", f"{meant}Known: {', '.join(sorted(names))}.")
