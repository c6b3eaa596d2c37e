// Command echo serves the pet store with Echo.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/labstack/echo/v4"

	"example.org/examples/echo/api"
)

//go:generate go tool oapi-codegen -config api/settings.yaml openapi.yaml
//go:generate validatorgen -spec openapi.yaml -package api -output api/validate.gen.go -routes echo -skip setPhoto

func main() {
	e := server()
	e.Server.ReadTimeout = time.Minute
	log.Fatal(e.Start(cmp.Or(os.Getenv("ADDR"), "127.0.0.1:8080")))
}

func server() *echo.Echo {
	e := echo.New()
	e.HTTPErrorHandler = answer
	api.Routes(e, &store{pets: map[int64]api.Pet{}})
	return e
}

// answer answers a request that failed with a status and, if it is invalid, its faults.
func answer(err error, c echo.Context) {
	status, body := http.StatusInternalServerError, api.Problem{Message: err.Error()}
	var invalid *api.InvalidRequest
	var mediaType *api.MediaTypeError
	var size *api.BodySizeError
	var other *echo.HTTPError // Of Echo's router, and of operations left to oapi-codegen.
	switch {
	case errors.As(err, &invalid):
		status = http.StatusBadRequest
		faults := []api.Fault{}
		for _, f := range invalid.Faults {
			faults = append(faults, api.Fault{Place: f.In + " " + f.Name + f.Pointer, Detail: f.Detail})
		}
		body.Faults = &faults
	case errors.As(err, &mediaType):
		status = http.StatusUnsupportedMediaType
	case errors.As(err, &size):
		status = http.StatusRequestEntityTooLarge
	case errors.Is(err, errNoPet):
		status = http.StatusNotFound
	case errors.As(err, &other):
		status, body.Message = other.Code, fmt.Sprint(other.Message)
	default:
		log.Print(err)
		body.Message = "the server failed"
	}
	if !c.Response().Committed {
		_ = c.JSON(status, body) // The client is gone if this fails.
	}
}
