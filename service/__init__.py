"""The running program: HTTP service, command line, recognition, model tools."""
