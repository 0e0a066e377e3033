"""What is true of rooms, rosters, identities and calls: no I/O, no clock, no framework."""
