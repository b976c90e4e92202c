"""Everything a student receives, made from the solutions.

`regions.py` turns a solution into a stub, `generated.py` makes `assignment/` of the stubs and the notebooks,
`handout.py` packs what may leave the house, `leaks.py` looks for solutions in it, `command.py` is `autograder release`.
"""
