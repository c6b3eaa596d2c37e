# Pinned: a newer linter may find more.
GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/golangci-$(GOLANGCI_VERSION)/golangci-lint

# Pinned: a newer one may not build.
OASDIFF_VERSION := v1.33.0
OASDIFF := .tools/oasdiff-$(OASDIFF_VERSION)/oasdiff

GOVULNCHECK_VERSION := v1.9.0
GOVULNCHECK := .tools/govulncheck-$(GOVULNCHECK_VERSION)/govulncheck

# Pinned: a newer one may know another Kubernetes, or find more.
KUBERNETES_VALIDATE_VERSION := 1.37.0
KUBERNETES_VALIDATE := .tools/kubernetes-validate-$(KUBERNETES_VALIDATE_VERSION)/bin/kubernetes-validate

# The library of docker compose. Its command is named cmd.
COMPOSE_VERSION := v2.16.2
COMPOSE := .tools/compose-$(COMPOSE_VERSION)/cmd

# The packages that have go:generate lines.
GENERATED := ./gen ./internal/bench/conventional

.DEFAULT_GOAL := help
.PHONY: help run build build-check test stores generate check-generated lint vulncheck spec contract sdk browser prove faults attack deploy bench bench-scale bench-validate clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Not by go run, which exits with 1 after Ctrl-C.
run: build ## Run the server with the flags in ARGS: make run ARGS='-addr 127.0.0.1:0'
	@.bin/tasksd $(ARGS)

build: ## Build the server as .bin/tasksd, which is static
	CGO_ENABLED=0 go build -trimpath -o .bin/tasksd ./cmd/tasksd

# The checker needs kin-openapi, whose initialization doubles the start time.
build-check: ## Build a server that can check its own responses, as .bin/tasksd-check
	go build -trimpath -tags check -o .bin/tasksd-check ./cmd/tasksd

# On Linux, the race detector needs cgo, and CGO_ENABLED is 0 without a C compiler.
# CI fails rather than test less.
test: ## Run all Go tests, under the race detector if there is a C compiler
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then race=-race; \
	elif [ "$$CI" = true ]; then echo 'make test: no C compiler for the race detector: install gcc' >&2; exit 1; \
	else echo 'make test: RACE DETECTOR SKIPPED: no C compiler'; fi; \
	command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || \
	echo 'make test: POSTGRESQL STORE SKIPPED: PostgreSQL is not installed'; \
	packages=$$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...) && \
	echo "go test $$race" && go test $$race $$packages

stores: ## Run the HTTP tests over SQLite and PostgreSQL; needs PostgreSQL
	@if [ "$$(go env CGO_ENABLED)" = 1 ]; then race=-race; fi; set -ex; \
	go test $$race ./internal/server -store sqlite; \
	go test $$race ./internal/server -store postgres

generate: ## Regenerate all generated files
	go generate $(GENERATED)

# Generates into a copy without generated files and compares: this finds stale,
# missing and leftover files, committed or not, and changes nothing.
check-generated: ## Fail if generated files are not up to date
	@copy=$$(mktemp -d) && trap 'rm -rf "$$copy"' EXIT && \
	cp -R go.mod go.sum openapi.yaml gen cmd internal "$$copy" && \
	find "$$copy" -name '*.gen.go' -delete && rm -f "$$copy"/gen/api/openapi* && \
	(cd "$$copy" && go generate $(GENERATED)) && \
	if ! { diff -ru gen "$$copy/gen" && diff -ru internal "$$copy/internal"; }; then \
	echo 'generated files are not up to date: run make generate' >&2; exit 1; fi

# depguard checks the imports of hand-written files, go list indirect ones.
lint: $(GOLANGCI) ## Check code, format, imports and go.mod
	go vet ./...
	$(GOLANGCI) run
	go mod tidy -diff
	@if go list -deps ./gen/client | grep -E '/labstack/echo|/kin-openapi'; then echo 'gen/client must not depend on these' >&2; exit 1; fi
	@if go list -deps ./cmd/tasksd | grep '/kin-openapi'; then echo 'cmd/tasksd must not depend on this' >&2; exit 1; fi

$(GOLANGCI):
	GOBIN=$(CURDIR)/$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)

# Its database is on the internet; VULNDB names a copy, such as file:///srv/vulndb.
vulncheck: $(GOVULNCHECK) ## Look for known vulnerabilities in the code that is called; skipped where their database is out of reach
	@if report=$$($(GOVULNCHECK) $(if $(VULNDB),-db '$(VULNDB)') ./... 2>&1); then echo "$$report"; else case "$$report" in \
	*'fetching vulnerabilities: '*) echo "make vulncheck: SKIPPED: $$report" ;; \
	*) echo "$$report"; exit 1 ;; esac; fi

$(GOVULNCHECK):
	GOBIN=$(CURDIR)/$(@D) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)

