# Everything bootstraps .venv by itself: `make check` on a fresh machine first installs, then checks.
# make help       lists the targets.

PYTHON     ?= python3
VENV       ?= .venv
PIP_ARGS   ?=
SUBMISSION ?=
STAGE      ?=
STEP       ?=
SUBMISSIONS ?=
PRESET     ?= smoke
EXPERIMENT ?= all
LOGGER     ?=
ARGS       ?=
LOCKED     ?=
OUT        ?= out
FORCE      ?=

# The handout has no solutions/ and needs no nbgrader.
EXTRAS     := $(if $(wildcard solutions/stages),[dev],)
LOCK       := $(if $(LOCKED),$(addprefix --constraint ,$(wildcard constraints.txt)))
# Windows shells that have make (Git Bash, MSYS2) keep the interpreter elsewhere.
BIN        := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PY         := "$(BIN)/python"
# Folders may have spaces in their names: quoted for the shell, escaped for make.
EMPTY      :=
SPACE      := $(EMPTY) $(EMPTY)
READY      := $(subst $(SPACE),\ ,$(VENV))/.ready
PATHSEP    := $(if $(filter Windows_NT,$(OS)),;,:)

export PYTHONDONTWRITEBYTECODE = 1
ifdef DATA_ROOT
export DATA_ROOT
endif

.DEFAULT_GOAL := help
.PHONY: help check hint watch notebook data train install clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} $(if $(wildcard solutions/stages),,/^ifneq/ {exit}) /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

install: $(READY) ## make .venv and install what is needed (every other target does it too)

$(READY): pyproject.toml
	@base() { if test -f "$(PYTHON)"; then "$(PYTHON)" "$$@"; else $(PYTHON) "$$@"; fi; }; \
	base -c 'import sys; sys.exit(0 if sys.version_info >= (3, 10) else "Python %d.%d was found, 3.10 or newer is needed: run make PYTHON=/path/to/python3.11" % sys.version_info[:2])' && \
	{ test -x $(PY) || { echo "Making $(VENV) …"; base -m venv "$(VENV)"; }; }
	@echo "Installing into $(VENV) (PyTorch is large: this takes a few minutes, once) …"
	@$(PY) -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) $(LOCK) --editable ".$(EXTRAS)"
	@touch "$(VENV)/.ready"

check: $(READY) ## run the visible tests: the table of stages (STAGE=nt_xent, SUBMISSION=dir)
	@$(PY) -m autograder check $(if $(SUBMISSION),--submission "$(SUBMISSION)") $(if $(STAGE),--stage "$(STAGE)") $(ARGS)

hint: $(READY) ## a hint for a stage: a question, then a shape, then the trick (STAGE=nt_xent, STEP=1, 2 or 3)
	@$(PY) -m autograder hint $(if $(STAGE),"$(STAGE)") $(if $(STEP),--step "$(STEP)") $(ARGS)

watch: $(READY) ## check again whenever a stage is saved (STAGE=, SUBMISSION=)
	@$(PY) -m autograder watch $(if $(SUBMISSION),--submission "$(SUBMISSION)") $(if $(STAGE),--stage "$(STAGE)") $(ARGS)

notebook: $(READY) ## open the notebooks in JupyterLab
	@bin="$$(cd "$(BIN)" && pwd)" && cd assignment && "$$bin/jupyter" lab $(ARGS)

data: $(READY) ## download Omniglot and CIFAR-10 into DATA_ROOT (default .data)
	@PYTHONPATH="assignment" $(PY) -m experiments data $(ARGS)

train: $(READY) ## train with your own stages (PRESET=smoke|cpu|paper, EXPERIMENT=protonet|simclr|all, LOGGER=tensorboard|wandb)
	@PYTHONPATH="assignment" $(PY) -m experiments $(EXPERIMENT) --preset $(PRESET) $(if $(LOGGER),--logger $(LOGGER)) $(ARGS)

