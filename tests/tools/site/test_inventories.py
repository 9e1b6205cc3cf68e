"""Inventories: Sphinx reads them, and finds the names where the documentation of jax and numpy has them."""

from __future__ import annotations

from pathlib import Path

from sphinx.util.inventory import InventoryFile

from tools.site.inventories import inventory, names_in, write_inventories

LISTS = Path(__file__).resolve().parents[3] / "docs" / "inventories"


def test_a_list_has_comments_and_names():
    assert names_in("# c\na.b class $.html#$\n\n") == [("a.b", "class", "a.b.html#a.b")]


def test_sphinx_reads_what_is_written():
    read = InventoryFile.loads(inventory("jax", "jax.Array class _autosummary/$.html#$\n"), uri="base").data
    assert read["py:class"]["jax.Array"].uri == "base/_autosummary/jax.Array.html#jax.Array"


def test_every_list_of_the_checkout_is_an_inventory(tmp_path):
    made = write_inventories(LISTS, tmp_path)
    assert {path.name for path in made} == {"jax.inv", "numpy.inv"}
    for path in made:
        listed = names_in((LISTS / f"{path.stem}.txt").read_text(encoding="utf-8"))
        read = InventoryFile.loads(path.read_bytes(), uri="").data
        assert {(name, f"py:{role}") for name, role, _ in listed} == {
            (n, r) for r, names in read.items() for n in names
        }