spec: $(OASDIFF) ## Lint openapi.yaml and check it for breaking changes; needs node and git
	go run ./internal/contract/lint -oasdiff $(OASDIFF)
	go test ./internal/contract/lint -run Oasdiff -args -oasdiff $(CURDIR)/$(OASDIFF)

$(OASDIFF):
	GOBIN=$(CURDIR)/$(@D) go install github.com/oasdiff/oasdiff@$(OASDIFF_VERSION)

# How many examples Schemathesis generates per operation and seed, and how many seeds.
EXAMPLES := 200
SEEDS := 3

contract: build build-check ## Run Schemathesis and Prism against the server, or against yours with URL=... TOKEN=...; needs node and python
	go run ./internal/contract/judges -url '$(URL)' -examples $(EXAMPLES) -seeds $(SEEDS)

sdk: build-check ## Generate clients in five languages and run them against the server; needs node, python, a JDK, Maven and cargo
	go run ./internal/contract/sdk

browser: build ## Test the documentation, and pages of other origins, in a real browser; needs Chromium, node, curl and Python with requests
	go run ./internal/contract/browser

# How many documents make prove generates; a million take a quarter of an hour on two cores.
DOCUMENTS := 1000000

prove: .tools/ajv .tools/suite ## Compare generated validators with other implementations; needs node and pip
	go test -timeout 1h ./internal/validatorgen/proof -v -run '^Test' -args \
	-n $(DOCUMENTS) -ajv $(CURDIR)/.tools/ajv -suite $(CURDIR)/.tools/suite/json/tests

.tools/ajv: internal/validatorgen/proof/ajv/package-lock.json
	mkdir -p $@ && cp internal/validatorgen/proof/ajv/package*.json $@ && npm ci --silent --prefix $@ && touch $@

# The source of this Python package includes the JSON Schema Test Suite.
.tools/suite:
	mkdir -p .tools && cd .tools && python3 -m pip download -q --no-deps --no-binary :all: jsonschema==4.26.0 && \
	mkdir suite && tar -xzf jsonschema-4.26.0.tar.gz -C suite --strip-components=1 && rm jsonschema-4.26.0.tar.gz

faults: build ## Kill servers and databases under load and count what is lost; needs PostgreSQL, sqlite3 and etcd
	go run ./internal/faults

# How long make attack compares the server with a model, and fuzzes raw requests.
SOAK := 20s
FUZZ := 20s

attack: build ## Attack the server while others use it, compare it with a model, fuzz raw requests: 4 minutes
	go run ./internal/attack
	go run ./internal/attack -soak $(SOAK)
	go test ./internal/server -run '^$$' -fuzz FuzzRequests -fuzztime $(FUZZ)

# systemd-analyze verify succeeds with what it warns of. The score of security is
# from 0 to 10, the threshold in tenths: a server uses the network and reads /proc.
deploy: build $(KUBERNETES_VALIDATE) $(COMPOSE) ## Run the server in an empty root, and check what README.md deploys it with; needs root, systemd, PostgreSQL and python
	go test ./cmd/tasksd -count 1 -run Deploy -args -binary $(CURDIR)/.bin/tasksd
	sed 's,^ExecStart=.*,ExecStart=$(CURDIR)/.bin/tasksd,' cmd/tasksd/tasksd.service >.bin/tasksd.service
	@if systemd-analyze verify --man=no .bin/tasksd.service 2>&1 | grep .; then exit 1; fi
	systemd-analyze security --offline=true --no-pager --threshold=13 .bin/tasksd.service >.bin/security || { cat .bin/security; exit 1; }
	$(COMPOSE) cmd/tasksd/compose.yaml >/dev/null
	$(COMPOSE) cmd/tasksd/compose.yaml cmd/tasksd/compose.postgres.yaml >/dev/null
	$(KUBERNETES_VALIDATE) --strict --quiet cmd/tasksd/kubernetes-*.yaml

$(KUBERNETES_VALIDATE):
	python3 -m venv .tools/kubernetes-validate-$(KUBERNETES_VALIDATE_VERSION)
	.tools/kubernetes-validate-$(KUBERNETES_VALIDATE_VERSION)/bin/python -m pip install -q kubernetes-validate==$(KUBERNETES_VALIDATE_VERSION)

$(COMPOSE):
	GOBIN=$(CURDIR)/$(@D) go install github.com/compose-spec/compose-go/v2/cmd@$(COMPOSE_VERSION)

bench: build ## Measure requests, compared with other servers, memory and start: a minute
	go run ./internal/bench

# The table has the minimum of ten short runs, of which some pass undisturbed.
BENCHMARK = go test ./internal/bench -run '^$$' -count 10 -benchtime 10ms -bench

bench-scale: ## Measure how the memory store grows, up to a million tasks: a minute
	$(BENCHMARK) Scale | awk -f internal/bench/table.awk

bench-validate: ## Measure what request validators cost, compared with other approaches
	$(BENCHMARK) Validate | awk -f internal/bench/table.awk

clean: ## Remove binaries and tools
	rm -rf .bin .tools
