"""Weights and configurations out of files: GGUF, folders of safetensors, and the hub."""
