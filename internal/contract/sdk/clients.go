package main

// A client is what one tool makes. Its commands are run by a shell in its folder
// under -dir, which has its files from here and the specification as
// openapi.yaml. What its tools brought is in the PATH, and the module in $ROOT.
type client struct {
	name    string   // The generator.
	checked string   // The language, and how strictly it is checked.
	dir     string   // The folder of its files.
	needs   []string // The commands that must be there.
	tools   tools

	version   string // Prints the generator's version.
	generate  string // As README.md has it.
	generated string // What generate makes.
	check     string // Compiles with all warnings. That it prints anything is a finding.
	driver    string // Reads steps and writes answers, a JSON text a line.
	usage     string // Takes the URL of a server, and is what README.md shows.
}

// Tools are what is installed for clients. The command runs in the folder, where
// the lock file is.
type tools struct {
	dir, lock, install string
}

var (
	fromNPM   = tools{"typescript", "package-lock.json", "npm ci --silent --no-audit --no-fund"}
	fromPyPI  = tools{"python", "requirements.txt", "python3 -m venv venv && venv/bin/pip install -q --require-hashes --only-binary :all: -r requirements.txt"}
	fromMaven = tools{"openapi-generator", "pom.xml", "mvn -q -B -C package && ln -sf ../openapi-generator-cli.jar java && ln -sf ../openapi-generator-cli.jar rust"}
)

// javaLint is what JDK 17 calls all, but for deprecation: the generator's own code
// calls what Jackson has deprecated. A newer JDK may have more.
const javaLint = "auxiliaryclass,cast,classfile,dep-ann,divzero,empty,exports,fallthrough,finally," +
	"missing-explicit-ctor,module,opens,options,overloads,overrides,path,preview,processing,rawtypes,removal," +
	"requires-automatic,requires-transitive-automatic,serial,static,strictfp,synchronization,text-blocks,try," +
	"unchecked,varargs"

var clients = []client{
	{
		name:      "oapi-codegen",
		checked:   "Go: go vet",
		dir:       "go",
		needs:     []string{"go"},
		version:   "go tool oapi-codegen -version",
		generate:  "go tool oapi-codegen -config $ROOT/gen/client.yaml openapi.yaml",
		generated: "client",
		// The driver imports gen/client, which here is what was made just now.
		check: `echo "{\"Replace\": {\"$ROOT/gen/client/client.gen.go\": \"$PWD/client/client.gen.go\"}}" >overlay.json &&
			go vet -overlay overlay.json example.com/tasks/internal/contract/sdk/go/... &&
			go build -overlay overlay.json -o . example.com/tasks/internal/contract/sdk/go/...`,
		driver: "./driver",
		usage:  "./usage",
	},
	{
		name:      "openapi-typescript",
		checked:   "TypeScript, with openapi-fetch: tsc, all strict options",
		dir:       "typescript/fetch",
		needs:     []string{"node", "npm"},
		tools:     fromNPM,
		version:   "npx openapi-typescript --version",
		generate:  "npx openapi-typescript openapi.yaml --output tasks.ts",
		generated: "tasks.ts",
		check:     "tsc --project .",
		driver:    "node ../build/fetch/driver.js",
		usage:     "node ../build/fetch/usage.js",
	},
	{
		name:      "@hey-api/openapi-ts",
		checked:   "TypeScript: tsc, all strict options but exactOptionalPropertyTypes",
		dir:       "typescript/hey",
		needs:     []string{"node", "npm"},
		tools:     fromNPM,
		version:   "npx openapi-ts --version",
		generate:  "npx openapi-ts --input openapi.yaml --output tasks",
		generated: "tasks",
		check:     "tsc --project .",
		driver:    "node ../build/hey/driver.js",
		usage:     "node ../build/hey/usage.js",
	},
	{
		name:      "openapi-python-client",
		checked:   "Python: mypy --strict",
		dir:       "python",
		needs:     []string{"python3"},
		tools:     fromPyPI,
		version:   "openapi-python-client --version",
		generate:  "openapi-python-client generate --path openapi.yaml --meta none --output-path tasks",
		generated: "tasks",
		check:     "mypy --strict --no-error-summary driver.py usage.py tasks",
		driver:    "python driver.py",
		usage:     "python usage.py",
	},
	{
		name:    "openapi-generator, java",
		checked: "Java, its native library: javac -Xlint:all, but for deprecation",
		dir:     "openapi-generator/java",
		needs:   []string{"java", "javac", "mvn"},
		tools:   fromMaven,
		version: "java -jar openapi-generator-cli.jar version",
		generate: "java -jar openapi-generator-cli.jar generate -g java --library native -i openapi.yaml -o tasks " +
			"--invoker-package tasks --api-package tasks.api --model-package tasks.model",
		generated: "tasks",
		check: "rm -rf classes && " +
			"javac -proc:none -Xlint:" + javaLint + " -XDsuppressNotes -Werror -cp 'lib/*' -d classes $(find tasks/src/main -name '*.java') && " +
			"javac -proc:none -Xlint:all -Werror -cp 'classes:lib/*' -d classes *.java",
		// Java 17 decodes in the locale's charset, and so does the generator's code.
		driver: "java -Dfile.encoding=UTF-8 -cp 'classes:lib/*' Driver",
		usage:  "java -Dfile.encoding=UTF-8 -cp 'classes:lib/*' Usage",
	},
	{
		name:    "openapi-generator, rust",
		checked: "Rust, with reqwest: rustc -D warnings",
		dir:     "openapi-generator/rust",
		needs:   []string{"java", "mvn", "cargo"},
		tools:   fromMaven,
		version: "java -jar openapi-generator-cli.jar version",
		generate: "java -jar openapi-generator-cli.jar generate -g rust -i openapi.yaml -o tasks " +
			"--additional-properties packageName=tasks,supportMiddleware=true,reqwestDefaultFeatures=",
		generated: "tasks",
		// Not --locked, since the lock file has the version of the specification, too.
		check:  "RUSTFLAGS='-D warnings' cargo build --quiet",
		driver: "target/debug/driver",
		usage:  "target/debug/usage",
	},
}
