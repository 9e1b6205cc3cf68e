"""The paper's experiment in miniature: settings, repetitions, measured properties and effects."""
