"""README's doors: their commands are run as written, and what is left out of what they print is marked."""

from __future__ import annotations

from collections.abc import Sequence

from tools.doors import ENGINEER, THEORIST, block, doors, first_table, verdict

TABLES = "Ledger\n│ a │\n└───┘\nTightness\n│ b │\n└───┘\nSound.\n"
AUDIT = "5 of 5 rows.\n\nVerdict\n- One.\n- Two,\nlong.\n- Three.\n\nMeasures\n"


def test_the_command_stands_above_what_it_prints() -> None:
    assert block("flatscape x", ["one  ", "two"]) == "```\n$ flatscape x\none\ntwo\n```"


def test_the_first_table_and_the_last_line_are_shown() -> None:
    assert first_table(TABLES) == ["Ledger", "│ a │", "└───┘", "...", "Sound."]
    assert first_table("└─┘\nSound.\n") == ["└─┘", "Sound."]
    assert first_table("Sound.\n") == ["Sound."]


def test_of_a_verdict_whole_sentences_are_shown() -> None:
    whole = ["- One.", "- Two,", "long.", "- Three."]
    assert verdict(AUDIT) == ["...", "Verdict", *whole, "..."]
    assert verdict(AUDIT, 3) == ["...", "Verdict", *whole[:3], "..."]
    assert verdict(AUDIT, 2) == ["...", "Verdict", *whole[:1], "..."]


def test_each_door_has_the_output_of_its_command() -> None:
    asked = []

    def run(command: Sequence[str]) -> str:
        asked.append(" ".join(command))
        return TABLES if command[1] == "verify" else AUDIT

    made = doors(run)
    assert asked == [THEORIST, ENGINEER]
    assert f"$ {THEORIST}\nLedger\n│ a │\n" in made["theorist"]
    assert f"$ {ENGINEER}\n...\nVerdict\n- One.\n" in made["engineer"]
