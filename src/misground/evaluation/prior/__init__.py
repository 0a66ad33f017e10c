"""The anatomy prior: a baseline that knows where structures usually lie, and sees no picture.

- `votes`: how other cases of the same benchmark answer the same pair of structures.
- `positions`: where structures lie in phantoms, a table that `make` writes.
- `belief`: the likely answer for one pair, without the case that is asked about.
- `reply`: the answer to a question, from a belief or from a coin flip.

The margin of a model over this baseline is what it can have learned from the pictures.
"""
