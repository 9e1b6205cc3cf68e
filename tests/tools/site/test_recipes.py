"""Recipes: what a page says is written, and what it leaves unclear is refused."""

from __future__ import annotations

import pytest

from tools.site.recipes import Run, Write, steps, write

PAGE = """# Add

In the new file `a/b.py`:

```python
x = 1
```

In `c.py`, after the line `y = (`:

```python
    2,
```

## Check

```sh
flatscape one
flatscape two
```

which prints, among other things:

```text
word
...
other word
```
"""


def test_steps_in_order():
    assert steps(PAGE) == [
        Write("a/b.py", "x = 1\n"),
        Write("c.py", "    2,\n", "after", "y = ("),
        Run(("flatscape one", "flatscape two"), ("word", "other word")),
    ]


def test_a_block_without_a_place_is_refused():
    with pytest.raises(ValueError, match="where it goes"):
        steps(PAGE.replace("In the new file", "Somewhere in"))


def test_texts_are_put_where_they_belong(tmp_path):
    (tmp_path / "c.py").write_text("y = (\n    3,\n)\n", encoding="utf-8")
    new, after, _ = steps(PAGE)
    write(new, tmp_path)
    write(after, tmp_path)
    write(Write("c.py", "# first\n", "before", "y = ("), tmp_path)
    assert (tmp_path / "a/b.py").read_text(encoding="utf-8") == "x = 1\n"
    assert (tmp_path / "c.py").read_text(encoding="utf-8") == "# first\ny = (\n    2,\n    3,\n)\n"


def test_an_unclear_place_is_refused(tmp_path):
    (tmp_path / "c.py").write_text("y = (\ny = (\n", encoding="utf-8")
    for line in ("y = (", "z = ("):
        with pytest.raises(ValueError, match="times"):
            write(Write("c.py", "", "after", line), tmp_path)
    with pytest.raises(ValueError, match="exists"):
        write(Write("c.py", ""), tmp_path)
