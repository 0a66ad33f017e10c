"""The anatomy prior: what someone answers who knows where structures usually lie, and sees no picture.

- `votes`: how other cases answer the same pair of structures.
- `positions`: where structures lie in phantoms, a table that `make` writes.
- `traits`: how large structures are, too, a table that `make_traits` writes; the self-check uses it.
- `belief`: the likely answer for one pair, without the case that is asked about.
- `reply`: the answer to a question, from a belief or from a coin flip.

The baseline `misground/anatomy-prior` applies it to a benchmark, a report to the questions of its runs. The
margin of a model over it is what it can have learned from the pictures.
"""
