"""How sure it is that rows are spread otherwise than those of a baseline, and by how much.

All of it works on counts: of bins, whose edges the baseline has chosen, and of categories. A hundred million rows
cost no more here than a hundred.
"""
