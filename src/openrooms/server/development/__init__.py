"""The parts that only a development service has, under `/openrooms/dev`: its clock, faults, and record of requests."""
