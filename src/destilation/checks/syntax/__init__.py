"""The syntactic layer: code by real grammars, other notations by their rules. Knows no gate and no sample."""
