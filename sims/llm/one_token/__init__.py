"""One token of a language model, exactly: expectations over the whole vocabulary, gradients in all parameters."""
