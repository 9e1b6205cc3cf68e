"""What reward models taught a real language model: its measures, curves and effects."""
