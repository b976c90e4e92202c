"""Everything that a student receives, made from the solutions.

`stubs.py` turns a solution into a stub, `generate.py` makes `assignment/` of the stubs and the notebooks, `handout.py`
packs what students may receive, and `leaks.py` searches it for solutions; `autograder release` calls them.
"""
