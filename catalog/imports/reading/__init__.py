"""Reading what an import is given: what it is, how it is written, and its rows one after the other."""
