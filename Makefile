# A newer linter may find more: raise this on purpose, not by chance.
GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/golangci-$(GOLANGCI_VERSION)/golangci-lint

# A later one may not build: raise this on purpose.
OASDIFF_VERSION := v1.33.0
OASDIFF := .tools/oasdiff-$(OASDIFF_VERSION)/oasdiff

# The packages that have go:generate lines.
GENERATED := ./gen ./internal/bench/conventional ./internal/validatorgen/proof

.DEFAULT_GOAL := help
.PHONY: help run build build-check test generate check-generated lint spec contract sdk browser prove bench bench-scale bench-validate clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Run the server; ARGS has its flags: make run ARGS='-addr 127.0.0.1:0'
	go run ./cmd/tasksd $(ARGS)

build: ## Build the server as .bin/tasksd
	go build -trimpath -o .bin/tasksd ./cmd/tasksd

# The checker needs kin-openapi, which takes as long to start as all the rest.
build-check: ## Build a server that can check its own answers, as .bin/tasksd-check
	go build -trimpath -tags check -o .bin/tasksd-check ./cmd/tasksd

# The race detector needs cgo on Linux, and go env says 0 where cgo has no C
# compiler. A gate that silently tests less is none, so CI insists.
test: ## Run all Go tests, under the race detector if there is a C compiler
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then race=-race; \
	elif [ "$$CI" = true ]; then echo 'make test: no C compiler, so no race detector: install gcc' >&2; exit 1; \
	else echo 'make test: RACE DETECTOR SKIPPED, since there is no C compiler'; fi; \
	set -x; go test $$race ./...

generate: ## Make all generated files
	go generate $(GENERATED)

# Generates into a copy from which generated files are gone, and compares: what
# is stale, missing or left over shows, committed or not, and nothing is changed.
check-generated: ## Fail if generated files are not what make generate makes
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -R go.mod go.sum openapi.yaml gen cmd internal "$$copy" && \
	find "$$copy" -name '*.gen.go' -delete && rm -f "$$copy"/gen/api/openapi* && \
	(cd "$$copy" && go generate $(GENERATED)) && \
	if ! { diff -ru gen "$$copy/gen" && diff -ru internal "$$copy/internal"; }; then \
	echo 'generated files are not up to date: run make generate' >&2; exit 1; fi

# depguard sees the imports of hand-written files; go list sees what they lead to.
lint: $(GOLANGCI) ## Check code, format, imports and go.mod
	go vet ./...
	$(GOLANGCI) run
	go mod tidy -diff
	@if go list -deps ./gen/client | grep -E '/labstack/echo|/kin-openapi'; then echo 'gen/client must not need these' >&2; exit 1; fi
	@if go list -deps ./cmd/tasksd | grep '/kin-openapi'; then echo 'cmd/tasksd must not need this' >&2; exit 1; fi

$(GOLANGCI):
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

spec: $(OASDIFF) ## Lint openapi.yaml, and check its changes for what breaks clients; needs node and git
	go run ./internal/contract/lint -oasdiff $(OASDIFF)
	go test ./internal/contract/lint -run Oasdiff -args -oasdiff $(CURDIR)/$(OASDIFF)

$(OASDIFF):
	GOBIN=$(CURDIR)/$(@D) go install github.com/oasdiff/oasdiff@$(OASDIFF_VERSION)

# How many examples Schemathesis generates for an operation, and with how many seeds.
EXAMPLES := 200
SEEDS := 3

contract: build build-check ## Run Schemathesis and Prism against the server, or with URL=... and TOKEN=... against yours; needs node and python
	go run ./internal/contract/judges -url '$(URL)' -examples $(EXAMPLES) -seeds $(SEEDS)

sdk: build-check ## Generate clients in five languages and run them against the server; needs node, python, a JDK, Maven and cargo
	go run ./internal/contract/sdk

browser: build ## Use the documentation in a real browser; needs Chromium and node
	go run ./internal/contract/browser

# How many documents make prove makes; a million take 8 minutes on two cores.
DOCUMENTS := 1000000

prove: .tools/ajv .tools/suite ## Hold generated validators against OpenAPI and other implementations; needs node and pip
	go run ./internal/validatorgen/proof/prove -n $(DOCUMENTS) -ajv .tools/ajv -suite .tools/suite/json/tests/draft4
	go test -timeout 20m ./internal/validatorgen/proof -run TestCost -args -n $(DOCUMENTS) # Bodies up to 10 MiB.

.tools/ajv: internal/validatorgen/proof/ajv/package-lock.json
	mkdir -p $@ && cp internal/validatorgen/proof/ajv/package*.json $@ && npm ci --silent --prefix $@ && touch $@

# The JSON Schema Test Suite comes with this implementation of JSON Schema.
.tools/suite:
	mkdir -p .tools && cd .tools && python3 -m pip download -q --no-deps --no-binary :all: jsonschema==4.26.0 && \
	mkdir suite && tar -xzf jsonschema-4.26.0.tar.gz -C suite --strip-components=1 && rm jsonschema-4.26.0.tar.gz

bench: build ## Measure requests beside other servers, memory and start: a minute
	go run ./internal/bench

# Of the counts, the least is told.
BENCHMARK = go test ./internal/bench -run '^$$' -count 5 -benchtime 50ms -bench

bench-scale: ## Measure how the memory store grows, up to 10^7 tasks: two minutes
	$(BENCHMARK) 'Scale|Parallel' | awk -f internal/bench/table.awk

bench-validate: ## Measure what the request validators cost, beside other ways
	$(BENCHMARK) Validate | awk -f internal/bench/table.awk

clean: ## Remove what make has built
	rm -rf .bin .tools
