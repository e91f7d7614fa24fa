"""Real servers for the tests: Redis, the stand-in upstream, the command line, nginx, clients."""
