"""Puts code into other cells that replaces `grade`, the display hook and the shell, for the grade cell to fall for."""

STAGE = "nt_xent"
GAIN = "any score one likes, if the notebook is executed"
KIND = "notebook"
REPORTED = ""

EVIL = """
import sys, builtins
open({mark!r}, "w").write("executed")
sys.displayhook = lambda value: print("12.0")
get_ipython().display_formatter.format = lambda value: ({{"text/plain": "12.0"}}, {{}})
builtins.grade = lambda stage: 12.0
"""
OUTBOX = ""  # filled in by the range


def tamper(notebook):
    text = EVIL.format(mark=f"{OUTBOX}/notebook")
    code = {"cell_type": "code", "id": "evil", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
    notebook["cells"].insert(0, code)
