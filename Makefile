# Everything one does with Comenius. Needs Python 3.11 or newer and make; the rest is fetched into .venv once.
# `make` alone tells what there is.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/ready
TEMPLATE := locales/messages.pot
CODE := bot commands locales tests bench

EXTRACT := $(RUN)/pybabel -q extract -F pyproject.toml -k _n:1,2 -c Translators: --no-location --no-wrap \
	--sort-by-file --header-comment="\# What Comenius says, for its translators." --project=Comenius --version=0 --copyright-holder="the Comenius contributors"
UPDATE := $(RUN)/pybabel -q update -i $(TEMPLATE) -d locales --no-wrap --ignore-obsolete --no-fuzzy-matching \
	--ignore-pot-creation-date
WITHOUT_HEADER := sed '1,/^$$/d'

.PHONY: help setup demo test soak lint bench format catalogs language lock clean
.DEFAULT_GOAL := help

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: $(READY) ## fetch what Comenius needs into .venv (the others do it by themselves)

demo: $(READY) ## a week of a three-country project, then the room is yours
	@$(RUN)/comenius demo $(ARGS)

# Four at a time also on two processors: half of the tests wait, for a homeserver or for time to pass.
test: $(READY) ## everything we promise, checked (some of it: make test ARGS=tests/model)
	@$(RUN)/pytest $(if $(ARGS),$(ARGS),-n 4 --dist loadfile --no-loadscope-reorder --cov)

soak: $(READY) ## kill the bot at random moments, as often as you like: ARGS="--kills 500 --minutes 60"
	@$(RUN)/python -m tests.matrix.soak $(ARGS)

lint: $(READY) ## style, types, direction of imports, catalogs up to date
	@status=0; \
	echo "Style"; $(RUN)/ruff format --check . || status=1; $(RUN)/ruff check . || status=1; \
	echo "Types"; $(RUN)/mypy || status=1; \
	echo "Imports"; $(RUN)/lint-imports --no-cache --no-logo || status=1; \
	echo "Catalogs"; { $(EXTRACT) -o $(VENV)/messages.pot . && \
		$(WITHOUT_HEADER) $(TEMPLATE) >$(VENV)/template && \
		$(WITHOUT_HEADER) $(VENV)/messages.pot | diff $(VENV)/template - && $(UPDATE) --check 2>/dev/null; } || { \
		echo "The catalogs lag behind the sentences in the code. Please run: make catalogs"; status=1; }; \
	exit $$status

format: $(READY) ## lay out the code as the linter wants it
	@$(RUN)/ruff check --fix-only --quiet . ; $(RUN)/ruff format .

bench: $(READY) ## measure: time, memory, commits (a table, and JSON)
	@$(RUN)/python -m bench $(ARGS)

catalogs: $(READY) ## take new sentences from the code into locales/
	@$(EXTRACT) -o $(TEMPLATE) . && $(UPDATE)

language: $(READY) ## begin a catalog for a new language: make language NAME=lb
	@$(RUN)/comenius languages add $(NAME)

lock: $(READY) ## pin the newest packages that fit pyproject.toml
	@$(RUN)/python -m uv --version >/dev/null 2>&1 || $(RUN)/pip install --quiet uv
	@$(RUN)/python -m uv pip compile --quiet --upgrade pyproject.toml -o requirements.lock >/dev/null
	@$(RUN)/python -m uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --constraint requirements.lock pyproject.toml -o deploy/requirements.lock >/dev/null
	@! grep -n '://' requirements.lock deploy/requirements.lock || { echo "An address slipped into a lock."; exit 1; }
	@echo "$$(grep -c == requirements.lock) packages pinned"

clean: ## remove what can be made again (but for .venv)
	rm -rf build dist .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} + -o -name '*.mo' -exec rm -f {} +

# One virtual environment, laid again whenever the pins or the package's own description change.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Comenius needs Python 3.11 or newer, and '$(PYTHON)' is not one." \
		     "If you have it under another name: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(RUN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
		echo "Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up $(VENV): about a minute, once."
	@rm -f $@ $(VENV)/fetched; total=$$(grep -c == requirements.lock); \
	{ $(RUN)/python -m pip install --disable-pip-version-check --progress-bar off --use-pep517 --require-hashes \
		-r requirements.lock 2>&1 && touch $(VENV)/fetched; } | awk -v total=$$total ' \
		/^(Collecting|Processing|Requirement already)/ { count++; if (count % 20 == 0) print "  " count " of " total " packages" } \
		/^Installing collected/ { print "  putting them in place" } \
		/^ *(ERROR|error|THESE PACKAGES|Expected|Got)/ { print } { fflush() }'; test -f $(VENV)/fetched || { \
		echo "The packages could not be fetched. Is there a connection? Then please try again."; exit 1; }
	@$(RUN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@
