"""Post-training of a language model by policy gradient: RLOO and GRPO on rewards of texts."""
