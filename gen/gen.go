// Package gen holds what is generated from openapi.yaml: the server's models,
// stubs and request validators in gen/api, the Go client in gen/client, and the
// forms of the specification that the server serves. Only this file, the settings
// and the templates are written by hand.
package gen

import _ "embed"

//go:generate go tool oapi-codegen -config api.yaml ../openapi.yaml
//go:generate go run ../cmd/validatorgen -spec ../openapi.yaml -package api -output api/validate.gen.go -encoders
//go:generate go tool oapi-codegen -config client.yaml ../openapi.yaml
//go:generate go run ../internal/specvariants ../openapi.yaml api

// The specification, for a server that is open to everyone and for one that
// requires tokens. The latter has no empty alternative in security.
var (
	//go:embed api/openapi.yaml
	YAML []byte
	//go:embed api/openapi.json
	JSON []byte
	//go:embed api/openapi.secured.yaml
	SecuredYAML []byte
	//go:embed api/openapi.secured.json
	SecuredJSON []byte
)
