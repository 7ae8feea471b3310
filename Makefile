# `make demo` is all a newcomer needs: it and what it installs in .venv-run stay as they are, whatever is installed in
# .venv, where the package is developed and tested.
PYTHON ?= python3
RUN := .venv-run
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(RUN)/.installed
INSTALLED := $(VENV)/.installed
# The oldest and the newest Blender that the add-on is for and that there is as a package, with the NumPy they ship.
BLENDERS := 4.2.23 5.0.1
NUMPY_4.2.23 := 1.24.*
NUMPY_5.0.1 := 1.26.*
IN_BLENDER := tests/blender_addon tests/usd_export/test_read_by_blender.py tests/usd_export/test_growing.py
# One process for each core; what is slow to start is started once for each file.
PARALLEL := -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder
# What rounds otherwise on another machine. Also: Haswell, Zen, SkylakeX; on other processors than x86 others.
OPENBLAS_CORETYPE ?= Prescott
WIDE := AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3
NUMERIC := tests/solver tests/forces tests/fitting tests/physics tests/real_yarns tests/contact tests/blender_addon/fit \
	$(addprefix tests/test_,torch_bridge.py torch_engine.py simulation.py run.py kept_frames.py model.py clearing.py)

.PHONY: demo test test-numeric test-numpy2 test-all addon docs bench gpu lint format clean

# What README uses, and what it takes to develop.
$(RUNS): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(RUN)
	$(RUN)/bin/python -m pip install --quiet --upgrade pip
	$(RUN)/bin/python -m pip install --quiet --constraint constraints.txt --editable ".[plot,usd,view,movie]"
	touch $@

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@

# On other Pythons than 3.11 there is no bpy, and its tests skip.
.PRECIOUS: .venv-bpy%/.installed
.venv-bpy%/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-bpy$*
	grep -Ev "^(bpy|scipy|matplotlib)=" constraints.txt > .venv-bpy$*/constraints.txt
	.venv-bpy$*/bin/python -m pip install --quiet --upgrade pip
	.venv-bpy$*/bin/python -m pip install --quiet --constraint .venv-bpy$*/constraints.txt --editable ".[plot,usd]" \
		"bpy==$*; python_version == '3.11'" "numpy==$(NUMPY_$*)" pytest pytest-timeout hypothesis usd-validation-nvidia
	touch $@

# bpy keeps NumPy below 2 in .venv.
.venv-numpy2/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-numpy2
	grep -Ev "^bpy=" constraints.txt > .venv-numpy2/constraints.txt
	.venv-numpy2/bin/python -m pip install --quiet --upgrade pip
	.venv-numpy2/bin/python -m pip install --quiet --constraint .venv-numpy2/constraints.txt --editable ".[plot,usd]" \
		"numpy>=2" pytest pytest-timeout pytest-xdist hypothesis usd-validation-nvidia
	touch $@

demo: $(RUNS)
	$(RUN)/bin/warp-fabric demo

test: $(INSTALLED)
	$(BIN)/python -m pytest $(PARALLEL) -m "not slow"

# As on a machine with another processor: another BLAS, our kernels compiled for any, NumPy without wide vectors.
test-numeric: $(INSTALLED)
	OPENBLAS_CORETYPE=$(OPENBLAS_CORETYPE) KERNEL_FLAGS= NPY_DISABLE_CPU_FEATURES="$(WIDE)" \
		$(BIN)/python -m pytest $(PARALLEL) -m "not slow" $(NUMERIC)

test-all: $(INSTALLED) $(BLENDERS:%=in-blender-%) test-numpy2
	$(BIN)/python -m pytest $(PARALLEL)

in-blender-%: .venv-bpy%/.installed
	.venv-bpy$*/bin/python -m pytest $(IN_BLENDER)

test-numpy2: .venv-numpy2/.installed
	.venv-numpy2/bin/python -m pytest $(PARALLEL) -m "not slow" --ignore tests/blender_addon

# The Blender extension for each platform and Python, in dist/.
addon: $(INSTALLED)
	$(BIN)/python blender_addon/packaging/extension.py

# The tables of docs/scene.md, which come from the code.
docs: $(INSTALLED)
	$(BIN)/python -m docs.generate

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks.step
	$(BIN)/python -m benchmarks.gradient
	$(BIN)/python -m benchmarks.static
	$(BIN)/python -m benchmarks.bundles
	$(BIN)/python -m benchmarks.crimp
	$(BIN)/python -m benchmarks.contact
	$(BIN)/python -m benchmarks.fit
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.viewer

# On a machine with a CUDA GPU: the numeric tests on it, then benchmarks, in at most eight minutes. Installs nothing: it
# takes the environment there is, or a Python that has Warp, NumPy, SciPy and pytest.
gpu:
	$(or $(wildcard $(BIN)/python),$(PYTHON)) -m benchmarks.gpu

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(RUN) .venv-numpy2 .venv-bpy* build dist out .pytest_cache .ruff_cache .hypothesis
