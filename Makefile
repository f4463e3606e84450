# Everything starts here. `make demo` and `make test` need Python 3.11-3.13 and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SOURCES := $(shell git ls-files -co --exclude-standard 'taxonomy/*' 'models/*' 'inference/*' 'training/*' 'commands/*' 2>/dev/null)
TESTS := tests

.PHONY: demo test test-browser test-cluster lint types pytest lock clean

demo: $(READY)  ## Makes clips, describes, trains, evaluates and categorizes; about three minutes on two cores.
	$(BIN)/vidcat demo --out demo

test: lint types pytest  ## Every check: ruff, mypy, pytest, doctests.

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

pytest: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile -m "not browser and not cluster" $(TESTS)

test-browser: $(READY)  ## The pages in a real browser; needs Chromium.
	$(BIN)/pytest -m browser tests/browser

test-cluster: $(READY)  ## A Flink cluster, and runners outside of Python; needs a JDK, Maven and Go for all of it.
	$(BIN)/python tests/cluster/cluster_files.py
	$(BIN)/pytest -m cluster tests/cluster

# Strict editable installs link the files they knew at install time: a new file needs a new install.
$(READY): $(BIN)/uv requirements.lock setup.cfg pyproject.toml $(SOURCES)
	$(BIN)/uv pip install --python $(BIN)/python --quiet --requirement requirements.lock
	$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps --editable .
	touch $@

$(BIN)/uv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "uv>=0.8"

lock: $(BIN)/uv  ## Resolves requirements.lock anew from setup.cfg.
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --no-header \
		--no-annotate --extra tflite --extra parquet --extra muse --extra gcp --extra klio --extra dev setup.cfg --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist demo *.egg-info .pytest_cache .mypy_cache .ruff_cache
