package spec

import (
	"context"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Lint returns what kin-openapi finds wrong with the document, or nil. That need not
// concern requests: what does is found when it is read.
func (d *Document) Lint() *Problem {
	doc, err := openapi3.NewLoader().LoadFromFile(d.File)
	if err == nil {
		err = doc.Validate(context.Background(), openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation())
	}
	if err == nil {
		return nil
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return d.Problem(d.Root, "kin-openapi finds the document invalid: %s", line)
}
