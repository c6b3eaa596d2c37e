package main

import (
	"context"
	"errors"
	"slices"
	"sync"

	"example.org/examples/echo/api"
)

var errNoPet = errors.New("no pet has this id")

// store implements api.StrictServerInterface. It keeps pets in memory.
type store struct {
	mu   sync.Mutex
	last int64
	pets map[int64]api.Pet
}

func (s *store) FindPets(_ context.Context, request api.FindPetsRequestObject) (api.FindPetsResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := api.FindPets200JSONResponse{}
	for id := int64(1); id <= s.last; id++ {
		pet, ok := s.pets[id]
		if !ok || request.Params.Limit != nil && len(found) == int(*request.Params.Limit) {
			continue
		}
		if tags := request.Params.Tags; tags == nil || pet.Tag != nil && slices.Contains(*tags, *pet.Tag) {
			found = append(found, pet)
		}
	}
	return found, nil
}

func (s *store) AddPet(_ context.Context, request api.AddPetRequestObject) (api.AddPetResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.pets[s.last] = api.Pet{Id: s.last, Name: request.Body.Name, Tag: request.Body.Tag}
	return api.AddPet200JSONResponse(s.pets[s.last]), nil
}

func (s *store) FindPetById(_ context.Context, request api.FindPetByIdRequestObject) (api.FindPetByIdResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pet, ok := s.pets[request.Id]
	if !ok {
		return nil, errNoPet
	}
	return api.FindPetById200JSONResponse(pet), nil
}

func (s *store) DeletePet(_ context.Context, request api.DeletePetRequestObject) (api.DeletePetResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.pets[request.Id]; !ok {
		return nil, errNoPet
	}
	delete(s.pets, request.Id)
	return api.DeletePet204Response{}, nil
}

func (s *store) SetPhoto(_ context.Context, request api.SetPhotoRequestObject) (api.SetPhotoResponseObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.pets[request.Id]; !ok {
		return nil, errNoPet
	}
	return api.SetPhoto204Response{}, nil
}
