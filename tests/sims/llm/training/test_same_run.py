"""The records of runs and their differences."""

from sims.llm.training.same_run import first_difference


def test_the_first_difference_is_named() -> None:
    kept = {"a": 1, "b": {"c": [1, 2], "d": None}}
    assert first_difference(kept, {"a": 1.0, "b": {"c": [1, 2]}}) is None
    assert first_difference(kept, {"a": 1, "b": {"c": [1, 3]}}) == ("c", [1, 2], [1, 3])
    assert first_difference(kept, {"a": 1, "b": 5}) == ("b", kept["b"], 5)
    assert first_difference({}, {"new": 1}) == ("new", None, 1)
