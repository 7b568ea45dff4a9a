.PHONY: demo claims test test-slow lint setup clean

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
export OMP_WAIT_POLICY := passive
export OMP_NUM_THREADS := 1

demo: setup
	$(BIN)/isogloss demo --out out/demo

# Check the methods' claims on the built-in world; the catalogue shows what became of them.
claims: setup
	$(BIN)/python tools/claims.py out

test: setup lint
	$(BIN)/pytest -q -n 2 --dist worksteal

test-slow: setup
	$(BIN)/pytest -q -m "slow"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml constraints.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'isogloss needs Python 3.11 or newer')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet -c constraints.txt "torch==2.13.0"
	$(BIN)/pip install --quiet -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) out build dist
