"""Methods: their names in a ledger's file, their order, and the column that all proofs share."""

from __future__ import annotations

import json

from proofs_check.evidence.method import Method


def test_names_in_the_file_are_those_of_every_ledger_so_far():
    names = ["formal", "proof", "symbolic", "smt", "boxes", "certified", "sampling", "search", "language model"]
    assert [method.value for method in sorted(Method, key=lambda m: m.place)] == names
    assert json.dumps(Method.LANGUAGE_MODEL) == '"language model"'


def test_proofs_share_a_column_and_the_others_have_their_own():
    assert {m.column for m in Method if m.is_proof} == {Method.PROOF}
    assert all(m.column is m for m in Method if not m.is_proof)
    assert [m for m in Method if m.adds_instances] == [Method.SEARCH, Method.LANGUAGE_MODEL]


def test_every_method_has_a_label_of_its_own():
    assert len({method.label for method in Method}) == len(Method)
    assert Method.BOXES.label == "boxes in ball arithmetic"
