# The front door. `make` alone lists what there is.
JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
SOAK_LAUNCHES ?= 10000
SOAK_CALLS ?= 1000000
export JOBS FUZZ_SECONDS

.PHONY: help build demo test test-sgx1 test-kvm soak hostile conformance-sgx mutate-sgx mutate-attest systemd bench fuzz format tidy install clean dependencies

help: ## list the targets (the default)
	@echo 'Strongroom: ordinary C++ programs in trusted execution environments.'
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24
	@echo
	@echo 'Variables: JOBS=$(JOBS)  PREFIX=$(PREFIX)  DESTDIR=  FUZZ_SECONDS=$(FUZZ_SECONDS)'

build: dependencies ## install dependencies and build the release preset
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS)

demo: dependencies ## show the whole of it: a program, its enclave, and an attack on both
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS) --target strongroom strongroom_keeper memory-hunter guest_wdbc \
	  hospitals hospitals_app hospital
	@demo/run

test: ## build and run all tests, also under ASan+UBSan and TSan
	@scripts/install-dependencies --test
	@scripts/test

soak: build ## launch and end SOAK_LAUNCHES enclaves in each TEE, and make SOAK_CALLS calls of enclaves that are killed
	@build/release/tests/tee/soak $(SOAK_LAUNCHES)
	@build/release/tests/calls/calls_soak $(SOAK_CALLS)

systemd: build ## try the keeper's units under a systemd of their own (as root; changes nothing here)
	@tests/systemd/run build/release

bench: build ## measure against the floors of this machine; writes build/bench.json
	@bench/run

fuzz: ## run every fuzz target for FUZZ_SECONDS from its committed corpus
	@scripts/install-dependencies --develop
	@scripts/fuzz

hostile: build ## run enclaves under a lying host for HOSTILE_SEEDS seeds (default 500)
	@STRONGROOM_HOSTILE_SEEDS=$${HOSTILE_SEEDS:-500} build/release/tests/hostile/lying_host_test

test-sgx1: build ## run the suite of the TEEs on emulated machines without EDMM: with SGX1, and with Linux before 6.0
	@cmake --preset release -DBUILD_TESTING=ON
	@cmake --build --preset release --parallel $(JOBS)
	@scripts/test-sgx1

test-kvm: build ## run the suite of `vm` on ordinary KVM: Debian's kernels on an AMD processor that QEMU emulates
	@cmake --preset release -DBUILD_TESTING=ON
	@cmake --build --preset release --parallel $(JOBS) --target all private_memory_test
	@scripts/test-kvm

conformance-sgx: dependencies ## run the Linux kernel's SGX selftests under the SGX emulator, ROUNDS times (20)
	@cmake --preset release
	@cmake --build --preset release --parallel $(JOBS) --target sgxemu
	@scripts/conformance-sgx

mutate-sgx: dependencies ## put every listed fault into the SGX emulator's core and the kernel's ways into and out of SGX; tests must catch each
	@cmake --preset release -DBUILD_TESTING=ON
	@cmake --build --preset release --parallel $(JOBS) --target sgx_core_test sgx_notice_test kernel_test \
	  strongroom_kernel sgxemu tee_sgx_entry_test tee_sgx_step_test
	@scripts/mutate sgx

mutate-attest: dependencies ## put every listed fault into the verifier of evidence; its tests must catch each
	@cmake --preset release -DBUILD_TESTING=ON
	@cmake --build --preset release --parallel $(JOBS) --target attest_cases_test attest_adversary_test attest_results_test
	@scripts/mutate attest

format: ## format all C++ with clang-format
	@scripts/install-dependencies --develop
	@scripts/format

tidy: ## run clang-tidy on the files changed since main
	@scripts/install-dependencies --develop
	@scripts/tidy

install: build ## install under PREFIX (and DESTDIR)
	@cmake --install build/release --prefix $(PREFIX)

clean: ## remove everything that was built
	rm -rf build

dependencies:
	@scripts/install-dependencies
