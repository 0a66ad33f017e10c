"""What an answerer knows who sees no picture: where structures usually lie.

- `votes`: how other cases of the same benchmark answer the same pair of structures.
- `positions`: where structures lie in phantoms, a table that `make` writes.
- `belief`: what follows for one pair, the asked case left out.
- `reply`: a question answered from a belief, or by a coin.

How far a model gets beyond this baseline is what its pictures can have told it.
"""
