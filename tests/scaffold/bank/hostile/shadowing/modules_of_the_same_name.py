"""Hands in modules named like those that the grader imports: torch, pytest, json, autograder, safetensors."""

STAGE = "prototypes"
GAIN = "the grader would run the attacker's code in place of its libraries"
KIND = "folder"
OUTCOMES = ("error",)


def plant(submission, ground):
    evil = f"open({str(ground.outbox / 'shadow')!r}, 'a').write(__name__)\n"
    for name in ("torch", "pytest", "json", "safetensors", "stages/torch", "stages/json", "stages/random"):
        (submission / f"{name}.py").write_text(evil)
    for name in ("autograder", "autograder/worker", "autograder/suites", "tests", "_pytest"):
        (submission / name).mkdir(exist_ok=True)
        (submission / name / "__init__.py").write_text(evil)
