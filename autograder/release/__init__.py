"""Everything a student receives, made from the solutions.

`stubs.py` turns a solution into a stub, `generate.py` makes `assignment/` of the stubs and the notebooks, `handout.py`
packs what may leave the house, and `leaks.py` looks for solutions in it; `autograder release` calls them.
"""
