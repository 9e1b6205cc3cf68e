"""Sweeps: their numbers, and that whoever computes, and however often it is stopped, the bytes are the same."""

from __future__ import annotations

import io
import math
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from flatscape.commands.simulate import simulate, simulate_problems
from flatscape.input.problem_file import GivenProblem
from flatscape.process.compilation_cache import compilation_cache_folder
from flatscape.sweep import problem_table, run
from flatscape.sweep.parts_folder import PartsFolder
from flatscape.sweep.problem_table import open_problem_table
from flatscape.sweep.run import Sweep, counted_statuses, sweep
from sims.parallel.cores import RESERVED_CORES
from tests.flatscape.sweep.problem_files import mixed_problems, write_problems
from theory.errors import InvalidInputError
from theory.tabular.problem_record import problem_from_record

ROOT = Path(__file__).parents[3]
COUNT, PART = 22, 4


def problems_of_one_shape(seed=0):
    """Few shapes are compiled: problems of up to four outputs are all filled up to four."""
    return mixed_problems(COUNT, seed=seed, largest=4)


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(problem_table, "PART_ROWS", PART)


@pytest.fixture
def echo(monkeypatch, small_parts):
    """Parts that are not simulated, but said to be; gives which were."""
    done = []

    def results(horizon, given):
        done.append(given.first)
        buffer = io.BytesIO()
        rows = range(given.first, given.first + given.rows)
        pl.DataFrame({"row": list(rows), "name": list(given.names), "status": ["reached"] * given.rows}).write_parquet(
            buffer
        )
        return buffer.getvalue()

    monkeypatch.setattr(run, "simulated", results)
    return done


def asked(tmp_path, name="results", **more):
    path = tmp_path / "problems.parquet"
    if not path.exists():
        write_problems(path, problems_of_one_shape())
    return Sweep(open_problem_table(path), tmp_path / f"{name}.parquet", None, math.inf, **more)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted sweep, computed by this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(problem_table, "PART_ROWS", PART)
        own = asked(tmp_path_factory.mktemp("whole"))
        assert sweep(own)
    return own.out


def test_its_numbers_are_those_of_problems_from_json(whole):
    records = problems_of_one_shape()
    given = [GivenProblem(*problem_from_record(record), record["name"], ()) for record in records]
    reports = simulate_problems(given, math.inf)
    table = pl.read_parquet(whole)
    assert table["row"].to_list() == list(range(COUNT))
    for found, report in zip(table.iter_rows(named=True), reports, strict=True):
        for name in ("name", "gamma", "status", "accuracy"):
            assert found[name] == report[name]
        assert found["notes"] is None
        for name in ("t_gamma", "stopped_at", "reward_variance"):
            assert found[name] == (None if report[name] is None else pytest.approx(report[name], rel=1e-12))
        assert (found["error_estimate"] is None) == (report["error_estimate"] is None)
        for bound in report["bounds"]:
            kept = bound["value"] if bound["hypotheses_hold"] else None
            assert found[bound["statement"]] == (None if kept is None else pytest.approx(kept, rel=1e-12))
    counted = counted_statuses(whole)
    assert counted == {label: sum(r["status"] == label for r in reports) for label in counted}
    assert sum(counted.values()) == COUNT


def test_several_processes_find_the_same_bytes(whole, tmp_path, small_parts):
    own = asked(tmp_path)
    assert sweep(own, workers=2)
    assert own.out.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["problems.parquet", "results.parquet"]


KILLED = """
import os, signal, sys
from pathlib import Path
from flatscape.sweep import parts_folder, problem_table
from flatscape.sweep.run import Sweep, sweep
from sims import files
problem_table.PART_ROWS = 4
replace = os.replace
def killed(source, target):
    if "part-0000002" in str(target):
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)
files.os.replace = killed
sweep(Sweep(problem_table.open_problem_table(Path(sys.argv[1])), Path(sys.argv[2]), None, float("inf")))
"""

