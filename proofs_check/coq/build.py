"""Coq's compiler, run on the formal proofs: only what has changed, and as much at a time as is asked for.

A file is compiled again if it, a file that it requires, or Coq has changed: its key, a hash of all that, is kept
beside the compiled file with that file's own hash. The standard library is all that is imported here, since
`make formal` runs this module before anything is installed.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "formal"
"""The folder of the formal proofs."""

ALLOWED = frozenset({"classic", "functional_extensionality_dep", "sig_forall_dec", "sig_not_dec"})
"""The axioms of the standard library's real numbers and of classical logic."""

INSTALL = """the formal proofs need Coq (8.16 or newer) with Coquelicot:
  Debian, Ubuntu:  apt-get install coq libcoq-coquelicot
  opam:            opam repo add coq-released https://coq.inria.fr/opam/released && opam install coq coq-coquelicot"""

OPTIONS = ("-w", "-ambiguous-paths", "-Q", ".", "Flat")
_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_REQUIRE = re.compile(r"\bFrom\s+Flat\s+Require\s+(?:Import\s+|Export\s+)?([\w\s]+)\.")


class CoqMissing(Exception):
    """Coq is not installed here."""


class CoqRefuses(Exception):
    """Coq does not accept a file. **Fields**: `file`, its name; `message`, what Coq said."""

    def __init__(self, file: str, message: str) -> None:
        super().__init__(f"{file}: {message}")
        self.file, self.message = file, message


def installed() -> bool:
    """Whether Coq's compiler is there."""
    return shutil.which("coqc") is not None


