# SPDX-License-Identifier: MIT
#
# The verbs. Building itself is Meson's and Ninja's business (meson.build).
#
#   make run       install what is missing, build, migrate and serve examples/users on 127.0.0.1:5000
#   make test      install what is missing, build with sanitizers and pass all tests
#   make check     layers, sizes, banned functions, formatting; gcc and clang with -Werror
#   make bench     compare examples/users with bench/floor (and with Flask: make bench FLASK=1)
#   make install   headers, libraries, carafe.pc, man page and the carafe command (PREFIX, DESTDIR)

PREFIX ?= /usr/local
CC     ?= gcc
MESON  := meson
JOBS   := $(shell nproc)

.DEFAULT_GOAL := build
.PHONY: build run test check bench install docs clean deps fuzz format

build: deps
	@test -f build/build.ninja || $(MESON) setup build --buildtype=release --prefix=$(PREFIX) >/dev/null
	@ninja -C build

deps:
	@tools/deps build

run: build
	@tools/run-example

test:
	@tools/deps build test
	@tools/run-tests

check:
	@tools/deps build check
	@tools/check

bench: build
	@tools/deps build bench
	@bench/compile_time include
	@bench/run $(if $(FLASK),--flask)
	@tools/with-databases bench/run-servers
	@taskset -c 0 tools/with-databases bench/run-in-process

fuzz:
	@tools/deps build check
	@tools/run-fuzzers

install: build
	@$(MESON) install -C build --no-rebuild $(if $(DESTDIR),--destdir $(DESTDIR))

docs: build
	@tools/check-docs

format:
	@git ls-files '*.c' '*.h' | grep -v -F -f tools/format-exceptions | xargs clang-format -i

clean:
	@rm -rf build build-*
