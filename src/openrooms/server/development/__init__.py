"""What only a development service has: a clock to move, faults, and a record of requests, under `/openrooms/dev`."""
