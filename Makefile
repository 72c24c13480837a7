# make help tells what there is. Everything needs only Python 3.11 or newer, make and a C library.
PYTHON ?= python3

RUN = exec $(PYTHON) -m launcher.bootstrap requirements.txt
TEST = exec $(PYTHON) -m launcher.bootstrap requirements-test.txt

.DEFAULT_GOAL := help
.PHONY: help run test check image-test prove bench load screens lighthouse format audit lock licences backup restore reset clean

help:  ## tell what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run:  ## start the wallet, and install what it needs before; Ctrl-C stops it
	@$(RUN) launcher

test:  ## style, types, imports, then every test, in a real browser too
	@$(TEST) launcher.checks test

check:  ## style, types, imports, and the lints of what delivers it
	@$(TEST) launcher.checks check

image-test:  ## build the image and drive it, with compose.yaml around it; needs Docker, or root on a Debian
	@$(TEST) launcher.checks image

prove:  ## every promise at its full size; writes prove/report.md (ONE="-k killed" tries a part)
	@$(TEST) launcher.checks prove $(ONE)

bench:  ## how fast, as ratios; writes bench/report.md (ONE=sending measures a part)
	@$(TEST) bench $(ONE)

load:  ## a thousand tabs under 200 credits a second for ten minutes; prints the line for docs/scaling.md (ARGS=--help)
	@$(TEST) bench.load $(ARGS)

screens:  ## pictures of every page at three widths in both themes, into docs/screens/ (ONE=home makes one page's)
	@$(TEST) looks.screens $(ONE)

lighthouse:  ## what Lighthouse says about every page, into docs/lighthouse.md; fails below 95 (ONE=home asks about one page)
	@$(TEST) looks.lighthouse $(ONE)

format:  ## lay out the Python files
	@$(TEST) launcher.checks format

audit:  ## known holes in the packages of Python and of the browser, asked of the public lists (needs the internet)
	@$(TEST) launcher.audit

lock:  ## write down anew what the pinned packages need in turn, in the newest versions (constraints.txt; then make licences)
	@: >constraints.txt  # what is pinned there now may not go with what was raised
	@$(TEST) launcher.lock

licences:  ## write down what the wallet is made of, and under which licences (docs/licences.md, docs/sbom.cdx.json)
	@$(TEST) launcher.licences

backup:  ## write the database into a file with a checksum, encrypted where WALLET_BACKUP_KEY is set
	@$(RUN) launcher.backup

restore:  ## bring a backup back into an empty database: FILE=... (FORCE=1 moves aside what is there)
	@$(RUN) launcher.restore $(FILE) $(if $(FORCE),--force)

reset:  ## forget all data of development: people, money, secrets (asks first; FORCE=1 does not)
	@$(RUN) launcher.reset $(if $(FORCE),--force)

clean:  ## remove what can be made again: the virtual environment, builds, caches
	rm -rf .venv .web .states test-results .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
