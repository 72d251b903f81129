"""Pages of ``docs`` that are generated from the contracts and the graph. What is written by hand is in ``docs``."""
