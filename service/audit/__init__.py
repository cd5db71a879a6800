"""The audit log: written beside what is changed, and read over HTTP."""
