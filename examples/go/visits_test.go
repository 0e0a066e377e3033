package visits

import (
	"os"
	"strings"
	"testing"
	"time"
)

const rooms = "/rooms?api-version=2025-03-13"

type room struct{ ID string }

var service *DevService

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "openrooms-")
	if err != nil {
		panic(err)
	}
	if service, err = Start(folder, strings.Fields(os.Getenv("OPENROOMS"))...); err != nil {
		panic(err)
	}
	code := m.Run()
	service.Stop()
	os.RemoveAll(folder)
	os.Exit(code)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func createRoom(t *testing.T, opens, closes time.Duration) (made room) {
	t.Helper()
	now := time.Now().UTC()
	window := map[string]any{
		"validFrom":  now.Add(opens).Format(time.RFC3339),
		"validUntil": now.Add(closes).Format(time.RFC3339),
	}
	must(t, service.Send("POST", rooms, window, &made))
	return made
}

func TestARoomOfTomorrowOpensTomorrow(t *testing.T) {
	must(t, service.Reset())
	people := "/openrooms/dev/rooms/" + createRoom(t, 24*time.Hour, 25*time.Hour).ID + "/people"
	if err := service.Send("POST", people, map[string]any{}, nil); err == nil {
		t.Fatal("somebody joined today")
	}
	must(t, service.Advance(24*time.Hour+time.Minute))
	must(t, service.Send("POST", people, map[string]any{}, nil))
}

func TestTheCallEndsWithTheRoom(t *testing.T) {
	must(t, service.Reset())
	people := "/openrooms/dev/rooms/" + createRoom(t, 0, time.Hour).ID + "/people"
	must(t, service.Send("POST", people, map[string]any{"displayName": "Dr. Ada"}, nil))
	must(t, service.Advance(time.Hour+time.Minute))
	var present struct {
		Value []struct{ DisplayName string }
	}
	must(t, service.Send("GET", people, nil, &present))
	if len(present.Value) > 0 {
		t.Fatal(present)
	}
}

func TestALostAnswerLeavesARoom(t *testing.T) {
	must(t, service.Reset())
	must(t, service.AddFault(map[string]any{"operation": "create_room", "times": 1, "cut": "beforeAnswer"}))
	if err := service.Send("POST", rooms, map[string]any{}, nil); err == nil {
		t.Fatal("there was an answer")
	}
	var list struct{ Value []room }
	must(t, service.Send("GET", rooms, nil, &list))
	if len(list.Value) != 1 {
		t.Fatal(list)
	}
}
