# One environment in .venv; `make demo` is all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runs
INSTALLED := $(VENV)/.installed
BLENDER5 := .venv-bpy5
IN_BLENDER := tests/blender_addon tests/usd_export/test_read_by_blender.py tests/usd_export/test_growing.py

.PHONY: demo test test-all addon bench lint format clean

# What it takes to run, and what it takes to develop: torch and USD are large.
$(RUNS): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[plot]"
	touch $@

$(INSTALLED): $(RUNS)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

# The newest Blender that there is as a package. On other Pythons than 3.11 there is none, and its tests skip.
$(BLENDER5)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(BLENDER5)
	sed "s/^bpy==.*/bpy==5.0.1/" constraints.txt > $(BLENDER5)/constraints.txt
	$(BLENDER5)/bin/python -m pip install --quiet --upgrade pip
	$(BLENDER5)/bin/python -m pip install --quiet --constraint $(BLENDER5)/constraints.txt --editable ".[blender,plot,usd]" \
		pytest pytest-timeout hypothesis usd-validation-nvidia
	touch $@

demo: $(RUNS)
	$(BIN)/warp-fabric demo

test: $(INSTALLED)
	$(BIN)/python -m pytest -m "not slow"

test-all: $(INSTALLED) $(BLENDER5)/.installed
	$(BIN)/python -m pytest
	$(BLENDER5)/bin/python -m pytest $(IN_BLENDER)

# The Blender extension for each platform and Python, in dist/.
addon: $(INSTALLED)
	$(BIN)/python blender_addon/packaging/extension.py

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.step
	$(BIN)/python -m benchmarks.gradient
	$(BIN)/python -m benchmarks.fit

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(BLENDER5) build dist out .pytest_cache .ruff_cache .hypothesis
