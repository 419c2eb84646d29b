"""Control, gateway, simulated city and command line: everything that composes ingest and layouts."""
