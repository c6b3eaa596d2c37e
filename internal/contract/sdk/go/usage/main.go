// Command usage is what README.md shows of the Go client.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"example.com/tasks/gen/client"
)

func main() {
	if err := use(context.Background(), os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func use(ctx context.Context, url string) error {
	// README
	tasks, err := client.NewClientWithResponses(url)
	if err != nil {
		return err
	}
	created, err := tasks.CreateTaskWithResponse(ctx, client.NewTask{Title: "Learn WSGI"})
	if err != nil {
		return err
	}
	if created.JSON201 == nil {
		return errors.New(string(created.Body)) // A problem.
	}
	fmt.Println(created.JSON201.Title, created.Headers201.ETag)
	// end
	return nil
}
