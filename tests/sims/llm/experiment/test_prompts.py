"""Prompts in three roles."""

from __future__ import annotations

import pytest

from sims.llm.experiment.prompts import built_in_prompts, prompt_roles
from theory.errors import InvalidInputError


def test_every_prompt_has_one_role_at_most() -> None:
    prompts = built_in_prompts()
    roles = prompt_roles(prompts, reward_model=100, taught=30, held_out=60)
    assert [len(role) for role in roles] == [100, 30, 60]
    dealt = [text for role in roles for text in role]
    assert len(set(dealt)) == 190
    assert set(dealt) < set(prompts)
    assert dealt != list(prompts[:190])


def test_the_seed_decides_and_the_roles_before_do_not_change() -> None:
    prompts = built_in_prompts()
    counts = {"reward_model": 10, "taught": 5}
    roles = prompt_roles(prompts, **counts, held_out=7, seed=2)
    assert roles == prompt_roles(prompts, **counts, held_out=7, seed=2)
    assert roles != prompt_roles(prompts, **counts, held_out=7, seed=3)
    assert roles[:2] == prompt_roles(prompts, **counts, held_out=20, seed=2)[:2]


@pytest.mark.parametrize(
    ("prompts", "counts", "message"),
    [
        (("a", "b", "a"), (1, 1, 1), r"^prompts: got 'a' twice\. Give each once"),
        (("a", " ", "c"), (1, 1, 1), r"^prompts: got an empty one"),
        (("a", "b", "c"), (2, 1, 1), r"^prompts: got 3 of them\. Give at least 4"),
        (("a", "b", "c"), (1, 0, 1), r"^taught: got 0\. Give a whole number of at least 1"),
    ],
)
def test_prompts_that_do_not_fit_are_refused(
    prompts: tuple[str, ...], counts: tuple[int, int, int], message: str
) -> None:
    with pytest.raises(InvalidInputError, match=message):
        prompt_roles(prompts, reward_model=counts[0], taught=counts[1], held_out=counts[2])