def version() -> str:
    """Coq's version and that of the OCaml compiler which made it. **Raises** `CoqMissing`."""
    if not installed():
        raise CoqMissing(INSTALL)
    return subprocess.run(["coqc", "--print-version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def requirements(text: str) -> list[str]:
    """The files of ours that a file requires, by name, in order."""
    return [name for names in _REQUIRE.findall(_COMMENT.sub("", text)) for name in names.split()]


def sources(folder: Path = SOURCE) -> dict[str, Path]:
    """Every Coq file of a folder by its name without the ending; names are unique."""
    return {path.stem: path for path in sorted(folder.rglob("*.v"))}


def dependencies(folder: Path = SOURCE) -> dict[str, list[str]]:
    """What each file requires, by name."""
    return {name: requirements(path.read_text(encoding="utf-8")) for name, path in sources(folder).items()}


def keys(folder: Path = SOURCE, coq: str = "") -> dict[str, str]:
    """The key of each file: a hash of it, of the keys of what it requires, and of Coq's version."""
    paths, required = sources(folder), dependencies(folder)
    found: dict[str, str] = {}
    for name in TopologicalSorter(required).static_order():
        if name not in paths:
            raise CoqRefuses(name, "it is required and does not exist")
        parts = [coq.encode(), paths[name].read_bytes(), *(found[other].encode() for other in required[name])]
        found[name] = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    return found


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time compiles in a folder, where the system has locks."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        with contextlib.suppress(ImportError):
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Build:
    """The formal proofs, compiled in a folder of their own.

    **Arguments**: `out`, where compiled files go; `source`, the folder of the proofs.

    **Raises** `CoqMissing`.
    """

    def __init__(self, out: Path, source: Path = SOURCE) -> None:
        self.version = version()
        self.out, self.source = out, source
        self.keys = keys(source, self.version)

    def compile(self, jobs: int = 2, report: Callable[[str], None] = lambda name: None) -> None:
        """Compiles every file that is not up to date, but for the one that only prints.

        **Arguments**: `jobs`, files at a time; `report`, called with the name of each that is compiled.

        **Raises** `CoqRefuses` for the first file that Coq does not accept.
        """
        with _alone(self.out):
            self._mirror()
            required = {name: of for name, of in dependencies(self.source).items() if name != "Audit"}
            order = TopologicalSorter(required)
            order.prepare()
            running: dict[Future[None], str] = {}
            with ThreadPoolExecutor(max_workers=jobs) as pool:
                while order.is_active():
                    for name in order.get_ready():
                        if self.up_to_date(name):
                            order.done(name)
                        else:
                            report(name)
                            running[pool.submit(self._compile, name)] = name
                    finished, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), set())
                    for future in finished:
                        future.result()
                        order.done(running.pop(future))

    def up_to_date(self, name: str) -> bool:
        """Whether what is compiled of a file belongs to its key and is as it was left."""
        compiled, note = self._compiled(name), self._compiled(name).with_suffix(".key")
        if not (compiled.exists() and note.exists()):
            return False
        return note.read_text() == f"{self.keys[name]} {hashlib.sha256(compiled.read_bytes()).hexdigest()}"

    @property
    def audit(self) -> str:
        """The text of Audit.v, which names the theorems whose axioms are printed."""
        return sources(self.source)["Audit"].read_text(encoding="utf-8")

    @property
    def complete(self) -> bool:
        """Whether everything is compiled and up to date, so that nothing has to be done."""
        return all(self.up_to_date(name) for name in self.keys if name != "Audit")

    def printed(self, script: str) -> str:
        """What Coq prints for a script that may require the compiled files; kept by its hash.

        **Raises** `CoqRefuses` if it does not accept the script.
        """
        kept = self.kept(script)
        if not kept.exists():
            self.out.mkdir(parents=True, exist_ok=True)
            name = f"Script{kept.stem}"
            try:
                (self.out / f"{name}.v").write_text(script, encoding="utf-8")
                text = self._coqc(f"{name}.v")
            finally:
                for made in (*self.out.glob(f"{name}.*"), self.out / f".{name}.aux"):
                    made.unlink(missing_ok=True)
            self.keep(script, text)
        return kept.read_text(encoding="utf-8")

    def keep(self, script: str, text: str) -> None:
        """Keeps what Coq has printed for a script."""
        kept = self.kept(script)
        temporary = kept.with_suffix(".tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(kept)

    def kept(self, script: str) -> Path:
        """The file that keeps what Coq has printed for a script, whether or not it is there."""
        key = hashlib.sha256(f"{self.keys['Statements']}\0{script}".encode()).hexdigest()
        return self.out / f"{key[:32]}.txt"

    def _compiled(self, name: str) -> Path:
        return (self.out / sources(self.source)[name].relative_to(self.source)).with_suffix(".vo")

    def _compile(self, name: str) -> None:
        compiled = self._compiled(name)
        self._coqc(str(compiled.with_suffix(".v").relative_to(self.out)))
        digest = hashlib.sha256(compiled.read_bytes()).hexdigest()
        compiled.with_suffix(".key").write_text(f"{self.keys[name]} {digest}")

    def _coqc(self, file: str) -> str:
        done = subprocess.run(["coqc", *OPTIONS, file], cwd=self.out, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CoqRefuses(file, (done.stderr or done.stdout).strip())
        return done.stdout

    def _mirror(self) -> None:
        """Copies the sources; removes what is no longer there."""
        wanted = {path.relative_to(self.source): path for path in sources(self.source).values()}
        for path in self.out.rglob("*.v"):
            if path.relative_to(self.out) not in wanted:
                path.unlink()
        for place, path in wanted.items():
            target = self.out / place
            if not target.exists() or target.read_bytes() != path.read_bytes():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)


_THEOREM = re.compile(r"^Theorem (\w+)", re.MULTILINE)
_PRINTED = re.compile(r"^Print Assumptions Statements\.(\w+)\.$", re.MULTILINE)
_AXIOM = re.compile(r"^(?:\w+\.)*(\w+)(?: :|$)", re.MULTILINE)


def theorems(statements: str) -> list[str]:
    """The names of the theorems in the text of Statements.v, in order."""
    return _THEOREM.findall(statements)


def audited(audit: str) -> list[str]:
    """The names of the theorems whose assumptions the text of Audit.v prints, in order."""
    return _PRINTED.findall(audit)


def axioms(output: str) -> list[set[str]]:
    """For each theorem in what Coq prints for Audit.v: the axioms that it rests on, without their modules."""
    return [set(_AXIOM.findall(block.removeprefix("Axioms:\n"))) for block in blocks(output)]


def blocks(output: str) -> list[str]:
    """What Coq prints for several `Print Assumptions`, one text for each; that of a theorem without axioms is empty."""
    parts = re.split(r"^(Axioms:|Closed under the global context)\n?", output, flags=re.MULTILINE)[1:]
    pairs = zip(*[iter(parts)] * 2, strict=True)
    return [f"{head}\n{text}" if head == "Axioms:" else f"{head}\n" for head, text in pairs]


def assumptions(build: Build, names: Sequence[str], jobs: int = 1) -> dict[str, set[str]]:
    """The axioms that each theorem rests on, as Coq prints them; what it has printed before is not asked again.

    **Arguments**: `names` of theorems; `jobs`, how many processes share the question (a second for each theorem).

    **Raises** `CoqRefuses` if one of them is not there.
    """
    missing = [name for name in names if not build.kept(question(name)).exists()]
    parts = [part for k in range(jobs) if (part := missing[k::jobs])]
    if parts:
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            list(pool.map(lambda part: _ask(build, part), parts))
    return {name: axioms(build.kept(question(name)).read_text(encoding="utf-8"))[0] for name in names}


def question(name: str) -> str:
    """What Coq is asked about a theorem's axioms."""
    return f"Print Assumptions Statements.{name}."


def _ask(build: Build, names: Sequence[str]) -> None:
    output = build.printed("\n".join(["From Flat Require Statements.", *map(question, names), ""]))
    for name, block in zip(names, blocks(output), strict=True):
        build.keep(question(name), block)
