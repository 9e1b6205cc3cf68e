"""Worker processes end with the block, with an error in it, and with the process that started them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from sims.parallel.processes import no_preparation, worker_processes
from tests.processes import alive, command_line, descendants, start, wait_until

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are listed in /proc")


def remember_number(processes: int) -> None:
    os.environ["NUMBER_OF_PROCESSES"] = str(processes)


def number_and_pid() -> tuple[str, int]:
    return os.environ["NUMBER_OF_PROCESSES"], os.getpid()


def test_prepared_workers_compute_and_end_with_the_block():
    with worker_processes(2, remember_number) as pool:
        found = [future.result() for future in [pool.submit(number_and_pid) for _ in range(4)]]
    assert {number for number, _ in found} == {"2"}
    assert not any(alive(pid) for _, pid in found)
    assert multiprocessing.active_children() == []


def test_an_error_in_the_block_stops_what_is_running():
    pids = []

    def fail():
        with worker_processes(1, no_preparation) as pool:
            pids.append(pool.submit(os.getpid).result())
            pool.submit(time.sleep, 10_000)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    (pid,) = pids
    wait_until(lambda: not alive(pid), "the worker has ended")


@needs_proc
def test_a_signal_ends_a_worker_whatever_it_does():
    with worker_processes(1, no_preparation) as pool:
        pid = pool.submit(os.getpid).result()
        busy = pool.submit(time.sleep, 10_000)
        os.kill(pid, signal.SIGTERM)
        with pytest.raises(RuntimeError, match="terminated abruptly"):
            busy.result()
    assert not alive(pid)


GRANDCHILDREN = """
from sims.parallel.processes import no_preparation, worker_processes
from tests.processes import ask_forever
if __name__ == "__main__":
    with worker_processes(1, no_preparation) as pool:
        pool.submit(ask_forever, "z3").result()
"""


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_and_what_they_have_started_end_with_their_parent(tmp_path, number):
    (tmp_path / "script.py").write_text(GRANDCHILDREN)
    process = start(str(tmp_path / "script.py"), folder=tmp_path)

    def solver_is_there():
        return any("worker.py" in command_line(pid) for pid in descendants(process.pid))

    wait_until(lambda: solver_is_there() or process.poll() is not None, "a solver at work")
    assert process.poll() is None, process.stderr.read()
    helpers = descendants(process.pid)
    assert len(helpers) >= 2
    os.kill(process.pid, number)
    process.wait()
    wait_until(lambda: not any(alive(pid) for pid in helpers), "no process left")


BROKEN_OFF = """
import signal, sys
from multiprocessing import util
from sims.parallel.processes import no_preparation, worker_processes
class Told(BaseException):
    pass
def tell(number, frame):
    raise Told
if __name__ == "__main__":
    signal.signal(signal.SIGTERM, tell)
    spawn = util.spawnv_passfds
    def spawn_and_be_told(path, arguments, *others):
        pid = spawn(path, arguments, *others)
        if any("multiprocessing-fork" in str(one) for one in arguments):
            # Before the process has been sent its work.
            signal.raise_signal(signal.SIGTERM)
        return pid
    util.spawnv_passfds = spawn_and_be_told
    try:
        with worker_processes(1, no_preparation) as pool:
            pool.submit(len, ())
            print("not stopped")
    except Told:
        sys.exit(7)
"""


@needs_proc
def test_a_signal_while_a_worker_is_being_started_makes_no_noise(tmp_path):
    (tmp_path / "script.py").write_text(BROKEN_OFF)
    process = start(str(tmp_path / "script.py"), folder=tmp_path)
    assert process.communicate() == ("", "")
    assert process.returncode == 7
