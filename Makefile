# `make demo` and `make test` need Python 3.11+ and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install -q --disable-pip-version-check

.PHONY: demo test stories-again browser screenshots check format lock messages clean

demo: $(VENV)/.runs
	$(BIN)/amends demo $(if $(ONCE),--once)

test: $(VENV)/.tests
	@$(BIN)/python -m tests.postgres
	$(BIN)/pytest -n 4 --dist worksteal

# `make test` plays every story over HTTP on SQLite. Here all of them once more: over Socket Mode, on PostgreSQL.
stories-again: $(VENV)/.tests
	@$(BIN)/python -m tests.postgres
	$(BIN)/pytest tests/stories --via socket --database postgresql -n 4 --dist worksteal

# The practice workspace's page in a real Chromium (CHROMIUM=/where/it/is); skipped where there is none.
browser: $(VENV)/.tests
	$(BIN)/pytest -m browser -rs tests/browser

# Every screen as a picture, with an index: build/screens/index.html. It fails where a story no longer finds its way, where
# something the product builds is in no picture, and where axe finds fault. STRIP=1 makes the README's pictures anew.
screenshots: $(VENV)/.tests
	$(BIN)/python -m tests.screens $(if $(STRIP),--strip)

check: $(VENV)/.tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The sentences of the code, for translators: each catalogue gets the new ones (empty) and loses the old ones.
# Another language begins with `make messages NEW=fr`.
messages: $(VENV)/.tests
	$(BIN)/pybabel -q extract --no-location --sort-output --project amends -o bot/locale/amends.pot bot handlers
	$(if $(NEW),$(BIN)/pybabel -q init -D amends -i bot/locale/amends.pot -d bot/locale -l $(NEW))
	$(BIN)/pybabel -q update -D amends -i bot/locale/amends.pot -d bot/locale --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

# Needs uv; names no index, so anybody's is used when installing.
lock:
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml --group build -o requirements.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate pyproject.toml --group build --group dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

# The locked libraries, then the project itself: its build backend is in the lock, so nothing else is fetched.
$(VENV)/.runs: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Amends needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	@echo "Installing the locked libraries into $(VENV) (once, about a minute) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.runs requirements-dev.txt
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@
