"""Settings of a run that belong to the process, not to any computation: the compilation cache."""

from __future__ import annotations

import jax

from sims.llm.model_file import cache_folder


def use_compilation_cache() -> None:
    """Lets JAX keep compiled programs between runs, so that a warm run hardly compiles."""
    folder = cache_folder() / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        # A cache that cannot be written costs time only.
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