clean: ## remove what runs and builds left behind (not .venv, not .data; grades only with FORCE=yes)
	@kept=$$(test -n "$(FORCE)" || test ! -e "$(OUT)" || find "$(OUT)" -type d -exec test -e '{}/.made-by-autograder-demo' \; -prune \
		-o \( -name gradebook.db -o -name results.json -o -name grades.csv -o -name .grades -o -name submitted \) -print -prune) || exit 1; \
	if test -n "$$kept"; then \
		printf '%s\n' "make clean: grades and students' work lie in $(OUT), and nothing was removed:" "$$kept" \
			"Move them elsewhere, or delete them, too, with: make clean FORCE=yes" >&2; exit 1; \
	fi; \
	rm -rf "$(OUT)" build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache

# What follows is for instructors and developers; it is of no use in the handout, which lacks the files.
ifneq ($(wildcard solutions/stages),)
.PHONY: reference release course collect grade demo bank mutation bench test lint format lock

reference: $(READY) ## train both experiments with the reference stages (PRESET=, DATA_ROOT=)
	@for name in $(if $(filter all,$(EXPERIMENT)),protonet simclr,$(EXPERIMENT)); do \
		PYTHONPATH="solutions$(PATHSEP)assignment" $(PY) -m experiments $$name --preset $(PRESET) \
			$(if $(LOGGER),--logger $(LOGGER)) $(ARGS) || exit $$?; \
	done

release: $(READY) ## make assignment/ and the handout archive from solutions/ (ARGS=--check only proves that they match)
	@$(PY) -m autograder release $(ARGS)

course: $(READY) ## write a ready nbgrader course to out/course
	@$(PY) -m autograder course "$(OUT)/course"

collect: $(READY) ## one folder for each student, of what a learning platform delivers (SUBMISSIONS=downloads, OUT=submissions)
	@$(if $(SUBMISSIONS),,$(error Name the folder with the archives: make collect SUBMISSIONS=downloads OUT=submissions))$(PY) -m autograder collect "$(SUBMISSIONS)" --output "$(if $(filter file,$(origin OUT)),submissions,$(OUT))" $(ARGS)

grade: $(READY) ## grade a class in the sandbox (SUBMISSIONS=dir, OUT=out)
	@$(if $(SUBMISSIONS),,$(error Name the folder with the submissions: make grade SUBMISSIONS=dir OUT=dir))$(PY) -m autograder grade "$(SUBMISSIONS)" --output "$(OUT)" $(ARGS)

demo: $(READY) ## a course, a graded sample class and both experiments in small: pages to open in out/demo
	@$(PY) -m autograder demo "$(OUT)/demo"

bank: $(READY) ## grade the bank of submissions: right, wrong and hostile ones (ARGS='--isolation in-process --stage nt_xent')
	@PYTHONPATH=tests/scaffold OMP_NUM_THREADS=1 $(PY) -m bank $(ARGS)

mutation: $(READY) ## change the solutions bit by bit: the hidden suites have to notice (ARGS='--stage nt_xent')
	@PYTHONPATH=tests/scaffold OMP_NUM_THREADS=1 $(PY) -m mutation $(ARGS)

bench: $(READY) ## time training and evaluation beside plain loops and lightly (ARGS='--minutes 15 --json FILE')
	@$(PY) -c 'import importlib.util, sys; sys.exit(not importlib.util.find_spec("lightly"))' || $(PY) -m pip install --quiet --disable-pip-version-check $(PIP_ARGS) --editable ".[bench]"
	@$(PY) tests/benchmarks/training/speed.py $(ARGS)

test: $(READY) ## all tests
	@SUBMISSION=solutions OMP_NUM_THREADS=1 $(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -q $(ARGS)

lint: $(READY) ## formatting, lint, spelling, types, and that assignment/ is what solutions/ generates
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m codespell_lib
	@$(PY) -m mypy
	@$(PY) -m autograder release --check

format: $(READY) ## let ruff format and fix what it can
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

lock: $(READY) ## resolve what grading installs and pin it in constraints.txt (make install LOCKED=yes uses it)
	@$(PY) .ci/lock.py
endif
