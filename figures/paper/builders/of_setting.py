"""Figures that can be made again under another setting: what a builder has to remember of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from figures.figure import Figure
from sims.rlhf import Setting

Builder = TypeVar("Builder", bound=Callable[..., Figure])


def of_setting(build: Builder) -> Builder:
    """The builder, whose figures have their `setting`, and are made again `under` another one.

    **Arguments**: `build`, which takes keywords only, one of them `setting`.
    """

    @wraps(build)
    def made(*, setting: Setting, **others: Any) -> Figure:
        return replace(
            build(setting=setting, **others), setting=setting, under=lambda changed: made(setting=changed, **others)
        )

    return cast(Builder, made)
