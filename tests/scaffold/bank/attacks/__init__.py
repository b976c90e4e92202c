"""What grades the hostile entries of the bank and looks whether any of them achieved something.

`firing_range.py` grades them on `ground.py`, prepared ground where `listeners.py` wait; `signs.py` are what a success
leaves behind. `course.py` does the same for attacks on notebooks, with nbgrader.
"""
