"""One decoder-only transformer in plain JAX: architectures differ in the data of its configuration."""
