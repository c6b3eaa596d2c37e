// Programs that send a request, each complete: it runs as it stands. A request
// has url, method, headers (an array of names and values) and body (a string, or
// undefined).

// Literals that keep the text's lines, except where it has what would end them.
const inJavaScript = (text) => "`" + text.replace(/[\\`]|\$\{/g, "\\$&") + "`";
const inPython = (text) => '"""' + text.replace(/\\|"(?=""|"?$)/g, "\\$&") + '"""';
const inGo = (text) => (/[`\r]/.test(text) ? JSON.stringify(text) : "`" + text + "`");

const quote = JSON.stringify;

// Returns the lines of the headers, written by one, or nothing if there are none.
const list = (headers, write) => headers.map(([name, value]) => write(quote(name), quote(value))).join("\n");

function javaScript({ url, method, headers, body }) {
  return `const response = await fetch(${quote(url)}, {
  method: ${quote(method)},
  headers: {
${list(headers, (name, value) => `    ${name}: ${value},`)}
  },${body === undefined ? "" : `\n  body: ${inJavaScript(body)},`}
});
console.log(response.status, await response.text());`;
}

function python({ url, method, headers, body }) {
  return `import requests

response = requests.request(
    ${quote(method)},
    ${quote(url)},
    headers={
${list(headers, (name, value) => `        ${name}: ${value},`)}
    },${body === undefined ? "" : `\n    data=${inPython(body)}.encode(),`}
)
print(response.status_code, response.text)`;
}

function go({ url, method, headers, body }) {
  return `package main

import (
	"fmt"
	"io"
	"log"
	"net/http"${body === undefined ? "" : `\n	"strings"`}
)

func main() {
	request, err := http.NewRequest(${quote(method)}, ${quote(url)}, ${body === undefined ? "nil" : `strings.NewReader(${inGo(body)})`})
	if err != nil {
		log.Fatal(err)
	}
${list(headers, (name, value) => `	request.Header.Set(${name}, ${value})`)}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.StatusCode, string(answer))
}`;
}

export const languages = { JavaScript: javaScript, Python: python, Go: go };
