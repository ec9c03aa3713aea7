# Every target sets up what it needs first (scripts/setup.sh: minutes the first time, a second later).
SHELL := /bin/bash
ENV := . build/toolchain/env.sh
.DEFAULT_GOAL := help
.PHONY: help setup lock demo test serve bench docs conformance approve format lint tidy clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## compilers, libraries, packages and a browser into one cache folder
	@scripts/setup.sh

lock: ## record what the set-up fetches now in scripts/toolchain.lock
	@scripts/setup.sh --lock

demo: setup ## build and run the demonstrations; pictures and numbers: build/demo/index.html
	@$(ENV) && scripts/demo.sh

test: setup ## every runner, one after another; the last line is the total
	@$(ENV) && scripts/test.sh

conformance: setup ## CuPy's own tests against our cupy; writes docs/conformance.md
	@$(ENV) && scripts/conformance.sh

serve: setup ## development server; prints its address, and those of a page that runs Python live and of one that measures the browser
	@$(ENV) && cmake --preset wasm-release >build/wasm-release.configure.log && cmake --build --preset wasm-release --target capabilities && scripts/python.sh >build/python.log && node web-harness/server.mjs

bench: setup ## measure ndfuse beside its peers in Node, in Chromium and on the CPU; tables and plots
	@$(ENV) && scripts/bench.sh

docs: setup ## the documentation: build/docs
	@$(ENV) && scripts/docs.sh

approve: setup ## accept the texts that tests/golden differs from
	@$(ENV) && cmake --preset native-release && cmake --build --preset native-release --target ndfuse_unit && NDFUSE_APPROVE=1 build/native-release/tests/ndfuse_unit

format: setup ## lay out C++, JavaScript and Python
	@$(ENV) && scripts/lint.sh --fix

lint: setup ## check layout and common mistakes
	@$(ENV) && scripts/lint.sh

tidy: setup ## clang-tidy over the unit tests and the headers they include (minutes)
	@$(ENV) && cmake --preset native-debug && clang-tidy -quiet -p build/native-debug tests/unit/*.cpp

clean: ## remove what was built here; the set-up's cache folder stays
	rm -rf build node_modules