# In a process of its own: a cluster is started by processes that fork, and here JAX has threads.
ON_RAY = """
import sys
from pathlib import Path
from flatscape.sweep import problem_table
from flatscape.sweep.run import Sweep, sweep
problem_table.PART_ROWS = 4
asked = Sweep(problem_table.open_problem_table(Path(sys.argv[1])), Path(sys.argv[2]), None, float("inf"))
sweep(asked, ray=True, workers=2)
"""


def started(script, own, folder):
    """A sweep in a process of its own, with the compiled programs of this one."""
    return subprocess.run(
        [sys.executable, "-c", script, str(own.table.path), str(own.out)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "FLATSCAPE_CACHE": str(compilation_cache_folder().parent)},
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(
    find_spec("ray") is None and not os.environ.get("CI"), reason="the extra flatscape[ray] is not installed"
)
def test_a_ray_cluster_finds_the_same_bytes(whole, tmp_path):
    own = asked(tmp_path)
    ended = started(ON_RAY, own, tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert own.out.read_bytes() == whole.read_bytes()


def test_a_run_that_was_killed_goes_on_and_ends_with_the_same_bytes(whole, tmp_path, small_parts):
    own = asked(tmp_path)
    ended = started(KILLED, own, tmp_path)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    folder = PartsFolder(own.out, {}).folder
    assert not own.out.exists()
    left = {path.name for path in folder.iterdir()}
    assert {"sweep.json", "part-0000000.parquet", "part-0000001.parquet"} < left
    # The part that was being written is there under no name that counts.
    assert [name[0] for name in left if name.startswith((".part-0000002", "part-0000002"))] == ["."]
    said = []
    assert sweep(own, progress=lambda what, done: said.append(what))
    assert said[0] == f"8 of {COUNT} problems"
    assert own.out.read_bytes() == whole.read_bytes()
    assert not folder.exists()


def test_finished_parts_are_not_computed_again_wherever_it_stops(tmp_path, echo, monkeypatch):
    own = asked(tmp_path)
    keep, join, remove = PartsFolder.keep, PartsFolder.join, PartsFolder.remove

    class Stop(BaseException):
        pass

    def stopping(*_):
        raise Stop

    def keep_two(self, number, content):
        if number == 2:
            raise Stop
        keep(self, number, content)

    for name, stop, original in (("keep", keep_two, keep), ("join", stopping, join), ("remove", stopping, remove)):
        monkeypatch.setattr(PartsFolder, name, stop)
        with pytest.raises(Stop):
            sweep(own)
        monkeypatch.setattr(PartsFolder, name, original)
    # The third part was computed, but not kept, when the first run was stopped.
    assert echo == [0, 4, 8, 8, 12, 16, 20]
    assert own.out.exists()
    assert PartsFolder(own.out, {}).folder.exists()
    assert sweep(own)
    assert echo == [0, 4, 8, 8, 12, 16, 20]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["problems.parquet", "results.parquet"]
    assert pl.read_parquet(own.out)["name"].to_list() == [f"problem {k}" for k in range(COUNT)]


def test_processes_share_the_parts_and_the_last_one_puts_them_together(tmp_path, echo):
    shares = [asked(tmp_path, process=k, processes=3) for k in range(3)]
    assert not sweep(shares[2])
    assert echo == [8, 20]
    assert not sweep(shares[0])
    assert sweep(shares[1])
    assert sorted(echo) == [0, 4, 8, 12, 16, 20]
    # One that comes late, or is begun again, finds all of it done.
    assert sweep(shares[0])
    assert len(echo) == 6
    together = shares[0].out.read_bytes()
    alone = asked(tmp_path, "alone")
    assert sweep(alone)
    assert alone.out.read_bytes() == together


def test_nothing_of_a_person_is_replaced_or_removed(tmp_path, echo):
    own = asked(tmp_path)
    own.out.write_text("a person's")
    with pytest.raises(InvalidInputError, match="exists already"):
        sweep(own)
    own.out.unlink()
    own.out.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidInputError, match="exists already"):
        sweep(own)
    own.out.unlink()
    folder = PartsFolder(own.out, {}).folder
    folder.mkdir()
    (folder / "diary.txt").write_text("a person's")
    with pytest.raises(InvalidInputError, match="move it away"):
        sweep(own)
    assert [path.name for path in folder.iterdir()] == ["diary.txt"]
    assert not echo
    (folder / "diary.txt").unlink()
    assert sweep(own)
    # Results of other problems are not taken for those of these.
    before = own.out.read_bytes()
    with pytest.raises(InvalidInputError, match="exists already"):
        sweep(Sweep(own.table, own.out, 0.5, math.inf))
    assert own.out.read_bytes() == before


def test_a_name_that_is_taken_meanwhile_is_left_alone(tmp_path, echo, monkeypatch):
    own = asked(tmp_path)
    keep = PartsFolder.keep

    def keep_and_take(self, number, content):
        keep(self, number, content)
        own.out.write_text("a person's")

    monkeypatch.setattr(PartsFolder, "keep", keep_and_take)
    with pytest.raises(InvalidInputError, match="taken that name"):
        sweep(own)
    assert own.out.read_text() == "a person's"
    own.out.unlink()
    done = len(echo)
    assert sweep(own)
    assert len(echo) == done


def test_parts_of_another_run_are_not_mixed_in(tmp_path, echo, monkeypatch):
    own = asked(tmp_path)
    monkeypatch.setattr(PartsFolder, "join", lambda self, count: None)
    assert not sweep(own)
    with pytest.raises(InvalidInputError, match=r"another run, which differs in: gamma\. Remove it"):
        sweep(Sweep(own.table, own.out, 0.5, math.inf))
    write_problems(own.table.path, problems_of_one_shape(1))
    with pytest.raises(InvalidInputError, match=r"differs in: problems\."):
        sweep(asked(tmp_path))


def test_all_rows_are_checked_before_any_is_simulated(tmp_path, echo):
    problems = problems_of_one_shape()
    problems[-1]["gamma"] = -1.0
    path = write_problems(tmp_path / "problems.parquet", problems)
    with pytest.raises(InvalidInputError, match=r"problems.parquet: row 21 \(counted from 0\), column gamma: got -1"):
        sweep(asked(tmp_path))
    assert not echo
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_disk_that_is_full_ends_the_run_and_not_the_results(tmp_path, echo, monkeypatch):
    own = asked(tmp_path)

    def full(self, number, content):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(PartsFolder, "keep", full)
        with pytest.raises(OSError, match="No space"):
            sweep(own)
    assert not own.out.exists()
    assert sweep(own)


def test_the_cores_of_this_process_are_given_back(tmp_path, echo, monkeypatch):
    monkeypatch.setenv(RESERVED_CORES, "7")
    sweep(asked(tmp_path))
    assert os.environ[RESERVED_CORES] == "7"
    monkeypatch.delenv(RESERVED_CORES)
    sweep(asked(tmp_path, "again"))
    assert RESERVED_CORES not in os.environ


def test_the_command(tmp_path, echo, capsys):
    own = asked(tmp_path)
    simulate(own.table.path, out=own.out, workers=1)
    assert capsys.readouterr().out == f"{COUNT} problems: {COUNT} reached. Results: {own.out}\n"
    simulate(own.table.path, out=tmp_path / "b.parquet", workers=1, process=1, processes=2)
    assert capsys.readouterr().out.startswith("Parts of this process are done; the results will be ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "--out: got nothing. Problems from Parquet need it"),
        ({"out": Path("a"), "as_json": True}, "--json / --csv: got problems from Parquet"),
        ({"out": Path("a"), "process": 2, "processes": 2}, "--process: got 2. It is one of 0 to 1"),
        ({"out": Path("a"), "gamma": -1.0}, "--gamma: got -1.0"),
        ({"out": Path("a"), "horizon": 0.0}, "--horizon: got 0.0"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path, options, said):
    path = write_problems(tmp_path / "named.like.nothing", mixed_problems(2))
    with pytest.raises(InvalidInputError, match=said):
        simulate(path, **options)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_only_parquet_has_results_in_a_file_of_that_kind(tmp_path):
    path = tmp_path / "one.json"
    path.write_text("[]")
    with pytest.raises(InvalidInputError, match=r"--out.*Only problems from Parquet"):
        simulate(path, out=tmp_path / "a.parquet")
