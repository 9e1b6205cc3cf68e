"""All kernels that are checked, in the order of the table."""

from __future__ import annotations

from benchmarks.accelerator.decoder_kernels import DECODER_KERNELS
from benchmarks.accelerator.kernel import Kernel
from benchmarks.accelerator.parameter_kernels import PARAMETER_KERNELS
from benchmarks.accelerator.tabular_kernels import TABULAR_KERNELS
from benchmarks.accelerator.training_kernels import TRAINING_KERNELS

KERNELS: tuple[Kernel, ...] = (*TABULAR_KERNELS, *PARAMETER_KERNELS, *TRAINING_KERNELS, *DECODER_KERNELS)
