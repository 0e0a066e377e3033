# What we run, a line each. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
UV_INSTALL = $(UV) pip install --python $(BIN)/python --quiet --compile-bytecode
NPM_CI := npm ci --no-fund --no-audit
NPM_LOCK := npm install --package-lock-only --omit-lockfile-registry-resolved --no-fund --no-audit
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock" $(LOCK_OPTIONS)

.PHONY: help
help:  ## list these commands
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/make \1\t\2/p' Makefile | expand -t 16

.PHONY: install
install: .venv/.server web livekit  ## everything that running takes, in .venv

.PHONY: run
run: install  ## install, then a development service with a printed connection string
	exec $(BIN)/openrooms dev $(ARGS)

.PHONY: test
test: tools  ## install what tests need, then every check and every test
	$(MAKE) --jobs=2 --output-sync=target checked
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

# Two at once, since most of these keep one processor busy or wait for the network.
.PHONY: checked
checked: .venv/.dev web livekit node_modules sdks lint types web-tests

.PHONY: web-tests
web-tests: web/node_modules/.installed
	npm --prefix web test

.PHONY: browsers
browsers: .venv/.dev web livekit  ## the main walk through a visit in Firefox, too
	$(PYTHON) tools/need.py browsers
	$(BIN)/pytest tests/browser/firefox.py $(ARGS)

.PHONY: pythons
pythons: tools .venv/.dev web livekit node_modules  ## the Python tests, without the browser's, on every Python from 3.11
	$(BIN)/python tools/pythons.py $(ARGS)

.PHONY: soak
soak: tools .venv/.dev  ## break processes and their database for two minutes, watch them for ten, fuzz connections for ten
	$(BIN)/pytest tests/cluster tests/acceptance/test_connection_fuzz.py --chaos-seconds 120 --soak-seconds 600 \
		--fuzz-seconds 600 --log-cli-level info $(ARGS)

.PHONY: lint
lint: .venv/.dev web/node_modules/.installed  ## style, the direction of imports, and that generated code is fresh
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/python tools/twins.py --check
	npm --prefix web run check

.PHONY: twins
twins: .venv/.dev  ## write the sync half of the client from the async one
	$(BIN)/python tools/twins.py

.PHONY: types
types: .venv/.dev  ## mypy strict
	$(BIN)/mypy

.PHONY: bench
bench: .venv/.dev web  ## measure, and write docs/benchmarks.md
	$(PYTHON) tools/need.py bench
	$(BIN)/python -m bench $(ARGS)

.PHONY: docs
docs: .venv/.dev node_modules  ## write the generated pages of docs/, and the TypeScript shapes of the REST API
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/client_reference.py
	$(BIN)/python tools/shapes.py

.PHONY: site
site: .venv/.dev web/node_modules/.installed  ## build the documentation as a site, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

.PHONY: pictures
pictures: .venv/.dev web livekit  ## take the pictures of docs/pictures from the running service
	PYTHONPATH=. $(BIN)/python tools/pictures.py

.PHONY: states
states: .venv/.dev web livekit  ## take pictures of the call page in each of its states, in two languages, to look at
	PYTHONPATH=. $(BIN)/python tools/states.py $(ARGS)

.PHONY: lock
lock: .venv/.uv  ## pin the requirements anew (make lock LOCK_OPTIONS=--upgrade)
	$(COMPILE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra dev -o requirements/dev.txt
	$(COMPILE) pyproject.toml requirements/build.in --extra phone -c requirements/dev.txt -o requirements/server.txt
	$(COMPILE) tests/sdks/python/dependencies.in -c requirements/dev.txt -o tests/sdks/python/dependencies.txt
	for pins in tests/sdks/python/*/requirements.in; do $(COMPILE) --no-deps $$pins -o $${pins%in}txt; done
	for pins in tests/sdks/javascript/*/ tests/browser/composite/ tests/examples/{jest,playwright,testcontainers}/; do $(NPM_LOCK) --prefix $$pins; done
	$(COMPILE) tests/examples/testcontainers/requirements.in -o tests/examples/testcontainers/requirements.txt
	$(PYTHON) tools/sdks.py lock
	PYTHONPATH=. $(PYTHON) tools/runners.py lock

SBOM ?= build/sbom

.PHONY: sbom
sbom: .venv/.dev  ## list what a release consists of, as CycloneDX: build/sbom/python.cdx.json and web.cdx.json
	mkdir -p $(SBOM)
	$(BIN)/python -W ignore::UserWarning -m cyclonedx_py requirements requirements/server.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON -o $(SBOM)/python.cdx.json
	cd web && npm sbom --sbom-format cyclonedx --omit dev --package-lock-only >$(abspath $(SBOM))/web.cdx.json

.PHONY: pin
pin: .venv/bin/python  ## pin the container images in deploy/ by the digests that their registries have now (needs skopeo)
	$(BIN)/python tools/pin_images.py

.PHONY: tools
tools:  ## install or name the programs that the tests start
	$(PYTHON) tools/need.py test

.PHONY: livekit
livekit:  ## build LiveKit's server once, where Go is there and no livekit-server is
	$(PYTHON) tools/build_livekit.py

.PHONY: web
web: src/openrooms/server/web/static/call.html  ## build the call page

.PHONY: sdks
sdks: tools .venv/.dev  ## install several generations of Azure's SDKs for the tests, into your cache
	$(BIN)/python tools/sdks.py
	PYTHONPATH=. $(BIN)/python tools/runners.py
	PYTHONPATH=. $(BIN)/python tools/composite.py

.PHONY: node_modules
node_modules: tests/js/node_modules/.installed

.venv/bin/python:
	$(PYTHON) tools/need.py run
	$(PYTHON) -m venv .venv

.venv/.uv: requirements/uv.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	touch $@

.venv/.server: requirements/server.txt pyproject.toml .venv/.uv
	$(UV_INSTALL) --require-hashes -r requirements/server.txt
	$(UV_INSTALL) --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	touch $@

.venv/.dev: requirements/dev.txt .venv/.server
	$(UV_INSTALL) --require-hashes -r requirements/dev.txt
	touch $@

web/node_modules/.installed: web/package-lock.json
	cd web && $(NPM_CI)
	touch $@

tests/js/node_modules/.installed: tests/js/package-lock.json
	cd tests/js && $(NPM_CI)
	touch $@

src/openrooms/server/web/static/call.html: web/node_modules/.installed $(shell find web -path web/node_modules -prune -o -type f -print 2>/dev/null)
	npm --prefix web run build
	touch $@
