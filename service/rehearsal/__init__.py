"""A catalog asked about its own pictures, to see how far its verdicts can be trusted."""
